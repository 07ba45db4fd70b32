using System.Net;
using System.Text;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Diagnostics.HealthChecks;

// The tests measure how long requests wait: one class at a time.
[assembly: Xunit.CollectionBehavior(DisableTestParallelization = true)]

namespace UserImage.XunitTests;

/// <summary>A site with the API under /shop, /ping, /health and OpenAPI, on Kestrel or on a test server.</summary>
internal sealed class Site : IAsyncDisposable
{
    internal static readonly byte[] Photo = File.ReadAllBytes(Repository("tests/fixtures/files/jpeg-phone-orientation6.jpg"));

    internal const string Target = "/shop/api/4/UploadImage/UploadImage?userId=12345";

    private Site(WebApplication app)
    {
        App = app;
    }

    internal WebApplication App { get; }

    internal Uploader Uploader => App.Services.GetRequiredService<Uploader>();

    internal Uri Address => new(App.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>A file of the repository.</summary>
    internal static string Repository(string path)
    {
        DirectoryInfo? folder = new(Environment.GetEnvironmentVariable("USERIMAGE_ROOT") ?? AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Cargo.toml")))
        {
            folder = folder.Parent;
        }
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("set USERIMAGE_ROOT"), path);
    }

    /// <param name="kestrel">Whether it listens on a port, or is a test server.</param>
    /// <param name="settings">Settings of the section UserImage, such as policy:max_bytes.</param>
    /// <param name="change">Changes the builder.</param>
    internal static async Task<Site> StartAsync(
        bool kestrel, Dictionary<string, string?>? settings = null, Action<WebApplicationBuilder>? change = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Logging.ClearProviders();
        var section = new Dictionary<string, string?>
        {
            ["storage:memory:base_url"] = "/shop/",
            ["authentication"] = "keys",
            ["websites:0:id"] = "1001",
            ["websites:0:keys:0"] = "abc123",
            ["http:files"] = "true",
            ["http:list"] = "True",
        };
        foreach ((string key, string? value) in settings ?? [])
        {
            section[key] = value;
        }
        section.Remove("h2");
        section = section.Where(pair => pair.Value != null).ToDictionary();
        builder.Configuration.AddInMemoryCollection(section.Select(pair => KeyValuePair.Create("UserImage:" + pair.Key, pair.Value)));
        builder.Services.AddOpenApi();
        builder.Services.AddUserImage(builder.Configuration.GetSection("UserImage"));
        if (kestrel)
        {
            builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0, listen =>
                listen.Protocols = settings?.ContainsKey("h2") == true ? HttpProtocols.Http2 : HttpProtocols.Http1));
        }
        else
        {
            builder.WebHost.UseTestServer();
        }
        change?.Invoke(builder);
        WebApplication app = builder.Build();
        app.MapOpenApi();
        app.MapHealthChecks("/health");
        app.MapGet("/ping", () => "pong");
        app.MapUserImage("/shop");
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new Site(app);
    }

    internal HttpClient Client()
    {
        return App.Services.GetRequiredService<IServer>() is TestServer
            ? App.GetTestClient()
            : new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 2000 }) { BaseAddress = Address };
    }

    internal static HttpRequestMessage Upload(byte[] photo, string key = "abc123", string target = Target)
    {
        var form = new MultipartFormDataContent { { new ByteArrayContent(photo), "postedFile", "photo.jpg" } };
        var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = form };
        request.Headers.Add("websiteId", "1001");
        request.Headers.TryAddWithoutValidation("webApiClientKey", key);
        return request;
    }

    /// <summary>An upload as bytes of HTTP/1.1, with a body of one file.</summary>
    internal static byte[] Raw(byte[] photo, string headers = "")
    {
        byte[] body =
        [
            .. Encoding.ASCII.GetBytes("--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.jpg\r\n\r\n"),
            .. photo,
            .. Encoding.ASCII.GetBytes("\r\n--x--\r\n"),
        ];
        return
        [
            .. Encoding.ASCII.GetBytes($"POST {Target} HTTP/1.1\r\nHost: x\r\nwebsiteId: 1001\r\nwebApiClientKey: abc123\r\n"
                + $"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {body.Length}\r\n{headers}\r\n"),
            .. body,
        ];
    }

    /// <summary>A BMP of this many megabytes.</summary>
    internal static byte[] Large(int megabytes)
    {
        int height = megabytes * 1_000_000 / (3 * 2000);
        var bytes = new byte[54 + 3 * 2000 * height];
        bytes[0] = (byte)'B';
        bytes[1] = (byte)'M';
        BitConverter.TryWriteBytes(bytes.AsSpan(2), bytes.Length);
        BitConverter.TryWriteBytes(bytes.AsSpan(10), 54);
        BitConverter.TryWriteBytes(bytes.AsSpan(14), 40);
        BitConverter.TryWriteBytes(bytes.AsSpan(18), 2000);
        BitConverter.TryWriteBytes(bytes.AsSpan(22), height);
        bytes[26] = 1;
        bytes[28] = 24;
        return bytes;
    }

    public async ValueTask DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
