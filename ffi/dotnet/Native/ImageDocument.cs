using System;
using System.Globalization;
using System.Text;

namespace UserImage.Native;

/// <summary>The library's reader of an image's JSON document, and such a document's text.</summary>
internal readonly unsafe ref struct ImageDocument
{
    internal ImageDocument(string json)
    {
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        byte* text = pins.Text(json, out nuint length);
        userimage_image* image = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_image_from_json(text, length, &image, &error), error);
        Pointer = image;
    }

    internal userimage_image* Pointer { get; }

    public void Dispose()
    {
        NativeMethods.userimage_image_free(Pointer);
    }

    /// <summary>The document, with a record's as it is.</summary>
    internal static string Text(long id, string photoCode, string originalUrl, string standardUrl, string record)
    {
        return "{\"version\":1,\"id\":" + id.ToString(CultureInfo.InvariantCulture)
            + ",\"photo_code\":" + Quote(photoCode)
            + ",\"original_url\":" + Quote(originalUrl)
            + ",\"standard_url\":" + Quote(standardUrl)
            + ",\"record\":" + record + "}";
    }

    private static string Quote(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (char letter in text)
        {
            if (letter is '"' or '\\')
            {
                quoted.Append('\\').Append(letter);
            }
            else if (letter < ' ')
            {
                quoted.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(letter);
            }
        }
        return quoted.Append('"').ToString();
    }
}
