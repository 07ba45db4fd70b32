using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>An image format that the library recognizes.</summary>
/// <param name="Name">The name in configurations and records, such as "jpeg".</param>
/// <param name="MimeType">The MIME type, such as "image/jpeg".</param>
/// <param name="Extension">The extension with its dot, such as ".jpg".</param>
/// <param name="HasRendition">Whether a rendition can be made of it, so that a website may take it. Else it is probed only.</param>
public sealed unsafe record ImageFormat(string Name, string MimeType, string Extension, bool HasRendition)
{
    internal static ImageFormat Nameless { get; } = new("", "", "", false);

    /// <summary>Every format.</summary>
    public static IReadOnlyList<ImageFormat> All { get; } = Read();

    /// <summary>The format with this name, such as "jpeg", or null.</summary>
    public static ImageFormat? Find(string name)
    {
        Argument.NotNull(name, nameof(name));
        foreach (ImageFormat format in All)
        {
            if (format.Name == name)
            {
                return format;
            }
        }
        return null;
    }

    /// <summary>The name.</summary>
    public override string ToString()
    {
        return Name;
    }

    internal static ImageFormat Of(byte* name, nuint length)
    {
        string text = Utf8.Constant(name, length);
        return Find(text) ?? new ImageFormat(text, "application/octet-stream", "", false);
    }

    private static List<ImageFormat> Read()
    {
        NativeLibraryLoader.Ensure();
        var formats = new List<ImageFormat>();
        var view = new userimage_format_view();
        while (NativeCall.Finds(NativeMethods.userimage_format_get((nuint)formats.Count, &view), null))
        {
            formats.Add(new ImageFormat(
                Utf8.Constant(view.name, view.name_len),
                Utf8.Constant(view.mime_type, view.mime_type_len),
                Utf8.Constant(view.extension, view.extension_len),
                view.has_rendition != 0));
        }
        return formats;
    }
}
