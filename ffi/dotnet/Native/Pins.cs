using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native
{
    /// <summary>Keeps texts, as UTF-8, and bytes in their places while the library looks at them.</summary>
    internal sealed class Pins : IDisposable
    {
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);
        private static readonly byte[] Nothing = new byte[1];

        private readonly List<GCHandle> handles = new List<GCHandle>();

        /// <summary>A text; null is NULL.</summary>
        internal IntPtr Text(string text, out UIntPtr length)
        {
            if (text == null)
            {
                length = UIntPtr.Zero;
                return IntPtr.Zero;
            }
            try
            {
                return Bytes(Strict.GetBytes(text), out length);
            }
            catch (EncoderFallbackException)
            {
                throw UserImageException.OfCode(ErrorCode.BadUtf8);
            }
        }

        /// <summary>A text as a client sent it: half a surrogate pair is its fault, and replaced.</summary>
        internal IntPtr Octets(string text, out UIntPtr length)
        {
            return Bytes(Encoding.UTF8.GetBytes(text), out length);
        }

        /// <summary>Structs without references.</summary>
        internal IntPtr Array<T>(T[] elements, out UIntPtr length)
            where T : struct
        {
            length = (UIntPtr)(uint)elements.Length;
            return elements.Length == 0 ? IntPtr.Zero : Pin(elements);
        }

        /// <summary>Bytes; null is NULL, and an empty array is not.</summary>
        internal IntPtr Bytes(byte[] bytes, out UIntPtr length)
        {
            length = UIntPtr.Zero;
            if (bytes == null)
            {
                return IntPtr.Zero;
            }
            length = (UIntPtr)(uint)bytes.Length;
            return Pin(bytes.Length == 0 ? Nothing : bytes);
        }

        /// <summary>A struct without references; null is NULL.</summary>
        internal IntPtr Struct<T>(T? value)
            where T : struct
        {
            return value == null ? IntPtr.Zero : Pin(value.Value);
        }

        public void Dispose()
        {
            foreach (var handle in handles)
            {
                handle.Free();
            }
            handles.Clear();
        }

        private IntPtr Pin(object value)
        {
            var handle = GCHandle.Alloc(value, GCHandleType.Pinned);
            handles.Add(handle);
            return handle.AddrOfPinnedObject();
        }
    }
}
