using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>
/// Bytes that the library reads when they are asked for, from any offset. It can seek; asynchronously it is read on a thread
/// of the library's own.
/// </summary>
internal abstract unsafe class ReadAtStream(long length) : Stream
{
    private long position;
    private bool closed;

    public override bool CanRead => !closed;

    public override bool CanSeek => !closed;

    public override bool CanWrite => false;

    public override long Length => closed ? throw Closed() : length;

    public override long Position
    {
        get => closed ? throw Closed() : position;
        set
        {
            if (closed)
            {
                throw Closed();
            }
            position = Argument.NotNegative(value, nameof(value));
        }
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        Check(buffer, offset, count);
        fixed (byte* data = buffer)
        {
            return Read(data + offset, count);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Check(buffer, offset, count);
        return Workers.Reading.Run(_ => Read(buffer, offset, count), cancellationToken);
    }

#if NET
    public override int Read(Span<byte> buffer)
    {
        fixed (byte* data = buffer)
        {
            return Read(data, buffer.Length);
        }
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        return closed ? throw Closed() : new(Workers.Reading.Run(_ => Read(buffer.Span), cancellationToken));
    }
#endif

    public override long Seek(long offset, SeekOrigin origin)
    {
        long from = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "There is no such origin."),
        };
        if (offset < -from || offset > long.MaxValue - from)
        {
            throw new IOException("The offset is before the beginning, or too large.");
        }
        return Position = from + offset;
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value)
    {
        throw new NotSupportedException("The stream is read only.");
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        throw new NotSupportedException("The stream is read only.");
    }

    protected override void Dispose(bool disposing)
    {
        closed = true;
        base.Dispose(disposing);
    }

    /// <summary>Reads bytes at an offset: as many as there is room for, or fewer; at the end, none.</summary>
    protected abstract int ReadAt(ulong offset, byte* buffer, nuint room, userimage_error** error, out nuint read);

    private int Read(byte* buffer, int room)
    {
        if (closed)
        {
            throw Closed();
        }
        if (room == 0 || position >= length)
        {
            return 0;
        }
        userimage_error* error = null;
        int code = ReadAt((ulong)position, buffer, (nuint)room, &error, out nuint read);
        if (NativeCall.Failure(code, error) is { } failure)
        {
            throw new IOException(failure.Reason, failure);
        }
        position += (long)read;
        return (int)read;
    }

    private void Check(byte[] buffer, int offset, int count)
    {
        Argument.NotNull(buffer, nameof(buffer));
        Argument.NotNegative(offset, nameof(offset));
        if (count < 0 || count > buffer.Length - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "The buffer has no such piece.");
        }
        if (closed)
        {
            throw Closed();
        }
    }

    private static ObjectDisposedException Closed()
    {
        return new ObjectDisposedException(nameof(Stream));
    }
}

/// <summary>A file of a stored image that is open for reading.</summary>
internal sealed unsafe class StoredFileStream : ReadAtStream
{
    private readonly StoredFileHandle file;

    private StoredFileStream(StoredFileHandle file, in userimage_file_view view)
        : base(Saturate.ToLong(view.len))
    {
        this.file = file;
    }

    internal static StoredFile Take(userimage_file* pointer)
    {
        var handle = new StoredFileHandle(pointer);
        var view = new userimage_file_view();
        using var usage = handle.Use();
        NativeCall.Check(NativeMethods.userimage_file_get(usage.Pointer, &view), null);
        return new StoredFile(
            new StoredFileStream(handle, view),
            Utf8.Constant(view.mime_type, view.mime_type_len),
            Utf8.Constant(view.variant, view.variant_len));
    }

    protected override int ReadAt(ulong offset, byte* buffer, nuint room, userimage_error** error, out nuint read)
    {
        nuint count = 0;
        using var usage = file.Use();
        int code = NativeMethods.userimage_file_read_at(usage.Pointer, offset, buffer, room, &count, error);
        read = count;
        return code;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        file.Dispose();
    }
}

/// <summary>The body of a response, a part of a stored file.</summary>
internal sealed unsafe class ResponseBodyStream(HttpResponseHandle response, long length) : ReadAtStream(length)
{
    protected override int ReadAt(ulong offset, byte* buffer, nuint room, userimage_error** error, out nuint read)
    {
        nuint count = 0;
        using var usage = response.Use();
        int code = NativeMethods.userimage_http_response_read_at(usage.Pointer, offset, buffer, room, &count, error);
        read = count;
        return code;
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        response.Dispose();
    }
}
