using System;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// What a file's header says. Plain sizes and densities are as displayed, after orientation; stored ones are before it.
/// What the header does not state is null. A number above <see cref="int.MaxValue"/> is given as that.
/// </summary>
/// <example>
/// <code>
/// ImageInfo info = ImageInfo.ProbeFile("photo.jpg");
/// Console.WriteLine($"{info.Format}: {info.Width} x {info.Height}, prints {info.LargestPrint(300)?.WidthInches} inches wide");
/// </code>
/// </example>
[DebuggerDisplay("{Format} {Width} x {Height}")]
public sealed unsafe partial record ImageInfo
{
    /// <summary>The format, found in the bytes. (A made info has a nameless one unless it is set.)</summary>
    public ImageFormat Format { get; init; } = ImageFormat.Nameless;

    /// <summary>The MIME type, such as "image/jpeg".</summary>
    public string MimeType => Format.MimeType;

    /// <summary>The extension with its dot, such as ".jpg".</summary>
    public string Extension => Format.Extension;

    /// <summary>Width in pixels as displayed. A PDF without pages has none, nor has an SVG without a size.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels as displayed.</summary>
    public int? Height { get; init; }

    /// <summary>Width in pixels as stored.</summary>
    public int? StoredWidth { get; init; }

    /// <summary>Height in pixels as stored.</summary>
    public int? StoredHeight { get; init; }

    /// <summary>EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display.</summary>
    public int Orientation { get; init; } = 1;

    /// <summary>The file's own horizontal dots per inch as displayed.</summary>
    public double? DpiX { get; init; }

    /// <summary>The file's own vertical dots per inch as displayed.</summary>
    public double? DpiY { get; init; }

    /// <summary>The file's own horizontal dots per inch as stored.</summary>
    public double? StoredDpiX { get; init; }

    /// <summary>The file's own vertical dots per inch as stored.</summary>
    public double? StoredDpiY { get; init; }

    /// <summary>
    /// The part of the file that states its DPI: "exif", "jfif", "8bim", "phys", "bmp", "jp2-capture" or "jp2-display".
    /// </summary>
    public string? DpiSource { get; init; }

    /// <summary>What the colour channels are: "grey", "rgb", "cmyk", "palette", "lab" or "devicen".</summary>
    public string? ColourModel { get; init; }

    /// <summary>Bits of one colour channel, or of a palette's index.</summary>
    public int? ColourBits { get; init; }

    /// <summary>Whether there is transparency.</summary>
    public bool? HasAlpha { get; init; }

    /// <summary>Frames, pages or pictures, if the header states them; else see <see cref="CountFrames(byte[], int)"/>.</summary>
    public int? Frames { get; init; }

    /// <summary>Whether an ICC profile is embedded.</summary>
    public bool HasIcc { get; init; }

    /// <summary>Whether there is an EXIF block that parses.</summary>
    public bool HasExif { get; init; }

    /// <summary>Whether there is an XMP packet.</summary>
    public bool HasXmp { get; init; }

    /// <summary>Whether EXIF states where the picture was taken.</summary>
    public bool HasGps { get; init; }

    /// <summary>The size of a print at the file's own DPI, if the file has a size in pixels and a DPI.</summary>
    public PrintSize? PrintSize => Print(DpiX, DpiY);

    /// <summary>
    /// The largest print with at least so many dots per inch, whatever the file's own DPI; null if the file has no size
    /// in pixels.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not a finite number above 0.</exception>
    public PrintSize? LargestPrint(double minDpi)
    {
        if (!(minDpi > 0) || double.IsInfinity(minDpi))
        {
            throw new ArgumentOutOfRangeException(nameof(minDpi), minDpi, "It must be a finite number above 0.");
        }
        return Print(minDpi, minDpi);
    }

    /// <summary>Identifies a file from its header. Nothing is decoded.</summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorKind.NotAnImage"/>: it is not of a known format, or its header is cut or malformed.
    /// </exception>
    public static ImageInfo Probe(byte[] data)
    {
        return Probe(data, Read);
    }

    /// <summary>
    /// As <see cref="Probe(byte[])"/>, for the rest of a stream. Of one that can seek only what the header needs is read, and
    /// afterwards it is where it was; another one is read to its end, into memory, so limit one that a client sends. Exceptions of the
    /// stream are passed on.
    /// </summary>
    public static ImageInfo Probe(Stream stream)
    {
        Argument.NotNull(stream, nameof(stream));
        if (stream.CanSeek)
        {
            return ProbePieces(stream, null);
        }
        using NativeBuffer buffer = NativeBuffer.Read(stream, long.MaxValue);
        return Probe(buffer.Pointer, (nuint)buffer.Length, Read);
    }

    /// <summary>As <see cref="Probe(byte[])"/>, for a file, of which only what the header needs is read.</summary>
    /// <exception cref="UserImageException">Also <see cref="ErrorKind.UnreadableFile"/>.</exception>
    public static ImageInfo ProbeFile(string path)
    {
        Argument.NotNull(path, nameof(path));
        NativeLibraryLoader.Ensure();
        userimage_info* info = null;
        userimage_error* error = null;
        try
        {
            using var pins = new Pins();
            byte* text = pins.Text(path, out nuint length);
            NativeCall.Check(NativeMethods.userimage_probe_path(text, length, &info, &error), error);
            return Read(info);
        }
        finally
        {
            NativeMethods.userimage_info_free(info);
        }
    }

    /// <summary>
    /// As <see cref="Probe(byte[])"/>, as a JSON document. What the header does not state is null; a pair of numbers, such
    /// as "dpi", is horizontal and vertical.
    /// </summary>
    public static string ProbeJson(byte[] data)
    {
        return Probe(data, ReadJson);
    }

    /// <summary>
    /// As <see cref="Probe(byte[])"/>, without an exception. Returns false if it is not an image of a known format, or its
    /// header is cut or malformed.
    /// </summary>
    public static bool TryProbe(byte[] data, [NotNullWhen(true)] out ImageInfo? info)
    {
        Argument.NotNull(data, nameof(data));
        fixed (byte* bytes = data)
        {
            return TryProbe(bytes, (nuint)data.Length, out info);
        }
    }

#if NET
    /// <inheritdoc cref="Probe(byte[])"/>
    public static ImageInfo Probe(ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            return Probe(bytes, (nuint)data.Length, Read);
        }
    }

    /// <inheritdoc cref="ProbeJson(byte[])"/>
    public static string ProbeJson(ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            return Probe(bytes, (nuint)data.Length, ReadJson);
        }
    }

    /// <inheritdoc cref="TryProbe(byte[], out ImageInfo)"/>
    public static bool TryProbe(ReadOnlySpan<byte> data, [NotNullWhen(true)] out ImageInfo? info)
    {
        fixed (byte* bytes = data)
        {
            return TryProbe(bytes, (nuint)data.Length, out info);
        }
    }
#endif

    /// <summary>As <see cref="ProbeFile"/>, on a thread of the library's own.</summary>
    public static Task<ImageInfo> ProbeFileAsync(string path, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(path, nameof(path));
        return Workers.Reading.Run(_ => ProbeFile(path), cancellationToken);
    }

    private static bool TryProbe(byte* data, nuint length, [NotNullWhen(true)] out ImageInfo? read)
    {
        NativeLibraryLoader.Ensure();
        userimage_info* info = null;
        try
        {
            bool known = NativeMethods.userimage_probe(data, length, &info, null) == NativeMethods.USERIMAGE_OK;
            read = known ? Read(info) : null;
            return known;
        }
        finally
        {
            NativeMethods.userimage_info_free(info);
        }
    }

    /// <summary>
    /// Counts the frames, pages or pictures of a file, for formats whose header does not state them. Nothing is decoded.
    /// It stops at one above <paramref name="limit"/>, which is enough to refuse what has more.
    /// </summary>
    /// <exception cref="UserImageException">As <see cref="Probe(byte[])"/>.</exception>
    public static int CountFrames(byte[] data, int limit)
    {
        Argument.NotNull(data, nameof(data));
        fixed (byte* bytes = data)
        {
            return CountFrames(bytes, (nuint)data.Length, limit);
        }
    }

#if NET
    /// <inheritdoc cref="CountFrames(byte[], int)"/>
    public static int CountFrames(ReadOnlySpan<byte> data, int limit)
    {
        fixed (byte* bytes = data)
        {
            return CountFrames(bytes, (nuint)data.Length, limit);
        }
    }
#endif

    private static int CountFrames(byte* data, nuint length, int limit)
    {
        Argument.NotNegative(limit, nameof(limit));
        NativeLibraryLoader.Ensure();
        uint frames = 0;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_count_frames(data, length, (uint)limit, &frames, &error), error);
        return Saturate.ToInt(frames);
    }

    private delegate T Reader<out T>(userimage_info* info);

    private static T Probe<T>(byte[] data, Reader<T> read)
    {
        Argument.NotNull(data, nameof(data));
        fixed (byte* bytes = data)
        {
            return Probe(bytes, (nuint)data.Length, read);
        }
    }

    private static T Probe<T>(byte* data, nuint length, Reader<T> read)
    {
        NativeLibraryLoader.Ensure();
        userimage_info* info = null;
        userimage_error* error = null;
        try
        {
            NativeCall.Check(NativeMethods.userimage_probe(data, length, &info, &error), error);
            return read(info);
        }
        finally
        {
            NativeMethods.userimage_info_free(info);
        }
    }

    private static ImageInfo ProbePieces(Stream stream, CancellationToken? cancellation)
    {
        NativeLibraryLoader.Ensure();
        userimage_info* info = null;
        userimage_error* error = null;
        using var reader = new ProbedStream(stream, cancellation);
        userimage_reader table = reader.Table;
        try
        {
            reader.Check(NativeMethods.userimage_probe_reader(&table, &info, &error), error);
            return Read(info);
        }
        finally
        {
            NativeMethods.userimage_info_free(info);
        }
    }

    private static string ReadJson(userimage_info* info)
    {
        byte* data = null;
        nuint length = 0;
        NativeCall.Check(NativeMethods.userimage_info_json(info, &data, &length), null);
        return Utf8.Text(data, length);
    }

    private static ImageInfo Read(userimage_info* info)
    {
        var view = new userimage_info_view();
        NativeCall.Check(NativeMethods.userimage_info_get(info, &view), null);
        bool size = (view.has & NativeMethods.USERIMAGE_INFO_HAS_SIZE) != 0;
        bool dpi = (view.has & NativeMethods.USERIMAGE_INFO_HAS_DPI) != 0;
        bool colour = (view.has & NativeMethods.USERIMAGE_INFO_HAS_COLOUR) != 0;
        bool frames = (view.has & NativeMethods.USERIMAGE_INFO_HAS_FRAMES) != 0;
        return new ImageInfo
        {
            Format = ImageFormat.Of(view.format, view.format_len),
            Width = size ? Saturate.ToInt(view.width) : null,
            Height = size ? Saturate.ToInt(view.height) : null,
            StoredWidth = size ? Saturate.ToInt(view.stored_width) : null,
            StoredHeight = size ? Saturate.ToInt(view.stored_height) : null,
            Orientation = (int)view.orientation,
            DpiX = dpi ? view.dpi_x : null,
            DpiY = dpi ? view.dpi_y : null,
            StoredDpiX = dpi ? view.stored_dpi_x : null,
            StoredDpiY = dpi ? view.stored_dpi_y : null,
            DpiSource = dpi ? Utf8.Constant(view.dpi_source, view.dpi_source_len) : null,
            ColourModel = colour ? Utf8.Constant(view.colour_model, view.colour_model_len) : null,
            ColourBits = colour ? (int)view.colour_bits : null,
            HasAlpha = colour ? view.has_alpha != 0 : null,
            Frames = frames ? Saturate.ToInt(view.frames) : null,
            HasIcc = view.has_icc != 0,
            HasExif = view.has_exif != 0,
            HasXmp = view.has_xmp != 0,
            HasGps = view.has_gps != 0,
        };
    }

    private PrintSize? Print(double? dpiX, double? dpiY)
    {
        return Width / dpiX is { } width && Height / dpiY is { } height ? new PrintSize(width, height) : null;
    }
}

/// <summary>The size of a print, as displayed.</summary>
/// <param name="WidthInches">Width in inches.</param>
/// <param name="HeightInches">Height in inches.</param>
public readonly record struct PrintSize(double WidthInches, double HeightInches);
