using System;
using UserImage.Native;

namespace UserImage;

/// <summary>How a rendition is made. Null is the default of docs/configuration.md.</summary>
public sealed class RenditionOptions : IJsonMembers
{
    /// <summary>The greatest width in pixels: 1 to 65535.</summary>
    public int? MaxWidth { get; set; }

    /// <summary>The greatest height in pixels: 1 to 65535.</summary>
    public int? MaxHeight { get; set; }

    /// <summary>The quality of a JPEG: 1 to 100.</summary>
    public int? JpegQuality { get; set; }

    /// <summary>The format of the rendition.</summary>
    public RenditionFormat? Format { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("max_width", MaxWidth);
        json.Add("max_height", MaxHeight);
        json.Add("jpeg_quality", JpegQuality);
        json.Add("format", Format switch
        {
            null => null,
            RenditionFormat.Auto => "auto",
            RenditionFormat.WebP => "webp",
            _ => throw new ArgumentException("There is no such format: " + Format),
        });
    }
}

/// <summary>The format of a rendition.</summary>
public enum RenditionFormat
{
    /// <summary>JPEG, or PNG for a picture with transparency.</summary>
    Auto,

    /// <summary>Lossless WebP where that has fewer bytes than the file of <see cref="Auto"/>; else that file.</summary>
    WebP,
}

/// <summary>How much memory all renditions take that are made at the same time. Null is the default of docs/configuration.md.</summary>
public sealed class MemoryOptions : IJsonMembers
{
    /// <summary>Bytes.</summary>
    public long? MaxBytes { get; set; }

    /// <summary>How long an upload waits for memory before it fails with <see cref="ErrorKind.Busy"/>, in seconds.</summary>
    public int? MaxWaitSeconds { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("max_bytes", MaxBytes);
        json.Add("max_wait_seconds", MaxWaitSeconds);
    }
}
