using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// Probing streams asynchronously.
public sealed partial record ImageInfo
{
    /// <summary>As <see cref="Probe(byte[])"/>, for the rest of a stream, which is read asynchronously.</summary>
    public static async Task<ImageInfo> ProbeAsync(Stream stream, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(stream, nameof(stream));
        using NativeBuffer buffer =
            await NativeBuffer.ReadAsync(stream, long.MaxValue, cancellationToken).ConfigureAwait(false);
        return Probe(buffer);
    }

    private static unsafe ImageInfo Probe(NativeBuffer buffer)
    {
        return Probe(buffer.Pointer, (nuint)buffer.Length, Read);
    }
}
