using System;

namespace UserImage.Native;

/// <summary>Checks of arguments, which .NET Framework does not have.</summary>
internal static class Argument
{
    internal static void NotNull(object? value, string name)
    {
        if (value == null)
        {
            throw new ArgumentNullException(name);
        }
    }

    /// <summary>The value, which is not negative.</summary>
    internal static long NotNegative(long value, string name)
    {
        return value >= 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, "It must not be negative.");
    }
}
