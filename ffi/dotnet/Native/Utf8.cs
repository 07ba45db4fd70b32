using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native;

/// <summary>Reads the library's output: texts, which are UTF-8 with a length, and bytes.</summary>
internal static unsafe class Utf8
{
    /// <summary>The last constant of each hash.</summary>
    private static readonly string?[] Constants = new string?[256];

    internal static string Text(byte* data, nuint length)
    {
        return length == 0 ? "" : Encoding.UTF8.GetString(data, checked((int)length));
    }

    /// <summary>A text that may be absent, which is NULL.</summary>
    internal static string? TextOrNull(byte* data, nuint length)
    {
        return data == null ? null : Text(data, length);
    }

    /// <summary>An ASCII text of which there are few, such as a format's name: mostly the same string each time.</summary>
    internal static string Constant(byte* data, nuint length)
    {
        uint hash = (uint)length;
        for (nuint i = 0; i < length; i++)
        {
            hash = hash * 31 + data[i];
        }
        ref string? known = ref Constants[hash % (uint)Constants.Length];
        string? text = known;
        return text != null && Equal(text, data, length) ? text : known = Text(data, length);
    }

    /// <summary>Bytes in lower-case hexadecimal.</summary>
    internal static string Hex(byte* data, nuint length)
    {
        const string digits = "0123456789abcdef";
        var text = new char[checked(2 * (int)length)];
        for (nuint i = 0; i < length; i++)
        {
            text[2 * i] = digits[data[i] >> 4];
            text[2 * i + 1] = digits[data[i] & 15];
        }
        return new string(text);
    }

    internal static byte[] Copy(byte* data, nuint length)
    {
        var bytes = new byte[checked((int)length)];
        if (bytes.Length > 0)
        {
            Marshal.Copy((nint)data, bytes, 0, bytes.Length);
        }
        return bytes;
    }

    private static bool Equal(string text, byte* data, nuint length)
    {
        if ((nuint)text.Length != length)
        {
            return false;
        }
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != data[i])
            {
                return false;
            }
        }
        return true;
    }
}
