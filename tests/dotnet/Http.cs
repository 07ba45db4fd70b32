using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;
using System.Text;

namespace UserImage.Tests;

/// <summary>Whole HTTP requests, from streams and in pieces.</summary>
internal static class Http
{
    private const string Target = "/shop/api/4/UploadImage/UploadImage?userId=12345&DPI=96";
    private const string Config =
        "{\"storage\": {\"memory\": {\"base_url\": \"/shop/\"}}, \"authentication\": \"keys\"," +
        " \"websites\": [{\"id\": 1001, \"keys\": [\"abc123\"], \"policy\": {\"max_bytes\": 1000}}]," +
        " \"http\": {\"prefix\": \"/shop\", \"files\": true}}";

    internal static void Run()
    {
        byte[] form = Form();
        BodyReceiver late;
        using (var uploader = new Uploader(Config))
        {
            NameValueCollection headers = GoodHeaders();
            HttpResponse answer = uploader.Handle("POST", Target, headers, new MemoryStream(form));
            Answered(answer, 200, "");
            Check.That(answer.Headers.Contains(Pair("cache-control", "no-store")), "the headers are told");
            string json = Encoding.UTF8.GetString(answer.Body);
            int url = json.IndexOf("/shop/original/", StringComparison.Ordinal);
            string original = json.Substring(url, json.IndexOf('"', url) - url);
            byte[] file = uploader.Handle("GET", original, headers, Stream.Null).Body;
            Check.Equal(Convert.ToBase64String(Check.Png), Convert.ToBase64String(file));
            answer = uploader.Handle("HEAD", original, headers, new Untouchable());
            Check.Equal(0, answer.Body.Length);
            Check.That(answer.Headers.Contains(Pair("content-length", "88")), "HEAD tells the length");

            // What the head tells is answered before the body is read.
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
            headers = GoodHeaders();
            headers["a\r\nb"] = null;

            // A body without an end is read to the limit and no further.
            var endless = new Endless();
            Answered(uploader.Handle("POST", Target, headers, endless), 413, "262");
            Check.That(endless.Taken < 1000 + 1024 * 1024 + 200000, "no more is read than is wanted");
            Check.Throws<IOException>(() => uploader.Handle("POST", Target, headers, new Broken()));

            foreach (int size in new[] { 1, 7, 1000 })
            {
                using (BodyReceiver receiver = uploader.Begin("POST", Target, Pairs()))
                {
                    Check.That(receiver.WantsMore, "the body is wanted");
                    Check.Equal<long?>(1000 + 1024 * 1024, receiver.Limit);
                    for (int at = 0; at < form.Length; at += size)
                    {
                        Check.That(receiver.Feed(form, at, Math.Min(size, form.Length - at)), "more is wanted");
                    }
                    Answered(receiver.Finish(), 200, "");
                    Check.Fails(ErrorCode.InvalidArgument, () => receiver.Finish());
                    Check.Fails(ErrorCode.InvalidArgument, () => receiver.Feed(form, 0, 1));
                }
            }
            using (BodyReceiver receiver = uploader.Begin("GET", "/", Pairs()))
            {
                Check.That(!receiver.WantsMore && receiver.Limit == null, "no body is wanted");
                Check.That(!receiver.Feed(form, 0, 0), "nothing is wanted");
                Check.Throws<ArgumentNullException>(() => receiver.Feed(null!, 0, 0));
                Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, -1, 1));
                Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, 1, -1));
                Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, 1, form.Length));
                Check.Throws<ArgumentOutOfRangeException>(() => receiver.Feed(form, int.MaxValue, int.MaxValue));
                Answered(receiver.Finish(), 404, "404");
            }
            Check.Throws<ArgumentNullException>(() => uploader.Handle(null!, "/", headers, Stream.Null));
            Check.Throws<ArgumentNullException>(() => uploader.Handle("GET", null!, headers, Stream.Null));
            Check.Throws<ArgumentNullException>(
                () => uploader.Handle("GET", "/", (NameValueCollection)null!, Stream.Null));
            Check.Throws<ArgumentNullException>(() => uploader.Handle("GET", "/", headers, null!));
            Check.Throws<ArgumentNullException>(() => uploader.Begin("GET", "/", null!));
            late = uploader.Begin("POST", Target, Pairs());
        }
        Check.That(late.Feed(form, 0, form.Length), "a receiver outlives its uploader");
        Answered(late.Finish(), 200, "");
        late.Dispose();
        late.Dispose();
        Check.Throws<ObjectDisposedException>(() => late.Finish());
        Console.WriteLine("http: whole requests, from streams and in pieces");
    }

    private static NameValueCollection GoodHeaders()
    {
        var headers = new NameValueCollection();
        foreach (var pair in Pairs())
        {
            headers.Add(pair.Key, pair.Value);
        }
        return headers;
    }

    private static IEnumerable<KeyValuePair<string, string>> Pairs()
    {
        yield return Pair("WEBSITEID", "1001");
        yield return Pair("webApiClientKey", "abc123");
        yield return Pair("Content-Type", "multipart/form-data; boundary=x");
    }

    private static KeyValuePair<string, string> Pair(string name, string value)
    {
        return new KeyValuePair<string, string>(name, value);
    }

    private static byte[] Form()
    {
        var form = new MemoryStream();
        Action<byte[]> add = bytes => form.Write(bytes, 0, bytes.Length);
        add(Encoding.ASCII.GetBytes(
            "--x\r\nContent-Disposition: form-data; name=postedFile; filename=a.png\r\n\r\n"));
        add(Check.Png);
        add(Encoding.ASCII.GetBytes("\r\n--x--\r\n"));
        return form.ToArray();
    }

    private static void Answered(HttpResponse answer, int status, string code)
    {
        string json = Encoding.UTF8.GetString(answer.Body);
        Check.That(json.EndsWith(",\"ErrorCode\":\"" + code + "\"}", StringComparison.Ordinal), json);
        Check.Equal(status, answer.Status);
    }
}
