using System;

namespace UserImage.Native;

/// <summary>A host's log as the library's table.</summary>
internal static unsafe class LogCallbacks
{
    private static readonly userimage_log.DestroyCallback DestroyKept = Callback.Destroy;
    private static readonly userimage_log.LineCallback LineKept = Line;

    internal static userimage_log Table(Action<UserImageLogLevel, string> log, UserImageLogLevel maxLevel)
    {
        return new userimage_log
        {
            Destroy = DestroyKept,
            Line = LineKept,
            max_level = (int)maxLevel,
            user_data = Callback.Keep(log, owned: false),
        };
    }

    private static void Line(void* userData, int level, byte* text, nuint length)
    {
        // A log that fails does not make uploads fail.
        NativeCall.Catch(() =>
        {
            var log = Callback.Host<Action<UserImageLogLevel, string>>(userData);
            log((UserImageLogLevel)level, Utf8.Text(text, length));
        });
    }
}
