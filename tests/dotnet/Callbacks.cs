using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace UserImage.Tests
{
    /// <summary>Storages and authenticators of a host's own, good and bad.</summary>
    internal static class Callbacks
    {
        private sealed class TapeException : Exception
        {
            internal TapeException(string message)
                : base(message)
            {
            }
        }

        private class Storage : IStorage, IDisposable
        {
            internal Func<NewImage, StorageAnswer> OnStore = image => new StorageAnswer(7, "code-7", "o/7", "s/7");
            internal int Disposed;

            public StorageAnswer Store(NewImage image)
            {
                return OnStore(image);
            }

            public void Dispose()
            {
                Interlocked.Increment(ref Disposed);
            }
        }

        private sealed class ReadableStorage : Storage, IReadableStorage
        {
            internal readonly List<NewImage> Images = new List<NewImage>();

            internal ReadableStorage()
            {
                OnStore = image =>
                {
                    Images.Add(image);
                    return Kept(Images.Count);
                };
            }

            public KeptImage Find(int websiteId, long id)
            {
                return id >= 1 && id <= Images.Count ? Kept(id) : null;
            }

            public byte[] Read(int websiteId, long id, Variant variant)
            {
                if (Find(websiteId, id) == null)
                {
                    return null;
                }
                NewImage image = Images[(int)id - 1];
                return variant == Variant.Original ? image.Original : image.Standard;
            }

            public KeptImageList List(int websiteId, string userId, long pageIndex, int pageSize)
            {
                var all = Enumerable.Range(1, Images.Count).Reverse().Select(id => Kept(id));
                return new KeptImageList(
                    Images.Count, all.Skip((int)pageIndex * pageSize).Take(pageSize).ToList());
            }

            public bool Delete(int websiteId, long id)
            {
                if (id == 99)
                {
                    throw new TapeException("locked");
                }
                return Find(websiteId, id) != null;
            }

            public Swept Sweep(TimeSpan minAge)
            {
                return new Swept((long)minAge.TotalSeconds, 2);
            }

            private KeptImage Kept(long id)
            {
                return new KeptImage(id, "code-" + id, "o/" + id, "s/" + id, Images[(int)id - 1].Record.Json);
            }
        }

        private sealed class Authenticator : IAuthenticator, IDisposable
        {
            internal int Disposed;

            public bool Knows(int websiteId)
            {
                if (websiteId == 500)
                {
                    throw new TapeException("the directory is down");
                }
                return websiteId == 1001;
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

        internal static void Run()
        {
            Stores();
            InTheMiddleOfThings();
            Aborts();
            ReadingBack();
            AuthenticatorsAndLogs();
            Console.WriteLine("callbacks: every answer and failure is told, each is disposed of once");
        }

        private static void Stores()
        {
            With(image => new StorageAnswer(7, "", "", ""), null);
            With(image => new StorageAnswer(long.MaxValue, new string('"', 65536), "", ""), null);
            With(
                image =>
                {
                    // Blocks, and is answered by another thread.
                    StorageAnswer answer = null;
                    var thread = new Thread(() =>
                    {
                        Thread.Sleep(50);
                        answer = new StorageAnswer(7, "a", "b", "c");
                    });
                    thread.Start();
                    thread.Join();
                    return answer;
                },
                null);
            With(image => null, "the host's storage gave no answer to store");
            With(image => new StorageAnswer(0, "a", "b", "c"), "the host gave a bad answer: id must not be 0");
            With(image => new StorageAnswer(-1, "a", "b", "c"), "the host gave a bad answer: id must not be 0");
            With(image => new StorageAnswer(1, null, "b", "c"), "the host gave a bad answer: photo_code is NULL");
            With(
                image => new StorageAnswer(1, new string('x', 65537), "b", "c"),
                "the host gave a bad answer: photo_code is longer than USERIMAGE_MAX_TEXT");

            UserImageException error = With(image => { throw new TapeException("full \u0436"); }, "TapeException: full \u0436");
            Check.That(error.InnerException is TapeException, "the cause is carried over");
            error = With(image => { throw new TapeException("\ud800"); }, "the host's storage failed with code 1 to store");
            Check.That(error.InnerException is TapeException, "the cause is carried over");
            error = With(image => new StorageAnswer(1, "\ud800", "b", "c"), "UserImageException: Text is not UTF-8 (904): Text is not UTF-8");
            Check.Equal(ErrorCode.BadUtf8, ((UserImageException)error.InnerException).Code);

            // A callback that calls the library, which fails inside: that is not the outer call's cause.
            Uploader uploader = null;
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
                var inner = Check.Fails(ErrorCode.ServerError, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal("inside", inner.InnerException.Message);
                throw new TapeException("outside");
            };
            using (uploader = new Uploader(Check.HostConfig, new UploaderHost { Storage = storage }))
            {
                error = Check.Fails(ErrorCode.ServerError, () => uploader.Upload(Check.GoodRequest()));
                Check.Equal("outside", error.InnerException.Message);
                UploadRequest bad = Check.GoodRequest();
                bad.UserId = null;
                error = Check.Fails(ErrorCode.InvalidUserId, () => uploader.Upload(bad));
                Check.That(error.InnerException == null, "an old exception is no cause");
            }
            Check.Equal(1, storage.Disposed);
        }

        private static UserImageException With(Func<NewImage, StorageAnswer> store, string reason)
        {
            UserImageException error = null;
            var storage = new Storage { OnStore = store };
            using (var uploader = new Uploader(Check.HostConfig, new UploaderHost { Storage = storage }))
            {
                GC.Collect();
                if (reason == null)
                {
                    uploader.Upload(Check.GoodRequest());
                }
                else
                {
                    error = Check.Fails(ErrorCode.ServerError, () => uploader.Upload(Check.GoodRequest()));
                    Check.Equal(reason, error.Reason);
                    Check.Equal(500, error.HttpStatus);
                }
                Check.Fails(ErrorCode.Unsupported, () => uploader.Find(1001, 1));
                Check.Fails(ErrorCode.Unsupported, () => uploader.Sweep(TimeSpan.Zero));
                Check.Equal(0, storage.Disposed);
            }
            Check.Equal(1, storage.Disposed);
            return error;
        }

        /// <summary>Callbacks that use the library, give the uploader up, and collect garbage.</summary>
        private static void InTheMiddleOfThings()
        {
            Uploader uploader = null;
            int lines = 0;
            var storage = new Storage();
            var host = new UploaderHost
            {
                Storage = storage,
                Log = (level, line) =>
                {
                    lines++;
                    Check.Equal(7L, uploader.Upload(Check.GoodRequest()).Id);
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
                return new StorageAnswer(8, "", "", "");
            };
            host.Log = null;
            uploader = new Uploader(Check.HostConfig, host);
            Check.Equal(8L, uploader.Upload(Check.GoodRequest()).Id);
            Check.Equal(2, storage.Disposed);
            Check.Throws<ObjectDisposedException>(() => uploader.Upload(Check.GoodRequest()));
        }

        /// <summary>ASP.NET aborts the thread of a request that takes too long, wherever it is.</summary>
        private static void Aborts()
        {
            if (Type.GetType("System.Runtime.InteropServices.NativeLibrary") != null)
            {
                return; // .NET Core aborts no threads
            }
            foreach (bool inLog in new[] { false, true })
            {
                var storage = new Storage();
                var host = new UploaderHost { Storage = storage };
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
                object why = null;
                var thread = new Thread(() =>
                {
                    try
                    {
                        using (var uploader = new Uploader(Check.HostConfig, host))
                        {
                            uploader.Upload(Check.GoodRequest());
                        }
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
        }

        private static void ReadingBack()
        {
            var storage = new ReadableStorage();
            using (var uploader = new Uploader(Check.HostConfig, new UploaderHost { Storage = storage }))
            {
                for (int i = 0; i < 3; i++)
                {
                    uploader.Upload(Check.GoodRequest());
                }
                StoredImage image = uploader.Find(1001, 2);
                Check.Equal("code-2", image.PhotoCode);
                Check.Equal(storage.Images[1].Record.UniqueName, image.UniqueName);
                Check.That(uploader.Find(1001, 9) == null, "there is none");
                Check.Fails(ErrorCode.ServerError, () => uploader.Find(1002, 2));
                Check.That(uploader.Read(1001, 2, Variant.Original).SequenceEqual(Check.Png), "the original");
                Check.That(uploader.Read(1001, 9, Variant.Original) == null, "there is none");
                ImageList list = uploader.List(1001, "12345", 0, 2);
                Check.Equal("3: 3 2", list.Total + ": " + string.Join(" ", list.Images.Select(i => i.Id)));
                Check.That(uploader.Delete(1001, 2) && !uploader.Delete(1001, 9), "deleted");
                UserImageException error = Check.Fails(ErrorCode.ServerError, () => uploader.Delete(1001, 99));
                Check.Equal("locked", error.InnerException.Message);
                Swept swept = uploader.Sweep(TimeSpan.FromMinutes(1));
                Check.Equal("60 2", swept.Records + " " + swept.Files);
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
                Storage = storage,
                Authenticator = authenticator,
                Log = (level, line) =>
                {
                    lines.Add(level + " " + line);
                    throw new TapeException("a log's failure is nobody's");
                },
            };
            using (var uploader = new Uploader(Check.HostConfig, host))
            {
                uploader.Upload(Check.GoodRequest());
                UploadRequest request = Check.GoodRequest();
                request.ClientKey = "abc124";
                Check.Fails(ErrorCode.InvalidClientKey, () => uploader.Upload(request));
                request.WebsiteId = "1002";
                Check.Fails(ErrorCode.InvalidWebsiteId, () => uploader.Upload(request));
                request.WebsiteId = "500";
                UserImageException error = Check.Fails(ErrorCode.ServerError, () => uploader.Upload(request));
                Check.Equal("the directory is down", error.InnerException.Message);
                Check.Equal("TapeException: the directory is down", error.Cause);
            }
            Check.Equal(4, lines.Count);
            Check.That(lines[0].StartsWith("Info image stored website=1001"), lines[0]);
            Check.That(lines[3].StartsWith("Error upload failed"), lines[3]);
            Check.That(!lines.Any(line => line.Contains("abc12")), "no key is logged");
            Check.Equal(2, storage.Disposed + authenticator.Disposed);

            // Opening fails: disposed of as well, and once.
            Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(Check.KeysConfig, host));
            Check.Equal(4, storage.Disposed + authenticator.Disposed);
        }
    }
}
