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
/// <example>
/// <code>
/// sealed class ShopKeys(IDbContextFactory&lt;ShopContext> contexts) : IAsyncAuthenticator
/// {
///     public async Task&lt;KeyCheck> CheckAsync(int websiteId, string? key, CancellationToken cancellationToken)
///     {
///         await using ShopContext context = await contexts.CreateDbContextAsync(cancellationToken);
///         Website? website = await context.Websites.FindAsync([websiteId], cancellationToken);
///         return website == null ? KeyCheck.UnknownWebsite
///             : key != null &amp;&amp; ClientKey.FixedTimeEquals(key, website.Key) ? KeyCheck.Accepted
///             : KeyCheck.RefusedKey;
///     }
/// }
/// </code>
/// </example>
public interface IAsyncAuthenticator
{
    /// <summary>
    /// Checks a website and its key. It is asked twice for an upload, since the API has an error for each: without a key, whether
    /// there is such a website; then with the key. Compare the key in constant time
    /// (<see cref="ClientKey.FixedTimeEquals"/>), and do not log it.
    /// </summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="key">The key; null if only the website is asked for.</param>
    /// <param name="cancellationToken">That of the request.</param>
    Task<KeyCheck> CheckAsync(int websiteId, string? key, CancellationToken cancellationToken);
}

/// <summary>What an <see cref="IAsyncAuthenticator"/> answers.</summary>
public enum KeyCheck
{
    /// <summary>There is no such website: <see cref="ErrorKind.UnknownWebsite"/>.</summary>
    UnknownWebsite,

    /// <summary>There is the website, and the key does not open it, or there is no key: <see cref="ErrorKind.RefusedClientKey"/>.</summary>
    RefusedKey,

    /// <summary>The key opens the website.</summary>
    Accepted,
}
