using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Native;

/// <summary>
/// Threads of the library's own, for calls that take a while: the pool's stay free for the host. At most so many work at
/// once, others wait in the order in which they came. A thread that has had nothing to do for some seconds ends.
/// </summary>
internal sealed class Workers(int most)
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    /// <summary>How many may wait for the host's storage at once, beside those that work.</summary>
    private const int MostBlocked = 64;

    [ThreadStatic]
    private static Workers? current;

    private readonly object @lock = new();
    private readonly LinkedList<Action> queue = new();
    private int running;
    private int idle;
    private int blocked;
    private bool ends;

    /// <summary>For what decodes: as many as there are processors.</summary>
    internal static Workers Decoding { get; } = new(Math.Max(1, Environment.ProcessorCount));

    /// <summary>For what only reads and writes a store, so that it does not wait behind uploads.</summary>
    internal static Workers Reading { get; } = new(Math.Max(4, 2 * Environment.ProcessorCount));

    /// <summary>
    /// Runs a call. Until it begins it can be cancelled here; then it is given the token. The task's continuations run on
    /// the pool, and the call in the caller's execution context.
    /// </summary>
    internal Task<T> Run<T>(Func<CancellationToken, T> call, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellation);
        }
        var work = new Work<T>(call, ExecutionContext.Capture(), cancellation);
        var node = new LinkedListNode<Action>(work.Run);
        work.Cancels(() => Remove(node));
        lock (@lock)
        {
            queue.AddLast(node);
            Monitor.Pulse(@lock);
            try
            {
                StartIfNeeded();
            }
            catch
            {
                queue.Remove(node);
                throw;
            }
        }
        return work.Task;
    }

    /// <summary>Ends the threads that have nothing to do, at once: the context of this assembly is being unloaded.</summary>
    internal static void EndIdle()
    {
        Decoding.End();
        Reading.End();
    }

    /// <summary>
    /// Waits for a task of the host's, such as its storage's. On a thread of these another one works meanwhile.
    /// </summary>
    internal static T Wait<T>(Func<Task<T>> start)
    {
        Task<T> task = CallGate.Start(start);
        if (task.IsCompleted || current is not { } workers)
        {
            return task.GetAwaiter().GetResult();
        }
        workers.Block();
        try
        {
            return task.GetAwaiter().GetResult();
        }
        finally
        {
            workers.Unblock();
        }
    }

    private void End()
    {
        lock (@lock)
        {
            ends = true;
            Monitor.PulseAll(@lock);
        }
    }

    private bool Remove(LinkedListNode<Action> node)
    {
        lock (@lock)
        {
            if (node.List == null)
            {
                return false;
            }
            queue.Remove(node);
            return true;
        }
    }

    private void Block()
    {
        lock (@lock)
        {
            blocked++;
            StartIfNeeded();
        }
    }

    private void Unblock()
    {
        lock (@lock)
        {
            blocked--;
        }
    }

    /// <summary>Starts a thread if more calls wait than threads, and one more is allowed.</summary>
    /// <exception cref="OutOfMemoryException">The system starts none, and there is no other.</exception>
    private void StartIfNeeded()
    {
        if (queue.Count <= idle || running >= most + Math.Min(blocked, MostBlocked))
        {
            return;
        }
        running++;
        try
        {
            new Thread(Loop, 1 << 20) { IsBackground = true, Name = "UserImage" }.UnsafeStartIfPossible();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            if (--running == 0)
            {
                throw;
            }
        }
    }

    private void Loop()
    {
        current = this;
        while (Next() is { } work)
        {
            work();
        }
    }

    private Action? Next()
    {
        lock (@lock)
        {
            DateTime end = DateTime.UtcNow + Idle;
            // Those that waited for a storage are back: there may be too many.
            while (running <= most + Math.Min(blocked, MostBlocked))
            {
                if (queue.First is { } first)
                {
                    queue.RemoveFirst();
                    return first.Value;
                }
                TimeSpan left = end - DateTime.UtcNow;
                if (ends || left <= TimeSpan.Zero)
                {
                    break;
                }
                idle++;
                Monitor.Wait(@lock, left);
                idle--;
            }
            running--;
            return null;
        }
    }

    private sealed class Work<T>(Func<CancellationToken, T> call, ExecutionContext? context, CancellationToken cancellation)
    {
        private readonly TaskCompletionSource<T> completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private CancellationTokenRegistration registration;

        internal Task<T> Task => completion.Task;

        internal void Cancels(Func<bool> remove)
        {
            if (cancellation.CanBeCanceled)
            {
                registration = cancellation.Register(() =>
                {
                    if (remove())
                    {
                        completion.TrySetCanceled(cancellation);
                    }
                });
            }
        }

        internal void Run()
        {
            registration.Dispose();
            if (context == null)
            {
                Complete();
            }
            else
            {
                ExecutionContext.Run(context, _ => Complete(), null);
            }
        }

        private void Complete()
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                completion.TrySetResult(call(cancellation));
            }
            catch (OperationCanceledException exception) when (exception.CancellationToken == cancellation)
            {
                completion.TrySetCanceled(cancellation);
            }
#if NETFRAMEWORK
            catch (ThreadAbortException exception)
            {
                completion.TrySetException(exception);
            }
#endif
            catch (Exception exception)
            {
                completion.TrySetException(exception);
            }
        }
    }
}

internal static class ThreadStarts
{
    /// <summary>Starts a thread without the context of whoever needs it first.</summary>
    internal static void UnsafeStartIfPossible(this Thread thread)
    {
#if NET
        thread.UnsafeStart();
#else
        if (ExecutionContext.IsFlowSuppressed())
        {
            thread.Start();
            return;
        }
        using (ExecutionContext.SuppressFlow())
        {
            thread.Start();
        }
#endif
    }
}
