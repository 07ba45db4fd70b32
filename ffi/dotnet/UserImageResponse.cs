using System;
using System.Collections.Generic;
using System.IO;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// The answer to an HTTP request. A server sends it and disposes of it:
/// <code>
/// using UserImageResponse answer = uploader.Handle(method, target, headers, body);
/// // send answer.Status and answer.Headers, then:
/// answer.Body.CopyTo(output);
/// </code>
/// </summary>
[System.Diagnostics.DebuggerDisplay("{Status}")]
public sealed unsafe class UserImageResponse : IDisposable
{
    /// <summary>An answer with its body, for a fake.</summary>
    /// <param name="status">See <see cref="Status"/>.</param>
    /// <param name="headers">See <see cref="Headers"/>.</param>
    /// <param name="body">See <see cref="Body"/>.</param>
    public UserImageResponse(int status, IReadOnlyList<KeyValuePair<string, string>> headers, byte[] body)
        : this(status, headers, Memory(body))
    {
    }

    private UserImageResponse(int status, IReadOnlyList<KeyValuePair<string, string>> headers, Stream body)
    {
        Argument.NotNull(headers, nameof(headers));
        Status = status;
        Headers = headers;
        Body = body;
    }

    /// <summary>The status, for example 200.</summary>
    public int Status { get; }

    /// <summary>The headers, with names in lower case. One of them is content-length.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <summary>
    /// The body, to be read once. The answer to HEAD has none, whatever its content-length. A stored file is read while it is
    /// sent, not into memory; if it cannot be read to its end, the stream throws <see cref="IOException"/>, and the connection
    /// must be closed.
    /// </summary>
    public Stream Body { get; }

    /// <summary>
    /// The answer to a request that the host refuses itself, for instance because it is not valid HTTP: the API's envelope with
    /// this status, 400 to 599, and its usual text.
    /// </summary>
    /// <exception cref="UserImageException"><see cref="ErrorCode.InvalidArgument"/>: it is another status.</exception>
    public static UserImageResponse Error(int status)
    {
        NativeLibraryLoader.Ensure();
        userimage_http_response* response = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_http_error_response(status, &response, &error), error);
        return Take(response);
    }

    /// <summary>Reads the whole body, or what is left of it.</summary>
    public byte[] ReadBody()
    {
        var bytes = new MemoryStream();
        Body.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Closes the body.</summary>
    public void Dispose()
    {
        Body.Dispose();
    }

    /// <summary>Takes a response of the library's over.</summary>
    internal static UserImageResponse Take(userimage_http_response* response)
    {
        var handle = new NativeHandle<userimage_http_response>(response, &NativeMethods.userimage_http_response_free);
        var view = new userimage_http_response_view();
        using var usage = handle.Use();
        NativeCall.Check(NativeMethods.userimage_http_response_get(usage.Pointer, &view), null);
        var headers = new KeyValuePair<string, string>[checked((int)view.header_count)];
        for (int i = 0; i < headers.Length; i++)
        {
            userimage_http_header header = view.headers[i];
            headers[i] = new(Utf8.Text(header.name, header.name_len), Utf8.Text(header.value, header.value_len));
        }
        if (view.body == null && view.body_len > 0)
        {
            return new UserImageResponse(view.status, headers, new ReadAtStream<userimage_http_response>(
                handle, view.body_len, &NativeMethods.userimage_http_response_read_at));
        }
        byte[] body = Utf8.Copy(view.body, checked((nuint)view.body_len));
        handle.Dispose();
        return new UserImageResponse(view.status, headers, Memory(body));
    }

    private static MemoryStream Memory(byte[] body)
    {
        Argument.NotNull(body, nameof(body));
        return new MemoryStream(body, 0, body.Length, writable: false, publiclyVisible: true);
    }
}
