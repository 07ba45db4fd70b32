using System.Threading;

namespace UserImage.Native;

/// <summary>An <see cref="IAsyncInspector"/> as the library calls an inspector: each call waits for its task.</summary>
internal sealed class BlockingInspector(IAsyncInspector inspector) : IInspector
{
    internal object Host => inspector;

    public Verdict Inspect(NewImage image)
    {
        CancellationToken token = NativeCancellation.Current;
        return Workers.Wait(() => inspector.InspectAsync(image, token));
    }
}
