using System.IO;

namespace UserImage.Native;

/// <summary>Bytes that the library returned.</summary>
internal sealed unsafe class BytesHandle(userimage_bytes* pointer) : NativeHandle<userimage_bytes>(pointer)
{
    /// <summary>Where they are, as long as this lives.</summary>
    internal byte* Data(out nuint length)
    {
        byte* data = null;
        nuint count = 0;
        using var bytes = Use();
        NativeCall.Check(NativeMethods.userimage_bytes_data(bytes.Pointer, &data, &count), null);
        length = count;
        return data;
    }

    internal byte[] Copy()
    {
        byte* data = Data(out nuint length);
        return Utf8.Copy(data, length);
    }

    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_bytes_free(Pointer);
        return true;
    }
}

/// <summary>Reads bytes that the library returned, and frees them when it is disposed of.</summary>
internal sealed unsafe class BytesStream : UnmanagedMemoryStream
{
    private readonly BytesHandle bytes;

    internal BytesStream(BytesHandle bytes)
    {
        this.bytes = bytes;
        byte* data = bytes.Data(out nuint length);
        Initialize(data, (long)length, (long)length, FileAccess.Read);
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        bytes.Dispose();
    }
}
