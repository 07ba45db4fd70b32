using System;
using System.IO;

namespace UserImage.Native;

/// <summary>Reads streams into memory.</summary>
internal static class Streams
{
    private const int PieceLength = 64 * 1024;

    /// <summary>What is left of a stream, or its first bytes if there are more than <paramref name="most"/>.</summary>
    internal static byte[] Read(Stream stream, long most)
    {
        long left = stream.CanSeek ? Math.Min(Math.Max(stream.Length - stream.Position, 0), most) : 0;
        using var memory = new MemoryStream((int)Math.Min(left, int.MaxValue));
        var piece = new byte[(int)Math.Min(PieceLength, most)];
        int read;
        while ((read = stream.Read(piece, 0, (int)Math.Min(piece.Length, most - memory.Length))) > 0)
        {
            memory.Write(piece, 0, read);
        }
        return memory.Length == memory.Capacity ? memory.GetBuffer() : memory.ToArray();
    }
}
