using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>An <see cref="IAsyncStorage"/> as the library calls a storage: each call waits for its task.</summary>
internal class BlockingStorage(IAsyncStorage storage) : IStorage
{
    internal object Host => storage;

    public StoreResult Store(NewImage image)
    {
        CancellationToken token = NativeCancellation.Current;
        return Workers.Wait(() => storage.StoreAsync(image, token));
    }

    internal static IStorage Of(IAsyncStorage storage)
    {
        return storage switch
        {
            IRenditionAsyncStorage renditions => new WithRenditions(renditions),
            IReadableAsyncStorage readable => new Readable(readable),
            _ => new BlockingStorage(storage),
        };
    }

    private sealed class WithRenditions(IRenditionAsyncStorage storage) : Readable(storage), IRenditionStorage
    {
        public byte[]? ReadRendition(int websiteId, long id, string name)
        {
            return Wait(token => storage.ReadRenditionAsync(websiteId, id, name, token));
        }
    }

    private class Readable(IReadableAsyncStorage storage) : BlockingStorage(storage), IReadableStorage
    {
        public StoredImage? Find(int websiteId, long id)
        {
            return Wait(token => storage.FindAsync(websiteId, id, token));
        }

        public StoredImage? FindKey(string key)
        {
            return Wait(token => storage.FindKeyAsync(key, token));
        }

        public byte[]? Read(int websiteId, long id, Variant variant)
        {
            return Wait(token => storage.ReadAsync(websiteId, id, variant, token));
        }

        public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
        {
            return Wait(token => storage.ListAsync(websiteId, userId, pageIndex, pageSize, token));
        }

        public bool Delete(int websiteId, long id)
        {
            return Wait(token => storage.DeleteAsync(websiteId, id, token));
        }

        public SweepReport Sweep(TimeSpan minAge)
        {
            return Wait(token => storage.SweepAsync(minAge, token));
        }

        private protected static T Wait<T>(Func<CancellationToken, Task<T>> call)
        {
            CancellationToken token = NativeCancellation.Current;
            return Workers.Wait(() => call(token));
        }
    }
}
