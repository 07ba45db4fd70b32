using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>The facts of a further rendition, which the configuration's "renditions" names.</summary>
/// <param name="Name">Its name, such as "thumbnail".</param>
/// <param name="Format">JPEG, PNG if the image has transparency, or WebP where that is chosen and smaller.</param>
/// <param name="MimeType">Its MIME type.</param>
/// <param name="Width">Its width in pixels.</param>
/// <param name="Height">Its height in pixels.</param>
/// <param name="Bytes">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256, in lower-case hexadecimal.</param>
/// <param name="Key">As <see cref="ImageRecord.OriginalKey"/>, for this rendition: "thumbnail/2026_11_....jpg".</param>
public sealed unsafe record RenditionRecord(
    string Name, ImageFormat Format, string MimeType, int Width, int Height, long Bytes, string Sha256, string Key)
{
    /// <summary>The renditions of a record, in the order of their names.</summary>
    internal static IReadOnlyList<RenditionRecord> Read(userimage_record* record, int count)
    {
        var renditions = new RenditionRecord[count];
        for (int i = 0; i < count; i++)
        {
            userimage_record_rendition_view view = View(record, i);
            renditions[i] = new RenditionRecord(
                Utf8.Constant(view.name, view.name_len),
                ImageFormat.Of(view.format, view.format_len),
                Utf8.Constant(view.mime_type, view.mime_type_len),
                Saturate.ToInt(view.width),
                Saturate.ToInt(view.height),
                Saturate.ToLong(view.bytes),
                Utf8.Hex(view.sha256, view.sha256_len),
                Utf8.Text(view.key, view.key_len));
        }
        return renditions;
    }

    /// <summary>The files of a record that a storage is given, by their names.</summary>
    internal static IReadOnlyDictionary<string, byte[]> Files(userimage_record* record, int count)
    {
        var files = new Dictionary<string, byte[]>(count);
        for (int i = 0; i < count; i++)
        {
            userimage_record_rendition_view view = View(record, i);
            files[Utf8.Constant(view.name, view.name_len)] = Utf8.Copy(view.data, view.data_len);
        }
        return files;
    }

    private static userimage_record_rendition_view View(userimage_record* record, int index)
    {
        var view = new userimage_record_rendition_view();
        NativeCall.Check(NativeMethods.userimage_record_rendition(record, (nuint)index, &view), null);
        return view;
    }
}
