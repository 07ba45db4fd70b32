using System.Diagnostics;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>A process that exits while uploads are in flight exits with its own code, and does not crash.</summary>
public class ExitTests
{
    private const string Config = """{"authentication": "already_checked"}""";

    [Fact]
    public void TwentyTimes()
    {
        for (int round = 0; round < 20; round++)
        {
            using Process process = Process.Start("dotnet", [typeof(ExitTests).Assembly.Location, "exit"]);
            Assert.True(process.WaitForExit(60_000), "it exits");
            Assert.Equal(7, process.ExitCode);
        }
    }

    internal static int ExitWithUploadsInFlight()
    {
        var uploader = new Uploader(Config, new UploaderHost { Storage = new Slow() });
        for (int i = 0; i < 20; i++)
        {
            _ = uploader.UploadAsync(new("a.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "-", UserId = "1" });
        }
        var collects = new Thread(() =>
        {
            while (true)
            {
                GC.Collect();
            }
        }) { IsBackground = true };
        collects.Start();
        Thread.Sleep(150);
        Environment.Exit(7);
        return 8;
    }

    private sealed class Slow : IStorage
    {
        public StoreResult Store(NewImage image)
        {
            GC.Collect();
            Thread.Sleep(50);
            return new StoreResult(1, "1", "/", "/");
        }
    }
}
