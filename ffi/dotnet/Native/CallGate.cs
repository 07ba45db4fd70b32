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

    /// <summary>The calls that an asynchronous part of the host's works for, on whatever thread it is.</summary>
    private static readonly AsyncLocal<Frame?> workingFor = new();

    private readonly object @lock = new();
    private readonly TaskCompletionSource<bool> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int calls;
    private bool closed;

    /// <summary>Completes when it is closed and no call runs.</summary>
    internal Task Ended => ended.Task;

    /// <summary>
    /// Whether this thread is in a call, or works for one: a callback that disposes of its own uploader must not wait for itself.
    /// </summary>
    internal bool IsInCall => IsIn(inCall ?? workingFor.Value);

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
        inCall = new Frame(this, outer ?? workingFor.Value);
        return outer;
    }

    internal static void Restore(Frame? outer)
    {
        if (inCall != null)
        {
            inCall.HasEnded = true;
        }
        inCall = outer;
    }

    /// <summary>Starts an asynchronous part of the host's, which works for the calls that this thread is in.</summary>
    internal static Task<T> Start<T>(Func<Task<T>> start)
    {
        Frame? outer = workingFor.Value;
        workingFor.Value = inCall ?? outer;
        try
        {
            // Without a synchronization context, or the task could wait for this very thread.
            Task<T>? task = SynchronizationContext.Current == null ? start() : Task.Run(start);
            return task ?? throw new InvalidOperationException("The host's method returned null in place of a task.");
        }
        finally
        {
            workingFor.Value = outer;
        }
    }

    internal sealed class Frame(CallGate gate, Frame? outer)
    {
        internal CallGate Gate { get; } = gate;

        internal Frame? Outer { get; } = outer;

        /// <summary>Whether the call is over. What the host has started in it may go on.</summary>
        internal bool HasEnded { get; set; }
    }

    private bool IsIn(Frame? innermost)
    {
        for (Frame? frame = innermost; frame != null; frame = frame.Outer)
        {
            if (frame.Gate == this && !frame.HasEnded)
            {
                return true;
            }
        }
        return false;
    }

    private void EndIfLast()
    {
        if (closed && calls == 0)
        {
            ended.TrySetResult(true);
        }
    }
}
