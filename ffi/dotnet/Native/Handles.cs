using System;
using System.Runtime.InteropServices;

namespace UserImage.Native
{
    /// <summary>A handle of the library's, freed exactly once, and not while a call uses it.</summary>
    internal abstract class NativeHandle : SafeHandle
    {
        protected NativeHandle(IntPtr pointer)
            : base(IntPtr.Zero, true)
        {
            SetHandle(pointer);
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        /// <summary>For getters, while this is in use.</summary>
        internal IntPtr Pointer
        {
            get { return handle; }
        }
    }

    internal sealed class UploaderHandle : NativeHandle
    {
        internal UploaderHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_uploader_free(handle);
            return true;
        }
    }

    internal sealed class RequestHandle : NativeHandle
    {
        internal RequestHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_request_free(handle);
            return true;
        }
    }

    internal sealed class HttpExchangeHandle : NativeHandle
    {
        internal HttpExchangeHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_http_exchange_free(handle);
            return true;
        }
    }

    internal sealed class HttpResponseHandle : NativeHandle
    {
        internal HttpResponseHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_http_response_free(handle);
            return true;
        }
    }

    internal sealed class ImageHandle : NativeHandle
    {
        internal ImageHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_image_free(handle);
            return true;
        }
    }

    internal sealed class ListHandle : NativeHandle
    {
        internal ListHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_list_free(handle);
            return true;
        }
    }

    internal sealed class BytesHandle : NativeHandle
    {
        internal BytesHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_bytes_free(handle);
            return true;
        }
    }

    internal sealed class InfoHandle : NativeHandle
    {
        internal InfoHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_info_free(handle);
            return true;
        }
    }

    internal sealed class ExifHandle : NativeHandle
    {
        internal ExifHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_exif_free(handle);
            return true;
        }
    }

    internal sealed class ErrorHandle : NativeHandle
    {
        internal ErrorHandle(IntPtr pointer)
            : base(pointer)
        {
        }

        protected override bool ReleaseHandle()
        {
            NativeMethods.userimage_error_free(handle);
            return true;
        }
    }
}
