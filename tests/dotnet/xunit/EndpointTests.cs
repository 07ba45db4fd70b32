using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Text;
using Microsoft.Extensions.Options;
using NSubstitute;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>UserImage.AspNetCore on a test server.</summary>
public class EndpointTests
{
    [Fact]
    public async Task UploadsServesAndLists()
    {
        await using Site site = await Site.StartAsync(kestrel: false);
        using HttpClient client = site.Client();
        using HttpResponseMessage answer = await client.SendAsync(Site.Upload(Site.Photo));
        string json = await answer.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains("\"Width\":1200,\"Height\":1600,\"DPI\":300", json, StringComparison.Ordinal);
        StoredImage? image = await site.Uploader.FindAsync(1001, 1);
        Assert.Equal(Site.Photo, await client.GetByteArrayAsync(image!.OriginalUrl));
    }

    [Theory]
    [InlineData("wrong", 401, "226")]
    [InlineData("", 400, "226")]
    public async Task RefusesKeys(string key, int status, string code)
    {
        await using Site site = await Site.StartAsync(kestrel: false);
        using HttpResponseMessage answer = await site.Client().SendAsync(Site.Upload(Site.Photo, key));
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.EndsWith($"\"ErrorCode\":\"{code}\"}}", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnswersBusyWithTheEnvelope()
    {
        await using Site site = await Site.StartAsync(kestrel: false, new() { ["server:max_body_bytes"] = "10000" });
        using HttpResponseMessage answer = await site.Client().SendAsync(Site.Upload(Site.Photo));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        Assert.Equal(
            "{\"Response\":\"Error\",\"Message\":\"Server error\",\"Data\":null,\"ErrorCode\":\"500\"}",
            await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task IsHealthyAndDescribed()
    {
        await using Site site = await Site.StartAsync(kestrel: false);
        Assert.Equal("Healthy", await site.Client().GetStringAsync("/health"));
        string description = await site.Client().GetStringAsync("/openapi/v1.json");
        foreach (string part in (string[])["/shop/api/4/UploadImage/UploadImage", "multipart/form-data", "webApiClientKey", "DPI", "503", "\"PhotoCode\""])
        {
            Assert.True(description.Contains(part, StringComparison.Ordinal), $"{part} in {description}");
        }
        Assert.Same(site.Uploader, site.App.Services.GetRequiredService<IUploader>());
    }

    [Theory]
    [InlineData("nonsense", "1", "nonsense")]
    [InlineData("policy:max_bytes", "many", "policy.max_bytes")]
    [InlineData("http:files", "yes", "http.files")]
    [InlineData("server:max_body_bytes", "0", "server.max_body_bytes")]
    [InlineData("server:sweep_interval", "often", "server:sweep_interval")]
    [InlineData("server:max_body", "1", "server:max_body: the key is not known; known are max_body_bytes,")]
    public async Task AnInvalidConfigurationEndsTheStart(string key, string value, string named)
    {
        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => Site.StartAsync(kestrel: false, new() { [key] = value }));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.True(error is InvalidConfigException or OptionsValidationException or System.ComponentModel.DataAnnotations.ValidationException);
    }

    [Fact]
    public async Task TakesNumbersAndTruthsAsText()
    {
        await using Site site = await Site.StartAsync(
            kestrel: false, new() { ["policy:max_bytes"] = "1000", ["websites:0:keys:1"] = "12345" });
        Assert.Equal(1000, site.Uploader.MaxBytes(1001));
        using HttpResponseMessage answer = await site.Client().SendAsync(Site.Upload(Site.Photo, "12345"));
        Assert.Equal(413, (int)answer.StatusCode);
    }

    [Fact]
    public async Task TakesEmptyListsAndObjectsOfAppsettings()
    {
        const string appsettings = """
            {"UserImage": {"inspectors": [{"host": {}}], "policy": {}, "fonts": null, "http": {"origins": []}}}
            """;
        IInspector inspector = Substitute.For<IInspector>();
        inspector.Inspect(default!).ReturnsForAnyArgs(Verdict.Refuse("not today"));
        await using Site site = await Site.StartAsync(kestrel: false, change: builder =>
        {
            builder.Configuration.AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(appsettings)));
            builder.Services.AddSingleton(inspector);
        });
        UploadResult result = await site.Uploader.TryUploadAsync(
            new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = "abc123", UserId = "1" });
        Assert.Equal(ErrorKind.RefusedByInspector, result.Error?.Kind);
    }

    [Fact]
    public async Task LogsFieldsMeasuresAndTraces()
    {
        var log = new KeptLog();
        var counted = new List<(string Name, double Value, string Tags)>();
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "UserImage")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        meters.Start();
        var activities = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "UserImage",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                lock (activities)
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using (Site site = await Site.StartAsync(
            kestrel: false, change: builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Information)))
        {
            await site.Client().SendAsync(Site.Upload(Site.Photo));
            await site.Client().SendAsync(Site.Upload([1, 2, 3]));
        }
        IReadOnlyList<KeyValuePair<string, object?>> stored = log.Lines.Single(line => line.Any(field => field.Key == "id"));
        Assert.Contains(new("website", 1001L), stored);
        Assert.Contains(new("format", "jpeg"), stored);
        Assert.Contains(new("bytes", (long)Site.Photo.Length), stored);
        Assert.Contains(new("{OriginalFormat}", "image stored"), stored);
        lock (counted)
        {
            Assert.Contains(("userimage.uploads", 1, "result=stored format=jpeg"), counted);
            Assert.Contains(("userimage.uploads", 1, "result=refused kind=not_an_image"), counted);
            Assert.Contains(counted, one => one.Name == "userimage.upload.duration" && one.Value > 0);
            Assert.Contains(("userimage.upload.size", Site.Photo.Length, "result=stored format=jpeg"), counted);
            Assert.Equal(0, counted.Where(one => one.Name == "userimage.body.held").Sum(one => one.Value));
        }
        lock (activities)
        {
            Assert.Contains(activities, activity => Equals(activity.GetTagItem("userimage.website"), 1001L)
                && Equals(activity.GetTagItem("userimage.format"), "jpeg"));
        }

        void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            string text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            lock (counted)
            {
                counted.Add((instrument.Name, value, text));
            }
        }
    }

    private sealed class KeptLog : ILoggerProvider, ILogger
    {
        internal List<IReadOnlyList<KeyValuePair<string, object?>>> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (state is IReadOnlyList<KeyValuePair<string, object?>> fields)
            {
                lock (Lines)
                {
                    Lines.Add([.. fields]);
                }
            }
        }

        public void Dispose()
        {
        }
    }
}
