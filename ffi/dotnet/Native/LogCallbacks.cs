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
        // A log that fails does not make uploads fail.
        NativeCall.Catch(() =>
        {
            var receiver = Callback.Host<Receiver>(userData);
            bool isTraced = UserImageEventSource.Log.IsEnabled();
            bool isLogged = level <= (int)receiver.MaxLevel;
            if (isTraced || isLogged)
            {
                string line = Utf8.Text(text, length);
                if (isTraced)
                {
                    UserImageEventSource.Log.Line((UserImageLogLevel)level, line);
                }
                if (isLogged)
                {
                    receiver.Log!((UserImageLogLevel)level, line);
                }
            }
        });
    }

    private sealed class Receiver(Action<UserImageLogLevel, string>? log, UserImageLogLevel maxLevel)
    {
        internal Action<UserImageLogLevel, string>? Log { get; } = log;

        internal UserImageLogLevel MaxLevel { get; } = maxLevel;
    }
}
