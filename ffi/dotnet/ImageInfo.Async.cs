using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// Probing streams asynchronously.
public sealed partial record ImageInfo
{
    /// <summary>As <see cref="Probe(Stream)"/>. The stream is read asynchronously.</summary>
    public static Task<ImageInfo> ProbeAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(stream, nameof(stream));
        return stream.CanSeek
            ? Workers.Reading.Run(token => ProbePieces(stream, token), cancellationToken)
            : ProbeAllAsync(stream, cancellationToken);
    }

    private static async Task<ImageInfo> ProbeAllAsync(Stream stream, CancellationToken cancellationToken)
    {
        using NativeBuffer buffer =
            await NativeBuffer.ReadAsync(stream, long.MaxValue, cancellationToken).ConfigureAwait(false);
        return Probe(buffer);
    }

    private static unsafe ImageInfo Probe(NativeBuffer buffer)
    {
        return Probe(buffer.Pointer, (nuint)buffer.Length, Read);
    }
}
