using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>What stands before an asynchronous part of the host's.</summary>
internal interface IBlocking
{
    /// <summary>The host's part.</summary>
    object Host { get; }
}

internal static class Blocking
{
    /// <summary>Waits for a task of the host's, which gets the token of this thread's call.</summary>
    internal static T Wait<T>(Func<CancellationToken, Task<T>> call)
    {
        CancellationToken token = NativeCancellation.Current;
        return Workers.Wait(() => call(token));
    }
}

/// <summary>An <see cref="IAsyncAuthenticator"/> as the library calls an authenticator.</summary>
internal sealed class BlockingAuthenticator(IAsyncAuthenticator authenticator) : IAuthenticator, IBlocking
{
    public object Host => authenticator;

    public bool Knows(int websiteId)
    {
        return Check(websiteId, null) != KeyCheck.UnknownWebsite;
    }

    public bool Accepts(int websiteId, string key)
    {
        return Check(websiteId, key) == KeyCheck.Accepted;
    }

    private KeyCheck Check(int websiteId, string? key)
    {
        return Blocking.Wait(token => authenticator.CheckAsync(websiteId, key, token));
    }
}

/// <summary>An <see cref="IAsyncInspector"/> as the library calls an inspector.</summary>
internal sealed class BlockingInspector(IAsyncInspector inspector) : IInspector, IBlocking
{
    public object Host => inspector;

    public Verdict Inspect(NewImage image)
    {
        return Blocking.Wait(token => inspector.InspectAsync(image, token));
    }
}

/// <summary>An <see cref="IAsyncStorage"/> as the library calls a storage: each call waits for its task.</summary>
internal class BlockingStorage(IAsyncStorage storage) : IStorage, IBlocking
{
    public object Host => storage;

    public StoreResult Store(NewImage image)
    {
        return Blocking.Wait(token => storage.StoreAsync(image, token));
    }

    internal static IStorage Of(IAsyncStorage storage)
    {
        return storage switch
        {
            IRangeAsyncStorage ranges => new WithRanges(ranges),
            IReadableAsyncStorage readable => new Readable(readable),
            _ => new BlockingStorage(storage),
        };
    }

    private sealed class WithRanges(IRangeAsyncStorage storage) : Readable(storage), IRangeStorage
    {
        public byte[]? ReadRange(int websiteId, long id, Variant variant, long offset, int count)
        {
            return Blocking.Wait(token => storage.ReadRangeAsync(websiteId, id, variant, offset, count, token));
        }
    }

    private class Readable(IReadableAsyncStorage storage) : BlockingStorage(storage), IReadableStorage
    {
        public StoredImage? Find(int websiteId, long id)
        {
            return Blocking.Wait(token => storage.FindAsync(websiteId, id, token));
        }

        public StoredImage? FindKey(string key)
        {
            return Blocking.Wait(token => storage.FindKeyAsync(key, token));
        }

        public byte[]? Read(int websiteId, long id, Variant variant)
        {
            return Blocking.Wait(token => storage.ReadAsync(websiteId, id, variant, token));
        }

        public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
        {
            return Blocking.Wait(token => storage.ListAsync(websiteId, userId, pageIndex, pageSize, token));
        }

        public bool Delete(int websiteId, long id)
        {
            return Blocking.Wait(token => storage.DeleteAsync(websiteId, id, token));
        }

        public SweepReport Sweep(TimeSpan minAge)
        {
            return Blocking.Wait(token => storage.SweepAsync(minAge, token));
        }
    }
}
