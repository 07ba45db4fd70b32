using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using UserImage.Native;

namespace UserImage;

/// <summary>What an authenticator of the host's needs to compare client keys.</summary>
public static class ClientKey
{
    /// <summary>
    /// Whether two keys are the same. It takes the same time wherever they differ, and reveals nothing of the length of the
    /// expected one.
    /// </summary>
    /// <param name="given">The key of the request.</param>
    /// <param name="expected">The website's key.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.NoOptimization)]
    public static bool FixedTimeEquals(string given, string expected)
    {
        Argument.NotNull(given, nameof(given));
        Argument.NotNull(expected, nameof(expected));
        byte[] left = Digest(given);
        byte[] right = Digest(expected);
        int difference = 0;
        for (int i = 0; i < left.Length; i++)
        {
            difference |= left[i] ^ right[i];
        }
        return difference == 0;
    }

    private static byte[] Digest(string key)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(key);
#if NET
        return SHA256.HashData(bytes);
#else
        using SHA256 sha256 = SHA256.Create();
        return sha256.ComputeHash(bytes);
#endif
    }
}
