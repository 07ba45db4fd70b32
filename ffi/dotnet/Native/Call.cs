using System;
using System.Threading;

namespace UserImage.Native
{
    internal delegate int NativeCall(ref IntPtr error);

    /// <summary>
    /// Calls the library and turns its errors into exceptions. What a callback of the host's threw in the
    /// meantime, on this thread, becomes the inner exception.
    /// </summary>
    internal static class Call
    {
        [ThreadStatic]
        private static Exception thrown;

        /// <summary>False when what was asked for is not there; every other failure is an exception.</summary>
        internal static bool Finds(NativeCall call)
        {
            IntPtr error = IntPtr.Zero;
            // A callback may call the library in turn: its exceptions are its own.
            Exception outer = thrown;
            Exception inner;
            thrown = null;
            int code;
            try
            {
                code = call(ref error);
            }
            finally
            {
                inner = thrown;
                thrown = outer;
            }
            using (var handle = new ErrorHandle(error))
            {
                var aborted = inner as Aborted;
                if (aborted != null)
                {
                    Thread.CurrentThread.Abort(aborted.State);
                }
                if (code != 0 && code != (int)ErrorCode.Absent)
                {
                    throw new UserImageException((ErrorCode)code, handle, inner);
                }
            }
            return code == 0;
        }

        internal static void Succeeds(NativeCall call)
        {
            if (!Finds(call))
            {
                throw UserImageException.OfCode(ErrorCode.Absent);
            }
        }

        /// <summary>
        /// Does a callback's work and returns what it throws, or null: nothing goes on through the library's own
        /// frames.
        /// </summary>
        internal static Exception Contain(Action work)
        {
            try
            {
                work();
                return null;
            }
            catch (ThreadAbortException abort)
            {
                // Alone of all exceptions it would go on behind this block. The call takes it up again.
                thrown = new Aborted { State = abort.ExceptionState };
                Thread.ResetAbort();
                return abort;
            }
            catch (Exception exception)
            {
                return exception;
            }
        }

        /// <summary>A callback failed: the call that it belongs to will fail with this as its cause.</summary>
        internal static void Threw(Exception exception)
        {
            if (!(thrown is Aborted))
            {
                thrown = exception;
            }
        }

        /// <summary>The thread was aborted in a callback.</summary>
        private sealed class Aborted : Exception
        {
            internal object State { get; set; }
        }
    }
}
