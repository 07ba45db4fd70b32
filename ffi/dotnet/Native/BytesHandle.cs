namespace UserImage.Native;

/// <summary>Bytes that the library returned.</summary>
internal sealed unsafe class BytesHandle(userimage_bytes* pointer)
    : NativeHandle<userimage_bytes>(pointer, &NativeMethods.userimage_bytes_free)
{
    internal byte[] Copy()
    {
        byte* data = Data(out nuint length);
        return Utf8.Copy(data, length);
    }

    internal string Text()
    {
        byte* data = Data(out nuint length);
        return Utf8.Text(data, length);
    }

    /// <summary>Where they are, as long as this lives.</summary>
    private byte* Data(out nuint length)
    {
        byte* data = null;
        nuint count = 0;
        using var bytes = Use();
        NativeCall.Check(NativeMethods.userimage_bytes_data(bytes.Pointer, &data, &count), null);
        length = count;
        return data;
    }
}
