using UserImage.Native;

namespace UserImage;

/// <summary>
/// The code of an error: the API's codes, which a client sees in the envelope, and from 900 on the library's own.
/// <see cref="ErrorKind"/> is finer.
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

    /// <summary>A pointer that must not be NULL is NULL.</summary>
    NullPointer = NativeMethods.USERIMAGE_NULL_POINTER,

    /// <summary>A struct has a size that the library does not know.</summary>
    BadStructSize = NativeMethods.USERIMAGE_BAD_STRUCT_SIZE,

    /// <summary>A flag is set that the library does not know.</summary>
    UnknownFlag = NativeMethods.USERIMAGE_UNKNOWN_FLAG,

    /// <summary>A text is not UTF-8.</summary>
    BadUtf8 = NativeMethods.USERIMAGE_BAD_UTF8,

    /// <summary>The configuration is malformed or contradicts itself, or its storage cannot be opened.</summary>
    InvalidConfig = NativeMethods.USERIMAGE_INVALID_CONFIG,

    /// <summary>What was asked for does not exist.</summary>
    Absent = NativeMethods.USERIMAGE_ABSENT,

    /// <summary>The storage does not support the operation.</summary>
    Unsupported = NativeMethods.USERIMAGE_UNSUPPORTED,

    /// <summary>An argument is out of its range.</summary>
    InvalidArgument = NativeMethods.USERIMAGE_INVALID_ARGUMENT,

    /// <summary>A callback's answer comes too late, comes twice, or is for another question.</summary>
    SinkClosed = NativeMethods.USERIMAGE_SINK_CLOSED,

    /// <summary>The native library is of another, incompatible version than this package.</summary>
    Incompatible = NativeMethods.USERIMAGE_INCOMPATIBLE,
}
