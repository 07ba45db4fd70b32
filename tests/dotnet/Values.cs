using System;
using System.IO;
using System.Linq;

namespace UserImage.Tests;

/// <summary>Every value of an image and of an info; reading back, listing and deleting; documents.</summary>
internal static class Values
{
    private const string User = "J\u00f6rg \u0436";

    internal static void Run(string folder, string photo)
    {
        string config = $$"""
            {"storage": {"local": {"path": "{{folder}}", "base_url": "https://img.example/"} },
             "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"], "policy": {"max_bytes": 100000} }]}
            """;
        UploadRequest request = Check.GoodRequest();
        request.UserId = User;
        request.FileName = "C:\\\u0444\\\u043a\u043e\u0442 \U0001F408.png";
        StoredImage image;
        using (var uploader = new Uploader(config))
        {
            uploader.Validate(request);
            image = uploader.Upload(request);
        }
        CheckImage(image);
        using (var uploader = new Uploader(config))
        {
            CheckReading(uploader, image);
            CheckFiles(uploader, image, photo);
            CheckStreams(uploader, photo);
        }
        CheckDocuments(image);
        CheckInfo(photo);
        CheckRendition(photo);
        Console.WriteLine("values: all read back, library " + Uploader.LibraryVersion);
    }

    private static void CheckImage(StoredImage image)
    {
        ImageRecord record = image.Record;
        Check.That(image.Id > 0, "the id");
        Check.Equal(image.Id.ToString(), image.PhotoCode);
        Check.Equal("https://img.example/" + record.OriginalKey, image.OriginalUrl);
        Check.Equal("https://img.example/" + record.StandardKey, image.StandardUrl);
        Check.Equal(200, image.HttpStatus);
        Check.Equal("\u043a\u043e\u0442 \U0001F408.png", image.ImageName);
        Check.Equal("original/" + image.UniqueName, record.OriginalKey);
        Check.Equal(User, record.UserId);
        Check.Equal(1001, record.WebsiteId);
        Check.Equal("png image/png .png", record.Format + " " + image.MimeType + " " + image.Extension);
        Check.Equal("8x6", image.Width + "x" + image.Height);
        Check.Equal("8x6", record.StoredWidth + "x" + record.StoredHeight);
        Check.Equal(1, record.Orientation);
        Check.Equal("96x96", image.Dpi + "x" + record.DpiY);
        Check.Equal(Check.Png.LongLength, record.OriginalBytes);
        Check.Equal("2f3561cb7ad5408715adb4b5e50ed8dc53ad5a29a7cd48b60ae357a41fd2641a", record.Sha256);
        Check.That(Math.Abs((DateTime.UtcNow - record.Created).TotalMinutes) < 5, "the time");
        Check.Equal(TimeSpan.Zero, record.Created.Offset);
        Check.Equal("jpeg image/jpeg 8x6", record.StandardFormat + " " + record.StandardMimeType + " " +
            record.StandardWidth + "x" + record.StandardHeight);
        Check.Equal(64, record.StandardSha256?.Length);
        Check.That(image.Envelope.Contains("\"ImageName\":\"\u043a\u043e\u0442 \U0001F408.png\""), image.Envelope);
    }

    private static void CheckReading(Uploader uploader, StoredImage image)
    {
        StoredImage again = uploader.Find(1001, image.Id)!;
        Check.Equal(image.Envelope, again.Envelope);
        CheckImage(again);
        Check.That(uploader.Find(1002, image.Id) == null, "another website finds nothing");
        Check.That(uploader.Read(1001, image.Id, Variant.Original)!.SequenceEqual(Check.Png), "the original");
        byte[] standard = uploader.Read(1001, image.Id, Variant.Standard)!;
        Check.Equal(image.Record.StandardBytes, standard.LongLength);
        Check.That(uploader.Read(1001, 77777, Variant.Original) == null, "nothing to read");
        Check.Equal(image.Id, uploader.FindKey(image.Record.OriginalKey)!.Id);
        Check.Equal(image.Id, uploader.FindKey(image.Record.StandardKey)!.Id);
        Check.That(uploader.FindKey(image.Record.OriginalKey + "x") == null, "no such key");
        Check.Equal(100000L, uploader.MaxBytes(1001));
        Check.Equal(25L * 1024 * 1024, uploader.MaxBytes(1002));
    }

    private static void CheckFiles(Uploader uploader, StoredImage image, string photo)
    {
        var fields = new UploadRequest { WebsiteId = "1001", ClientKey = "abc123", UserId = User };
        StoredImage second = uploader.UploadFileAsync(fields, photo).Result;
        Check.Equal(Path.GetFileName(photo), second.ImageName);
        Check.Equal(300, second.Dpi);
        ImageList list = uploader.List(1001, User, 0, 10);
        Check.Equal(2L, list.Total);
        Check.Equal(second.Id + " " + image.Id, string.Join(" ", list.Images.Select(i => i.Id)));
        list = uploader.List(1001, User, 1, 1);
        Check.Equal("2: " + image.Id, list.Total + ": " + string.Join(" ", list.Images.Select(i => i.Id)));
        Check.That(uploader.Delete(1001, image.Id), "it is deleted");
        Check.That(!uploader.Delete(1001, image.Id), "it was deleted before");
        Check.Equal(0L, uploader.Sweep(TimeSpan.Zero).Records);
    }

    private static void CheckStreams(Uploader uploader, string photo)
    {
        using (FileStream stream = File.OpenRead(photo))
        {
            StoredImage third = uploader.UploadAsync(Streamed(stream)).Result;
            Check.Equal(new FileInfo(photo).Length, third.Record.OriginalBytes);
            Check.Equal("s.jpg", third.ImageName);
            Check.Equal(uploader.List(1001, User, 0, 10).Images.Last().PhotoCode, third.PhotoCode);
        }
        const string Over = "the file is over the limit of 100000 bytes";
        // No more is read than the website takes, and nothing of what the head already refuses.
        var endless = new Endless();
        uploader.Validate(Streamed(endless));
        Check.Fails(ErrorKind.TooLarge, () => uploader.Upload(Streamed(endless)));
        Check.Equal(100001L, endless.Taken);
        UploadRequest tooLarge = Streamed(endless);
        Check.Equal(Over, Check.Fails(ErrorKind.TooLarge, () => uploader.Upload(tooLarge)).Reason);
        tooLarge.Stream = null;
        tooLarge.Data = new byte[100001];
        Check.Equal(Over, Check.Fails(ErrorKind.TooLarge, () => uploader.Upload(tooLarge)).Reason);
        Check.Fails(ErrorKind.EmptyFile, () => uploader.Upload(Streamed(Stream.Null)));
        using (var unlimited = new Uploader("""
            {"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked",
             "policy": {"max_bytes": 18446744073709551615}}
            """))
        {
            Check.Equal(long.MaxValue, unlimited.MaxBytes(1001));
            using FileStream stream = File.OpenRead(photo);
            Check.Equal(stream.Length, unlimited.Upload(Streamed(stream)).Record.OriginalBytes);
        }
        endless = new Endless();
        UploadRequest refused = Streamed(endless);
        refused.ClientKey = "wrong";
        Check.Fails(ErrorKind.RefusedClientKey, () => uploader.Upload(refused));
        refused.ClientKey = "abc123";
        refused.Dpi = "x";
        Check.Fails(ErrorKind.MalformedDpi, () => uploader.Upload(refused));
        Check.Equal(0L, endless.Taken);

        // In stages: the head, then the form.
        var head = new FormRequest();
        head.AddHeader("WEBSITEID", "1001");
        head.AddHeader("webApiClientKey", "abc123");
        using Admitted admitted = uploader.Admit(head);
        Check.Equal("1001 100000", admitted.WebsiteId + " " + admitted.MaxBytes);
        var form = new FormRequest();
        form.AddPart("userId", System.Text.Encoding.UTF8.GetBytes(User));
        form.AddPart("postedFile", Check.Png, "staged.png");
        Check.Equal("staged.png", admitted.Finish(form).ImageName);
        Check.Fails(ErrorCode.InvalidArgument, () => admitted.Finish(form));
    }

    private static UploadRequest Streamed(Stream stream)
    {
        return new UploadRequest("s.jpg", stream) { WebsiteId = "1001", ClientKey = "abc123", UserId = User };
    }

    private static void CheckDocuments(StoredImage image)
    {
        ImageRecord record = ImageRecord.FromJson(image.Record.ToJson());
        Check.Equal(image.Record.ToJson(), record.ToJson());
        Check.Equal(image.Record.Created, record.Created);
        CheckImage(StoredImage.FromJson(image.ToJson()));
        Check.Equal(image.ToJson(), StoredImage.FromJson(image.ToJson()).ToJson());

        // Made from its parts, as a host's storage does, it has the same answer to the client.
        var made = new StoredImage(image.Id, image.PhotoCode, image.OriginalUrl, image.StandardUrl, record);
        Check.Equal(image.Envelope, made.Envelope);
        var odd = new StoredImage(7, "\"\\\n\u0436\U0001F408", "", "\u007f\u2028", record);
        StoredImage again = StoredImage.FromJson(odd.ToJson());
        Check.Equal(odd.PhotoCode + odd.StandardUrl, again.PhotoCode + again.StandardUrl);

        // Only what the library reads again is written.
        Check.Fails(ErrorCode.InvalidArgument, () => new StoredImage(0, "", "", "", record).ToJson());

        // What a later version adds is ignored; what is not such a document is refused.
        Check.Equal(record.UniqueName, ImageRecord.FromJson(record.ToJson().Insert(1, "\"later\":[1],")).UniqueName);
        string twice = record.ToJson() + ",\"record\":" + record.ToJson();
        string[] damaged = ["", "{}", "[]", "null", record.ToJson().Replace("png", "exe"), record.ToJson() + ",\"x\":1", twice];
        foreach (string json in damaged)
        {
            Check.Fails(ErrorCode.InvalidArgument, () => ImageRecord.FromJson(json));
            Check.Fails(ErrorCode.InvalidArgument, () => StoredImage.FromJson(json));
        }
    }

    private static void CheckInfo(string photo)
    {
        ImageInfo info = ImageInfo.ProbeFileAsync(photo).Result;
        Check.Equal("jpeg image/jpeg .jpg", info.Format + " " + info.MimeType + " " + info.Extension);
        Check.Equal("1200x1600 1600x1200", info.Width + "x" + info.Height + " " + info.StoredWidth + "x" +
            info.StoredHeight);
        Check.Equal(6, info.Orientation);
        Check.Equal("300 300 300 300", $"{info.DpiX} {info.DpiY} {info.StoredDpiX} {info.StoredDpiY}");
        Check.Equal(new PrintSize(4, 1600.0 / 300.0), info.PrintSize!.Value);
        Check.Equal(new PrintSize(12, 16), info.LargestPrint(100)!.Value);
        foreach (double dpi in new[] { 0, -1, double.NaN, double.PositiveInfinity })
        {
            Check.Throws<ArgumentOutOfRangeException>(() => info.LargestPrint(dpi));
        }
        Check.Equal("exif", info.DpiSource);
        Check.Equal("rgb", info.ColourModel);
        Check.Equal(8, info.ColourBits);
        Check.Equal(false, info.HasAlpha);
        Check.Equal(1, info.Frames);
        Check.That(info.HasExif && info.HasGps && !info.HasIcc && !info.HasXmp, "what is embedded");
        using (FileStream stream = File.OpenRead(photo))
        {
            Check.Equal(info, ImageInfo.Probe(stream));
        }
        byte[] bytes = File.ReadAllBytes(photo);
        string json = ImageInfo.ProbeJson(bytes);
        Check.That(json.Contains("\"width\":1200,") && json.Contains("\"dpi\":[300.0,300.0]"), json);
        Check.Equal(1, ImageInfo.CountFrames(bytes, 10));
        ExifDetails exif = ExifDetails.Read(bytes)!;
        Check.Equal(
            "Example|Phone 1||1.0|2024:05:17 10:20:30",
            exif.Make + "|" + exif.Model + "|" + exif.Lens + "|" + exif.Software + "|" + exif.Time);
        Check.That(exif.Lens == null && exif.HasPosition, "the rest of EXIF");
        Check.That(ExifDetails.Read(Check.Png) == null, "there is no EXIF");
        info = ImageInfo.Probe(Check.Png);
        Check.That(info.DpiX == null && info.StoredDpiX == null && info.DpiSource == null, "what is absent is null");
        Check.That(info.PrintSize == null && info.LargestPrint(100) != null, "without a DPI there is no print size");

        // A fax: as displayed its densities change places with its sides.
        byte[] turned = Fax(orientation: 6);
        info = ImageInfo.Probe(turned);
        Check.Equal("1145x1728 1728x1145", $"{info.Width}x{info.Height} {info.StoredWidth}x{info.StoredHeight}");
        Check.Equal("98x204 204x98", $"{info.DpiX}x{info.DpiY} {info.StoredDpiX}x{info.StoredDpiY}");

        Check.Equal(18, ImageFormat.All.Count);
        Check.That(
            ImageFormat.All.Contains(new ImageFormat("jpeg", "image/jpeg", ".jpg", true)) &&
            ImageFormat.All.Contains(new ImageFormat("pdf", "application/pdf", ".pdf", true)),
            "the formats");
    }

    /// <summary>The header of a TIFF of 1728 x 1145 pixels with 204 x 98 dpi.</summary>
    private static byte[] Fax(int orientation)
    {
        var tiff = new MemoryStream();
        var writer = new BinaryWriter(tiff);
        int[][] entries =
        [
            [256, 4, 1728], [257, 4, 1145], [258, 3, 1], [259, 3, 4], [262, 3, 0], [273, 4, 0], [274, 3, orientation],
            [279, 4, 0], [282, 5, 200], [283, 5, 208], [296, 3, 2],
        ];
        writer.Write(new byte[] { (byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0 });
        writer.Write((ushort)entries.Length);
        foreach (int[] entry in entries)
        {
            writer.Write((ushort)entry[0]);
            writer.Write((ushort)entry[1]);
            writer.Write(1);
            writer.Write(entry[2]);
        }
        writer.Write(0);
        writer.Seek(200, SeekOrigin.Begin);
        foreach (int number in new[] { 204, 1, 98, 1 })
        {
            writer.Write(number);
        }
        return tiff.ToArray();
    }

    private static void CheckRendition(string photo)
    {
        byte[] bytes = File.ReadAllBytes(photo);
        Rendition rendition = Rendition.Render(bytes, new RenderOptions { MaxWidth = 300, MaxHeight = 300 });
        Check.Equal("225x300 jpeg image/jpeg .jpg",
            $"{rendition.Width}x{rendition.Height} {rendition.Format} {rendition.MimeType} {rendition.Extension}");
        ImageInfo info = ImageInfo.Probe(rendition.Data);
        Check.Equal("225x300", info.Width + "x" + info.Height);
        Check.That(Rendition.Render(bytes).Height > 300, "the default is larger");
        Check.Fails(ErrorKind.TooManyPixels, () => Rendition.Render(bytes, new RenderOptions { MaxPixels = 1000 }));
        Check.Fails(ErrorKind.TooLarge, () => Rendition.Render(bytes, new RenderOptions { MaxBytes = 1000 }));
        Check.Fails(ErrorKind.NotAnImage, () => Rendition.Render([1, 2, 3]));
        Check.Fails(ErrorCode.InvalidArgument, () => Rendition.Render(bytes, new RenderOptions { JpegQuality = 101 }));
        Check.Throws<ArgumentOutOfRangeException>(() => Rendition.Render(bytes, new RenderOptions { MaxWidth = -1 }));
    }
}
