using System;
using System.IO;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace UserImage.Native;

/// <summary>
/// The rest of a stream that can seek, as the library reads a file in pieces. Afterwards the stream is where it was.
/// </summary>
internal sealed unsafe class ProbedStream : IDisposable
{
    private static readonly userimage_reader.ReadAtCallback ReadAtKept = ReadAt;

    private readonly Stream stream;
    private readonly long start;
    private readonly CancellationToken? cancellation;
    private readonly GCHandle handle;
    private byte[] piece = [];
    private Exception? thrown;

    /// <param name="stream">The stream.</param>
    /// <param name="cancellation">If there is one, the stream is read asynchronously.</param>
    internal ProbedStream(Stream stream, CancellationToken? cancellation)
    {
        this.stream = stream;
        this.cancellation = cancellation;
        start = stream.Position;
        handle = GCHandle.Alloc(this);
    }

    /// <summary>The table, which is valid until this is disposed of.</summary>
    internal userimage_reader Table => new()
    {
        len = (ulong)Math.Max(stream.Length - start, 0),
        user_data = (void*)GCHandle.ToIntPtr(handle),
        ReadAt = ReadAtKept,
    };

    /// <summary>Ends the call that read. What the stream threw is thrown.</summary>
    internal void Check(int code, userimage_error* error)
    {
        UserImageException? failure = NativeCall.Failure(code, error);
        if (thrown != null)
        {
            ExceptionDispatchInfo.Capture(thrown).Throw();
        }
        stream.Position = start;
        if (failure != null)
        {
            throw failure;
        }
    }

    public void Dispose()
    {
        handle.Free();
    }

    private static int ReadAt(void* userData, ulong offset, byte* buffer, nuint length, nuint* read)
    {
        var reader = (ProbedStream)GCHandle.FromIntPtr((IntPtr)userData).Target!;
        int count = 0;
        reader.thrown = NativeCall.Catch(() => count = reader.Read(checked(reader.start + (long)offset), checked((int)length)));
        if (reader.thrown != null)
        {
            NativeCall.SetInner(reader.thrown);
            return NativeMethods.USERIMAGE_SERVER_ERROR;
        }
        Marshal.Copy(reader.piece, 0, (IntPtr)buffer, count);
        *read = (nuint)count;
        return NativeMethods.USERIMAGE_OK;
    }

    private int Read(long position, int wanted)
    {
        if (piece.Length < wanted)
        {
            piece = new byte[wanted];
        }
        stream.Position = position;
        int count = cancellation is { } token
            ? Workers.Wait(() => stream.ReadAsync(piece, 0, wanted, token))
            : stream.Read(piece, 0, wanted);
        NativeBuffer.CheckRead(count, wanted);
        return count;
    }
}
