using System;
using System.Globalization;
using UserImage.Native;

namespace UserImage;

/// <summary>How a picture was made, as the camera wrote it into EXIF. What is not stated is null.</summary>
public sealed unsafe record ExifDetails
{
    /// <summary>The camera's manufacturer.</summary>
    public string? Make { get; init; }

    /// <summary>The camera's model.</summary>
    public string? Model { get; init; }

    /// <summary>The lens.</summary>
    public string? Lens { get; init; }

    /// <summary>The program that wrote the file.</summary>
    public string? Software { get; init; }

    /// <summary>
    /// When the picture was taken, else when the file was changed: YYYY:MM:DD HH:MM:SS, in the camera's time zone.
    /// </summary>
    public string? Time { get; init; }

    /// <summary><see cref="Time"/> as a time of the camera's zone, which EXIF mostly does not state; null if it is not one.</summary>
    public DateTime? TakenAt => DateTime.TryParseExact(
        Time, "yyyy:MM:dd HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time) ? time : null;

    /// <summary>Whether the file states where the picture was taken.</summary>
    public bool HasPosition { get; init; }

    /// <summary>Reads the EXIF block of a file, or a TIFF's first directories. Returns null if none parses.</summary>
    public static ExifDetails? Read(byte[] data)
    {
        Argument.NotNull(data, nameof(data));
        fixed (byte* bytes = data)
        {
            return Read(bytes, (nuint)data.Length);
        }
    }

#if NET
    /// <inheritdoc cref="Read(byte[])"/>
    public static ExifDetails? Read(ReadOnlySpan<byte> data)
    {
        fixed (byte* bytes = data)
        {
            return Read(bytes, (nuint)data.Length);
        }
    }
#endif

    private static ExifDetails? Read(byte* data, nuint length)
    {
        NativeLibraryLoader.Ensure();
        userimage_exif* exif = null;
        userimage_error* error = null;
        try
        {
            if (!NativeCall.Finds(NativeMethods.userimage_exif_details(data, length, &exif, &error), error))
            {
                return null;
            }
            var view = new userimage_exif_view();
            NativeCall.Check(NativeMethods.userimage_exif_get(exif, &view), null);
            return new ExifDetails
            {
                Make = Utf8.TextOrNull(view.make, view.make_len),
                Model = Utf8.TextOrNull(view.model, view.model_len),
                Lens = Utf8.TextOrNull(view.lens, view.lens_len),
                Software = Utf8.TextOrNull(view.software, view.software_len),
                Time = Utf8.TextOrNull(view.time, view.time_len),
                HasPosition = view.has_position != 0,
            };
        }
        finally
        {
            NativeMethods.userimage_exif_free(exif);
        }
    }
}
