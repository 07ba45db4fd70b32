using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Tests
{
    /// <summary>What a careless caller does.</summary>
    internal static class Misuse
    {
        internal static void Run()
        {
            Check.Throws<ArgumentNullException>(() => new Uploader(null));
            Check.Throws<ArgumentNullException>(() => ImageInfo.Probe((byte[])null));
            Check.Throws<ArgumentNullException>(() => ImageInfo.Probe((Stream)null));
            Check.Throws<ArgumentNullException>(() => ImageInfo.ProbeFile(null));
            Check.Throws<ArgumentNullException>(() => ImageInfo.CountFrames(null, 1));
            Check.Throws<ArgumentNullException>(() => ExifDetails.Read(null));
            Check.Throws<OverflowException>(() => ImageInfo.CountFrames(Check.Png, -1));
            Check.Fails(ErrorCode.InvalidFile, () => ImageInfo.CountFrames(new byte[0], 1));
            Check.That(ExifDetails.Read(new byte[0]) == null, "nothing has no EXIF");
            Check.Throws<ArgumentNullException>(() => new RawUploadRequest().AddHeader(null, ""));
            Check.Throws<ArgumentNullException>(() => new RawUploadRequest().AddQuery("", null));
            Check.Throws<ArgumentNullException>(() => new RawUploadRequest().AddPart("", null));
            Check.Fails(ErrorCode.InvalidConfig, () => new Uploader(""));
            Check.Fails(ErrorCode.InvalidConfig, () => new Uploader("{\"authentication\": \"host\"}\0"));
            Check.Fails(ErrorCode.BadUtf8, () => new Uploader("\ud800"));
            Check.Fails(ErrorCode.InvalidFile, () => ImageInfo.Probe(new byte[0]));
            Check.Fails(ErrorCode.InvalidFile, () => ImageInfo.Probe(Stream.Null));
            Check.Fails(ErrorCode.Io, () => ImageInfo.ProbeFile("no/such/file"));
            Check.Fails(ErrorCode.Io, () => ImageInfo.ProbeFile(""));

            var uploader = new Uploader(Check.KeysConfig);
            Check.Throws<ArgumentNullException>(() => uploader.Upload((UploadRequest)null));
            Check.Throws<ArgumentNullException>(() => uploader.Upload((RawUploadRequest)null));
            Check.Throws<ArgumentNullException>(() => uploader.UploadFile(new UploadRequest(), null));
            Check.Throws<ArgumentNullException>(() => uploader.List(1001, null, 0, 1));
            Check.Throws<OverflowException>(() => uploader.Find(1001, -1));
            Check.Throws<OverflowException>(() => uploader.List(1001, "u", 0, -1));
            Check.Throws<OverflowException>(() => uploader.Sweep(TimeSpan.FromSeconds(-1)));
            Check.Fails(ErrorCode.InvalidWebsiteId, () => uploader.Find(-5, 1));
            Check.Fails(ErrorCode.InvalidUserId, () => uploader.List(1001, "", 0, 1));
            Check.Fails(ErrorCode.InvalidArgument, () => uploader.Read(1001, 1, (Variant)7));
            Check.Fails(ErrorCode.InvalidArgument, () => uploader.UploadFile(Check.GoodRequest(), "x"));
            Check.Fails(ErrorCode.Io, () => uploader.UploadFile(new UploadRequest(), "no/such/file"));

            UserImageException error = Check.Fails(
                ErrorCode.MissingWebsiteId, () => uploader.Upload(new UploadRequest()));
            Check.Equal("Missing websiteId", error.Text);
            Check.Equal(400, error.HttpStatus);
            Check.Equal(
                "{\"Response\":\"Error\",\"Message\":\"Missing websiteId\",\"Data\":null,\"ErrorCode\":\"372\"}",
                error.Json);
            UploadRequest request = Check.GoodRequest();
            request.UserId = "\udc00";
            Check.Fails(ErrorCode.BadUtf8, () => uploader.Upload(request));
            request.UserId = "a\0b";
            Check.Fails(ErrorCode.InvalidUserId, () => uploader.Upload(request));
            request = Check.GoodRequest();
            request.Data = new byte[0];
            Check.Equal("postedFile is empty", Check.Fails(ErrorCode.InvalidFile, () => uploader.Upload(request)).Reason);
            request.Data = null;
            Check.Equal("postedFile is missing", Check.Fails(ErrorCode.InvalidFile, () => uploader.Upload(request)).Reason);
            Check.Fails(ErrorCode.InvalidFile, () => uploader.Validate(request));
            Check.Fails(ErrorCode.InvalidFile, () => Wait(uploader.UploadAsync(request)));

            // Disposed of while others use it: they finish, and who comes later is told.
            StoredImage image = uploader.Upload(Check.GoodRequest());
            var threads = new Thread[8];
            int refused = 0;
            for (int i = 0; i < threads.Length; i++)
            {
                threads[i] = new Thread(() =>
                {
                    for (int n = 0; n < 200; n++)
                    {
                        try
                        {
                            uploader.Upload(Check.GoodRequest());
                        }
                        catch (ObjectDisposedException)
                        {
                            Interlocked.Increment(ref refused);
                        }
                    }
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
            Check.Throws<ObjectDisposedException>(() => uploader.Upload(Check.GoodRequest()));
            Check.Equal("1", image.PhotoCode);
            Console.WriteLine("misuse: a clear exception each time");
        }

        /// <summary>With a library that has the feature fault-injection.</summary>
        internal static void Panic()
        {
            using (var uploader = new Uploader(Check.HostConfig))
            {
                for (int i = 0; i < 3; i++)
                {
                    UserImageException error = Check.Fails(
                        ErrorCode.Panic, () => uploader.Upload(Check.GoodRequest()));
                    Check.Equal("panic: injected", error.Reason);
                    Check.Equal(500, error.HttpStatus);
                }
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
                Check.That(error.Message.Contains("(is not there)"), error.Message);
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
                throw exception.InnerException;
            }
        }
    }
}
