using Xunit;

namespace UserImage.XunitTests;

/// <summary>Probing streams: of one that can seek only what is needed is read, and it is left where it was.</summary>
public class ProbeTests
{
    private const int Megabytes = 20;

    /// <summary>Files of 20 MB: pixels after a header, and bytes after the end of a photo.</summary>
    public static TheoryData<string> LargeFiles => ["bmp", "jpeg"];

    private static byte[] Large(string format)
    {
        return format == "bmp" ? Site.Large(Megabytes) : [.. Site.Photo, .. new byte[Megabytes * 1_000_000 - Site.Photo.Length]];
    }

    [Theory]
    [MemberData(nameof(LargeFiles))]
    public async Task ReadsLittleOfALargeStream(string format)
    {
        byte[] file = Large(format);
        ImageInfo expected = ImageInfo.Probe(file);
        using var stream = new Counting(file);
        Assert.Equal(expected, ImageInfo.Probe(stream));
        Assert.InRange(stream.Taken, 16, 8192);
        Assert.Equal(0, stream.Position);

        using var asynchronous = new Counting(file) { OnlyAsync = true };
        Assert.Equal(expected, await ImageInfo.ProbeAsync(asynchronous));
        Assert.Equal(stream.Taken, asynchronous.Taken);
        Assert.Equal(0, asynchronous.Position);
        Assert.Throws<InvalidOperationException>(() => ImageInfo.Probe(asynchronous));
    }

    [Fact]
    public async Task ProbesTheRestOfAStreamAndUploadsItAfterwards()
    {
        byte[] file = [.. new byte[1000], .. Site.Photo];
        using var stream = new Counting(file) { Position = 1000, Piece = 7 };
        ImageInfo info = await ImageInfo.ProbeAsync(stream);
        Assert.Equal((1200, 1600), (info.Width, info.Height));
        Assert.Equal(1000, stream.Position);
        await using var uploader = new Uploader("""{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked"}""");
        StoredImage image = await uploader.UploadAsync(new("photo.jpg", stream) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
        Assert.Equal(Site.Photo.Length, image.Record.OriginalBytes);
        stream.Position = file.Length;
        Assert.Equal(ErrorKind.NotAnImage, Assert.Throws<InvalidFileException>(() => ImageInfo.Probe(stream)).Kind);
        stream.Position = file.Length + 5;
        Assert.Equal(ErrorKind.NotAnImage, Assert.Throws<InvalidFileException>(() => ImageInfo.Probe(stream)).Kind);
        Assert.Equal(file.Length + 5, stream.Position);
    }

    [Fact]
    public async Task AStreamThatFailsIsItsOwnException()
    {
        using var broken = new Counting(Site.Photo) { Failure = new IOException("the disk is gone") };
        Assert.Same(broken.Failure, Assert.Throws<IOException>(() => ImageInfo.Probe(broken)));
        Assert.Same(broken.Failure, await Assert.ThrowsAsync<IOException>(() => ImageInfo.ProbeAsync(broken)));
        using var lying = new Counting(Site.Photo) { More = 1 };
        Assert.Contains("says that it has read", Assert.Throws<IOException>(() => ImageInfo.Probe(lying)).Message, StringComparison.Ordinal);
        using var cut = new Counting(Site.Photo[..20]);
        Assert.Equal(ErrorKind.Damaged, Assert.Throws<InvalidFileException>(() => ImageInfo.Probe(cut)).Kind);
        // It says that it is longer than it is.
        using var shorter = new Counting(Site.Photo[..20]) { Claims = Site.Photo.Length };
        Assert.Equal(ErrorKind.Damaged, Assert.Throws<InvalidFileException>(() => ImageInfo.Probe(shorter)).Kind);
        // The failure of one call is not that of the next.
        Assert.Equal(1200, ImageInfo.Probe(new MemoryStream(Site.Photo)).Width);
    }

    [Fact]
    public async Task IsCancelledWhileTheStreamWaits()
    {
        using var source = new CancellationTokenSource();
        using var stream = new Counting(Site.Photo) { Waits = true };
        Task<ImageInfo> probe = ImageInfo.ProbeAsync(stream, source.Token);
        await stream.Waiting.Task;
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => probe);
        Assert.True(probe.IsCanceled);
    }

    [Fact]
    public void SpansAreReadWithoutACopy()
    {
        Span<byte> padded = new byte[Site.Photo.Length + 20];
        Site.Photo.CopyTo(padded[10..]);
        ReadOnlySpan<byte> photo = padded[10..^10];
        Assert.Equal(ExifDetails.Read(Site.Photo), ExifDetails.Read(photo));
        Assert.Equal("Example", ExifDetails.Read(photo)!.Make);
        Assert.Null(ExifDetails.Read(ReadOnlySpan<byte>.Empty));
        Assert.Null(ExifDetails.Read(padded));
        Assert.Equal(ImageInfo.ProbeJson(Site.Photo), ImageInfo.ProbeJson(photo));
        Assert.Equal(1, ImageInfo.CountFrames(photo, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => ImageInfo.CountFrames(Site.Photo.AsSpan(), -1));
        Assert.Equal(Rendition.Render(Site.Photo), Rendition.Render(photo));
        Assert.Equal(30, Rendition.Render(photo, new RenderOptions { MaxWidth = 30 }).Width);
        Assert.Equal(ErrorKind.NotAnImage, Assert.Throws<InvalidFileException>(() => Rendition.Render(ReadOnlySpan<byte>.Empty)).Kind);
    }

    /// <summary>A stream that can seek and counts what is read.</summary>
    private sealed class Counting(byte[] content) : Stream
    {
        internal long Taken { get; private set; }

        /// <summary>Whether it cannot be read synchronously.</summary>
        internal bool OnlyAsync { get; init; }

        /// <summary>The most bytes of one read.</summary>
        internal int Piece { get; init; } = int.MaxValue;

        /// <summary>How many bytes it says that it has read beyond those.</summary>
        internal int More { get; init; }

        internal long? Claims { get; init; }

        internal Exception? Failure { get; init; }

        /// <summary>Whether an asynchronous read does not end before it is cancelled.</summary>
        internal bool Waits { get; init; }

        internal TaskCompletionSource Waiting { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => Claims ?? content.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            return OnlyAsync ? throw new InvalidOperationException("synchronous") : Take(buffer.AsSpan(offset, count));
        }

        public override async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            await Task.Yield();
            if (Waits)
            {
                Waiting.SetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }
            return Take(buffer.AsSpan(offset, count));
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return Take(buffer.Span);
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        private int Take(Span<byte> buffer)
        {
            if (Failure != null)
            {
                throw Failure;
            }
            int count = (int)Math.Clamp(content.Length - Position, 0, Math.Min(buffer.Length, Piece));
            content.AsSpan((int)Math.Min(Position, content.Length), count).CopyTo(buffer);
            Position += count;
            Taken += count;
            return More == 0 ? count : buffer.Length + More;
        }
    }
}
