using System;
using System.IO;

namespace UserImage.Native;

/// <summary>Reads streams into memory.</summary>
internal static class Streams
{
    private const int FirstLength = 64 * 1024;

    /// <summary>The longest array.</summary>
    private const int MaxLength = 0x7FFFFFC7;

    /// <summary>Reads a stream to its end, or its first bytes if it has more than <paramref name="most"/>.</summary>
    /// <exception cref="IOException">An array cannot hold it. Exceptions of the stream are passed on.</exception>
    internal static byte[] Read(Stream stream, long most)
    {
        most = Math.Min(most, MaxLength);
        long left = stream.CanSeek ? Math.Max(stream.Length - stream.Position, 0) : FirstLength;
        var bytes = new byte[(int)Math.Min(left, most)];
        int length = 0;
        while (length < most)
        {
            if (length < bytes.Length)
            {
                int read = stream.Read(bytes, length, bytes.Length - length);
                if (read == 0)
                {
                    break;
                }
                length += read;
            }
            else
            {
                // Mostly this was the end, and the array is of the right length.
                int next = stream.ReadByte();
                if (next < 0)
                {
                    break;
                }
                Array.Resize(ref bytes, (int)Math.Min(Math.Max(2L * length, FirstLength), most));
                bytes[length++] = (byte)next;
            }
        }
        if (length == MaxLength && stream.ReadByte() >= 0)
        {
            throw new IOException("The stream is longer than an array can be.");
        }
        Array.Resize(ref bytes, length);
        return bytes;
    }
}
