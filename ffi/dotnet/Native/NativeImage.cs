using System;

namespace UserImage.Native;

/// <summary>An image of the library's, made of a JSON document or of its parts, until it is disposed of.</summary>
internal readonly unsafe ref struct NativeImage
{
    internal NativeImage(string json)
    {
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        byte* text = pins.Text(json, out nuint length);
        userimage_image* image = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_image_from_json(text, length, &image, &error), error);
        Pointer = image;
    }

    internal NativeImage(StoredImage image)
    {
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        userimage_stored stored = pins.Stored(image);
        userimage_image* made = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_image_new(&stored, &made, &error), error);
        Pointer = made;
    }

    internal userimage_image* Pointer { get; }

    public void Dispose()
    {
        NativeMethods.userimage_image_free(Pointer);
    }

    internal string ToJson()
    {
        byte* data = null;
        nuint length = 0;
        NativeCall.Check(NativeMethods.userimage_image_json(Pointer, &data, &length), null);
        return Utf8.Text(data, length);
    }
}
