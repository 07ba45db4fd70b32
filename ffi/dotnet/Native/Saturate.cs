using System;

namespace UserImage.Native;

/// <summary>Converts C numbers to .NET types. A number out of range becomes the nearest one in range.</summary>
internal static class Saturate
{
    private static readonly DateTimeOffset Epoch = new(1970, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal static int ToInt(uint number)
    {
        return number > int.MaxValue ? int.MaxValue : (int)number;
    }

    internal static long ToLong(ulong number)
    {
        return number > long.MaxValue ? long.MaxValue : (long)number;
    }

    /// <summary>A time in UTC from milliseconds since 1970.</summary>
    internal static DateTimeOffset ToTime(long milliseconds)
    {
        const long least = -62135596800000; // 0001-01-01
        const long most = 253402300799999; // the last of 9999
        return Epoch.AddTicks(Math.Min(Math.Max(milliseconds, least), most) * TimeSpan.TicksPerMillisecond);
    }
}
