using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// An HTTP request whose body comes in pieces: see <see cref="Uploader.Begin"/>. One call at a time may use it. To give a
/// request up, dispose of it.
/// </summary>
[System.Diagnostics.DebuggerDisplay("WantsMore = {WantsMore}, Limit = {Limit}")]
public sealed unsafe partial class BodyReceiver : IDisposable
{
    private readonly NativeHandle<userimage_body_receiver> handle;

    private BodyReceiver(NativeHandle<userimage_body_receiver> handle)
    {
        this.handle = handle;
        var view = new userimage_body_receiver_view();
        using var receiver = handle.Use();
        NativeCall.Check(NativeMethods.userimage_body_receiver_get(receiver.Pointer, &view), null);
        WantsMore = view.wants_more != 0;
        Limit = WantsMore ? Saturate.ToLong(view.limit) : null;
    }

    /// <summary>Whether the body, or more of it, is needed. If not, it need not be read.</summary>
    public bool WantsMore { get; private set; }

    /// <summary>The longest accepted body, in bytes; null if no body is needed.</summary>
    public long? Limit { get; }

    /// <summary>
    /// Takes the next piece of the body. Returns whether more is needed: not once the body is longer than
    /// <see cref="Limit"/>.
    /// </summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidArgument"/>: after <see cref="Finish()"/>, or while another call uses it.
    /// </exception>
    public bool Feed(byte[] buffer, int offset, int count)
    {
        Argument.NotNull(buffer, nameof(buffer));
        Argument.NotNegative(offset, nameof(offset));
        if (count < 0 || count > buffer.Length - offset)
        {
            throw new ArgumentOutOfRangeException(nameof(count), count, "The buffer has no such piece.");
        }
        fixed (byte* data = buffer)
        {
            return Feed(data + offset, count);
        }
    }

#if NET
    /// <summary>As <see cref="Feed(byte[], int, int)"/>.</summary>
    public bool Feed(ReadOnlySpan<byte> piece)
    {
        fixed (byte* data = piece)
        {
            return Feed(data, piece.Length);
        }
    }
#endif

    private bool Feed(byte* data, int count)
    {
        int more = 0;
        userimage_error* error = null;
        using var receiver = handle.Use();
        NativeCall.Check(
            NativeMethods.userimage_body_receiver_feed(receiver.Pointer, data, (nuint)count, &more, &error), error);
        return WantsMore = more != 0;
    }

    /// <summary>
    /// Answers, once the body has ended or no more of it is needed: decodes and stores the image. It can be done once. A
    /// body that broke off must not be finished as if it had ended: dispose of this instead.
    /// </summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidArgument"/>: the second time, or while another call uses it.
    /// </exception>
    public UserImageResponse Finish()
    {
        return Finish(CancellationToken.None);
    }

    /// <summary>
    /// As <see cref="Finish()"/>, on a thread of the library's own. Cancelled before it is stored, it stores nothing.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled while it waited for a thread, or before it was stored.</exception>
    public Task<UserImageResponse> FinishAsync(CancellationToken cancellationToken = default)
    {
        // Without a body it is answered already: nothing is decoded, and it does not wait behind uploads.
        return Limit == null ? Task.FromResult(Finish(CancellationToken.None)) : Workers.Decoding.Run(Finish, cancellationToken);
    }

    /// <summary>
    /// Answers a body that broke off or is malformed, if the client can still read an answer: 400. It decodes and stores
    /// nothing. A request that needs no body has its usual answer.
    /// </summary>
    /// <param name="reason">For the log.</param>
    /// <inheritdoc cref="Finish()" path="/exception"/>
    public UserImageResponse FinishBroken(string reason)
    {
        Argument.NotNull(reason, nameof(reason));
        userimage_http_response* response = null;
        userimage_error* error = null;
        using var receiver = handle.Use();
        using var pins = new Pins();
        byte* text = pins.Text(reason, out nuint length);
        NativeCall.Check(
            NativeMethods.userimage_body_receiver_finish_broken(receiver.Pointer, text, length, &response, &error), error);
        WantsMore = false;
        return UserImageResponse.Take(response);
    }

    /// <summary>
    /// Answers a client that has not sent the body in time: 408. It decodes and stores nothing. A request that needs no body
    /// has its usual answer.
    /// </summary>
    /// <inheritdoc cref="Finish()" path="/exception"/>
    public UserImageResponse FinishTimedOut()
    {
        userimage_http_response* response = null;
        userimage_error* error = null;
        using var receiver = handle.Use();
        NativeCall.Check(
            NativeMethods.userimage_body_receiver_finish_timed_out(receiver.Pointer, &response, &error), error);
        WantsMore = false;
        return UserImageResponse.Take(response);
    }

    private UserImageResponse Finish(CancellationToken token)
    {
        userimage_http_response* response = null;
        userimage_error* error = null;
        using var receiver = handle.Use();
        using var cancellation = new NativeCancellation(token);
        if (cancellation.Pointer != null)
        {
            NativeCall.Check(
                NativeMethods.userimage_body_receiver_cancelled_by(receiver.Pointer, cancellation.Pointer), null);
        }
        NativeCall.Check(NativeMethods.userimage_body_receiver_finish(receiver.Pointer, &response, &error), error);
        WantsMore = false;
        UserImageResponse made = UserImageResponse.Take(response);
        if (made.Status == 500 && token.IsCancellationRequested)
        {
            // Of a cancelled upload nobody reads the response; one that is stored is answered.
            made.Dispose();
            throw new OperationCanceledException(token);
        }
        return made;
    }

    /// <summary>Frees the request, finished or given up.</summary>
    public void Dispose()
    {
        handle.Dispose();
    }

    internal static BodyReceiver Begin(
        userimage_uploader* uploader,
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        IPAddress? peer)
    {
        using var pins = new Pins();
        var request = new userimage_http_request { flags = NativeMethods.USERIMAGE_HTTP_STREAMED };
        request.method = pins.ClientText(method, out request.method_len);
        request.target = pins.ClientText(target, out request.target_len);
        var natives = new List<userimage_http_header>();
        foreach (KeyValuePair<string, string> header in headers)
        {
            var native = new userimage_http_header();
            native.name = pins.ClientText(header.Key ?? "", out native.name_len);
            native.value = pins.ClientText(header.Value ?? "", out native.value_len);
            natives.Add(native);
        }
        request.peer = pins.Text(peer?.ToString(), out request.peer_len);
        request.headers = pins.Array(natives.ToArray(), out request.header_count);
        userimage_body_receiver* receiver = null;
        userimage_error* error = null;
        NativeCall.Check(NativeMethods.userimage_http_begin(uploader, &request, &receiver, &error), error);
        return new BodyReceiver(new NativeHandle<userimage_body_receiver>(receiver, &NativeMethods.userimage_body_receiver_free));
    }

    /// <summary>Feeds the body as far as it is needed, and answers.</summary>
    internal UserImageResponse Receive(Stream body)
    {
        var buffer = new byte[64 * 1024];
        while (WantsMore && FeedRead(buffer, body.Read(buffer, 0, buffer.Length)))
        {
        }
        return Finish();
    }

    /// <summary>Feeds what was read of the body. Returns false at its end.</summary>
    private bool FeedRead(byte[] buffer, int read)
    {
        NativeBuffer.CheckRead(read, buffer.Length);
        if (read > 0)
        {
            Feed(buffer, 0, read);
        }
        return read > 0;
    }
}
