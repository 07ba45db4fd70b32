using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Tests;

/// <summary>Files that are read in pieces, lists by key, and what the operators of a storage need.</summary>
internal static class Operations
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    internal static void Run(string folder)
    {
        using var uploader = new Uploader(Config(folder));
        StoredImage[] images = new[] { "a", "a", "a", "b" }
            .Select((user, index) => Upload(uploader, user, "photo " + index + ".PNG")).ToArray();
        CheckPieces(uploader, images[0]);
        CheckLists(uploader, images);
        CheckCounts(uploader);
        CheckVerify(uploader, images[0], folder);
        CheckCopies(uploader, folder);
        CheckUnsupported();
        Console.WriteLine("operations: pieces, lists by key, verify, copies");
    }

    private static string Config(string folder)
    {
        return $$"""
            {"storage": {"local": {"path": "{{folder}}", "base_url": "https://img.example/"} },
             "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}]}
            """;
    }

    private static StoredImage Upload(Uploader uploader, string user, string name)
    {
        UploadRequest request = Check.GoodRequest();
        request.UserId = user;
        request.FileName = name;
        return uploader.Upload(request);
    }

    private static void CheckPieces(Uploader uploader, StoredImage image)
    {
        using Stream stream = uploader.OpenRead(1001, image.Id, Variant.Original)!;
        Check.Equal("88 True True False", $"{stream.Length} {stream.CanRead} {stream.CanSeek} {stream.CanWrite}");
        var piece = new byte[100];
        stream.Position = 1;
        Check.Equal(3, stream.Read(piece, 10, 3));
        Check.That(piece.Skip(10).Take(3).SequenceEqual(Check.Png.Skip(1).Take(3)), "three bytes from the second on");
        Check.Equal(4L, stream.Position);
        Check.Equal(80L, stream.Seek(-8, SeekOrigin.End));
        Check.Equal(8, stream.ReadAsync(piece, 0, 100, CancellationToken.None).Result);
        Check.That(piece.Take(8).SequenceEqual(Check.Png.Skip(80)), "the last bytes");
        Check.Equal(0, stream.Read(piece, 0, 100));
        Check.Equal(1000L, stream.Seek(1000, SeekOrigin.Begin));
        Check.Equal(0, stream.Read(piece, 0, 100));
        Check.Throws<IOException>(() => stream.Seek(-1, SeekOrigin.Begin));
        Check.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
        Check.Throws<ArgumentOutOfRangeException>(() => stream.Read(piece, 50, 51));
        Check.Throws<NotSupportedException>(() => stream.Write(piece, 0, 1));
        stream.Position = 0;
        var all = new MemoryStream();
        stream.CopyTo(all);
        Check.That(all.ToArray().SequenceEqual(Check.Png), "all bytes");
        stream.Dispose();
        Check.Throws<ObjectDisposedException>(() => stream.Read(piece, 0, 1));
        Check.Throws<ObjectDisposedException>(() => _ = stream.Position);
        Check.That(uploader.OpenRead(1002, image.Id, Variant.Original) == null, "another website's");
        Check.Fails(ErrorCode.InvalidArgument, () => uploader.OpenRead(1001, image.Id, "a/b"));
        Check.Throws<ArgumentNullException>(() => uploader.OpenRead(1001, image.Id, null!));

        using StoredFile file = uploader.OpenReadKey(image.Record.StandardKey)!;
        Check.Equal("image/jpeg standard", file.MimeType + " " + file.Variant);
        Check.Equal(image.Record.StandardBytes, file.Content.Length);
        Check.That(uploader.OpenReadKey("original/x") == null, "what is not a key");
        Check.Equal(image.StandardUrl, uploader.GetUrl(image, Variant.Standard, Hour));
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.GetUrl(image, Variant.Standard, -Hour));
        Check.That(default(Variant) == "original" && default(Variant).GetHashCode() == Variant.Original.GetHashCode(), "the default");
        Check.That(Variant.Standard == "standard" && Variant.Standard != "Standard", "names have a case");
    }

    private static void CheckLists(Uploader uploader, StoredImage[] images)
    {
        IReadOnlyList<StoredImage> first = uploader.ListAfter(1001, "a", null, 2);
        Check.Equal($"{images[2].Id} {images[1].Id}", string.Join(" ", first.Select(image => image.Id)));
        Check.Equal(images[0].Id, uploader.ListAfter(1001, "a", first[1].Id, 2).Single().Id);
        Check.Equal(0, uploader.ListAfter(1001, "a", images[0].Id, 2).Count);
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.ListAfter(1001, "a", -1, 2));
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.ListAfter(1001, "a", null, -1));
        ImageList found = uploader.Search(1001, "a", "O 1.p", 0, 10);
        Check.Equal("1: photo 1.PNG", found.Total + ": " + found.Images.Single().ImageName);
        Check.Equal("3: 1", uploader.Search(1001, "a", "photo", 2, 1) is var page ? page.Total + ": " + page.Images.Count : "");
    }

    private static void CheckCounts(Uploader uploader)
    {
        Check.Equal("4 2", uploader.Usage(1001) is var all ? all.Images + " " + all.Users : "");
        Check.Equal(3L, uploader.Usage(1001, "a").Images);
        Check.Equal(new StorageUsage(0, 0, 0), uploader.Usage(1002));
        Check.Equal(1L, uploader.Reassign(1001, "b", "c"));
        Check.Equal(0L, uploader.Usage(1001, "b").Images);
        Check.Equal(0L, uploader.Expire(1001, Hour));
        Check.Equal(1L, uploader.DeleteUser(1001, "c"));
        Check.Fails(ErrorCode.InvalidUserId, () => uploader.DeleteUser(1001, " "));
        Check.Fails(ErrorCode.InvalidUserId, () => uploader.Reassign(1001, "a", "\udc00"));
        Check.Throws<ArgumentNullException>(() => uploader.Reassign(1001, "a", null!));
        Check.Throws<ArgumentOutOfRangeException>(() => uploader.Expire(1001, -Hour));
    }

    private static void CheckVerify(Uploader uploader, StoredImage image, string folder)
    {
        VerifyReport report = uploader.Verify();
        Check.Equal("True 3 6 0", $"{report.Complete} {report.Images} {report.Files} {report.Problems.Count}");

        // Step by step, and from the document of a step.
        VerifyReport step = uploader.Verify(maxSteps: 1);
        Check.That(!step.Complete && step.Images == 3, "a step");
        Check.Equal(report.Json, uploader.Verify(VerifyReport.FromJson(step.Json)).Json);
        Check.Fails(ErrorCode.InvalidArgument, () => VerifyReport.FromJson("[1"));
        var reports = new List<VerifyReport>();
        Check.Equal(report.Json, uploader.VerifyAsync(progress: new Receiver(reports.Add)).Result.Json);
        Check.Equal(report.Json, reports.Last().Json);
        Check.That(reports.Count > 1, "there is a report after each step");
        using (var source = new CancellationTokenSource())
        {
            Task<VerifyReport> task = uploader.VerifyAsync(progress: new Receiver(_ => source.Cancel()), cancellationToken: source.Token);
            Check.Throws<OperationCanceledException>(() => task.GetAwaiter().GetResult());
        }

        // A file that another program has changed.
        string path = Directory.GetFiles(folder, image.UniqueName, SearchOption.AllDirectories).First();
        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes.Take(10).ToArray());
        VerifyProblem problem = uploader.Verify().Problems.Single();
        Check.Equal($"WrongLength {image.Id}", problem.Kind + " " + problem.ImageId);
        Check.That(problem.Key!.EndsWith(image.UniqueName, StringComparison.Ordinal) && problem.Reason.Contains("10"), problem.Reason);
        UserImageException error = Check.Fails(
            ErrorKind.StorageFailed,
            () => uploader.OpenRead(1001, image.Id, problem.Key.StartsWith("original", StringComparison.Ordinal) ? Variant.Original : Variant.Standard));
        Check.That(error.Reason.Contains("damaged"), error.Reason);
        File.WriteAllBytes(path, bytes);
    }

    private static void CheckCopies(Uploader uploader, string folder)
    {
        Check.Equal(new CopyReport(3, 0), uploader.Backup(folder + "-backup"));
        Check.Equal(new CopyReport(0, 3), uploader.BackupAsync(folder + "-backup").Result);
        Check.Equal(3L, uploader.DeleteUser(1001, "a"));
        Check.Equal(new CopyReport(3, 0), uploader.Restore(folder + "-backup"));
        Check.Equal(3L, uploader.Usage(1001, "a").Images);
        using (var target = new Uploader(Check.KeysConfig))
        {
            Check.Equal(new CopyReport(3, 0), uploader.CopyTo(target));
            Check.Equal(new CopyReport(0, 3), uploader.CopyToAsync(target).Result);
            Check.Equal(uploader.ListAfter(1001, "a", null, 1)[0].Id, target.ListAfter(1001, "a", null, 1)[0].Id);
            target.Dispose();
            Check.Throws<ObjectDisposedException>(() => uploader.CopyTo(target));
            Check.Throws<ObjectDisposedException>(() => uploader.CopyToAsync(target).GetAwaiter().GetResult());
        }
        Check.Fails(ErrorKind.StorageFailed, () => uploader.Restore(folder + "/none/such"));

        // Cancelled before it begins.
        using var source = new CancellationTokenSource();
        source.Cancel();
        foreach (Func<Task> call in new Func<Task>[]
        {
            () => uploader.BackupAsync(folder + "-other", source.Token),
            () => uploader.DeleteUserAsync(1001, "a", source.Token),
            () => uploader.ReassignAsync(1001, "a", "b", source.Token),
            () => uploader.ExpireAsync(1001, TimeSpan.Zero, source.Token),
            () => uploader.SweepAsync(TimeSpan.Zero, source.Token),
        })
        {
            Check.Throws<OperationCanceledException>(() => call().GetAwaiter().GetResult());
        }
        Check.Equal(3L, uploader.Usage(1001, "a").Images);
    }

    /// <summary>A host's own storage has none of these: the error says so.</summary>
    private static void CheckUnsupported()
    {
        using var uploader = new Uploader(Check.HostConfig, new UploaderHost { Storage = new Nothing() });
        Check.Fails(ErrorCode.Unsupported, () => uploader.Usage(1001));
        Check.Fails(ErrorCode.Unsupported, () => uploader.Verify());
        Check.Fails(ErrorCode.Unsupported, () => uploader.ListAfter(1001, "a", null, 1));
        Check.Fails(ErrorCode.Unsupported, () => uploader.OpenRead(1001, 1, Variant.Original));
    }

    private sealed class Receiver(Action<VerifyReport> receive) : IProgress<VerifyReport>
    {
        public void Report(VerifyReport value)
        {
            receive(value);
        }
    }

    private sealed class Nothing : IStorage
    {
        public StoreResult Store(NewImage image)
        {
            throw new InvalidOperationException();
        }
    }
}
