using UserImage.Native;

namespace UserImage;

/// <summary>
/// What exactly is wrong. The numbers never change and are the same in every language; a kind's
/// <see cref="ErrorCode"/> is its number divided by 100.
/// </summary>
public enum ErrorKind
{
    /// <summary>An error of the library's own, whose <see cref="ErrorCode"/> is 900 or more.</summary>
    None = 0,

    /// <summary>The websiteId is not a number.</summary>
    MalformedWebsiteId = NativeMethods.USERIMAGE_KIND_MALFORMED_WEBSITE_ID,

    /// <summary>The websiteId was sent twice, with different values.</summary>
    ConflictingWebsiteId = NativeMethods.USERIMAGE_KIND_CONFLICTING_WEBSITE_ID,

    /// <summary>There is no such website.</summary>
    UnknownWebsite = NativeMethods.USERIMAGE_KIND_UNKNOWN_WEBSITE,

    /// <summary>The webApiClientKey is missing.</summary>
    MissingClientKey = NativeMethods.USERIMAGE_KIND_MISSING_CLIENT_KEY,

    /// <summary>The webApiClientKey has characters that no key has.</summary>
    MalformedClientKey = NativeMethods.USERIMAGE_KIND_MALFORMED_CLIENT_KEY,

    /// <summary>The webApiClientKey was sent twice, with different values.</summary>
    ConflictingClientKey = NativeMethods.USERIMAGE_KIND_CONFLICTING_CLIENT_KEY,

    /// <summary>The key does not open the website.</summary>
    RefusedClientKey = NativeMethods.USERIMAGE_KIND_REFUSED_CLIENT_KEY,

    /// <summary>The userId is missing.</summary>
    MissingUserId = NativeMethods.USERIMAGE_KIND_MISSING_USER_ID,

    /// <summary>The userId is too long or has characters that it may not have.</summary>
    MalformedUserId = NativeMethods.USERIMAGE_KIND_MALFORMED_USER_ID,

    /// <summary>The userId was sent twice, with different values.</summary>
    ConflictingUserId = NativeMethods.USERIMAGE_KIND_CONFLICTING_USER_ID,

    /// <summary>There is no file.</summary>
    MissingFile = NativeMethods.USERIMAGE_KIND_MISSING_FILE,

    /// <summary>There is more than one file.</summary>
    RepeatedFile = NativeMethods.USERIMAGE_KIND_REPEATED_FILE,

    /// <summary>The file has no name.</summary>
    UnnamedFile = NativeMethods.USERIMAGE_KIND_UNNAMED_FILE,

    /// <summary>The file has no bytes.</summary>
    EmptyFile = NativeMethods.USERIMAGE_KIND_EMPTY_FILE,

    /// <summary>The body is not a form.</summary>
    MalformedForm = NativeMethods.USERIMAGE_KIND_MALFORMED_FORM,

    /// <summary>The body ends before its form does.</summary>
    IncompleteBody = NativeMethods.USERIMAGE_KIND_INCOMPLETE_BODY,

    /// <summary>The file has more bytes than the website takes: see <see cref="Uploader.MaxBytes"/>.</summary>
    TooLarge = NativeMethods.USERIMAGE_KIND_TOO_LARGE,

    /// <summary>The file is not an image of a known format.</summary>
    NotAnImage = NativeMethods.USERIMAGE_KIND_NOT_AN_IMAGE,

    /// <summary>The image is cut or corrupt.</summary>
    Damaged = NativeMethods.USERIMAGE_KIND_DAMAGED,

    /// <summary>The website does not take images of this format.</summary>
    FormatNotAllowed = NativeMethods.USERIMAGE_KIND_FORMAT_NOT_ALLOWED,

    /// <summary>The image uses a coding of its format that cannot be decoded.</summary>
    UnsupportedCoding = NativeMethods.USERIMAGE_KIND_UNSUPPORTED_CODING,

    /// <summary>The image has no size in pixels.</summary>
    NoPixelSize = NativeMethods.USERIMAGE_KIND_NO_PIXEL_SIZE,

    /// <summary>The image is wider than the website takes.</summary>
    TooWide = NativeMethods.USERIMAGE_KIND_TOO_WIDE,

    /// <summary>The image is taller than the website takes.</summary>
    TooTall = NativeMethods.USERIMAGE_KIND_TOO_TALL,

    /// <summary>The image has more pixels than the website takes.</summary>
    TooManyPixels = NativeMethods.USERIMAGE_KIND_TOO_MANY_PIXELS,

    /// <summary>The image has more frames or pages than the website takes.</summary>
    TooManyFrames = NativeMethods.USERIMAGE_KIND_TOO_MANY_FRAMES,

    /// <summary>Decoding the image would need more memory than the website allows.</summary>
    TooMuchMemory = NativeMethods.USERIMAGE_KIND_TOO_MUCH_MEMORY,

    /// <summary>The file has content that acts: a script, an attachment, a form. The website does not allow it.</summary>
    ActiveContent = NativeMethods.USERIMAGE_KIND_ACTIVE_CONTENT,

    /// <summary>The image has too few pixels for the website's smallest print.</summary>
    PrintTooSmall = NativeMethods.USERIMAGE_KIND_PRINT_TOO_SMALL,

    /// <summary>An inspector refuses the image.</summary>
    RefusedByInspector = NativeMethods.USERIMAGE_KIND_REFUSED_BY_INSPECTOR,

    /// <summary>The website has stored as much as it may.</summary>
    WebsiteQuotaExceeded = NativeMethods.USERIMAGE_KIND_WEBSITE_QUOTA_EXCEEDED,

    /// <summary>The user has stored as much as one may on this website.</summary>
    UserQuotaExceeded = NativeMethods.USERIMAGE_KIND_USER_QUOTA_EXCEEDED,

    /// <summary>The DPI is not a number in its range.</summary>
    MalformedDpi = NativeMethods.USERIMAGE_KIND_MALFORMED_DPI,

    /// <summary>The DPI was sent twice, with different values.</summary>
    ConflictingDpi = NativeMethods.USERIMAGE_KIND_CONFLICTING_DPI,

    /// <summary>The DPI is under the website's minimum.</summary>
    DpiUnderMinimum = NativeMethods.USERIMAGE_KIND_DPI_UNDER_MINIMUM,

    /// <summary>The websiteId is missing.</summary>
    MissingWebsiteId = NativeMethods.USERIMAGE_KIND_MISSING_WEBSITE_ID,

    /// <summary>The storage failed.</summary>
    StorageFailed = NativeMethods.USERIMAGE_KIND_STORAGE_FAILED,

    /// <summary>The authenticator failed.</summary>
    AuthenticatorFailed = NativeMethods.USERIMAGE_KIND_AUTHENTICATOR_FAILED,

    /// <summary>A file of the host cannot be read.</summary>
    UnreadableFile = NativeMethods.USERIMAGE_KIND_UNREADABLE_FILE,

    /// <summary>Other uploads took all of the memory for renditions for too long. The upload can be tried again.</summary>
    Busy = NativeMethods.USERIMAGE_KIND_BUSY,

    /// <summary>The upload was cancelled. The Async methods throw <see cref="System.OperationCanceledException"/> instead.</summary>
    Cancelled = NativeMethods.USERIMAGE_KIND_CANCELLED,

    /// <summary>An inspector failed.</summary>
    InspectorFailed = NativeMethods.USERIMAGE_KIND_INSPECTOR_FAILED,
}
