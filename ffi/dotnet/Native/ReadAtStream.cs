using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>
/// Bytes that the library reads when they are asked for, from any offset: of a stored file, or the body of a response. It can
/// seek; asynchronously it is read on a thread of the library's own.
/// </summary>
internal sealed unsafe class ReadAtStream<T>(
    NativeHandle<T> source, ulong bytes, delegate*<T*, ulong, byte*, nuint, nuint*, userimage_error**, int> readAt) : Stream
    where T : unmanaged
{
    private readonly long length = Saturate.ToLong(bytes);
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
        source.Dispose();
    }

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
        nuint read = 0;
        userimage_error* error = null;
        using var usage = source.Use();
        int code = readAt(usage.Pointer, (ulong)position, buffer, (nuint)room, &read, &error);
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
