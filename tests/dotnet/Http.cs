using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;

namespace UserImage.Tests;

/// <summary>HTTP requests, from streams and in pieces.</summary>
internal static class Http
{
    private const string Target = "/shop/api/4/UploadImage/UploadImage?userId=12345&DPI=96";
    private const string Config = """
        {"storage": {"memory": {"base_url": "/shop/"}}, "authentication": "keys",
         "websites": [{"id": 1001, "keys": ["abc123"], "policy": {"max_bytes": 1000}}],
         "http": {"prefix": "/shop", "files": true}}
        """;

    /// <summary>The longest body: the file's limit and what a form may have around it.</summary>
    private const long Limit = 1000 + 1024 * 1024;

    internal static void Run()
    {
        byte[] form = Form();
        BodyReceiver late;
        using (var uploader = new Uploader(Config))
        {
            UploadsAndFiles(uploader, form);
            ByTheHeadAlone(uploader);
            OfBodies(uploader);
            InPieces(uploader, form);
            NotWhole(uploader);
            Peers();
            Mistakes(uploader);
            late = uploader.Begin("POST", Target, Pairs());
        }
        Check.That(late.Feed(form, 0, form.Length), "a receiver outlives its uploader");
        Answered(late.Finish(), 200, "");
        late.Dispose();
        late.Dispose();
        Check.Throws<ObjectDisposedException>(() => late.Finish());
        Console.WriteLine("http: requests, from streams and in pieces");
    }

    private static void UploadsAndFiles(Uploader uploader, byte[] form)
    {
        NameValueCollection headers = GoodHeaders();
        UserImageResponse response = uploader.Handle("POST", Target, headers, new MemoryStream(form));
        string json = Answered(response, 200, "");
        Check.That(response.Headers.Contains(new("cache-control", "no-store")), "the response has headers");
        int url = json.IndexOf("/shop/original/", StringComparison.Ordinal);
        string original = json.Substring(url, json.IndexOf('"', url) - url);
        using (UserImageResponse file = uploader.Handle("GET", original, headers, Stream.Null, IPAddress.Parse("fe80::1%2")))
        {
            // It is read while it is sent.
            Check.Equal((long)Check.Png.Length, file.Body.Length);
            Check.That(file.Body is not MemoryStream && file.Body.CanSeek, "the body is not in memory");
            Check.Equal(Convert.ToBase64String(Check.Png), Convert.ToBase64String(file.ReadBody()));
        }
        response = uploader.Handle("HEAD", original, headers, new Untouchable());
        Check.Equal(0L, response.Body.Length);
        Check.That(response.Headers.Contains(new("content-length", "88")), "HEAD has the length");
    }

    /// <summary>What the head decides is answered before the body is read.</summary>
    private static void ByTheHeadAlone(Uploader uploader)
    {
        NameValueCollection headers = GoodHeaders();
        Answered(uploader.Handle("PUT", Target, headers, new Untouchable()), 405, "405");
        Answered(uploader.Handle("", "\ud800 x", headers, new Untouchable()), 404, "404");
        headers["websiteId"] = "\udc00";
        Answered(uploader.Handle("POST", Target, headers, new Untouchable()), 400, "221");
        headers = GoodHeaders();
        headers.Add("websiteId", "1002");
        Answered(uploader.Handle("POST", Target, headers, new Untouchable()), 400, "221");
        headers = GoodHeaders();
        headers["Content-Length"] = "9999999999";
        Answered(uploader.Handle("POST", Target, headers, new Untouchable()), 413, "262");
        Answered(uploader.Handle("POST", Target, new NameValueCollection(), new Untouchable()), 400, "372");
    }

    private static void OfBodies(Uploader uploader)
    {
        NameValueCollection headers = GoodHeaders();
        headers["a\r\nb"] = null;
        var endless = new Endless();
        Answered(uploader.Handle("POST", Target, headers, endless), 413, "262");
        Check.That(endless.Taken < Limit + 200000, "no more is read than is wanted");
        Check.Throws<IOException>(() => uploader.Handle("POST", Target, headers, new Broken()));
    }

    private static void InPieces(Uploader uploader, byte[] form)
    {
        foreach (int size in new[] { 1, 7, 1000 })
        {
            using BodyReceiver receiver = uploader.Begin("POST", Target, Pairs());
            Check.That(receiver.WantsMore, "the body is wanted");
            Check.Equal<long?>(Limit, receiver.Limit);
            for (int at = 0; at < form.Length; at += size)
            {
                Check.That(receiver.Feed(form, at, Math.Min(size, form.Length - at)), "more is wanted");
            }
            Answered(receiver.Finish(), 200, "");
            Check.That(!receiver.WantsMore, "no more is wanted");
            Check.Fails(ErrorCode.InvalidArgument, () => receiver.Finish());
            Check.Fails(ErrorCode.InvalidArgument, () => receiver.Feed(form, 0, 1));
        }
    }

    /// <summary>A body that broke off, one that does not come, and what the host refuses itself.</summary>
    private static void NotWhole(Uploader uploader)
    {
        using (BodyReceiver receiver = uploader.Begin("POST", Target, Pairs()))
        {
            Check.Throws<ArgumentNullException>(() => receiver.FinishBroken(null!));
            Answered(receiver.FinishBroken("a chunk has no length"), 400, "262");
            Check.Fails(ErrorCode.InvalidArgument, () => receiver.FinishTimedOut());
        }
        using (BodyReceiver receiver = uploader.Begin("POST", Target, Pairs()))
        {
            Answered(receiver.FinishTimedOut(), 408, "408");
        }
        using (BodyReceiver receiver = uploader.Begin("GET", "/", Pairs()))
        {
            Answered(receiver.FinishTimedOut(), 404, "404");
        }
        Answered(UserImageResponse.Error(431), 431, "431");
        Check.Fails(ErrorCode.InvalidArgument, () => UserImageResponse.Error(200));
        Check.That(
            uploader.Metrics().Contains("userimage_uploads_total{result=\"refused\",kind=\"incomplete_body\"} "),
            uploader.Metrics());
    }

    /// <summary>The log has the client's address, behind a trusted proxy too.</summary>
    private static void Peers()
    {
        var lines = new List<string>();
        var host = new UploaderHost { Log = (level, line) => lines.Add(line), MaxLogLevel = UserImageLogLevel.Debug };
        string config = Config.Replace("\"files\": true", "\"trusted_proxies\": [\"10.0.0.0/8\"]");
        using var uploader = new Uploader(config, host);
        NameValueCollection headers = GoodHeaders();
        headers["X-Forwarded-For"] = "192.0.2.7";
        headers["X-Request-Id"] = "request-5";
        foreach (string peer in new[] { "198.51.100.9", "10.1.2.3" })
        {
            Answered(uploader.Handle("POST", Target, headers, new MemoryStream(Form()), IPAddress.Parse(peer)), 200, "");
        }
        string[] stored = lines.Where(line => line.StartsWith("image stored", StringComparison.Ordinal)).ToArray();
        Check.Equal(2, stored.Length);
        Check.That(stored[0].EndsWith(" request_id=\"request-5\" client=198.51.100.9", StringComparison.Ordinal), stored[0]);
        Check.That(stored[1].EndsWith(" client=192.0.2.7", StringComparison.Ordinal), stored[1]);
    }

    private static void Mistakes(Uploader uploader)
    {
        byte[] form = Form();
        using (BodyReceiver receiver = uploader.Begin("GET", "/", Pairs()))
        {
            Check.That(!receiver.WantsMore && receiver.Limit == null, "no body is wanted");
            Check.That(!receiver.Feed(form, 0, 0), "nothing is wanted");
            Check.Throws<ArgumentNullException>(() => receiver.Feed(null!, 0, 0));
            Check.Equal("offset", Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, -1, 1)).ParamName);
            Check.Equal("count", Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, 1, -1)).ParamName);
            Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, 1, form.Length));
            Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, int.MaxValue, int.MaxValue));
            Answered(receiver.Finish(), 404, "404");
        }
        NameValueCollection headers = GoodHeaders();
        Check.Throws<ArgumentNullException>(() => uploader.Handle(null!, "/", headers, Stream.Null));
        Check.Throws<ArgumentNullException>(() => uploader.Handle("GET", null!, headers, Stream.Null));
        Check.Throws<ArgumentNullException>(() => uploader.Handle("GET", "/", (NameValueCollection)null!, Stream.Null));
        Check.Throws<ArgumentNullException>(() => uploader.Handle("GET", "/", headers, null!));
        Check.Throws<ArgumentNullException>(() => uploader.Begin("GET", "/", null!));
    }

    private static NameValueCollection GoodHeaders()
    {
        var headers = new NameValueCollection();
        foreach (KeyValuePair<string, string> pair in Pairs())
        {
            headers.Add(pair.Key, pair.Value);
        }
        return headers;
    }

    private static List<KeyValuePair<string, string>> Pairs()
    {
        return
        [
            new("WEBSITEID", "1001"),
            new("webApiClientKey", "abc123"),
            new("Content-Type", "multipart/form-data; boundary=x"),
        ];
    }

    private static byte[] Form()
    {
        return
        [
            .. Encoding.ASCII.GetBytes(
                "--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n"),
            .. Check.Png,
            .. Encoding.ASCII.GetBytes("\r\n--x--\r\n"),
        ];
    }

    private static string Answered(UserImageResponse response, int status, string code)
    {
        string json = Encoding.UTF8.GetString(response.ReadBody());
        Check.That(json.EndsWith(",\"ErrorCode\":\"" + code + "\"}", StringComparison.Ordinal), json);
        Check.Equal(status, response.Status);
        return json;
    }
}
