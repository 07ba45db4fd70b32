using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using UserImage.Native;

namespace UserImage.AspNetCore;

/// <summary>
/// What an operator sees: the log category "UserImage", the meter "UserImage" and the activity source "UserImage". All of it
/// comes from the library's log line of each upload.
/// </summary>
internal sealed class Telemetry
{
    internal const string Name = "UserImage";

    internal static readonly ActivitySource Activities = new(Name);

    private readonly ILogger logger;
    private readonly Counter<long> uploads;
    private readonly Histogram<double> durations;
    private readonly Histogram<long> sizes;
    private readonly UpDownCounter<long> held;

    public Telemetry(ILoggerFactory loggers, IMeterFactory meters)
    {
        logger = loggers.CreateLogger(Name);
        Meter meter = meters.Create(Name);
        uploads = meter.CreateCounter<long>("userimage.uploads", "{upload}", "Uploads, by result, kind of error and format.");
        durations = meter.CreateHistogram<double>("userimage.upload.duration", "s", "How long uploads take, without reading the body.");
        sizes = meter.CreateHistogram<long>("userimage.upload.size", "By", "The length of the uploaded files.");
        held = meter.CreateUpDownCounter<long>("userimage.body.held", "By", "Bytes of bodies that are held in memory.");
    }

    /// <summary>What the library logs is at least each upload: the metrics are made of it.</summary>
    internal UserImageLogLevel MaxLevel => logger.IsEnabled(LogLevel.Trace) ? UserImageLogLevel.Trace
        : logger.IsEnabled(LogLevel.Debug) ? UserImageLogLevel.Debug
        : UserImageLogLevel.Info;

    internal void Held(long bytes)
    {
        held.Add(bytes);
    }

    internal void Log(UserImageLogLevel level, string text)
    {
        var line = new LogLine(text);
        string? result = line.Result;
        if (result != null)
        {
            Measure(line, result);
        }
        LogLevel to = Level(level);
        if (logger.IsEnabled(to))
        {
            logger.Log(to, new EventId(Id(result), result), line, null, static (state, _) => state.ToString());
        }
    }

    private void Measure(LogLine line, string result)
    {
        var tags = new TagList { { "result", result } };
        foreach (string name in (string[])["kind", "format"])
        {
            if (line[name] is { } value)
            {
                tags.Add(name, value);
            }
        }
        uploads.Add(1, tags);
        durations.Record(line.Seconds, tags);
        if (line["bytes"] is long bytes and > 0)
        {
            sizes.Record(bytes, tags);
        }
        // The call keeps the execution context of the request, and so its activity.
        if (Activity.Current is { } activity && activity.Source.Name == Name)
        {
            foreach (KeyValuePair<string, object?> field in line)
            {
                if (field.Key is not ("{OriginalFormat}" or "reason" or "error"))
                {
                    activity.SetTag("userimage." + field.Key, field.Value);
                }
            }
            if (result == "failed")
            {
                activity.SetStatus(ActivityStatusCode.Error, line["kind"] as string);
            }
        }
    }

    private static int Id(string? result)
    {
        return result switch { "stored" => 10, "refused" => 11, "failed" => 12, _ => 13 };
    }

    private static LogLevel Level(UserImageLogLevel level)
    {
        return level switch
        {
            UserImageLogLevel.Error => LogLevel.Error,
            UserImageLogLevel.Warn => LogLevel.Warning,
            UserImageLogLevel.Info => LogLevel.Information,
            UserImageLogLevel.Debug => LogLevel.Debug,
            _ => LogLevel.Trace,
        };
    }
}
