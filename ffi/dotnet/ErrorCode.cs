using UserImage.Native;

namespace UserImage;

/// <summary>
/// The code of an error: the API's codes, which a client sees in the envelope, and from 900 on the library's own, of those that
/// a program in .NET can cause. <see cref="ErrorKind"/> is finer.
/// </summary>
public enum ErrorCode
{
    /// <summary>The websiteId is malformed or not known.</summary>
    InvalidWebsiteId = NativeMethods.USERIMAGE_INVALID_WEBSITE_ID,

    /// <summary>The webApiClientKey is missing, malformed or refused.</summary>
    InvalidClientKey = NativeMethods.USERIMAGE_INVALID_CLIENT_KEY,

    /// <summary>The userId is missing or malformed.</summary>
    InvalidUserId = NativeMethods.USERIMAGE_INVALID_USER_ID,

    /// <summary>The file is missing, over a limit, or not a complete image of an allowed format.</summary>
    InvalidFile = NativeMethods.USERIMAGE_INVALID_FILE,

    /// <summary>The DPI is malformed or under the website's minimum.</summary>
    InvalidDpi = NativeMethods.USERIMAGE_INVALID_DPI,

    /// <summary>The websiteId is missing.</summary>
    MissingWebsiteId = NativeMethods.USERIMAGE_MISSING_WEBSITE_ID,

    /// <summary>The storage or the authenticator failed, or a file of the host cannot be read.</summary>
    ServerError = NativeMethods.USERIMAGE_SERVER_ERROR,

    /// <summary>A bug of the library: it panicked. The process and every object can still be used.</summary>
    Panic = NativeMethods.USERIMAGE_PANIC,

    /// <summary>The configuration is malformed or contradicts itself, or its storage cannot be opened.</summary>
    InvalidConfig = NativeMethods.USERIMAGE_INVALID_CONFIG,

    /// <summary>The storage does not support the operation.</summary>
    Unsupported = NativeMethods.USERIMAGE_UNSUPPORTED,

    /// <summary>An argument is out of its range.</summary>
    InvalidArgument = NativeMethods.USERIMAGE_INVALID_ARGUMENT,

    /// <summary>The native library is of another, incompatible version than this package.</summary>
    Incompatible = NativeMethods.USERIMAGE_INCOMPATIBLE,
}
