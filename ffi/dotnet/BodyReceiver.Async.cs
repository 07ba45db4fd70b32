using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

// Reading a body asynchronously.
public sealed partial class BodyReceiver
{
    /// <summary>Reads the body as far as it is needed, and answers.</summary>
    internal async Task<UserImageResponse> ReceiveAsync(Stream body, CancellationToken cancellation)
    {
        var buffer = new byte[64 * 1024];
        while (WantsMore)
        {
#if NET
            int read = await body.ReadAsync(buffer, cancellation).ConfigureAwait(false);
#else
            int read = await body.ReadAsync(buffer, 0, buffer.Length, cancellation).ConfigureAwait(false);
#endif
            if (!FeedRead(buffer, read))
            {
                break;
            }
        }
        return await FinishAsync(cancellation).ConfigureAwait(false);
    }
}
