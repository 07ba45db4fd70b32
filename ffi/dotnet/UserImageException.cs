using System;
using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// An upload was refused, or something else failed in the library. <see cref="Exception.Message"/> is for the host and
/// its log: a client gets <see cref="Envelope"/>. What the host's storage or authenticator threw is the
/// <see cref="Exception.InnerException"/>.
/// </summary>
public unsafe class UserImageException : Exception
{
    /// <summary>Reads an error, which stays the caller's.</summary>
    private protected UserImageException(userimage_error_view view, string protocolMessage, string reason, Exception? inner)
        : base(protocolMessage + " (" + view.code + "): " + reason, inner)
    {
        Code = (ErrorCode)view.code;
        Kind = (ErrorKind)view.kind;
        ProtocolMessage = protocolMessage;
        Reason = reason;
        HttpStatus = view.http_status;
        Envelope = Utf8.Text(view.envelope, view.envelope_len);
        if (view.failure_count > 0)
        {
            var failures = new UserImageException[view.failure_count];
            for (int i = 0; i < failures.Length; i++)
            {
                failures[i] = Of(view.failures[i], null);
            }
            Failures = failures;
        }
    }

    /// <summary>The code, which a client sees in the envelope.</summary>
    public ErrorCode Code { get; }

    /// <summary>What exactly is wrong, for programs; <see cref="ErrorKind.None"/> for codes from 900 on.</summary>
    public ErrorKind Kind { get; }

    /// <summary>The API's text of the code, which a client may see.</summary>
    public string ProtocolMessage { get; }

    /// <summary>
    /// What exactly is wrong, in words, with those of the operating system or of the host's own storage. For the host
    /// and its log: a client must not see it. It never holds a key or file content.
    /// </summary>
    public string Reason { get; }

    /// <summary>The HTTP status of <see cref="Envelope"/>.</summary>
    public int HttpStatus { get; }

    /// <summary>
    /// The answer to the client: the API's JSON envelope. For a code from 900 on it says that the server failed.
    /// </summary>
    public string Envelope { get; }

    /// <summary>
    /// All that is wrong with the fields of a request, in the API's order, if <see cref="Uploader.Validate"/> or
    /// <see cref="Uploader.ValidateForm"/> threw this.
    /// </summary>
    public IReadOnlyList<UserImageException> Failures { get; } = [];

    /// <summary>
    /// The exception of a kind, with the API's texts: for a fake uploader, or for a host that refuses a request itself.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such kind.</exception>
    public static UserImageException Create(ErrorKind kind, string reason = "", Exception? innerException = null)
    {
        Argument.NotNull(reason, nameof(reason));
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        byte* text = pins.Text(reason, out nuint length);
        userimage_error* error = null;
        if (NativeMethods.userimage_error_new((int)kind, text, length, &error) != NativeMethods.USERIMAGE_OK)
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such kind.");
        }
        try
        {
            return Of(error, innerException);
        }
        finally
        {
            NativeMethods.userimage_error_free(error);
        }
    }

    internal static UserImageException Of(userimage_error* error, Exception? inner)
    {
        var view = new userimage_error_view();
        _ = NativeMethods.userimage_error_get(error, &view);
        string protocolMessage = Utf8.Text(view.message, view.message_len);
        string reason = Utf8.Text(view.reason, view.reason_len);
        return (ErrorCode)view.code switch
        {
            ErrorCode.MissingWebsiteId => new MissingWebsiteIdException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidWebsiteId => new InvalidWebsiteIdException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidClientKey => new InvalidClientKeyException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidUserId => new InvalidUserIdException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidFile => new InvalidFileException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidDpi => new InvalidDpiException(view, protocolMessage, reason, inner),
            ErrorCode.ServerError => new ServerErrorException(view, protocolMessage, reason, inner),
            ErrorCode.InvalidConfig => new InvalidConfigException(view, protocolMessage, reason, inner),
            _ => new UserImageException(view, protocolMessage, reason, inner),
        };
    }

    /// <summary>For a code that came without an error.</summary>
    internal static UserImageException Of(ErrorCode code)
    {
        byte* message = null;
        nuint length = 0;
        _ = NativeMethods.userimage_code_message((int)code, &message, &length);
        string text = length == 0 ? code.ToString() : Utf8.Text(message, length);
        return new UserImageException(new userimage_error_view { code = (int)code, http_status = 500 }, text, text, null);
    }
}
