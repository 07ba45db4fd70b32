using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>The rendition of an image for screens, as an upload makes it.</summary>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Format">JPEG, PNG if the image has transparency, or WebP where that is chosen and smaller.</param>
/// <param name="MimeType">The MIME type.</param>
/// <param name="Extension">The extension with its dot.</param>
/// <param name="Data">The file.</param>
[System.Diagnostics.DebuggerDisplay("{Format} {Width} x {Height}, {Data.Length} bytes")]
public sealed unsafe record Rendition(
    int Width, int Height, ImageFormat Format, string MimeType, string Extension, byte[] Data)
{
    /// <summary>The difference hash of the picture, 16 hexadecimal digits, for <see cref="Uploader.FindSimilar"/>.</summary>
    public string DifferenceHash { get; init; } = "";

    /// <summary>The ThumbHash of the picture, from which a placeholder is drawn, in lower-case hexadecimal.</summary>
    public string ThumbHash { get; init; } = "";

    /// <summary>Whether the other is the same file.</summary>
    public bool Equals(Rendition? other)
    {
        return other != null && Format == other.Format && Data.SequenceEqual(other.Data);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return StringComparer.Ordinal.GetHashCode(DifferenceHash) ^ Data.Length;
    }

    /// <summary>The format, the size in pixels, and the length of the file.</summary>
    public override string ToString()
    {
        return string.Format(CultureInfo.InvariantCulture, "{0} {1} x {2}, {3} bytes", Format, Width, Height, Data.Length);
    }

    /// <summary>Makes the rendition of an image and stores nothing.</summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidFile"/>, with the kind, if it is not a complete image of a format that has a rendition,
    /// or is over a limit; <see cref="ErrorCode.InvalidArgument"/> for an option out of its range, and for a format that has no rendition.
    /// </exception>
    public static Rendition Render(byte[] data)
    {
        return Render(data, null);
    }

    /// <inheritdoc cref="Render(byte[])"/>
    public static Rendition Render(byte[] data, RenderOptions? options)
    {
        Argument.NotNull(data, nameof(data));
        fixed (byte* bytes = data)
        {
            return Render(bytes, (nuint)data.Length, options);
        }
    }

#if NET
    /// <inheritdoc cref="Render(byte[])"/>
    public static Rendition Render(ReadOnlySpan<byte> data)
    {
        return Render(data, null);
    }

    /// <inheritdoc cref="Render(byte[])"/>
    public static Rendition Render(ReadOnlySpan<byte> data, RenderOptions? options)
    {
        fixed (byte* bytes = data)
        {
            return Render(bytes, (nuint)data.Length, options);
        }
    }
#endif

    private static Rendition Render(byte* data, nuint length, RenderOptions? options)
    {
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        userimage_render_options native = (options ?? new RenderOptions()).ToNative(pins);
        userimage_rendition* rendition = null;
        userimage_error* error = null;
        try
        {
            NativeCall.Check(NativeMethods.userimage_render(data, length, &native, &rendition, &error), error);
            var view = new userimage_rendition_view();
            NativeCall.Check(NativeMethods.userimage_rendition_get(rendition, &view), null);
            return new Rendition(
                Saturate.ToInt(view.width),
                Saturate.ToInt(view.height),
                ImageFormat.Of(view.format, view.format_len),
                Utf8.Constant(view.mime_type, view.mime_type_len),
                Utf8.Constant(view.extension, view.extension_len),
                Utf8.Copy(view.data, view.data_len))
            {
                DifferenceHash = view.difference_hash.ToString("x16", CultureInfo.InvariantCulture),
                ThumbHash = Utf8.Hex(view.thumb_hash, view.thumb_hash_len),
            };
        }
        finally
        {
            NativeMethods.userimage_rendition_free(rendition);
        }
    }

    /// <summary>As <see cref="Render(byte[], RenderOptions)"/>, on a thread of the library's own.</summary>
    public static Task<Rendition> RenderAsync(
        byte[] data, RenderOptions? options = null, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(data, nameof(data));
        return Workers.Decoding.Run(_ => Render(data, options), cancellationToken);
    }
}

/// <summary>
/// How a rendition is made, and within which limits. 0 is the default, which is that of the configuration's "standard" and
/// "policy".
/// </summary>
public sealed unsafe class RenderOptions
{
    /// <summary>
    /// The formats that the original may have, of those with <see cref="ImageFormat.HasRendition"/>. Null: JPEG, PNG, GIF, BMP,
    /// TIFF and WebP.
    /// </summary>
    public IReadOnlyCollection<ImageFormat>? Formats { get; init; }

    /// <summary>The rendition's greatest width in pixels: 1 to 65535.</summary>
    public int MaxWidth { get; init; }

    /// <summary>The rendition's greatest height in pixels: 1 to 65535.</summary>
    public int MaxHeight { get; init; }

    /// <summary>The quality of a JPEG: 1 to 100.</summary>
    public int JpegQuality { get; init; }

    /// <summary>Whether the rendition is lossless WebP where that has fewer bytes.</summary>
    public bool WebP { get; init; }

    /// <summary>The most frames of an animation or pages of a TIFF.</summary>
    public int MaxFrames { get; init; }

    /// <summary>The longest file, in bytes.</summary>
    public long MaxBytes { get; init; }

    /// <summary>The most pixels of the original.</summary>
    public long MaxPixels { get; init; }

    /// <summary>The most memory that decoding may need, in bytes.</summary>
    public long MaxMemory { get; init; }

    internal userimage_render_options ToNative(Pins pins)
    {
        nuint length = 0;
        byte* formats = Formats == null ? null : pins.Text(string.Join(",", Formats), out length);
        return new userimage_render_options
        {
            flags = WebP ? (uint)NativeMethods.USERIMAGE_RENDER_WEBP : 0,
            max_width = (uint)Argument.NotNegative(MaxWidth, nameof(MaxWidth)),
            max_height = (uint)Argument.NotNegative(MaxHeight, nameof(MaxHeight)),
            jpeg_quality = (uint)Argument.NotNegative(JpegQuality, nameof(JpegQuality)),
            max_frames = (uint)Argument.NotNegative(MaxFrames, nameof(MaxFrames)),
            max_bytes = (ulong)Argument.NotNegative(MaxBytes, nameof(MaxBytes)),
            max_pixels = (ulong)Argument.NotNegative(MaxPixels, nameof(MaxPixels)),
            max_memory = (ulong)Argument.NotNegative(MaxMemory, nameof(MaxMemory)),
            formats = formats,
            formats_len = length,
        };
    }
}
