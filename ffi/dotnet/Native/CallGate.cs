using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>Counts the calls of an uploader that run, refuses new ones once it is closed, and says when the last has ended.</summary>
internal sealed class CallGate
{
    /// <summary>The calls that this thread is in, the innermost first: a callback may call again, or another uploader.</summary>
    [ThreadStatic]
    private static Frame? inCall;

    private readonly object @lock = new();
    private readonly TaskCompletionSource<bool> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int calls;
    private bool closed;

    /// <summary>Completes when it is closed and no call runs.</summary>
    internal Task Ended => ended.Task;

    /// <summary>Whether this thread is in a call: a callback that disposes of its own uploader must not wait for itself.</summary>
    internal bool IsInCall
    {
        get
        {
            for (Frame? frame = inCall; frame != null; frame = frame.Outer)
            {
                if (frame.Gate == this)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal void Enter()
    {
        lock (@lock)
        {
            if (closed)
            {
                throw new ObjectDisposedException(nameof(Uploader));
            }
            calls++;
        }
    }

    internal void Leave()
    {
        lock (@lock)
        {
            calls--;
            EndIfLast();
        }
    }

    internal void Close()
    {
        lock (@lock)
        {
            closed = true;
            EndIfLast();
        }
    }

    /// <summary>Notes that this thread is in a call. Returns what it was in before, for <see cref="Restore"/>.</summary>
    internal Frame? Mark()
    {
        Frame? outer = inCall;
        inCall = new Frame(this, outer);
        return outer;
    }

    internal static void Restore(Frame? outer)
    {
        inCall = outer;
    }

    internal sealed class Frame(CallGate gate, Frame? outer)
    {
        internal CallGate Gate { get; } = gate;

        internal Frame? Outer { get; } = outer;
    }

    private void EndIfLast()
    {
        if (closed && calls == 0)
        {
            ended.TrySetResult(true);
        }
    }
}
