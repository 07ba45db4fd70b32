using System.Diagnostics.Tracing;
#if NET
using System.Diagnostics.CodeAnalysis;
using System.Threading;
#endif
using UserImage.Native;

namespace UserImage;

/// <summary>
/// The event source "UserImage", for dotnet-trace, dotnet-counters, PerfView and EventListener: an event for each upload, for each
/// warning and for each error of the library, and counters. None of them has a key, a user or file content.
/// </summary>
[EventSource(Name = "UserImage")]
internal sealed class UserImageEventSource : EventSource
{
    private UserImageEventSource()
    {
    }

    internal static UserImageEventSource Log { get; } = new();

    /// <summary>Writes the event of a log line.</summary>
    [NonEvent]
    internal void Line(UserImageLogLevel level, string text)
    {
        var line = new LogLine(text);
        switch (line.Result)
        {
            case "stored":
                Count(ref stored, line);
                UploadStored(Website(line), Number(line, "id"), Text(line, "format"), Number(line, "bytes"), Milliseconds(line));
                break;
            case "refused":
                Count(ref refused, line);
                UploadRefused(Website(line), Text(line, "kind"), Text(line, "format"), Number(line, "bytes"), Milliseconds(line));
                break;
            case "failed":
                Count(ref failed, line);
                UploadFailed(Website(line), Text(line, "kind"), Text(line, "error"));
                break;
            default:
                if (level == UserImageLogLevel.Error)
                {
                    Error(text);
                }
                else if (level == UserImageLogLevel.Warn)
                {
                    Warning(text);
                }
                break;
        }
    }

#if NET
    private const string PrimitivesOnly = "The payload has numbers and texts only, which trimming does not change.";

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
#endif
    [Event(1, Level = EventLevel.Informational, Message = "image {1} of website {0} stored: {2}, {3} bytes, {4} ms")]
    private void UploadStored(int websiteId, long id, string format, long bytes, double milliseconds)
    {
        WriteEvent(1, websiteId, id, format, bytes, milliseconds);
    }

#if NET
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
#endif
    [Event(2, Level = EventLevel.Informational, Message = "upload for website {0} refused: {1}")]
    private void UploadRefused(int websiteId, string kind, string format, long bytes, double milliseconds)
    {
        WriteEvent(2, websiteId, kind, format, bytes, milliseconds);
    }

#if NET
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = PrimitivesOnly)]
#endif
    [Event(3, Level = EventLevel.Error, Message = "upload for website {0} failed: {1}: {2}")]
    private void UploadFailed(int websiteId, string kind, string error)
    {
        WriteEvent(3, websiteId, kind, error);
    }

    [Event(4, Level = EventLevel.Warning, Message = "{0}")]
    private void Warning(string line)
    {
        WriteEvent(4, line);
    }

    [Event(5, Level = EventLevel.Error, Message = "{0}")]
    private void Error(string line)
    {
        WriteEvent(5, line);
    }

    private static int Website(LogLine line)
    {
        return (int)Number(line, "website");
    }

    /// <summary>A number; 0 if the line has none.</summary>
    private static long Number(LogLine line, string name)
    {
        return line[name] as long? ?? 0;
    }

    /// <summary>A text; empty if the line has none.</summary>
    private static string Text(LogLine line, string name)
    {
        return line[name] as string ?? "";
    }

    private static double Milliseconds(LogLine line)
    {
        return 1000 * line.Seconds;
    }

    private long stored;
    private long refused;
    private long failed;

#if NET
    private EventCounter? durations;
    private DiagnosticCounter[]? counters;

    [NonEvent]
    private void Count(ref long uploads, LogLine line)
    {
        Interlocked.Increment(ref uploads);
        durations?.WriteMetric(Milliseconds(line));
    }

    /// <summary>Makes the counters when they are first wanted: an idle one costs a timer.</summary>
    protected override void OnEventCommand(EventCommandEventArgs command)
    {
        if (command.Command != EventCommand.Enable || counters != null)
        {
            return;
        }
        durations = new EventCounter("upload-duration", this) { DisplayName = "Upload duration", DisplayUnits = "ms" };
        counters =
        [
            durations,
            new IncrementingPollingCounter("uploads-stored", this, () => Interlocked.Read(ref stored)) { DisplayName = "Uploads stored" },
            new IncrementingPollingCounter("uploads-refused", this, () => Interlocked.Read(ref refused)) { DisplayName = "Uploads refused" },
            new IncrementingPollingCounter("uploads-failed", this, () => Interlocked.Read(ref failed)) { DisplayName = "Uploads failed" },
        ];
    }
#else
    [NonEvent]
    private static void Count(ref long uploads, LogLine line)
    {
        System.Threading.Interlocked.Increment(ref uploads);
    }
#endif
}
