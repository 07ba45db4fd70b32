using System.Collections.Concurrent;
using System.Diagnostics.Tracing;
using NSubstitute;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>The event source "UserImage": an event for each upload, each warning and each error, and counters.</summary>
public class EventSourceTests
{
    private static UploadRequest Request(string key = "abc123") =>
        new("photo.jpg", Site.Photo) { WebsiteId = "4711", ClientKey = key, UserId = "secret-user" };

    private static UploaderOptions Options(Authentication authentication) => new()
    {
        Authentication = authentication,
        Websites = authentication == Authentication.Keys ? [new() { Id = 4711, Keys = ["abc123"] }] : [],
    };

    [Fact]
    public void HasAnEventForEachUpload()
    {
        UploaderOptions options = Options(Authentication.Keys);
        options.Storage = new MemoryStorageOptions { BaseUrl = "/" };
        using var uploader = new Uploader(options);
        uploader.Upload(Request()); // nobody listens: it has no event
        using var listener = new Listener();
        StoredImage image = uploader.Upload(Request());
        uploader.TryUpload(Request("wrong-key"));

        EventWrittenEventArgs stored = Assert.Single(listener.Events, one => one.EventName == "UploadStored");
        Assert.Equal(EventLevel.Informational, stored.Level);
        Assert.Equal(["websiteId", "id", "format", "bytes", "milliseconds"], stored.PayloadNames);
        Assert.Equal([4711, image.Id, "jpeg", (long)Site.Photo.Length], stored.Payload!.Take(4));
        Assert.InRange((double)stored.Payload![4]!, 0.01, 60_000);
        EventWrittenEventArgs refused = Assert.Single(listener.Events, one => one.EventName == "UploadRefused");
        Assert.Equal([4711, "refused_client_key"], refused.Payload!.Take(2));
        Assert.Equal(2, listener.Events.Count);
        Assert.DoesNotContain(
            listener.Events.SelectMany(one => one.Payload!),
            value => value is string text && (text.Contains("wrong-key", StringComparison.Ordinal) || text.Contains("secret-user", StringComparison.Ordinal)));
    }

    [Fact]
    public void HasAnEventForEachFailureAndWarning()
    {
        var storage = Substitute.For<IStorage>();
        storage.Store(default!).ReturnsForAnyArgs(_ => throw new IOException("the disk is full"));
        var inspector = Substitute.For<IInspector>();
        inspector.Inspect(default!).ReturnsForAnyArgs(_ => throw new TimeoutException("the scanner is away"));
        UploaderOptions options = Options(Authentication.AlreadyChecked);
        options.Inspectors.Add(new HostInspectorOptions { OnFailure = InspectorFailure.Allow });
        var lines = new ConcurrentQueue<string>();
        using var uploader = new Uploader(options, new UploaderHost
        {
            Storage = storage, Inspectors = { inspector }, Log = (_, line) => lines.Enqueue(line), MaxLogLevel = UserImageLogLevel.Error,
        });
        using var listener = new Listener();
        Assert.Equal(ErrorKind.StorageFailed, uploader.TryUpload(Request()).Error!.Kind);

        EventWrittenEventArgs warning = Assert.Single(listener.Events, one => one.EventName == "Warning");
        Assert.Contains("the scanner is away", (string)warning.Payload![0]!, StringComparison.Ordinal);
        EventWrittenEventArgs failed = Assert.Single(listener.Events, one => one.EventName == "UploadFailed");
        Assert.Equal(EventLevel.Error, failed.Level);
        Assert.Equal([4711, "storage_failed"], failed.Payload!.Take(2));
        Assert.Contains("the disk is full", (string)failed.Payload![2]!, StringComparison.Ordinal);
        // The host's log has what it asked for, and no more because somebody traces.
        Assert.StartsWith("upload failed", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CountsUploads()
    {
        UploaderOptions options = Options(Authentication.Keys);
        options.Storage = new MemoryStorageOptions { BaseUrl = "/" };
        await using var uploader = new Uploader(options);
        using var listener = new Listener("1");
        for (int i = 0; i < 3; i++)
        {
            await uploader.UploadAsync(Request());
            await uploader.TryUploadAsync(Request("wrong"));
        }
        var total = new Dictionary<string, double>();
        double slowest = 0;
        for (int tries = 0; tries < 100 && !(total.GetValueOrDefault("uploads-stored") >= 3 && total.GetValueOrDefault("uploads-refused") >= 3 && slowest > 0); tries++)
        {
            await Task.Delay(100);
            total.Clear();
            foreach (IDictionary<string, object> counter in listener.Counters)
            {
                var name = (string)counter["Name"];
                total[name] = total.GetValueOrDefault(name) + (counter.TryGetValue("Increment", out object? more) ? (double)more : 0);
                slowest = name == "upload-duration" ? Math.Max(slowest, (double)counter["Max"]) : slowest;
            }
        }
        Assert.Equal((3, 3, 0), (total["uploads-stored"], total["uploads-refused"], total["uploads-failed"]));
        Assert.InRange(slowest, 0.01, 60_000);
    }

    /// <summary>Listens to the source, with counters every so many seconds if that is given.</summary>
    private sealed class Listener : EventListener
    {
        private readonly ConcurrentQueue<EventWrittenEventArgs> written = new();

        internal Listener(string? seconds = null)
        {
            EventSource source = EventSource.GetSources().Single(one => one.Name == "UserImage");
            EnableEvents(
                source,
                EventLevel.Informational,
                EventKeywords.All,
                seconds == null ? null : new Dictionary<string, string?> { ["EventCounterIntervalSec"] = seconds });
        }

        /// <summary>The events, but for those of uploads for other websites, which another test may have left.</summary>
        internal List<EventWrittenEventArgs> Events =>
            written.Where(one => one.EventName != "EventCounters" && one.Payload![0] is string or 4711).ToList();

        internal List<IDictionary<string, object>> Counters =>
            written.Where(one => one.EventName == "EventCounters").Select(one => (IDictionary<string, object>)one.Payload![0]!).ToList();

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventSource.Name == "UserImage")
            {
                written.Enqueue(eventData);
            }
        }
    }
}
