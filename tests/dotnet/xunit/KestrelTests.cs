using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace UserImage.XunitTests;

/// <summary>UserImage.AspNetCore on Kestrel: large, slow, unread and broken-off requests, and load.</summary>
public class KestrelTests(ITestOutputHelper output)
{
    [Fact]
    public async Task OneLimitInPlaceOfTwo()
    {
        await using Site site = await Site.StartAsync(kestrel: true);
        using HttpClient client = site.Client();
        var tooLarge = new byte[30 << 20]; // over Kestrel's own limit too
        foreach (bool chunked in (bool[])[false, true])
        {
            HttpRequestMessage request = Site.Upload(tooLarge);
            request.Headers.TransferEncodingChunked = chunked;
            request.Headers.ExpectContinue = !chunked;
            using HttpResponseMessage answer = await client.SendAsync(request);
            Assert.Equal(413, (int)answer.StatusCode);
            Assert.Contains("\"ErrorCode\":\"262\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        using HttpResponseMessage large = await client.SendAsync(Site.Upload(Site.Large(20)));
        Assert.Equal(200, (int)large.StatusCode);
    }

    [Fact]
    public async Task TakesChunkedAndContinuedBodies()
    {
        await using Site site = await Site.StartAsync(kestrel: true);
        using HttpClient client = site.Client();
        HttpRequestMessage chunked = Site.Upload(Site.Photo);
        chunked.Headers.TransferEncodingChunked = true;
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(chunked)).StatusCode);
        HttpRequestMessage continued = Site.Upload(Site.Photo);
        continued.Headers.ExpectContinue = true;
        Assert.Equal(HttpStatusCode.OK, (await client.SendAsync(continued)).StatusCode);
    }

    /// <summary>A chunk without a length, and a body that does not come: the envelope, with 400 and 408.</summary>
    [Fact]
    public async Task AnswersBodiesThatDoNotEnd()
    {
        await using Site site = await Site.StartAsync(kestrel: true, change: builder => builder.WebHost.ConfigureKestrel(options =>
            options.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 1_000_000, gracePeriod: TimeSpan.FromSeconds(1.5))));
        string head = $"POST {Site.Target} HTTP/1.1\r\nHost: x\r\nwebsiteId: 1001\r\nwebApiClientKey: abc123\r\n"
            + "Content-Type: multipart/form-data; boundary=x\r\n";
        string broken = await RawAsync(site, head + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n");
        Assert.StartsWith("HTTP/1.1 400", broken, StringComparison.Ordinal);
        Assert.EndsWith("\"ErrorCode\":\"262\"}", broken, StringComparison.Ordinal);
        string huge = await RawAsync(site, head + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc");
        Assert.StartsWith("HTTP/1.1 400", huge, StringComparison.Ordinal);
        Assert.EndsWith("\"ErrorCode\":\"262\"}", huge, StringComparison.Ordinal);
        string late = await RawAsync(site, head + "Content-Length: 1000\r\n\r\n--x");
        Assert.StartsWith("HTTP/1.1 408", late, StringComparison.Ordinal);
        Assert.EndsWith("\"ErrorCode\":\"408\"}", late, StringComparison.Ordinal);
    }

    private static async Task<string> RawAsync(Site site, string request)
    {
        using Socket socket = await ConnectAsync(site, Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.UTF8);
        return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>A large file is read while it is sent, also in ranges, and the log has the client's address.</summary>
    [Fact]
    public async Task SendsFilesInPieces()
    {
        string folder = Directory.CreateTempSubdirectory("userimage").FullName;
        try
        {
            await using Site site = await Site.StartAsync(kestrel: true, new()
            {
                ["storage:memory:base_url"] = null, ["storage:local:path"] = folder, ["storage:local:base_url"] = "/shop/",
            });
            using HttpClient client = site.Client();
            byte[] large = Site.Large(20);
            Assert.Equal(200, (int)(await client.SendAsync(Site.Upload(large))).StatusCode);
            StoredImage image = (await site.Uploader.FindAsync(1001, 1))!;
            Assert.Equal(large, await client.GetByteArrayAsync(image.OriginalUrl));
            using var part = new HttpRequestMessage(HttpMethod.Get, image.OriginalUrl);
            part.Headers.Range = new(large.Length - 5, null);
            Assert.Equal(large[^5..], await (await client.SendAsync(part)).Content.ReadAsByteArrayAsync());
            // Ten clients that do not read hold pieces, not files: 200 MB would be.
            long before = Process.GetCurrentProcess().WorkingSet64;
            var sockets = new List<Socket>();
            for (int i = 0; i < 10; i++)
            {
                sockets.Add(await ConnectAsync(site, Encoding.ASCII.GetBytes($"GET {image.OriginalUrl} HTTP/1.1\r\nHost: x\r\n\r\n")));
            }
            await Task.Delay(1000);
            long held = Process.GetCurrentProcess().WorkingSet64 - before;
            sockets.ForEach(socket => socket.Dispose());
            output.WriteLine($"10 files of 20 MB that nobody reads hold {held >> 20} MiB");
            Assert.True(held < 100 << 20, $"{held} bytes are held");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task ServesHttp2()
    {
        await using Site site = await Site.StartAsync(kestrel: true, new() { ["h2"] = "" }, _ => { });
        using var client = site.Client();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            HttpRequestMessage request = Site.Upload(Site.Photo);
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
            using HttpResponseMessage answer = await client.SendAsync(request);
            return answer.StatusCode;
        }));
        Assert.All(answers, status => Assert.Equal(HttpStatusCode.OK, status));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    public async Task TheSiteGoesOnUnderLoad(int uploads)
    {
        await using Site site = await Site.StartAsync(kestrel: true);
        // Twice: at first the test host holds threads of the pool, which has few, and another program may take the processors.
        (TimeSpan longest, TimeSpan all) = await PingUnderLoad(site, uploads);
        if (longest > all / 4)
        {
            (longest, all) = await PingUnderLoad(site, uploads);
        }
        // Uploads that held the pool's threads would let it wait for nearly all of them.
        Assert.True(longest <= all / 4, $"/ping waited {longest} while {uploads} uploads took {all}");
    }

    /// <summary>The longest that /ping waited, and the time that the uploads took.</summary>
    private async Task<(TimeSpan Longest, TimeSpan All)> PingUnderLoad(Site site, int uploads)
    {
        using HttpClient client = site.Client();
        Assert.Equal("pong", await client.GetStringAsync("/ping"));
        await client.SendAsync(Site.Upload(Site.Photo));
        using var end = new CancellationTokenSource();
        var longest = TimeSpan.Zero;
        Task pings = Task.Factory.StartNew(() => longest = Ping(site.Address, end.Token), TaskCreationOptions.LongRunning);
        var watch = Stopwatch.StartNew();
        // The clients are sockets of one thread: the pool is the server's alone.
        string[] answers = await Task.Factory.StartNew(() => UploadAtOnce(site.Address, uploads), TaskCreationOptions.LongRunning);
        TimeSpan all = watch.Elapsed;
        await end.CancelAsync();
        await pings;
        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal));
        output.WriteLine($"{uploads} uploads in {all.TotalSeconds:F2} s, /ping waited at most {longest.TotalSeconds:F3} s");
        return (longest, all);
    }

    private static string[] UploadAtOnce(Uri address, int uploads)
    {
        byte[] request = Site.Raw(Site.Photo);
        var sockets = Enumerable.Range(0, uploads).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        sockets.ForEach(socket => socket.Connect(address.Host, address.Port));
        sockets.ForEach(socket => socket.Send(request));
        var answer = new byte[4096];
        return sockets.Select(socket =>
        {
            using (socket)
            {
                return Encoding.ASCII.GetString(answer, 0, socket.Receive(answer));
            }
        }).ToArray();
    }

    /// <summary>Asks for /ping on a connection of its own, without the pool, until it is cancelled. Returns the longest wait.</summary>
    private static TimeSpan Ping(Uri address, CancellationToken end)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(address.Host, address.Port);
        byte[] request = Encoding.ASCII.GetBytes("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n");
        var answer = new byte[4096];
        var longest = TimeSpan.Zero;
        while (!end.IsCancellationRequested)
        {
            var watch = Stopwatch.StartNew();
            socket.Send(request);
            var text = new StringBuilder();
            while (!text.ToString().Contains("pong", StringComparison.Ordinal))
            {
                text.Append(Encoding.ASCII.GetString(answer, 0, socket.Receive(answer)));
            }
            longest = watch.Elapsed > longest ? watch.Elapsed : longest;
            Thread.Sleep(5);
        }
        return longest;
    }

    [Fact]
    public async Task SlowUnreadAndBrokenOffClientsHoldNobodyUp()
    {
        await using Site site = await Site.StartAsync(kestrel: true);
        using HttpClient client = site.Client();
        byte[] raw = Site.Raw(Site.Photo);
        var sockets = new List<Socket>();
        try
        {
            for (int i = 0; i < 300; i++)
            {
                sockets.Add(await ConnectAsync(site, raw.AsMemory(0, raw.Length / 2))); // slow: the rest does not come
            }
            await AnswersAsync(client, 20, "beside 300 slow senders");
            for (int i = 0; i < 300; i++)
            {
                sockets.Add(await ConnectAsync(site, Encoding.ASCII.GetBytes("GET /shop/nothing HTTP/1.1\r\nHost: x\r\n\r\n")));
            }
            await AnswersAsync(client, 20, "beside 300 that do not read");
            long before = (await site.Uploader.ListAsync(1001, "12345", 0, 1)).Total;
            for (int i = 0; i < 50; i++)
            {
                Socket socket = await ConnectAsync(site, raw.AsMemory(0, raw.Length - 100));
                socket.Close(0);
            }
            await AnswersAsync(client, 20, "after 50 that broke off");
            Assert.Equal(before + 20, (await site.Uploader.ListAsync(1001, "12345", 0, 1)).Total);
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    /// <summary>A client that is gone is not an error of the site's: nothing is stored, and nothing logged.</summary>
    [Fact]
    public async Task ClientsThatBreakOffAreNotErrors()
    {
        using var errors = new Errors();
        await using Site site = await Site.StartAsync(kestrel: true, change: builder => builder.Logging.AddProvider(errors));
        byte[] raw = Site.Raw(Site.Photo);
        for (int i = 0; i < 100; i++)
        {
            Socket socket = await ConnectAsync(site, raw.AsMemory(0, raw.Length - 100 - 500 * i));
            socket.Close(0);
        }
        using HttpClient client = site.Client();
        await AnswersAsync(client, 5, "after 100 that broke off");
        Assert.Equal(5, (await site.Uploader.ListAsync(1001, "12345", 0, 1)).Total);
        await site.App.StopAsync();
        Assert.Empty(errors.Lines);
    }

    private sealed class Errors : ILoggerProvider, ILogger
    {
        internal System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                Lines.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose()
        {
        }
    }

    private static async Task<Socket> ConnectAsync(Site site, ReadOnlyMemory<byte> bytes)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(site.Address.Host, site.Address.Port);
        await socket.SendAsync(bytes);
        return socket;
    }

    private async Task AnswersAsync(HttpClient client, int uploads, string when)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, uploads).Select(async _ =>
        {
            using HttpResponseMessage answer = await client.SendAsync(Site.Upload(Site.Photo));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }));
        output.WriteLine($"{uploads} uploads {when} in {watch.Elapsed.TotalSeconds:F2} s");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), when);
    }

    [Fact]
    public async Task NothingAnsweredIsLostWhenItStopsUnderLoad()
    {
        string folder = Directory.CreateTempSubdirectory("userimage").FullName;
        try
        {
            int answered = 0;
            for (int round = 0; round < 3; round++)
            {
                await using Site site = await Site.StartAsync(kestrel: true, new()
                {
                    ["storage:memory:base_url"] = null, ["storage:local:path"] = folder, ["storage:local:base_url"] = "/shop/",
                });
                using HttpClient client = site.Client();
                Task<bool>[] uploads = Enumerable.Range(0, 100).Select(async _ =>
                {
                    try
                    {
                        using HttpResponseMessage answer = await client.SendAsync(Site.Upload(Site.Photo));
                        return answer.StatusCode == HttpStatusCode.OK;
                    }
                    catch (HttpRequestException)
                    {
                        return false; // the server listens no more
                    }
                }).ToArray();
                await Task.Delay(300);
                await site.App.StopAsync();
                answered += (await Task.WhenAll(uploads)).Count(ok => ok);
            }
            Assert.True(answered > 0);
            using var uploader = new Uploader(
                $$$"""{"storage": {"local": {"path": "{{{folder}}}", "base_url": "/"}}, "authentication": "already_checked"}""");
            long stored = uploader.List(1001, "12345", 0, 1).Total;
            output.WriteLine($"{answered} answered, {stored} stored");
            Assert.True(stored >= answered, $"{answered} answered, {stored} stored");
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
