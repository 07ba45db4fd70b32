using System;
using System.Diagnostics;
using System.Threading;

namespace UserImage.Tests;

/// <summary>Uploads and probes from 8 threads that share one uploader: memory stays flat.</summary>
internal static class Soak
{
    private const int Threads = 8;

    private sealed class Storage : IStorage
    {
        public StoreResult Store(NewImage image)
        {
            return new StoreResult(1, "1", "o", "s");
        }
    }

    internal static void Run(int rounds)
    {
        var host = new UploaderHost { Storage = new Storage() };
        using (var uploader = new Uploader(Check.HostConfig, host))
        {
            // The runtime's own heap finds its size first.
            Round(uploader, rounds);
            long before = Memory();
            Round(uploader, rounds);
            long after = Memory();
            Console.WriteLine(
                "soak: {0} uploads and probes from {1} threads, {2} KB before, {3} KB after",
                rounds, Threads, before / 1024, after / 1024);
            Check.That(after < before + before / 4 + (16 << 20), "memory is flat");
        }
    }

    private static void Round(Uploader uploader, int rounds)
    {
        var threads = new Thread[Threads];
        Exception? failure = null;
        for (int i = 0; i < Threads; i++)
        {
            threads[i] = new Thread(() =>
            {
                try
                {
                    Work(uploader, rounds / Threads);
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            });
            threads[i].Start();
        }
        foreach (Thread thread in threads)
        {
            thread.Join();
        }
        if (failure != null)
        {
            throw new InvalidOperationException("a thread failed", failure);
        }
    }

    private static void Work(Uploader uploader, int rounds)
    {
        var form = new FormRequest();
        form.AddHeader("websiteId", "1001");
        form.AddHeader("webApiClientKey", "abc123");
        form.AddQuery("userId", "12345");
        form.AddPart("postedFile", Check.Png, "a.png");
        UploadRequest bad = Check.GoodRequest();
        bad.WebsiteId = "0";
        for (int i = 0; i < rounds; i++)
        {
            switch (i % 4)
            {
                case 0:
                    Check.Equal(1L, uploader.Upload(Check.GoodRequest()).Id);
                    break;
                case 1:
                    Check.Equal(1L, uploader.UploadForm(form).Id);
                    break;
                case 2:
                    Check.Equal("image/png", ImageInfo.Probe(Check.Png).MimeType);
                    break;
                default:
                    Check.Fails(ErrorCode.InvalidWebsiteId, () => uploader.Upload(bad));
                    break;
            }
        }
    }

    private static long Memory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using (Process process = Process.GetCurrentProcess())
        {
            return process.WorkingSet64;
        }
    }
}
