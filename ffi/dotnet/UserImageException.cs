using System;
using UserImage.Native;

namespace UserImage
{
    /// <summary>Why a call failed: the protocol's codes, and from 900 on the library's own.</summary>
    public enum ErrorCode
    {
        /// <summary>The websiteId is malformed or not known.</summary>
        InvalidWebsiteId = 221,

        /// <summary>The webApiClientKey is missing, malformed or refused.</summary>
        InvalidClientKey = 226,

        /// <summary>The userId is missing or malformed.</summary>
        InvalidUserId = 261,

        /// <summary>The file is missing, over a limit, or not a whole image of an allowed format.</summary>
        InvalidFile = 262,

        /// <summary>The DPI is malformed or under the website's minimum.</summary>
        InvalidDpi = 265,

        /// <summary>The websiteId is missing.</summary>
        MissingWebsiteId = 372,

        /// <summary>The storage or the authenticator failed.</summary>
        ServerError = 500,

        /// <summary>The library panicked: a fault of its own. It can be used on.</summary>
        Panic = 900,

        /// <summary>A pointer that must not be NULL is NULL.</summary>
        NullPointer = 901,

        /// <summary>A struct has a size that the library does not know.</summary>
        BadStructSize = 902,

        /// <summary>A flag is set that the library does not know.</summary>
        UnknownFlag = 903,

        /// <summary>A text is not Unicode: it has half of a surrogate pair.</summary>
        BadUtf8 = 904,

        /// <summary>A file of the host cannot be read.</summary>
        Io = 905,

        /// <summary>The configuration is malformed, contradicts itself, or its storage cannot be opened.</summary>
        InvalidConfig = 906,

        /// <summary>What was asked for is not there.</summary>
        Absent = 907,

        /// <summary>The storage has no such operation.</summary>
        Unsupported = 908,

        /// <summary>An argument is out of its range.</summary>
        InvalidArgument = 909,

        /// <summary>A callback's answer comes too late or is not what it was asked for.</summary>
        SinkClosed = 910,

        /// <summary>The native library is of another version than this package.</summary>
        Incompatible = 911,
    }

    /// <summary>
    /// An upload that is refused, or any other failure of the library's. What a host's own storage or
    /// authenticator threw is the <see cref="Exception.InnerException"/>.
    /// </summary>
    public sealed class UserImageException : Exception
    {
        internal UserImageException(ErrorCode code, ErrorHandle error, Exception inner)
            : this(
                code,
                Get.Text(error.Pointer, NativeMethods.userimage_error_message),
                Get.Text(error.Pointer, NativeMethods.userimage_error_reason),
                inner)
        {
            Cause = Get.Text(error.Pointer, NativeMethods.userimage_error_cause);
            HttpStatus = Get.Value<int>(error.Pointer, NativeMethods.userimage_error_http_status).Value;
            Json = Get.Text(error.Pointer, NativeMethods.userimage_error_json);
        }

        private UserImageException(ErrorCode code, string text, string reason, Exception inner)
            : base(text + " (" + (int)code + "): " + reason, inner)
        {
            Code = code;
            Text = text;
            Reason = reason;
        }

        /// <summary>The code.</summary>
        public ErrorCode Code { get; private set; }

        /// <summary>The protocol's text of the code, as a client may see it.</summary>
        public string Text { get; private set; }

        /// <summary>What exactly was wrong, for the host and its log.</summary>
        public string Reason { get; private set; }

        /// <summary>The errors that lie beneath, or null.</summary>
        public string Cause { get; private set; }

        /// <summary>The HTTP status that goes with <see cref="Json"/>.</summary>
        public int HttpStatus { get; private set; }

        /// <summary>The answer to the client: the protocol's envelope.</summary>
        public string Json { get; private set; }

        /// <summary>An exception for a code that came without an error.</summary>
        internal static UserImageException OfCode(ErrorCode code)
        {
            IntPtr data = IntPtr.Zero;
            UIntPtr length = UIntPtr.Zero;
            NativeMethods.userimage_code_message((int)code, ref data, ref length);
            string text = Utf8OrNumber(code, data, length);
            return new UserImageException(code, text, text, null) { HttpStatus = 500 };
        }

        private static string Utf8OrNumber(ErrorCode code, IntPtr data, UIntPtr length)
        {
            return data == IntPtr.Zero ? code.ToString() : Get.Utf8(data, length);
        }
    }
}
