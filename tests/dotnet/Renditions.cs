using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;

namespace UserImage.Tests;

/// <summary>Further renditions by their names, in both kinds of storage, and images that look alike.</summary>
internal static class Renditions
{
    private const string Sizes = """ "renditions": {"thumbnail": {"max_width": 5, "max_height": 5}, "card": {}} """;

    internal static void Run()
    {
        OfTheLibrary();
        OfTheHost();
        Console.WriteLine("renditions: made, stored, read back and found by their names");
    }

    private static void OfTheLibrary()
    {
        string config = """{"storage": {"memory": {"base_url": "https://img.example/"}}, "authentication": "already_checked",""" + Sizes + "}";
        using var uploader = new Uploader(config);
        StoredImage image = uploader.Upload(Check.GoodRequest());
        Check.Equal("card thumbnail", string.Join(" ", image.Record.Renditions.Select(made => made.Name)));
        RenditionRecord thumbnail = image.Record.Renditions[1];
        Check.That(thumbnail.Width <= 5 && thumbnail.Height <= 5 && thumbnail.Sha256.Length == 64, thumbnail.ToString());
        Check.Equal("https://img.example/" + thumbnail.Key, image.RenditionUrls["thumbnail"]);
        byte[] bytes = uploader.Read(1001, image.Id, "thumbnail")!;
        Check.Equal(thumbnail.Bytes, (long)bytes.Length);
        using (Stream stream = uploader.OpenRead(1001, image.Id, "thumbnail")!)
        {
            Check.Equal(thumbnail.Bytes, stream.Length);
        }
        Check.That(uploader.ReadAsync(1001, image.Id, "thumbnail").Result!.SequenceEqual(bytes), "the same bytes");
        Check.That(uploader.Read(1001, image.Id, "original")!.SequenceEqual(Check.Png), "the original");
        Check.That(uploader.Read(1001, image.Id, "print") == null, "it has no print");
        Check.That(uploader.Read(1001, 99, "thumbnail") == null, "there is no image");
        Check.Fails(ErrorCode.InvalidArgument, () => uploader.Read(1001, image.Id, "a/b"));
        Check.Equal(image.RenditionUrls["thumbnail"], uploader.GetUrl(image, "thumbnail", TimeSpan.FromMinutes(1)));
        Check.That(uploader.GetUrl(image, "print", TimeSpan.FromMinutes(1)) == null, "it has no print");
        Check.Equal(new Variant("thumbnail"), uploader.OpenReadKey(thumbnail.Key)!.Variant);
        Check.Equal(image, StoredImage.FromJson(image.ToJson()));
        Check.Equal(image, uploader.FindKey(thumbnail.Key)!);

        Rendition rendition = Rendition.Render(Check.Png, new RenderOptions { WebP = true });
        Check.Equal(image.Record.DifferenceHash, rendition.DifferenceHash);
        Check.Equal(image.Record.ThumbHash, rendition.ThumbHash);
        var svg = new RenderOptions { Formats = [ImageFormat.Find("svg")!, ImageFormat.Find("png")!], MaxWidth = 20 };
        byte[] drawing = System.Text.Encoding.UTF8.GetBytes(
            """<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="red"/></svg>""");
        Check.Equal(ErrorKind.FormatNotAllowed, Check.Fails(ErrorCode.InvalidFile, () => Rendition.Render(drawing)).Kind);
        Rendition drawn = Rendition.Render(drawing, svg);
        Check.Equal($"{drawn.Format} 20 x 10, {drawn.Data.Length} bytes", drawn.ToString());
        Check.Equal(drawn, Rendition.Render(drawing, svg));
        Check.That(!drawn.Equals(Rendition.Render(drawing, new() { Formats = svg.Formats, MaxWidth = 19 })), "another rendition");
        Check.Equal(4, Rendition.Render(Check.Png, new() { Formats = [ImageFormat.Find("png")!], MaxWidth = 4 }).Width);
        Check.Equal(
            "formats has \"ico\": ico has no standard rendition",
            Check.Fails(ErrorCode.InvalidArgument, () => Rendition.Render(drawing, new() { Formats = [ImageFormat.Find("ico")!] })).Reason);
        IReadOnlyList<SimilarImage> similar = uploader.FindSimilar(1001, null, rendition.DifferenceHash, 64, 9);
        Check.Equal("1 0", string.Join(",", similar.Select(one => one.Image.Id + " " + one.Distance)));
        Check.Equal(0, uploader.FindSimilarAsync(1001, "nobody", rendition.DifferenceHash, 64, 9).Result.Count);
        Check.Equal(0, uploader.FindSimilar(1001, null, rendition.DifferenceHash, 64, 0).Count);
        Check.Throws<ArgumentException>(() => uploader.FindSimilar(1001, null, "xyz", 1, 1));
        Check.Throws<ArgumentException>(() => uploader.FindSimilar(1001, null, rendition.DifferenceHash, -1, 1));
    }

    private static void OfTheHost()
    {
        var storage = new Shelf();
        string config = """{"authentication": "already_checked", "http": {"files": true},""" + Sizes + "}";
        using var uploader = new Uploader(config, new UploaderHost { Storage = storage });
        StoredImage image = uploader.Upload(Check.GoodRequest());
        Check.Equal("card thumbnail", string.Join(" ", storage.Image!.RenditionFiles.Keys.OrderBy(name => name)));
        Check.Equal("u/thumbnail", image.RenditionUrls["thumbnail"]);
        byte[] thumbnail = storage.Image.RenditionFiles["thumbnail"];
        Check.That(uploader.Read(1001, 7, "thumbnail")!.SequenceEqual(thumbnail), "the host's thumbnail");
        Check.That(uploader.Read(1001, 7, "print") == null, "the host has no print");
        string path = "/" + image.Record.Renditions[1].Key;
        UserImageResponse file = uploader.Handle("GET", path, new NameValueCollection(), Stream.Null);
        Check.Equal(200, file.Status);
        Check.That(file.ReadBody().SequenceEqual(thumbnail), "the host's thumbnail");

        storage.Ranges.Clear();
        using Stream stream = uploader.OpenRead(1001, 7, Variant.Original)!;
        Check.That(storage.Ranges.Count == 0 && stream.Length == Check.Png.Length, "nothing is read before it is asked for");
        stream.Position = 1;
        var piece = new byte[3];
        Check.Equal(3, stream.Read(piece, 0, 3));
        Check.Equal("PNG", System.Text.Encoding.ASCII.GetString(piece));
        Check.Equal("original 1 3", string.Join(",", storage.Ranges));
        storage.Missing = 1;
        Check.That(Check.Throws<IOException>(() => stream.Read(piece, 0, 3)).Message.Contains("2 bytes"), "too few bytes");
        NewImage kept = storage.Image;
        storage.Image = null;
        Check.That(
            Check.Throws<IOException>(() => stream.Read(piece, 0, 3)).InnerException?.InnerException is NullReferenceException,
            "what the storage throws");
        storage.Image = kept;
    }

    private sealed class Shelf : IRangeStorage
    {
        internal NewImage? Image { get; set; }

        internal List<string> Ranges { get; } = [];

        /// <summary>How many bytes a range has too few.</summary>
        internal int Missing { get; set; }

        public StoreResult Store(NewImage image)
        {
            Image = image;
            return new StoreResult(7, "7", "o", "s") { RenditionUrls = Urls(image) };
        }

        public StoredImage? Find(int websiteId, long id)
        {
            return id == 7 && Image != null
                ? new StoredImage(7, "7", "o", "s", Image.Record) { RenditionUrls = Urls(Image) }
                : null;
        }

        public StoredImage? FindKey(string key)
        {
            return Image!.Record.Renditions.Any(made => made.Key == key) ? Find(1001, 7) : null;
        }

        public byte[]? Read(int websiteId, long id, Variant variant)
        {
            return variant == Variant.Original ? Image!.Original
                : variant == Variant.Standard ? Image!.Standard
                : Image!.RenditionFiles.TryGetValue(variant.Name, out byte[]? file) ? file
                : null;
        }

        public byte[]? ReadRange(int websiteId, long id, Variant variant, long offset, int count)
        {
            Ranges.Add($"{variant} {offset} {count}");
            return Read(websiteId, id, variant)?.Skip((int)offset).Take(count - Missing).ToArray();
        }

        public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
        {
            return new ImageList(0, []);
        }

        public bool Delete(int websiteId, long id)
        {
            return false;
        }

        public SweepReport Sweep(TimeSpan minAge)
        {
            return default;
        }

        private static Dictionary<string, string> Urls(NewImage image)
        {
            return image.RenditionFiles.Keys.ToDictionary(name => name, name => "u/" + name);
        }
    }
}
