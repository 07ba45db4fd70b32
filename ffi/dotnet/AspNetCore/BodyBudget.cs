using Microsoft.Extensions.Options;

namespace UserImage.AspNetCore;

/// <summary>How many bytes of bodies are held at once.</summary>
internal sealed class BodyBudget(IOptions<UserImageOptions> options, Telemetry telemetry)
{
    private readonly long most = options.Value.MaxBodyBytes;
    private long held;

    /// <summary>The bytes of one request, until it is disposed of.</summary>
    internal Share Begin()
    {
        return new Share(this);
    }

    internal sealed class Share(BodyBudget budget) : IDisposable
    {
        private long held;

        /// <summary>Holds more bytes. Returns whether there is room for them.</summary>
        internal bool Hold(long bytes)
        {
            if (Interlocked.Add(ref budget.held, bytes) > budget.most)
            {
                Interlocked.Add(ref budget.held, -bytes);
                return false;
            }
            held += bytes;
            budget.telemetry.Held(bytes);
            return true;
        }

        public void Dispose()
        {
            Interlocked.Add(ref budget.held, -held);
            budget.telemetry.Held(-held);
            held = 0;
        }
    }

    private readonly Telemetry telemetry = telemetry;
}
