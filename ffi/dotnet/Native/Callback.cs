using System;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native;

/// <summary>
/// What the callbacks of storage, authenticator, inspectors and log share. The library holds a GCHandle of the host's object; the
/// delegates are static and live as long as the process. No exception leaves a callback.
/// </summary>
internal static unsafe class Callback
{
    internal const int Ok = NativeMethods.USERIMAGE_OK;
    internal const int Absent = NativeMethods.USERIMAGE_ABSENT;

    /// <summary>Any code but 0 and the ones above.</summary>
    private const int Failed = 1;

    /// <summary>Keeps the host's object until the library calls <see cref="Destroy"/>.</summary>
    /// <param name="host">The host's object.</param>
    /// <param name="owned">Whether it is disposed of then.</param>
    internal static void* Keep(object host, bool owned)
    {
        return (void*)GCHandle.ToIntPtr(GCHandle.Alloc(new Kept(host, owned)));
    }

    internal static T Host<T>(void* userData)
    {
        return (T)((Kept)GCHandle.FromIntPtr((IntPtr)userData).Target!).Host;
    }

    internal static void Destroy(void* userData)
    {
        // There is no caller to receive an exception of Dispose.
        NativeCall.Catch(() =>
        {
            var handle = GCHandle.FromIntPtr((IntPtr)userData);
            var kept = (Kept)handle.Target!;
            handle.Free();
            if (kept.Owned)
            {
                Dispose(kept.Host);
            }
        });
    }

    private static void Dispose(object host)
    {
        switch (host is IBlocking blocking ? blocking.Host : host)
        {
            case IDisposable disposable:
                disposable.Dispose();
                break;
#if NET
            case IAsyncDisposable disposable:
                Workers.Wait(() => disposable.DisposeAsync().AsTask().ContinueWith(
                    task =>
                    {
                        task.GetAwaiter().GetResult();
                        return true;
                    },
                    System.Threading.Tasks.TaskScheduler.Default));
                break;
#endif
        }
    }

    private sealed class Kept(object host, bool owned)
    {
        internal object Host { get; } = host;

        internal bool Owned { get; } = owned;
    }

    /// <summary>Runs a callback. What it throws fails the sink and becomes the inner exception of the waiting call.</summary>
    internal static int Guard(userimage_sink* sink, Func<int> callback)
    {
        int code = Failed;
        Exception? thrown = NativeCall.Catch(() => code = callback());
        if (thrown != null)
        {
            NativeCall.SetInner(thrown);
            // If the exception's message throws in turn, the library says that the callback failed with its code.
            NativeCall.Catch(() =>
            {
                byte[] reason = Encoding.UTF8.GetBytes(thrown.GetType().Name + ": " + thrown.Message);
                fixed (byte* text = reason)
                {
                    _ = NativeMethods.userimage_sink_fail(sink, text, (nuint)reason.Length);
                }
            });
        }
        return code;
    }
}
