using System;
using System.Runtime.InteropServices;

namespace UserImage.Native;

/// <summary>
/// A handle that lives as long as a C# object. It is freed once, when it is disposed of or collected, and not while
/// <see cref="Use"/> holds it.
/// </summary>
internal abstract unsafe class NativeHandle<T> : SafeHandle
    where T : unmanaged
{
    protected NativeHandle(T* pointer)
        : base(IntPtr.Zero, true)
    {
        SetHandle((IntPtr)pointer);
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    protected T* Pointer => (T*)handle;

    /// <exception cref="ObjectDisposedException">It is disposed of.</exception>
    internal Usage Use()
    {
        return new Usage(this);
    }

    /// <summary>The time of one call, in which the handle stays as it is.</summary>
    internal readonly ref struct Usage
    {
        private readonly NativeHandle<T> owner;

        internal Usage(NativeHandle<T> owner)
        {
            bool held = false;
            owner.DangerousAddRef(ref held);
            this.owner = owner;
        }

        internal T* Pointer => owner.Pointer;

        public void Dispose()
        {
            owner.DangerousRelease();
        }
    }
}

internal sealed unsafe class UploaderHandle(userimage_uploader* pointer) : NativeHandle<userimage_uploader>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_uploader_free(Pointer);
        return true;
    }
}

internal sealed unsafe class BodyReceiverHandle(userimage_body_receiver* pointer)
    : NativeHandle<userimage_body_receiver>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_body_receiver_free(Pointer);
        return true;
    }
}

internal sealed unsafe class AdmittedHandle(userimage_admitted* pointer) : NativeHandle<userimage_admitted>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_admitted_free(Pointer);
        return true;
    }
}

internal sealed unsafe class StoredFileHandle(userimage_file* pointer) : NativeHandle<userimage_file>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_file_free(Pointer);
        return true;
    }
}

internal sealed unsafe class HttpResponseHandle(userimage_http_response* pointer)
    : NativeHandle<userimage_http_response>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_http_response_free(Pointer);
        return true;
    }
}

internal sealed unsafe class VerifyReportHandle(userimage_verify_report* pointer)
    : NativeHandle<userimage_verify_report>(pointer)
{
    protected override bool ReleaseHandle()
    {
        NativeMethods.userimage_verify_report_free(Pointer);
        return true;
    }
}
