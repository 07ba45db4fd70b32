using Xunit;

namespace UserImage.XunitTests;

/// <summary>What asynchronous parts of the host's do to their own uploader, and what the uploader's threads do.</summary>
public class CallbackTests
{
    private const string Config = """{"authentication": "already_checked"}""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private static UploadRequest Request()
    {
        return new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" };
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task DisposesOfItsOwnUploaderAfterAnAwait(bool asynchronously)
    {
        Uploader? uploader = null;
        var storage = new Storage(async () =>
        {
            await Task.Delay(10);
            if (asynchronously)
            {
                await uploader!.DisposeAsync();
            }
            else
            {
                uploader!.Dispose();
            }
        });
        uploader = new Uploader(Config, new UploaderHost { AsyncStorage = storage });
        Assert.Equal(1, (await uploader.UploadAsync(Request()).WaitAsync(Soon)).Id);
        Assert.Throws<ObjectDisposedException>(() => uploader.Upload(Request()));
    }

    [Fact]
    public async Task DisposesOfItsCallersUploader()
    {
        Uploader? outer = null;
        var closes = new Storage(async () =>
        {
            await Task.Yield();
            outer!.Dispose();
        });
        await using var inner = new Uploader(Config, new UploaderHost { AsyncStorage = closes });
        var calls = new Storage(async () => await inner.UploadAsync(Request()));
        outer = new Uploader(Config, new UploaderHost { AsyncStorage = calls });
        Assert.Equal(1, (await outer.UploadAsync(Request()).WaitAsync(Soon)).Id);
    }

    [Fact]
    public async Task WhatACallbackHasStartedWaitsForLaterCalls()
    {
        Uploader? uploader = null;
        Task? closing = null;
        var first = new TaskCompletionSource();
        var second = new TaskCompletionSource();
        bool inSecond = false;
        var storage = new Storage(() =>
        {
            if (closing == null)
            {
                closing = Task.Run(async () =>
                {
                    await first.Task;
                    await uploader!.DisposeAsync();
                });
                return Task.CompletedTask;
            }
            inSecond = true;
            return second.Task;
        });
        uploader = new Uploader(Config, new UploaderHost { AsyncStorage = storage });
        await uploader.UploadAsync(Request());
        Task<StoredImage> later = uploader.UploadAsync(Request());
        while (!Volatile.Read(ref inSecond))
        {
            await Task.Delay(5);
        }
        first.SetResult();
        await Task.Delay(100);
        Assert.False(closing!.IsCompleted); // the call that started it is over: it is not in a call
        second.SetResult();
        await closing.WaitAsync(Soon);
        Assert.Equal(2, (await later).Id);
    }

    [Fact]
    public async Task ANullInPlaceOfATaskIsNamed()
    {
        await using var uploader = new Uploader(Config, new UploaderHost { AsyncStorage = new Storage(null) });
        UploadResult result = await uploader.TryUploadAsync(Request());
        Assert.Equal(ErrorKind.StorageFailed, result.Error?.Kind);
        Assert.Contains("returned null in place of a task", result.Error!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TwoCallsAtOnceHaveTwoThreads()
    {
        if (Environment.ProcessorCount < 2)
        {
            return; // one upload is decoded at a time
        }
        using var both = new Barrier(2);
        bool alone = false;
        var storage = new Meeting(() => alone |= !both.SignalAndWait(Soon));
        await using var uploader = new Uploader(Config, new UploaderHost { Storage = storage });
        for (int round = 0; round < 20; round++)
        {
            // After each round the threads have nothing to do: two calls must not both count on the same one.
            await Task.WhenAll(uploader.UploadAsync(Request()), uploader.UploadAsync(Request()));
            Assert.False(alone, $"round {round}");
            await Task.Delay(5);
        }
    }

    /// <summary>A storage that does something before it stores; without that it returns null.</summary>
    private sealed class Storage(Func<Task>? before) : IAsyncStorage
    {
        private int images;

        public Task<StoreResult> StoreAsync(NewImage image, CancellationToken cancellationToken)
        {
            return before == null ? null! : StoreAsync(before);
        }

        private async Task<StoreResult> StoreAsync(Func<Task> work)
        {
            await work();
            return new StoreResult(Interlocked.Increment(ref images), "1", "/1", "/1");
        }
    }

    /// <summary>A storage that holds its thread.</summary>
    private sealed class Meeting(Action meet) : IStorage
    {
        public StoreResult Store(NewImage image)
        {
            meet();
            return new StoreResult(1, "1", "/1", "/1");
        }
    }
}
