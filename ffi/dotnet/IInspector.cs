using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

/// <summary>
/// Decides about each image that everything else has accepted, before it is stored: a virus scanner, a filter, a quota. It is
/// called on any thread that uploads, on several at once; the upload waits for it. What it throws makes the upload fail with
/// <see cref="ErrorKind.InspectorFailed"/> and is that exception's <see cref="Exception.InnerException"/>. Its type's name is in
/// reasons, in the log and in metrics. If it is <see cref="IDisposable"/>, it is disposed of with its uploader.
/// </summary>
/// <example>
/// <code>
/// sealed class NoPanoramas : IInspector
/// {
///     public Verdict Inspect(NewImage image)
///     {
///         return image.Record.Width > 3 * image.Record.Height ? Verdict.Refuse("too wide") : Verdict.Accept;
///     }
/// }
/// </code>
/// </example>
public interface IInspector
{
    /// <summary>Decides about an image, of which nothing is stored yet.</summary>
    Verdict Inspect(NewImage image);
}

/// <summary>
/// An inspector that is asynchronous. As <see cref="IInspector"/> otherwise. While an upload waits for it another one is
/// decoded; no thread of the pool waits.
/// </summary>
public interface IAsyncInspector
{
    /// <summary>Decides about an image, of which nothing is stored yet.</summary>
    /// <param name="image">The image, which is checked.</param>
    /// <param name="cancellationToken">That of the upload.</param>
    Task<Verdict> InspectAsync(NewImage image, CancellationToken cancellationToken);
}

/// <summary>What an inspector decides. The default value is no decision: the upload fails.</summary>
public readonly record struct Verdict
{
    private readonly bool isMade;

    private Verdict(string? reason)
    {
        Reason = reason;
        isMade = true;
    }

    /// <summary>The image may be stored.</summary>
    public static Verdict Accept { get; } = new Verdict(null);

    /// <summary>Whether the image may be stored.</summary>
    public bool IsAccepted => isMade && Reason == null;

    /// <summary>Why the image may not be stored; null if it may.</summary>
    public string? Reason { get; }

    /// <summary>The image may not be stored: the upload fails with <see cref="ErrorKind.RefusedByInspector"/>.</summary>
    /// <param name="reason">Why, in words. It becomes the exception's reason.</param>
    public static Verdict Refuse(string reason)
    {
        Native.Argument.NotNull(reason, nameof(reason));
        return new Verdict(reason);
    }
}
