using System;
using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>What a website accepts. Null is the default of docs/configuration.md, and for a website the policy of all.</summary>
public sealed class PolicyOptions : IJsonMembers
{
    /// <summary>The accepted formats, of those with <see cref="ImageFormat.HasRendition"/>.</summary>
    public IReadOnlyCollection<ImageFormat>? Formats { get; set; }

    /// <summary>The longest file, in bytes.</summary>
    public long? MaxBytes { get; set; }

    /// <summary>The greatest width as displayed, in pixels.</summary>
    public long? MaxWidth { get; set; }

    /// <summary>The greatest height as displayed, in pixels.</summary>
    public long? MaxHeight { get; set; }

    /// <summary>The greatest number of pixels.</summary>
    public long? MaxPixels { get; set; }

    /// <summary>The most frames of an animation or pages of a TIFF.</summary>
    public long? MaxFrames { get; set; }

    /// <summary>The smallest DPI of the answer: 1 to 65535.</summary>
    public int? MinDpi { get; set; }

    /// <summary>The smallest print that a picture must have enough pixels for.</summary>
    public MinPrintOptions? MinPrint { get; set; }

    /// <summary>Whether artwork may have content that acts: scripts, attachments, forms that act.</summary>
    public bool? AllowActive { get; set; }

    /// <summary>The most memory that making one rendition may take, in bytes.</summary>
    public long? MaxMemory { get; set; }

    /// <summary>How much each website may have stored.</summary>
    public QuotaOptions? WebsiteQuota { get; set; }

    /// <summary>How much each user of a website may have stored.</summary>
    public QuotaOptions? UserQuota { get; set; }

    /// <summary>The age in days at which a sweep deletes an image.</summary>
    public int? RetentionDays { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.AddRaw("formats", Formats == null ? null : JsonObject.List("formats", Formats, format => JsonObject.Quoted(format.Name)));
        json.Add("max_bytes", MaxBytes);
        json.Add("max_width", MaxWidth);
        json.Add("max_height", MaxHeight);
        json.Add("max_pixels", MaxPixels);
        json.Add("max_frames", MaxFrames);
        json.Add("min_dpi", MinDpi);
        json.Add("min_print", MinPrint);
        json.Add("allow_active", AllowActive);
        json.Add("max_memory", MaxMemory);
        json.Add("website_quota", WebsiteQuota);
        json.Add("user_quota", UserQuota);
        json.Add("retention_days", RetentionDays);
    }
}

/// <summary>How much may be stored. Null is no limit, and for a website the limit of all.</summary>
public sealed class QuotaOptions : IJsonMembers
{
    /// <summary>Images.</summary>
    public long? Images { get; set; }

    /// <summary>Bytes of originals and renditions.</summary>
    public long? Bytes { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("images", Images);
        json.Add("bytes", Bytes);
    }
}

/// <summary>A size on paper, in centimetres or in inches, and the least DPI of it.</summary>
public sealed class MinPrintOptions : IJsonMembers
{
    /// <summary>A side in centimetres.</summary>
    public double? WidthCm { get; set; }

    /// <summary>The other side in centimetres.</summary>
    public double? HeightCm { get; set; }

    /// <summary>A side in inches.</summary>
    public double? WidthInches { get; set; }

    /// <summary>The other side in inches.</summary>
    public double? HeightInches { get; set; }

    /// <summary>The least dots per inch of the print: 1 to 65535. Required.</summary>
    public int? Dpi { get; set; }

    /// <summary>What happens to a picture with too few pixels.</summary>
    public MinPrintAction? Action { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("width_cm", WidthCm);
        json.Add("height_cm", HeightCm);
        json.Add("width_inches", WidthInches);
        json.Add("height_inches", HeightInches);
        json.Add("dpi", Dpi);
        json.Add("action", Action switch
        {
            null => null,
            MinPrintAction.Refuse => "refuse",
            MinPrintAction.Warn => "warn",
            _ => throw new ArgumentException("There is no such action: " + Action),
        });
    }
}

/// <summary>What happens to a picture with too few pixels for a print.</summary>
public enum MinPrintAction
{
    /// <summary>It is refused with <see cref="ErrorKind.PrintTooSmall"/>.</summary>
    Refuse,

    /// <summary>It is accepted with <see cref="ImageWarning.LowResolution"/>.</summary>
    Warn,
}
