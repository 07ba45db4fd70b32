using System;
using System.Threading;

namespace UserImage.Native;

/// <summary>A <see cref="CancellationToken"/> for the library, in the time of one call. Of one that never cancels it is NULL.</summary>
internal readonly unsafe ref struct NativeCancellation
{
    /// <summary>The token of the call that this thread makes, for the host's storage.</summary>
    [ThreadStatic]
    private static CancellationToken current;

    private readonly CancellationToken outer;
    private readonly CancellationHandle? handle;
    private readonly CancellationTokenRegistration registration;

    internal NativeCancellation(CancellationToken token)
    {
        outer = current;
        if (token.CanBeCanceled)
        {
            userimage_cancellation* cancellation = null;
            userimage_error* error = null;
            NativeCall.Check(NativeMethods.userimage_cancellation_new(&cancellation, &error), error);
            var made = new CancellationHandle(cancellation);
            handle = made;
            Pointer = cancellation;
            registration = token.Register(made.Cancel);
        }
        current = token; // last: nothing after it may fail, or it would stay
    }

    internal static CancellationToken Current => current;

    internal userimage_cancellation* Pointer { get; }

    /// <summary>Makes what a cancelled call throws .NET's exception for that.</summary>
    internal static T Translate<T>(Func<T> call, CancellationToken token)
    {
        try
        {
            return call();
        }
        catch (UserImageException exception) when (token.IsCancellationRequested
            && (exception.Kind == ErrorKind.Cancelled || exception.InnerException is OperationCanceledException))
        {
            throw new OperationCanceledException(exception.Reason, exception, token);
        }
    }

    public void Dispose()
    {
        current = outer;
        registration.Dispose();
        handle?.Dispose();
    }
}

internal sealed unsafe class CancellationHandle(userimage_cancellation* pointer)
    : NativeHandle<userimage_cancellation>(pointer, &NativeMethods.userimage_cancellation_free)
{
    internal void Cancel()
    {
        using var usage = Use();
        _ = NativeMethods.userimage_cancellation_cancel(usage.Pointer);
    }
}
