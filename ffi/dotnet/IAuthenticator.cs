using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

/// <summary>
/// Knows the websites and their keys, for a host that does not list them in the configuration. It is called on any
/// thread that uploads, on several at once. What it throws makes the upload fail with
/// <see cref="ErrorKind.AuthenticatorFailed"/> and is that exception's <see cref="Exception.InnerException"/>.
/// </summary>
public interface IAuthenticator
{
    /// <summary>Whether there is such a website.</summary>
    bool Knows(int websiteId);

    /// <summary>Whether the key opens the website. Compare in constant time, and do not log the key.</summary>
    bool Accepts(int websiteId, string key);
}

/// <summary>
/// As <see cref="IAuthenticator"/>, for keys in a database or behind a service: while a request waits for it another one is
/// processed, and no thread of the pool waits.
/// </summary>
public interface IAsyncAuthenticator
{
    /// <inheritdoc cref="IAuthenticator.Knows"/>
    /// <param name="websiteId">The website.</param>
    /// <param name="cancellationToken">That of the request.</param>
    Task<bool> KnowsAsync(int websiteId, CancellationToken cancellationToken);

    /// <inheritdoc cref="IAuthenticator.Accepts"/>
    /// <param name="websiteId">The website.</param>
    /// <param name="key">The key.</param>
    /// <param name="cancellationToken">That of the request.</param>
    Task<bool> AcceptsAsync(int websiteId, string key, CancellationToken cancellationToken);
}
