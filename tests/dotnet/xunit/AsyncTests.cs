using NSubstitute;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>Uploads that do not block: cancelled, disposed of, on an asynchronous storage, faked.</summary>
public class AsyncTests
{
    private const string Config = """
        {"storage": {"memory": {"base_url": "/"}}, "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}]}
        """;

    private const string HostConfig = """{"authentication": "already_checked"}""";

    private static UploadRequest Request(Stream? stream = null)
    {
        UploadRequest request = stream == null ? new("photo.jpg", Site.Photo) : new("photo.jpg", stream);
        (request.WebsiteId, request.ClientKey, request.UserId) = ("1001", "abc123", "12345");
        return request;
    }

    [Fact]
    public async Task EveryOperationHasAnAsynchronousForm()
    {
        await using var uploader = new Uploader(Config);
        StoredImage image = await uploader.UploadAsync(new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "abc123", UserId = "1" });
        Assert.Equal((1200, 1600), (image.Width, image.Height));
        Assert.Equal(image.Id, (await uploader.FindAsync(1001, image.Id))!.Id);
        Assert.Equal(image.Id, (await uploader.FindKeyAsync(image.Record.OriginalKey))!.Id);
        Assert.Equal(Site.Photo, await uploader.ReadAsync(1001, image.Id, Variant.Original));
        await using (Stream stream = (await uploader.OpenReadAsync(1001, image.Id, Variant.Original))!)
        {
            Assert.Equal(Site.Photo.Length, stream.Length);
            var copy = new MemoryStream();
            await stream.CopyToAsync(copy);
            Assert.Equal(Site.Photo, copy.ToArray());
        }
        Assert.Null(await uploader.OpenReadAsync(1001, 99, Variant.Original));
        Assert.Single((await uploader.ListAsync(1001, "1", 0, 10)).Images);
        Assert.Empty((await uploader.ListAsync(1001, "1", 1, 10)).Images);
        int all = 0;
        await foreach (StoredImage one in uploader.ListAllAsync(1001, "1"))
        {
            all++;
        }
        Assert.Equal(1, all);
        Assert.True(await uploader.DeleteAsync(1001, image.Id));
        Assert.Equal(new SweepReport(0, 0), await uploader.SweepAsync(TimeSpan.FromDays(1)));
        Assert.Null(await uploader.FindAsync(1001, -1));
        Assert.Null(uploader.Find(1001, -1));
    }

    [Fact]
    public async Task ReadsAStreamAsynchronouslyAndNoFurtherThanTheLimit()
    {
        await using var uploader = new Uploader(Config);
        await using var photo = new OnlyAsync(Site.Photo);
        Assert.Equal(1200, (await uploader.UploadAsync(Request(photo))).Width);
        await using var endless = new OnlyAsync(null);
        var error = await Assert.ThrowsAsync<InvalidFileException>(() => uploader.UploadAsync(Request(endless)));
        Assert.Equal(ErrorKind.TooLarge, error.Kind);
        Assert.True(endless.Taken <= uploader.MaxBytes(1001) + 1, $"{endless.Taken} bytes were read");
        UploadRequest refused = Request(endless);
        refused.ClientKey = "wrong";
        long before = endless.Taken;
        UploadResult result = await uploader.TryUploadAsync(refused);
        Assert.Equal((401, ErrorKind.RefusedClientKey), (result.HttpStatus, result.Error!.Kind));
        Assert.Equal(before, endless.Taken);
    }

    [Fact]
    public async Task UploadsMemoryWithoutACopy()
    {
        await using var uploader = new Uploader(Config);
        using System.Buffers.IMemoryOwner<byte> rented = System.Buffers.MemoryPool<byte>.Shared.Rent(Site.Photo.Length + 100);
        Site.Photo.CopyTo(rented.Memory.Span[50..]);
        var request = new UploadRequest("photo.jpg", rented.Memory.Slice(50, Site.Photo.Length))
        {
            WebsiteId = "1001", ClientKey = "abc123", UserId = "1",
        };
        StoredImage image = await uploader.UploadAsync(request);
        Assert.Equal(Site.Photo, await uploader.ReadAsync(1001, image.Id, Variant.Original));
        request = new("photo.jpg", ReadOnlyMemory<byte>.Empty) { WebsiteId = "1001", ClientKey = "abc123", UserId = "1" };
        Assert.Equal(ErrorKind.EmptyFile, (await uploader.TryUploadAsync(request)).Error!.Kind);
    }

    [Fact]
    public async Task AnAsynchronousAuthenticatorDecides()
    {
        var keys = Substitute.For<IAsyncAuthenticator>();
        using var source = new CancellationTokenSource();
        CancellationToken seen = default;
        keys.CheckAsync(1001, null, Arg.Any<CancellationToken>()).Returns(async call =>
        {
            seen = call.Arg<CancellationToken>();
            await Task.Delay(1, CancellationToken.None);
            return KeyCheck.RefusedKey;
        });
        keys.CheckAsync(1001, "abc123", Arg.Any<CancellationToken>()).Returns(Task.FromResult(KeyCheck.Accepted));
        keys.CheckAsync(1001, "wrong", Arg.Any<CancellationToken>()).Returns(Task.FromResult(KeyCheck.RefusedKey));
        keys.CheckAsync(1001, "broken", Arg.Any<CancellationToken>()).Returns(Task.FromException<KeyCheck>(new IOException("no database")));
        await using var uploader = new Uploader(
            """{"authentication": "host", "storage": {"memory": {"base_url": "/"}}}""", new UploaderHost { AsyncAuthenticator = keys });
        Assert.True((await uploader.TryUploadAsync(Request(), source.Token)).HttpStatus == 200);
        Assert.Equal(source.Token, seen);
        UploadRequest request = Request();
        request.ClientKey = "wrong";
        Assert.Equal(ErrorKind.RefusedClientKey, (await uploader.TryUploadAsync(request)).Error!.Kind);
        request.ClientKey = "broken";
        UserImageException error = (await uploader.TryUploadAsync(request)).Error!;
        Assert.Equal(ErrorKind.AuthenticatorFailed, error.Kind);
        Assert.IsType<IOException>(error.InnerException);
        request = Request(); // a substitute answers 0 for 1002, which is that there is no such website
        request.WebsiteId = "1002";
        Assert.Equal(ErrorKind.UnknownWebsite, (await uploader.TryUploadAsync(request)).Error!.Kind);
        await keys.DidNotReceive().CheckAsync(1002, "abc123", Arg.Any<CancellationToken>());
        Assert.Throws<ArgumentException>(() => new Uploader(
            HostConfig, new UploaderHost { AsyncAuthenticator = keys, Authenticator = Substitute.For<IAuthenticator>() }));
    }

    [Fact]
    public async Task ReadsAFileInPiecesAsynchronously()
    {
        await using var uploader = new Uploader(Config);
        StoredImage image = await uploader.UploadAsync(Request());
        await using Stream stream = (await uploader.OpenReadAsync(1001, image.Id, Variant.Original))!;
        var piece = new byte[10];
        stream.Position = 100;
        Assert.Equal(10, await stream.ReadAsync(piece.AsMemory()));
        Assert.Equal(Site.Photo[100..110], piece);
        Assert.Equal(110, stream.Position);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await stream.ReadExactlyAsync(piece, cancelled.Token));
        using StoredFile file = (await uploader.OpenReadKeyAsync(image.Record.StandardKey))!;
        Assert.Equal(("image/jpeg", Variant.Standard), (file.MimeType, file.Variant));
        Assert.Null(await uploader.OpenReadKeyAsync("original/x"));
    }

    [Fact]
    public async Task ACancelledUploadStoresNothing()
    {
        await using var uploader = new Uploader(Config);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => uploader.UploadAsync(Request(), cancelled.Token));

        // Many more than can run: those that wait end at once, those that run end between two steps.
        using var source = new CancellationTokenSource();
        Task<StoredImage>[] uploads = Enumerable.Range(0, 200).Select(_ => uploader.UploadAsync(Request(), source.Token)).ToArray();
        await Task.WhenAny(uploads);
        await source.CancelAsync();
        int stored = 0, gone = 0;
        foreach (Task<StoredImage> upload in uploads)
        {
            try
            {
                await upload;
                stored++;
            }
            catch (OperationCanceledException exception)
            {
                Assert.Equal(source.Token, exception.CancellationToken);
                gone++;
            }
        }
        Assert.True(stored > 0 && gone > 100, $"{stored} stored, {gone} cancelled");
        Assert.Equal(stored, (await uploader.ListAsync(1001, "12345", 0, 1)).Total);
    }

    [Fact]
    public async Task IsCancelledBetweenDecodingAndStoring()
    {
        // The native code looks: the log line of the uploader says that it was the library that gave up.
        var lines = new List<string>();
        using var source = new CancellationTokenSource();
        var storage = Substitute.For<IAsyncStorage>();
        await using var uploader = new Uploader(HostConfig, new UploaderHost
        {
            AsyncStorage = storage,
            MaxLogLevel = UserImageLogLevel.Debug,
            Log = (_, line) =>
            {
                lock (lines)
                {
                    lines.Add(line);
                }
                if (line.StartsWith("renditions made", StringComparison.Ordinal))
                {
                    source.Cancel();
                }
            },
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => uploader.UploadAsync(Request(), source.Token));
        Assert.Contains(lines, line => line.Contains("kind=\"cancelled\"", StringComparison.Ordinal));
        await storage.DidNotReceiveWithAnyArgs().StoreAsync(default!, default);
    }

    [Fact]
    public async Task DisposeRefusesAtOnceAndWaits()
    {
        var storage = new Gate();
        var uploader = new Uploader(HostConfig, new UploaderHost { AsyncStorage = storage, DisposesParts = true });
        Task<StoredImage> upload = uploader.UploadAsync(Request());
        await storage.Entered.Task;
        Task closing = uploader.DisposeAsync().AsTask();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => uploader.UploadAsync(Request()));
        Assert.Throws<ObjectDisposedException>(() => uploader.Find(1001, 1));
        Assert.False(closing.IsCompleted || storage.Disposed);
        storage.Open.SetResult();
        Assert.Equal(7, (await upload).Id);
        await closing;
        Assert.True(storage.Disposed);

        // What a host hands in stays the host's, unless it says otherwise.
        var kept = new Gate();
        kept.Open.SetResult();
        await using (var other = new Uploader(HostConfig, new UploaderHost { AsyncStorage = kept }))
        {
            await other.UploadAsync(Request());
        }
        Assert.False(kept.Disposed);
    }

    [Fact]
    public async Task AnAsynchronousStorageHoldsNoDecoderUp()
    {
        var storage = new Gate();
        await using var uploader = new Uploader(HostConfig, new UploaderHost { AsyncStorage = storage });
        int uploads = Environment.ProcessorCount + 20;
        Task<StoredImage>[] all = Enumerable.Range(0, uploads).Select(_ => uploader.UploadAsync(Request())).ToArray();
        // All of them come as far as the storage, though only so many decode at once.
        for (int i = 0; storage.Waiting < uploads && i < 600; i++)
        {
            await Task.Delay(50);
        }
        Assert.Equal(uploads, storage.Waiting);
        storage.Open.SetResult();
        await Task.WhenAll(all);
    }

    [Fact]
    public async Task WorksOnThreadsOfItsOwnWithTheCallersContext()
    {
        var storage = new Gate();
        storage.Open.SetResult();
        await using var uploader = new Uploader(HostConfig, new UploaderHost { AsyncStorage = storage });
        Gate.Local.Value = "of the caller";
        await uploader.UploadAsync(Request());
        Assert.Equal("of the caller", storage.Seen);
        Assert.False(storage.OnPool);
    }

    [Fact]
    public async Task CanBeFaked()
    {
        IUploader fake = Substitute.For<IUploader>();
        // The facts are those of a real upload, once: its document may stand in the test.
        using var real = new Uploader(Config);
        ImageRecord record = ImageRecord.FromJson(real.Upload(Request()).Record.ToJson());
        var image = new StoredImage(5, "5", "/original", "/standard", record);
        fake.UploadAsync(default!).ReturnsForAnyArgs(image);
        Assert.Same(image, await fake.UploadAsync(Request()));
        fake.TryUploadAsync(default!).ReturnsForAnyArgs(new UploadResult(UserImageException.Create(ErrorKind.TooLarge)));
        Assert.Equal(413, (await fake.TryUploadAsync(Request())).HttpStatus);
        Assert.IsType<InvalidFileException>(UserImageException.Create(ErrorKind.TooLarge));
    }

    private sealed class Gate : IAsyncStorage, IAsyncDisposable
    {
        private int waiting;

        internal static AsyncLocal<string> Local { get; } = new();

        internal TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal TaskCompletionSource Open { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal int Waiting => Volatile.Read(ref waiting);

        internal string? Seen { get; private set; }

        internal bool OnPool { get; private set; }

        internal bool Disposed { get; private set; }

        public async Task<StoreResult> StoreAsync(NewImage image, CancellationToken cancellationToken)
        {
            (Seen, OnPool) = (Local.Value, Thread.CurrentThread.IsThreadPoolThread);
            Interlocked.Increment(ref waiting);
            Entered.TrySetResult();
            await Open.Task;
            return new StoreResult(7, "7", "/7", "/7");
        }

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }

    /// <summary>A stream that cannot be read synchronously, as a request's body; of null it has no end.</summary>
    private sealed class OnlyAsync(byte[]? content) : Stream
    {
        internal long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            int count = content == null ? buffer.Length : (int)Math.Min(buffer.Length, content.Length - Taken);
            content?.AsMemory((int)Taken, count).CopyTo(buffer);
            Taken += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new InvalidOperationException("synchronous");

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
