// Knowing a file and uploading it, in C#, beside ImageSharp and NetVips: turn by turn, in one process, on one thread.
//
//     tests/peers/dotnet/run FILE...
//
// Prints for each file the median time of each library, the ratio to the best of the others, and the bytes that a call leaves
// to the garbage collector. It is not a part of tests/run: times need a machine with nothing else to do.
using System.Diagnostics;
using UserImage.PeersBench;

NetVips.NetVips.Concurrency = 1;
SixLabors.ImageSharp.Configuration.Default.MaxDegreeOfParallelism = 1;
Contender[] contenders = [new Ours(), new OfImageSharp(), new OfNetVips()];
Console.WriteLine("| file | what | " + string.Join(" | ", contenders.Select(one => one.Name)) + " | ratio to the best peer |");
Console.WriteLine("|---|---|" + string.Concat(contenders.Select(_ => "---|")) + "---|");
foreach (string path in args)
{
    byte[] file = File.ReadAllBytes(path);
    Row(path, "know, us", 1000, 11, 200, one => one.Know(file));
    Row(path, "upload, ms", 1, 9, 1, one => one.Render(file));
}

void Row(string path, string what, double unit, int turns, int rounds, Action<Contender> work)
{
    var times = contenders.ToDictionary(one => one, _ => new List<double>());
    var garbage = new Dictionary<Contender, long>();
    var failed = new HashSet<Contender>();
    for (int turn = 0; turn < turns + 2; turn++)
    {
        foreach (Contender one in contenders.Except(failed))
        {
            try
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                var watch = Stopwatch.StartNew();
                for (int i = 0; i < rounds; i++)
                {
                    work(one);
                }
                double time = watch.Elapsed.TotalMilliseconds * unit / rounds;
                garbage[one] = (GC.GetAllocatedBytesForCurrentThread() - before) / rounds;
                if (turn > 1) // the first two warm up
                {
                    times[one].Add(time);
                }
            }
            catch (Exception exception)
            {
                Console.Error.WriteLine($"{path}: {one.Name}: {exception.Message}");
                failed.Add(one);
            }
        }
    }
    double Median(Contender one) => times[one].Order().ElementAt(times[one].Count / 2);
    IEnumerable<string> cells = contenders.Select(one => failed.Contains(one) ? "fails" : $"{Median(one):F1} ({garbage[one]} B)");
    List<double> peers = contenders.Skip(1).Except(failed).Select(Median).ToList();
    string ratio = failed.Contains(contenders[0]) || peers.Count == 0 ? "-" : $"{Median(contenders[0]) / peers.Min():F2}";
    Console.WriteLine($"| {Path.GetFileName(path)} | {what} | {string.Join(" | ", cells)} | {ratio} |");
}
