using System;
using System.Threading;

namespace UserImage.Native;

/// <summary>Turns errors of the library into exceptions, and keeps the host's exceptions out of it.</summary>
internal static unsafe class NativeCall
{
    /// <summary>What a callback threw in this thread's current call: the inner exception of that call's error.</summary>
    [ThreadStatic]
    private static Exception? thrown;

    /// <summary>Ends a call. The error, if there is one, is freed.</summary>
    internal static void Check(int code, userimage_error* error)
    {
        if (!Finds(code, error))
        {
            throw UserImageException.Of((ErrorCode)NativeMethods.USERIMAGE_ABSENT);
        }
    }

    /// <summary>Ends a call. Returns why it failed, or null. The error is freed.</summary>
    internal static UserImageException? Failure(int code, userimage_error* error)
    {
        Exception? inner = thrown;
        thrown = null;
        try
        {
            AbortIfAsked(inner);
            return code switch
            {
                NativeMethods.USERIMAGE_OK => null,
                _ when error == null => UserImageException.Of((ErrorCode)code),
                _ => UserImageException.Of(error, inner),
            };
        }
        finally
        {
            NativeMethods.userimage_error_free(error);
        }
    }

    /// <summary>Ends a call that looks for something. Returns false if it is not there.</summary>
    internal static bool Finds(int code, userimage_error* error)
    {
        bool isThere = code != NativeMethods.USERIMAGE_ABSENT;
        return Failure(isThere ? code : NativeMethods.USERIMAGE_OK, error) is { } failure ? throw failure : isThere;
    }

    /// <summary>Runs a callback. No exception passes the library's own frames: it is returned.</summary>
    internal static Exception? Catch(Action callback)
    {
        // The callback may use the library: what is thrown in those calls is theirs.
        Exception? outer = thrown;
        thrown = null;
        try
        {
            callback();
            return null;
        }
#if NETFRAMEWORK
        catch (ThreadAbortException abort)
        {
            // Unlike others it would be thrown again after this block. The call that waits aborts the thread.
            outer = new AbortedException(abort.ExceptionState);
            Thread.ResetAbort();
            return abort;
        }
#endif
        catch (Exception exception)
        {
            return exception;
        }
        finally
        {
            thrown = outer;
        }
    }

    private static void AbortIfAsked(Exception? inner)
    {
#if NETFRAMEWORK
        if (inner is AbortedException aborted)
        {
            Thread.CurrentThread.Abort(aborted.State);
        }
#endif
    }

    /// <summary>Makes what a callback threw the inner exception of the call that waits for it.</summary>
    internal static void SetInner(Exception exception)
    {
#if NETFRAMEWORK
        if (thrown is AbortedException)
        {
            return;
        }
#endif
        thrown = exception;
    }

#if NETFRAMEWORK
    private sealed class AbortedException(object? state) : Exception
    {
        internal object? State { get; } = state;
    }
#endif
}
