using System;

namespace UserImage;

/// <summary>
/// Knows the websites and their keys, for a host that does not list them in the configuration. It is called on any
/// thread that uploads, on several at once. What it throws makes the upload fail with
/// <see cref="ErrorKind.AuthenticatorFailed"/> and is that exception's <see cref="Exception.InnerException"/>. If it is
/// <see cref="IDisposable"/>, it is disposed of with its uploader.
/// </summary>
public interface IAuthenticator
{
    /// <summary>Whether there is such a website.</summary>
    bool Knows(int websiteId);

    /// <summary>Whether the key opens the website. Compare in constant time, and do not log the key.</summary>
    bool Accepts(int websiteId, string key);
}
