using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Tests;

/// <summary>Storages and authenticators of a host's own, good and bad.</summary>
internal static class Callbacks
{
    internal static void Run()
    {
        Stores();
        InTheMiddleOfThings();
        Aborts();
        ReadingBack();
        AuthenticatorsAndLogs();
        Inspectors();
        Console.WriteLine("callbacks: every answer and failure is passed on, each object is disposed of once");
    }

    private static void Stores()
    {
        With(image => new StoreResult(7, "", "", ""), null);
        With(image => new StoreResult(long.MaxValue, new string('"', 65536), "", ""), null);
        With(
            image =>
            {
                // Blocks, and is answered by another thread.
                StoreResult? result = null;
                var thread = new Thread(() =>
                {
                    Thread.Sleep(50);
                    result = new StoreResult(7, "a", "b", "c");
                });
                thread.Start();
                thread.Join();
                return result;
            },
            null);
        With(image => null, "the host's storage gave no answer to store");
        foreach (long id in new[] { 0, -1, long.MinValue })
        {
            With(
                image => new StoreResult(id, "a", "b", "c"),
                "the host gave an invalid answer: id is not an image id of 1 to 9223372036854775807");
        }
        With(image => new StoreResult(1, null!, "b", "c"), "the host gave an invalid answer: photo_code is NULL");
        With(
            image => new StoreResult(1, new string('x', 65537), "b", "c"),
            "the host gave an invalid answer: photo_code is longer than 65536 bytes");

        Exception? inner = With(image => throw new TapeException("full \u0436"), "TapeException: full \u0436");
        Check.That(inner is TapeException, "the exception is passed on");
        inner = With(image => throw new TapeException("\ud800"), "TapeException: \ufffd");
        Check.That(inner is TapeException, "the exception is passed on");
        inner = With(image => throw new MuteException(), "the host's storage failed with code 1 to store");
        Check.That(inner is MuteException, "the exception is passed on");
        inner = With(image => new StoreResult(1, "\ud800", "b", "c"), null, fails: true);
        Check.That(inner is ArgumentException, "half of a surrogate pair is no text");

        // A callback that calls the library, which fails inside: that is not the outer call's inner exception.
        Uploader? uploader = null;
        int depth = 0;
        var storage = new Storage();
        storage.OnStore = image =>
        {
            Check.Equal(96, image.Record.Dpi);
            Check.That(image.Original.SequenceEqual(Check.Png) && image.Standard[0] == 0xFF, "the bytes");
            if (++depth == 2)
            {
                throw new TapeException("inside");
            }
            var inside = Check.Fails(ErrorKind.StorageFailed, () => uploader!.Upload(Check.GoodRequest()));
            Check.Equal("inside", inside.InnerException!.Message);
            throw new TapeException("outside");
        };
        using (uploader = new Uploader(Check.HostConfig, new UploaderHost { DisposesParts = true, Storage = storage }))
        {
            var error = Check.Fails(ErrorKind.StorageFailed, () => uploader.Upload(Check.GoodRequest()));
            Check.Equal("outside", error.InnerException!.Message);
            UploadRequest bad = Check.GoodRequest();
            bad.UserId = null;
            error = Check.Fails(ErrorKind.MissingUserId, () => uploader.Upload(bad));
            Check.That(error.InnerException == null, "an old exception is no inner one");
        }
        Check.Equal(1, storage.Disposed);
    }

    /// <summary>What inspectors accept, refuse and fail, in their order.</summary>
    private static void Inspectors()
    {
        const string config = """{"storage": {"memory": {"base_url": "u/"}}, "authentication": "already_checked"}""";
        foreach (bool isAsync in new[] { false, true })
        {
            var inspector = new Inspector();
            var first = new Inspector();
            var host = new UploaderHost { DisposesParts = true };
            host.Inspectors.Add(first);
            if (isAsync)
            {
                host.AsyncInspectors.Add(new AsyncInspector(inspector));
            }
            else
            {
                host.Inspectors.Add(inspector);
            }
            using (var uploader = new Uploader(config, host))
            {
                inspector.OnInspect = image =>
                {
                    Check.That(image.Original.SequenceEqual(Check.Png) && image.Standard[0] == 0xFF, "the bytes");
                    Check.Equal(96, image.Record.Dpi);
                    return Verdict.Accept;
                };
                StoredImage stored = uploader.Upload(Check.GoodRequest());
                Check.Equal(0, stored.Record.Warnings.Count);
                string name = isAsync ? nameof(AsyncInspector) : nameof(Inspector);
                inspector.OnInspect = image => Verdict.Refuse("no c\u00e4ts");
                var error = Check.Fails(ErrorKind.RefusedByInspector, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal(name + ": no c\u00e4ts", error.Reason);
                Check.Equal(ErrorCode.InvalidFile, error.Code);
                inspector.OnInspect = image => throw new TapeException("jammed");
                error = Check.Fails(ErrorKind.InspectorFailed, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal(name + ": TapeException: jammed", error.Reason);
                Check.That(error.InnerException is TapeException, "the exception is passed on");
                // A verdict that nobody has made lets nothing in.
                inspector.OnInspect = image => default;
                error = Check.Fails(ErrorKind.InspectorFailed, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal(name + ": it gave no answer", error.Reason);
                first.OnInspect = image => Verdict.Refuse("first");
                error = Check.Fails(ErrorKind.RefusedByInspector, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal("Inspector: first", error.Reason);
                Check.Equal(4, inspector.Asked);
                Check.Equal(1L, uploader.List(1001, "12345", 0, 9).Total);
            }
            Check.Equal(1, first.Disposed);
            Check.Equal(1, inspector.Disposed);
        }
        Check.Throws<ArgumentException>(() =>
        {
            var host = new UploaderHost();
            host.Inspectors.Add(null!);
            _ = new Uploader(config, host);
        });
        string warns = config.Replace(
            "\"u/\"}}", "\"u/\"}}, \"policy\": {\"min_print\": {\"width_cm\": 20, \"height_cm\": 30, \"dpi\": 150, \"action\": \"warn\"}}");
        using (var uploader = new Uploader(warns))
        {
            ImageRecord record = uploader.Upload(Check.GoodRequest()).Record;
            Check.That(record.Warnings.SequenceEqual([ImageWarning.LowResolution]), "a warning");
            Check.That(record.Equals(ImageRecord.FromJson(record.ToJson())), "a warning in JSON");
        }
        using (var uploader = new Uploader(warns.Replace("warn", "refuse")))
        {
            var error = Check.Fails(ErrorKind.PrintTooSmall, () => uploader.Upload(Check.GoodRequest()));
            Check.That(error.Reason.Contains("20 x 30 cm at 150 dpi"), error.Reason);
        }
    }

    private sealed class Inspector : IInspector, IDisposable
    {
        internal Func<NewImage, Verdict> OnInspect { get; set; } = image => Verdict.Accept;

        internal int Asked { get; private set; }

        internal int Disposed { get; private set; }

        public Verdict Inspect(NewImage image)
        {
            Asked++;
            return OnInspect(image);
        }

        public void Dispose()
        {
            Disposed++;
        }
    }

    private sealed class AsyncInspector(Inspector inspector) : IAsyncInspector, IDisposable
    {
        public async Task<Verdict> InspectAsync(NewImage image, CancellationToken cancellationToken)
        {
            await Task.Delay(10, cancellationToken);
            return inspector.Inspect(image);
        }

        public void Dispose()
        {
            inspector.Dispose();
        }
    }

    /// <summary>The inner exception of an upload into a storage, which fails for this reason, or for any.</summary>
    private static Exception? With(Func<NewImage, StoreResult?> store, string? reason, bool fails = false)
    {
        Exception? inner = null;
        var storage = new Storage { OnStore = store };
        using (var uploader = new Uploader(Check.HostConfig, new UploaderHost { DisposesParts = true, Storage = storage }))
        {
            GC.Collect();
            if (reason == null && !fails)
            {
                uploader.Upload(Check.GoodRequest());
            }
            else
            {
                var error = Check.Fails(ErrorKind.StorageFailed, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal(ErrorCode.ServerError, error.Code);
                Check.Equal(500, error.HttpStatus);
                Check.Equal(reason ?? error.Reason, error.Reason);
                inner = error.InnerException;
            }
            Check.Fails(ErrorCode.Unsupported, () => uploader.Find(1001, 1));
            Check.Fails(ErrorCode.Unsupported, () => uploader.FindKey("original/" + Key));
            Check.Fails(ErrorCode.Unsupported, () => uploader.Sweep(TimeSpan.Zero));
            Check.Equal(0, storage.Disposed);
        }
        Check.Equal(1, storage.Disposed);
        return inner;
    }

    /// <summary>Callbacks that use the library, close the uploader, and collect garbage.</summary>
    private static void InTheMiddleOfThings()
    {
        Uploader? uploader = null;
        int lines = 0;
        var storage = new Storage();
        var host = new UploaderHost
        {
            DisposesParts = true,
            Storage = storage,
            Log = (level, line) =>
            {
                lines++;
                Check.Equal(7L, uploader!.Upload(Check.GoodRequest()).Id);
            },
        };
        using (uploader = new Uploader(Check.HostConfig, host))
        {
            uploader.Upload(Check.GoodRequest());
            Check.Equal(1, lines);
        }
        storage.OnStore = image =>
        {
            uploader.Dispose();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Check.Equal(1, storage.Disposed);
            // The call goes on, but no other begins.
            Check.Throws<ObjectDisposedException>(() => uploader.Upload(Check.GoodRequest()));
            return new StoreResult(8, "", "", "");
        };
        host.Log = null;
        uploader = new Uploader(Check.HostConfig, host);
        Check.Equal(8L, uploader.Upload(Check.GoodRequest()).Id);
        Check.Equal(2, storage.Disposed);
        Check.Throws<ObjectDisposedException>(() => uploader.Upload(Check.GoodRequest()));
    }

    /// <summary>ASP.NET on .NET Framework aborts the thread of a request that takes too long, wherever it is.</summary>
    private static void Aborts()
    {
#if NETFRAMEWORK
        if (typeof(object).Assembly.GetName().Name != "mscorlib")
        {
            return; // This program on .NET Core, which aborts no threads.
        }
        foreach (bool inLog in new[] { false, true })
        {
            var storage = new Storage();
            var host = new UploaderHost { DisposesParts = true, Storage = storage };
            if (inLog)
            {
                host.Log = (level, line) => Thread.CurrentThread.Abort("why");
            }
            else
            {
                storage.OnStore = image =>
                {
                    Thread.CurrentThread.Abort("why");
                    return null;
                };
            }
            object? why = null;
            var thread = new Thread(() =>
            {
                try
                {
                    using var uploader = new Uploader(Check.HostConfig, host);
                    uploader.Upload(Check.GoodRequest());
                }
                catch (ThreadAbortException abort)
                {
                    why = abort.ExceptionState;
                }
            });
            thread.Start();
            thread.Join();
            Check.Equal("why", why);
            Check.Equal(1, storage.Disposed);
        }
#endif
    }

    private static void ReadingBack()
    {
        var storage = new ReadableStorage();
        string config = """{"authentication": "already_checked", "http": {"files": true}}""";
        using (var uploader = new Uploader(config, new UploaderHost { DisposesParts = true, Storage = storage }))
        {
            for (int i = 0; i < 3; i++)
            {
                uploader.Upload(Check.GoodRequest());
            }
            StoredImage image = uploader.Find(1001, 2)!;
            Check.Equal("code-2", image.PhotoCode);
            Check.Equal(storage.Images[1].Record.UniqueName, image.UniqueName);
            Check.That(image.Envelope.Contains("\"PhotoCode\":\"code-2\""), image.Envelope);
            Check.That(uploader.Find(1001, 9) == null && uploader.Find(1001, -1) == null, "there is none");
            Check.Fails(ErrorCode.ServerError, () => uploader.Find(1002, 2));
            Check.That(uploader.Read(1001, 2, Variant.Original)!.SequenceEqual(Check.Png), "the original");
            Check.That(uploader.Read(1001, 9, Variant.Original) == null, "there is none");

            // The HTTP endpoint serves the files of a host's storage.
            Check.Equal(2L, uploader.FindKey(image.Record.OriginalKey)!.Id);
            Check.Equal(2L, uploader.FindKey(image.Record.StandardKey)!.Id);
            Check.That(uploader.FindKey("original/" + Key) == null && uploader.FindKey("x") == null, "there is none");
            UserImageResponse file = uploader.Handle("GET", "/" + image.Record.OriginalKey, new NameValueCollection(), Stream.Null);
            Check.Equal(200, file.Status);
            Check.That(file.ReadBody().SequenceEqual(Check.Png), "the original");

            ImageList list = uploader.List(1001, "12345", 0, 2);
            Check.Equal("3: 3 2", list.Total + ": " + string.Join(" ", list.Images.Select(i => i.Id)));
            list = uploader.List(1001, "12345", 1, 2);
            Check.Equal("3: 1", list.Total + ": " + string.Join(" ", list.Images.Select(i => i.Id)));
            Check.That(uploader.Delete(1001, 2) && !uploader.Delete(1001, 9), "deleted");
            var error = Check.Fails(ErrorKind.StorageFailed, () => uploader.Delete(1001, 99));
            Check.Equal("locked", error.InnerException!.Message);
            Check.Equal(new SweepReport(60, 2), uploader.Sweep(TimeSpan.FromMinutes(1)));
            Check.That(uploader.Sweep(TimeSpan.MaxValue).Records > 900000000000, "the longest time");
        }
        Check.Equal(1, storage.Disposed);
    }

    private static void AuthenticatorsAndLogs()
    {
        var storage = new Storage();
        var authenticator = new Authenticator();
        var lines = new List<string>();
        var host = new UploaderHost
        {
            DisposesParts = true,
            Storage = storage,
            Authenticator = authenticator,
            Log = (level, line) =>
            {
                lines.Add(level + " " + line);
                throw new TapeException("what a log throws is ignored");
            },
        };
        const string config = """{"authentication": "host"}""";
        using (var uploader = new Uploader(config, host))
        {
            uploader.Upload(Check.GoodRequest());
            UploadRequest request = Check.GoodRequest();
            request.ClientKey = "abc124";
            Check.Fails(ErrorKind.RefusedClientKey, () => uploader.Upload(request));
            request.WebsiteId = "1002";
            Check.Fails(ErrorKind.UnknownWebsite, () => uploader.Upload(request));
            request.WebsiteId = "500";
            var error = Check.Fails(ErrorKind.AuthenticatorFailed, () => uploader.Upload(request));
            Check.Equal("the directory is down", error.InnerException!.Message);
            Check.That(error.Reason.Contains("TapeException: the directory is down"), error.Reason);
        }
        Check.Equal(4, lines.Count);
        Check.That(lines[0].StartsWith("Info image stored website=1001", StringComparison.Ordinal), lines[0]);
        Check.That(lines[3].StartsWith("Error upload failed", StringComparison.Ordinal), lines[3]);
        Check.That(!lines.Any(line => line.Contains("abc12")), "no key is logged");
        Check.Equal(2, storage.Disposed + authenticator.Disposed);

        // Opening fails: the host's objects are disposed of as well, and once.
        Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(Check.KeysConfig, host));
        Check.Equal(4, storage.Disposed + authenticator.Disposed);

        // Without an authenticator it does not open, and one with "already_checked" is a contradiction.
        host.Authenticator = null;
        Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(config, host));
        Check.Equal(5, storage.Disposed + authenticator.Disposed);
        host.Authenticator = authenticator;
        Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(Check.HostConfig, host));
        Check.Equal(7, storage.Disposed + authenticator.Disposed);

        lines.Clear();
        host.MaxLogLevel = UserImageLogLevel.None;
        using (var uploader = new Uploader(config, host))
        {
            uploader.Upload(Check.GoodRequest());
        }
        Check.Equal(0, lines.Count);
    }

    /// <summary>A key that no image has.</summary>
    private const string Key = "2026_11_409fd615-4a97-49e6-9582-b82bcbe2c5e9.png";

    private sealed class TapeException(string message) : Exception(message);

    private sealed class MuteException : Exception
    {
        public override string Message => throw new InvalidOperationException();
    }

    private class Storage : IStorage, IDisposable
    {
        internal Func<NewImage, StoreResult?> OnStore = image => new StoreResult(7, "code-7", "o/7", "s/7");
        internal int Disposed;

        public StoreResult Store(NewImage image)
        {
            return OnStore(image)!;
        }

        public void Dispose()
        {
            Interlocked.Increment(ref Disposed);
        }
    }

    /// <summary>It keeps what a database would: numbers, texts, bytes and the record's document.</summary>
    private sealed class ReadableStorage : Storage, IReadableStorage
    {
        internal readonly List<NewImage> Images = [];
        private readonly List<string> records = [];

        internal ReadableStorage()
        {
            OnStore = image =>
            {
                Images.Add(image);
                records.Add(image.Record.ToJson());
                return new StoreResult(Images.Count, "code-" + Images.Count, "o/" + Images.Count, "s/" + Images.Count);
            };
        }

        public StoredImage? Find(int websiteId, long id)
        {
            return id >= 1 && id <= Images.Count
                ? new StoredImage(id, "code-" + id, "o/" + id, "s/" + id, ImageRecord.FromJson(records[(int)id - 1]))
                : null;
        }

        public StoredImage? FindKey(string key)
        {
            int index = Images.FindIndex(image => key == image.Record.OriginalKey || key == image.Record.StandardKey);
            return Find(1001, index + 1);
        }

        public byte[]? Read(int websiteId, long id, Variant variant)
        {
            if (Find(websiteId, id) == null)
            {
                return null;
            }
            NewImage image = Images[(int)id - 1];
            return variant == Variant.Original ? image.Original : variant == Variant.Standard ? image.Standard : null;
        }

        public ImageList List(int websiteId, string userId, long pageIndex, int pageSize)
        {
            IEnumerable<StoredImage> all = Enumerable.Range(1, Images.Count).Reverse().Select(id => Find(websiteId, id)!);
            return new ImageList(Images.Count, all.Skip((int)pageIndex * pageSize).Take(pageSize).ToList());
        }

        public bool Delete(int websiteId, long id)
        {
            return id == 99 ? throw new TapeException("locked") : Find(websiteId, id) != null;
        }

        public SweepReport Sweep(TimeSpan minAge)
        {
            return new SweepReport((long)minAge.TotalSeconds, 2);
        }
    }

    private sealed class Authenticator : IAuthenticator, IDisposable
    {
        internal int Disposed;

        public bool Knows(int websiteId)
        {
            return websiteId == 500 ? throw new TapeException("the directory is down") : websiteId == 1001;
        }

        public bool Accepts(int websiteId, string key)
        {
            return key == "abc123";
        }

        public void Dispose()
        {
            Disposed++;
        }
    }
}
