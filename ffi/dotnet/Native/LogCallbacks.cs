using System;

namespace UserImage.Native;

/// <summary>The library's log as its table: for the host, and for <see cref="UserImageEventSource"/>.</summary>
internal static unsafe class LogCallbacks
{
    private static readonly userimage_log.DestroyCallback DestroyKept = Callback.Destroy;
    private static readonly userimage_log.LineCallback LineKept = Line;

    /// <param name="log">The host's log, or null.</param>
    /// <param name="maxLevel">The most verbose level that it receives.</param>
    internal static userimage_log Table(Action<UserImageLogLevel, string>? log, UserImageLogLevel maxLevel)
    {
        // The event source is there from the first uploader on, so that a listener finds it.
        _ = UserImageEventSource.Log;
        var receiver = new Receiver(log, log == null ? UserImageLogLevel.None : maxLevel);
        return new userimage_log
        {
            Destroy = DestroyKept,
            Line = LineKept,
            max_level = Math.Max((int)receiver.MaxLevel, (int)UserImageLogLevel.Info),
            user_data = Callback.Keep(receiver, owned: false),
        };
    }

    private static void Line(void* userData, int level, byte* text, nuint length)
    {
        // Mostly nobody wants the line: that makes no garbage.
        var receiver = Callback.Host<Receiver>(userData);
        bool isTraced = UserImageEventSource.Log.IsEnabled();
        bool isLogged = level <= (int)receiver.MaxLevel;
        if (isTraced || isLogged)
        {
            Pass(receiver, (UserImageLogLevel)level, Utf8.Text(text, length), isTraced, isLogged);
        }
    }

    /// <summary>A listener or a log that fails makes neither the other nor uploads fail.</summary>
    private static void Pass(Receiver receiver, UserImageLogLevel level, string line, bool isTraced, bool isLogged)
    {
        if (isTraced)
        {
            NativeCall.Catch(() => UserImageEventSource.Log.Line(level, line));
        }
        if (isLogged)
        {
            NativeCall.Catch(() => receiver.Log!(level, line));
        }
    }

    private sealed class Receiver(Action<UserImageLogLevel, string>? log, UserImageLogLevel maxLevel)
    {
        internal Action<UserImageLogLevel, string>? Log { get; } = log;

        internal UserImageLogLevel MaxLevel { get; } = maxLevel;
    }
}
