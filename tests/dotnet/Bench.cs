using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace UserImage.Tests
{
    /// <summary>
    /// What C# adds to a probe and to a refused upload: turn by turn with the same work in Rust
    /// (ffi/examples/baseline.rs), in one process. A C# probe reads all values; a refusal is an exception.
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
                Against("probe", () => baseline_probe(photo, length, Rounds), () => ImageInfo.Probe(photo));
                Against("refused upload", () => baseline_refused(Rounds), () =>
                {
                    try
                    {
                        uploader.Upload(new UploadRequest("photo.jpg", new byte[] { 120 })
                        {
                            WebsiteId = "1002", ClientKey = "abc123", UserId = "12345", Dpi = "300",
                        });
                    }
                    catch (UserImageException)
                    {
                    }
                });
            }
        }

        private static void Against(string name, Func<ulong> rust, Action work)
        {
            var inRust = new double[Turns];
            var here = new double[Turns];
            for (int turn = 0; turn < Turns; turn++)
            {
                inRust[turn] = rust() / (double)Rounds;
                Stopwatch watch = Stopwatch.StartNew();
                for (int i = 0; i < Rounds; i++)
                {
                    work();
                }
                here[turn] = watch.Elapsed.TotalMilliseconds * 1e6 / Rounds;
            }
            double r = inRust.OrderBy(time => time).ElementAt(Turns / 2);
            double c = here.OrderBy(time => time).ElementAt(Turns / 2);
            Console.WriteLine("{0,-16} Rust {1,8:F1} ns   C# {2,8:F1} ns   C# adds {3,8:F1} ns", name, r, c, c - r);
        }
    }
}
