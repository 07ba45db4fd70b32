using System;

namespace UserImage.Native;

/// <summary>An image that the library makes of a document, or of the parts that a storage keeps.</summary>
internal readonly unsafe ref struct ImageDocument
{
    /// <summary>The image of a document of userimage_image_json.</summary>
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

    /// <summary>The image of its parts, and of the document of its record.</summary>
    internal ImageDocument(long id, string photoCode, string originalUrl, string standardUrl, string record)
    {
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        userimage_stored stored = Stored(pins, id, photoCode, originalUrl, standardUrl, record);
        userimage_image* image = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_image_from_stored(&stored, &image, &error), error);
        Pointer = image;
    }

    internal userimage_image* Pointer { get; }

    public void Dispose()
    {
        NativeMethods.userimage_image_free(Pointer);
    }

    /// <summary>The parts as the library takes them; a record of null is none.</summary>
    internal static userimage_stored Stored(
        Pins pins, long id, string photoCode, string originalUrl, string standardUrl, string? record)
    {
        // The library refuses 0, which is no image's.
        var stored = new userimage_stored { id = id > 0 ? (ulong)id : 0 };
        stored.photo_code = pins.Text(photoCode, out stored.photo_code_len);
        stored.original_url = pins.Text(originalUrl, out stored.original_url_len);
        stored.standard_url = pins.Text(standardUrl, out stored.standard_url_len);
        stored.record_json = pins.Text(record, out stored.record_json_len);
        return stored;
    }

    /// <summary>The document of the image.</summary>
    internal string Json()
    {
        byte* data = null;
        nuint length = 0;
        NativeCall.Check(NativeMethods.userimage_image_json(Pointer, &data, &length), null);
        return Utf8.Text(data, length);
    }
}
