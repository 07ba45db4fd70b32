using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>
/// The bytes of a stream, up to one over a limit, outside the heap of the garbage collector: there arrays of this size stay
/// until its second generation is collected.
/// </summary>
internal sealed class NativeBuffer : SafeHandle
{
    private const int Piece = 64 * 1024;

    private long capacity;

    public NativeBuffer()
        : base(IntPtr.Zero, true)
    {
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    internal long Length { get; private set; }

    internal unsafe byte* Pointer => (byte*)handle;

    /// <exception cref="IOException">Exceptions of the stream are passed on.</exception>
    internal static NativeBuffer Read(Stream stream, long most)
    {
        NativeBuffer buffer = For(stream, most);
        try
        {
            var piece = new byte[Piece];
            while (buffer.Length < most)
            {
                int wanted = (int)Math.Min(piece.Length, most - buffer.Length);
                int read = stream.Read(piece, 0, wanted);
                if (read == 0)
                {
                    break;
                }
                buffer.Append(piece, read, wanted, most);
            }
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    internal static async Task<NativeBuffer> ReadAsync(Stream stream, long most, CancellationToken cancellation)
    {
        NativeBuffer buffer = For(stream, most);
        try
        {
            var piece = new byte[Piece];
            while (buffer.Length < most)
            {
                int wanted = (int)Math.Min(piece.Length, most - buffer.Length);
#if NET
                int read = await stream.ReadAsync(piece.AsMemory(0, wanted), cancellation).ConfigureAwait(false);
#else
                int read = await stream.ReadAsync(piece, 0, wanted, cancellation).ConfigureAwait(false);
#endif
                if (read == 0)
                {
                    break;
                }
                buffer.Append(piece, read, wanted, most);
            }
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    protected override bool ReleaseHandle()
    {
        Marshal.FreeHGlobal(handle);
        return true;
    }

    private static NativeBuffer For(Stream stream, long most)
    {
        var buffer = new NativeBuffer();
        if (stream.CanSeek)
        {
            buffer.Reserve(Math.Min(Math.Max(stream.Length - stream.Position, 1), most));
        }
        return buffer;
    }

    /// <summary>Checks what a stream says that it has read.</summary>
    /// <exception cref="IOException">It is a number of bytes that cannot be.</exception>
    internal static void CheckRead(int count, int wanted)
    {
        if (count < 0 || count > wanted)
        {
            throw new IOException($"The stream was asked for {wanted} bytes and says that it has read {count}.");
        }
    }

    private unsafe void Append(byte[] piece, int count, int wanted, long most)
    {
        CheckRead(count, wanted);
        if (Length + count > capacity)
        {
            Reserve(Math.Min(Math.Max(2 * capacity, Length + count), most));
        }
        Marshal.Copy(piece, 0, (IntPtr)((byte*)handle + Length), count);
        Length += count;
    }

    private void Reserve(long bytes)
    {
        SetHandle(IsInvalid ? Marshal.AllocHGlobal(checked((IntPtr)bytes)) : Marshal.ReAllocHGlobal(handle, checked((IntPtr)bytes)));
        capacity = bytes;
    }
}
