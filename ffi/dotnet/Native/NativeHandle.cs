using System;
using System.Runtime.InteropServices;

namespace UserImage.Native;

/// <summary>
/// A handle that lives as long as a C# object. It is freed once, when it is disposed of or collected, and not while
/// <see cref="Use"/> holds it.
/// </summary>
internal unsafe class NativeHandle<T> : SafeHandle
    where T : unmanaged
{
    private readonly delegate*<T*, void> free;

    /// <param name="pointer">What the library returned.</param>
    /// <param name="free">Its function that frees it.</param>
    internal NativeHandle(T* pointer, delegate*<T*, void> free)
        : base(IntPtr.Zero, true)
    {
        this.free = free;
        SetHandle((IntPtr)pointer);
    }

    public override bool IsInvalid => handle == IntPtr.Zero;

    private T* Pointer => (T*)handle;

    /// <exception cref="ObjectDisposedException">It is disposed of.</exception>
    internal Usage Use()
    {
        return new Usage(this);
    }

    protected override bool ReleaseHandle()
    {
        free(Pointer);
        return true;
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
