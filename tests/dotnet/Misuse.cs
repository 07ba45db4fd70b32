using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Tests;

/// <summary>What a careless caller does.</summary>
internal static class Misuse
{
    private const string Target = "/api/4/UploadImage/UploadImage?userId=1";

    private static readonly Dictionary<string, string> FormHeaders = new()
    {
        ["websiteId"] = "1001",
        ["webApiClientKey"] = "x",
        ["content-type"] = "multipart/form-data; boundary=x",
    };

    internal static void Run()
    {
        Nulls();
        using (var uploader = new Uploader(Check.KeysConfig))
        {
            Arguments(uploader);
            LyingStreams();
            Fields(uploader);
        }
        OneReceiverTwoThreads();
        DisposedWhileUsed();
        Console.WriteLine("misuse: a clear exception each time");
    }

    private static void Nulls()
    {
        Check.Throws<ArgumentNullException>(() => new Uploader((string)null!));
        Check.Throws<ArgumentNullException>(() => new Uploader((UploaderOptions)null!));
        Check.Throws<ArgumentNullException>(() => ImageInfo.Probe((byte[])null!));
        Check.Throws<ArgumentNullException>(() => ImageInfo.Probe((Stream)null!));
        Check.Throws<ArgumentNullException>(() => ImageInfo.ProbeFile(null!));
        Check.Throws<ArgumentNullException>(() => ImageInfo.CountFrames(null!, 1));
        Check.Throws<ArgumentNullException>(() => ExifDetails.Read(null!));
        Check.Throws<ArgumentNullException>(() => Rendition.Render(null!));
        Check.Throws<ArgumentNullException>(() => StoredImage.FromJson(null!));
        Check.Throws<ArgumentNullException>(() => ImageRecord.FromJson(null!));
        Check.Throws<ArgumentNullException>(() => new StoredImage(1, "", "", "", null!));
        Check.Throws<ArgumentNullException>(() => new FormRequest().AddHeader(null!, ""));
        Check.Throws<ArgumentNullException>(() => new FormRequest().AddQuery("", null!));
        Check.Throws<ArgumentNullException>(() => new FormRequest().AddPart("", null!));
        Check.Throws<ArgumentOutOfRangeException>(() => ImageInfo.CountFrames(Check.Png, -1));
        Check.Fails(ErrorKind.NotAnImage, () => ImageInfo.CountFrames([], 1));
        Check.That(ExifDetails.Read([]) == null, "nothing has no EXIF");
        Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(""));
        Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(Check.KeysConfig + "\0"));
        Check.Throws<ArgumentException>(() => new Uploader("\ud800"));
        Check.Throws<ArgumentException>(() => ImageInfo.ProbeFile("\ud800"));
        Check.Fails(ErrorKind.NotAnImage, () => ImageInfo.Probe([]));
        Check.Fails(ErrorKind.NotAnImage, () => ImageInfo.Probe(Stream.Null));
        Check.Fails(ErrorKind.UnreadableFile, () => ImageInfo.ProbeFile("no/such/file"));
        Check.Fails(ErrorKind.UnreadableFile, () => ImageInfo.ProbeFile(""));
    }

    private static void Arguments(Uploader uploader)
    {
        Check.Throws<ArgumentNullException>(() => uploader.Upload(null!));
        Check.Throws<ArgumentNullException>(() => uploader.UploadForm(null!));
        Check.Throws<ArgumentNullException>(() => uploader.UploadAsync(null!));
        Check.Throws<ArgumentNullException>(() => uploader.UploadFile(new(), null!));
        Check.Throws<ArgumentNullException>(() => uploader.Admit(null!));
        Check.Throws<ArgumentNullException>(() => uploader.List(1001, null!, 0, 1));
        Check.Throws<ArgumentNullException>(() => uploader.FindKey(null!));

        // No image has such an id; it may come from a URL.
        Check.That(uploader.Find(1001, -1) == null && uploader.Find(1001, 0) == null, "no image");
        Check.That(uploader.Read(1001, long.MinValue, Variant.Original) == null, "no image");
        Check.That(!uploader.Delete(1001, -1), "no image");

        Check.Throws<ArgumentOutOfRangeException>(() => uploader.List(1001, "u", 0, -1));
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.List(1001, "u", -1, 1));
        Check.Equal("before", Check.Throws<ArgumentOutOfRangeException>(() => uploader.ListAfter(1001, "u", 0, 1)).ParamName);
        Check.Equal("size", Check.Throws<ArgumentOutOfRangeException>(() => uploader.ListAfter(1001, "u", 1, -1)).ParamName);
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.Sweep(TimeSpan.FromSeconds(-1)));
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.Sweep(Timeout.InfiniteTimeSpan));
        Check.Fails(ErrorCode.InvalidArgument, () => uploader.Read(1001, 1, "Original"));
        Check.Throws<ArgumentNullException>(() => uploader.Read(1001, 1, null!));
        Check.Fails(ErrorCode.InvalidWebsiteId, () => uploader.Find(-5, 1));
        Check.Fails(ErrorCode.InvalidWebsiteId, () => uploader.MaxBytes(0));
        Check.Fails(ErrorKind.MissingUserId, () => uploader.List(1001, "", 0, 1));
        Check.Fails(ErrorKind.MalformedUserId, () => uploader.List(1001, "a\n", 0, 1));
        Check.Throws<ArgumentException>(() => uploader.UploadFile(Check.GoodRequest(), "x"));
        UploadRequest request = Check.GoodRequest();
        request.Data = null;
        Check.Fails(ErrorKind.UnreadableFile, () => uploader.UploadFile(request, "no/such/file"));
        // The fields are checked before a file is opened.
        Check.Fails(ErrorKind.MissingWebsiteId, () => uploader.UploadFile(new(), "no/such/file"));
    }

    /// <summary>What a stream says is not believed: memory is not written past its end.</summary>
    private static void LyingStreams()
    {
        using var uploader = new Uploader(
            """{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked", "policy": {"max_bytes": 100}}""");
        foreach (int more in new[] { 1, 60_000, 100_000, int.MinValue })
        {
            UploadRequest request = Check.GoodRequest();
            request.Data = null;
            request.Stream = new Liar(more);
            Check.Throws<IOException>(() => uploader.Upload(request));
            Check.Throws<IOException>(() => uploader.UploadAsync(request).GetAwaiter().GetResult());
            Check.Throws<IOException>(() => uploader.Handle("POST", Target, FormHeaders, new Liar(more)));
            Check.Throws<IOException>(() =>
                uploader.HandleAsync("POST", Target, FormHeaders, new Liar(more)).GetAwaiter().GetResult());
        }
    }

    private static void Fields(Uploader uploader)
    {
        var error = Check.Fails(ErrorKind.MissingWebsiteId, () => uploader.Upload(new()));
        Check.Equal(ErrorCode.MissingWebsiteId, error.Code);
        Check.Equal("Missing websiteId", error.ProtocolMessage);
        Check.Equal(400, error.HttpStatus);
        Check.Equal(
            "{\"Response\":\"Error\",\"Message\":\"Missing websiteId\",\"Data\":null,\"ErrorCode\":\"372\"}",
            error.Envelope);

        // Half of a surrogate pair is the client's error in a field, and replaced in a file's name, as over HTTP.
        UploadRequest request = Check.GoodRequest();
        request.UserId = "\udc00";
        Check.Fails(ErrorKind.MalformedUserId, () => uploader.Upload(request));
        request.UserId = "a\0b";
        Check.Fails(ErrorKind.MalformedUserId, () => uploader.Upload(request));
        request.UserId = "12345";
        request.FileName = "\U0001F408\udc00\ud83d.png";
        string name = uploader.Upload(request).ImageName;
        Check.That(name == "\U0001F408" + new string('\ufffd', 6) + ".png", name);

        request.Data = [];
        Check.Equal("postedFile is empty", Check.Fails(ErrorKind.EmptyFile, () => uploader.Upload(request)).Reason);
        request.Data = null;
        Check.Equal("postedFile is missing", Check.Fails(ErrorKind.MissingFile, () => uploader.Upload(request)).Reason);
        Check.Fails(ErrorKind.MissingFile, () => uploader.Validate(request));
        Check.Fails(ErrorKind.MissingFile, () => Wait(uploader.UploadAsync(request)));
        request.Dpi = "0";
        request.UserId = null;
        error = Check.Fails(ErrorKind.MissingUserId, () => uploader.Validate(request));
        Check.Equal(
            "MissingUserId MalformedDpi MissingFile",
            string.Join(" ", System.Linq.Enumerable.Select(error.Failures, failure => failure.Kind)));
    }

    /// <summary>A receiver is for one call at a time: the others are refused, and nothing is corrupted.</summary>
    private static void OneReceiverTwoThreads()
    {
        const string config = """{"authentication": "already_checked", "storage": {"memory": {"base_url": "/"} } }""";
        using var uploader = new Uploader(config);
        var piece = new byte[100_000];
        for (int round = 0; round < 50; round++)
        {
            using BodyReceiver receiver = uploader.Begin("POST", Target, FormHeaders);
            Parallel.For(0, 4, thread =>
            {
                for (int i = 0; i < 20; i++)
                {
                    try
                    {
                        receiver.Feed(piece, 0, piece.Length);
                    }
                    catch (UserImageException error) when (error.Code == ErrorCode.InvalidArgument)
                    {
                    }
                }
            });
        }
    }

    /// <summary>Disposed of while others use it: their calls finish, and no later one begins.</summary>
    private static void DisposedWhileUsed()
    {
        var uploader = new Uploader(Check.KeysConfig);
        StoredImage image = uploader.Upload(Check.GoodRequest());
        var threads = new Thread[8];
        int stored = 0;
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                // Only the exception ends it.
                Check.Throws<ObjectDisposedException>(() =>
                {
                    while (true)
                    {
                        uploader.Upload(Check.GoodRequest());
                        Interlocked.Increment(ref stored);
                    }
                });
            });
            threads[i].Start();
        }
        Thread.Sleep(20);
        uploader.Dispose();
        uploader.Dispose();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }
        Check.That(stored > 0, "some were stored");
        Check.Equal(
            nameof(Uploader),
            Check.Throws<ObjectDisposedException>(() => uploader.Upload(Check.GoodRequest())).ObjectName);
        Check.Equal("1", image.PhotoCode);
    }

    /// <summary>With a library that has the feature fault-injection.</summary>
    internal static void Panic()
    {
        using var uploader = new Uploader(Check.HostConfig);
        for (int i = 0; i < 3; i++)
        {
            var error = Check.Fails(ErrorCode.Panic, () => uploader.Upload(Check.GoodRequest()));
            Check.Equal(ErrorKind.None, error.Kind);
            Check.Equal("panic: injected", error.Reason);
            Check.Equal(500, error.HttpStatus);
        }
        Console.WriteLine("panic: a code, and the process lives");
    }

    /// <summary>Without a library.</summary>
    internal static void MissingLibrary()
    {
        for (int i = 0; i < 2; i++)
        {
            var error = Check.Throws<DllNotFoundException>(() => new Uploader(Check.KeysConfig));
            Check.That(error.Message.Contains("runtimes"), error.Message);
            Check.That(error.Message.Contains(": does not exist"), error.Message);
        }
        Console.WriteLine("missing: the error lists the paths tried");
    }

    private static void Wait(Task task)
    {
        try
        {
            task.Wait();
        }
        catch (AggregateException exception)
        {
            throw exception.InnerException!;
        }
    }
}
