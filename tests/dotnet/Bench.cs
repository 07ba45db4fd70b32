using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;

namespace UserImage.Tests;

/// <summary>
/// What C# adds to a probe and to a refused upload: turn by turn with the same work in Rust
/// (ffi/examples/baseline.rs), in one process. A C# probe reads all values; a refusal is an exception. And how many
/// bytes a call leaves to the garbage collector, which is the same on every machine.
/// </summary>
internal static class Bench
{
    private const int Rounds = 500;
    private const int Turns = 21;

    [DllImport("baseline", CallingConvention = CallingConvention.Cdecl)]
    private static extern ulong baseline_probe(byte[] data, UIntPtr length, uint rounds);

    [DllImport("baseline", CallingConvention = CallingConvention.Cdecl)]
    private static extern ulong baseline_refused(uint rounds);

    internal static void Run(string path)
    {
        byte[] photo = File.ReadAllBytes(path);
        var length = (UIntPtr)(uint)photo.Length;
        using (var uploader = new Uploader(Check.KeysConfig))
        {
            Against("probe", () => baseline_probe(photo, length, Rounds), () => ImageInfo.Probe(photo), 200);
            Against("refused upload", () => baseline_refused(Rounds), () =>
            {
                try
                {
                    uploader.Upload(new UploadRequest("photo.jpg", [120])
                    {
                        WebsiteId = "1002", ClientKey = "abc123", UserId = "12345", Dpi = "300",
                    });
                }
                catch (UserImageException)
                {
                }
            }, 2000);
        }
    }

    private static void Against(string name, Func<ulong> rust, Action work, long mostGarbage)
    {
        // The runtime compiles again what is called often, a while later and beside it.
        for (int i = 0; i < 4 * Rounds; i++)
        {
            work();
            Thread.Sleep(i % Rounds == 0 ? 200 : 0);
        }
        var inRust = new double[Turns];
        var here = new double[Turns];
        for (int turn = 0; turn < Turns; turn++)
        {
            inRust[turn] = rust() / (double)Rounds;
            var watch = Stopwatch.StartNew();
            for (int i = 0; i < Rounds; i++)
            {
                work();
            }
            here[turn] = watch.Elapsed.TotalMilliseconds * 1e6 / Rounds;
        }
        double r = inRust.OrderBy(time => time).ElementAt(Turns / 2);
        double c = here.OrderBy(time => time).ElementAt(Turns / 2);
        Console.Write($"{name,-16} Rust {r,8:F1} ns   C# {c,8:F1} ns   C# adds {c - r,8:F1} ns");
#if NET
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            work();
        }
        long garbage = (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
        Console.WriteLine($"   garbage {garbage,5} bytes");
        Check.That(garbage <= mostGarbage, $"the garbage is at most {mostGarbage} bytes");
#else
        Console.WriteLine();
#endif
    }
}
