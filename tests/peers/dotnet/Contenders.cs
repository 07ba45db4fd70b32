using NetVips;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Processing;

namespace UserImage.PeersBench;

/// <summary>A library that knows a file's size and makes a picture of at most 1,000 pixels a side of it.</summary>
internal abstract class Contender(string name) : IDisposable
{
    internal const int Side = 1000;

    internal string Name { get; } = name;

    /// <summary>Reads the header: width, height and what the library has of the density.</summary>
    internal abstract (int Width, int Height) Know(byte[] file);

    /// <summary>Decodes, scales, and encodes as JPEG of quality 85, or with transparency as PNG.</summary>
    internal abstract int Render(byte[] file);

    public virtual void Dispose()
    {
    }
}

/// <summary>A whole upload into memory: it also checks the fields and the whole file, turns it upright, converts its colours, and stores.</summary>
internal sealed class Ours() : Contender("UserImage")
{
    private const string Config = """
        {"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked",
         "standard": {"max_width": 1000, "max_height": 1000}, "policy": {"max_bytes": 200000000}}
        """;

    private readonly Uploader uploader = new(Config);

    internal override (int Width, int Height) Know(byte[] file)
    {
        ImageInfo info = ImageInfo.Probe(file);
        return (info.Width ?? 0, info.Height ?? 0);
    }

    internal override int Render(byte[] file)
    {
        StoredImage image = uploader.Upload(new("photo", file) { WebsiteId = "1", ClientKey = "-", UserId = "1" });
        uploader.Delete(1, image.Id);
        return (int)image.Record.StandardBytes;
    }

    public override void Dispose()
    {
        uploader.Dispose();
    }
}

internal sealed class OfImageSharp() : Contender("ImageSharp 2.1")
{
    internal override (int Width, int Height) Know(byte[] file)
    {
        IImageInfo info = SixLabors.ImageSharp.Image.Identify(file);
        return (info.Width, info.Height);
    }

    internal override int Render(byte[] file)
    {
        using var image = SixLabors.ImageSharp.Image.Load(file);
        bool alpha = image.PixelType.AlphaRepresentation is { } kind && kind != SixLabors.ImageSharp.PixelFormats.PixelAlphaRepresentation.None;
        image.Mutate(context => context.AutoOrient());
        if (image.Width > Side || image.Height > Side)
        {
            image.Mutate(context => context.Resize(new ResizeOptions
            {
                Mode = ResizeMode.Max, Size = new SixLabors.ImageSharp.Size(Side, Side), Sampler = KnownResamplers.Lanczos3,
            }));
        }
        var output = new MemoryStream();
        if (alpha)
        {
            image.Save(output, new PngEncoder());
        }
        else
        {
            image.Save(output, new JpegEncoder { Quality = 85 });
        }
        return (int)output.Length;
    }
}

internal sealed class OfNetVips() : Contender("NetVips 3.2")
{
    internal override (int Width, int Height) Know(byte[] file)
    {
        using var image = NetVips.Image.NewFromBuffer(file);
        return (image.Width, image.Height);
    }

    internal override int Render(byte[] file)
    {
        using var image = NetVips.Image.ThumbnailBuffer(file, Side, height: Side, size: Enums.Size.Down);
        return image.HasAlpha() ? image.PngsaveBuffer().Length : image.JpegsaveBuffer(q: 85).Length;
    }
}
