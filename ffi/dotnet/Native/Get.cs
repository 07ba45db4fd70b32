using System;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native
{
    internal delegate int TextGetter(IntPtr handle, ref IntPtr data, ref UIntPtr length);

    internal delegate int ValueGetter<T>(IntPtr handle, ref T value);

    internal delegate int PairGetter<T>(IntPtr handle, ref T first, ref T second);

    /// <summary>Calls getters. What a file does not tell is null.</summary>
    internal static class Get
    {
        internal static string Text(IntPtr handle, TextGetter getter)
        {
            IntPtr data = IntPtr.Zero;
            UIntPtr length = UIntPtr.Zero;
            return IsThere(getter(handle, ref data, ref length)) ? Utf8(data, length) : null;
        }

        internal static byte[] Bytes(IntPtr handle, TextGetter getter)
        {
            IntPtr data = IntPtr.Zero;
            UIntPtr length = UIntPtr.Zero;
            return IsThere(getter(handle, ref data, ref length)) ? Copy(data, length) : null;
        }

        internal static T? Value<T>(IntPtr handle, ValueGetter<T> getter)
            where T : struct
        {
            T value = default(T);
            return IsThere(getter(handle, ref value)) ? value : (T?)null;
        }

        internal static bool? YesNo(IntPtr handle, ValueGetter<int> getter)
        {
            int? yes = Value(handle, getter);
            return yes == null ? (bool?)null : yes.Value != 0;
        }

        internal static bool Pair<T>(IntPtr handle, PairGetter<T> getter, out T first, out T second)
        {
            first = default(T);
            second = default(T);
            return IsThere(getter(handle, ref first, ref second));
        }

        internal static string Utf8(IntPtr data, UIntPtr length)
        {
            return Encoding.UTF8.GetString(Copy(data, length));
        }

        internal static byte[] Copy(IntPtr data, UIntPtr length)
        {
            var bytes = new byte[checked((int)length.ToUInt64())];
            if (bytes.Length > 0)
            {
                Marshal.Copy(data, bytes, 0, bytes.Length);
            }
            return bytes;
        }

        private static bool IsThere(int code)
        {
            if (code != 0 && code != (int)ErrorCode.Absent)
            {
                throw UserImageException.OfCode((ErrorCode)code);
            }
            return code == 0;
        }
    }
}
