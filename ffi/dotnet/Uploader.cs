using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Net;
using System.Threading;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// Takes uploads. It is made once, at the start, and used by any number of threads at once. The Async methods work on a
/// bounded number of threads of their own, never on the pool's; the others block until they are done.
/// </summary>
/// <example>
/// <code>
/// using var uploader = new Uploader("""
///     {"storage": {"local": {"path": "data", "base_url": "https://img.example/"}},
///      "authentication": "keys", "websites": [{"id": 1001, "keys": ["abc123"]}]}
///     """);
/// using FileStream photo = File.OpenRead("photo.jpg");
/// StoredImage image = await uploader.UploadAsync(new("photo.jpg", photo)
/// {
///     WebsiteId = "1001", ClientKey = "abc123", UserId = "12345",
/// });
/// </code>
/// </example>
/// <remarks>
/// The store of the configuration is SQLite and files. Look into it from another process only: a second SQLite library in
/// this process does not see the library's locks. On Linux uploads and other changes wait until it has closed the database,
/// and fail after 5 seconds with the reason; the pool of Microsoft.Data.Sqlite keeps connections open
/// (<c>Pooling=False</c>). Copy a store by <see cref="Backup"/>.
/// </remarks>
public sealed unsafe partial class Uploader : IUploader
{
    private readonly NativeHandle<userimage_uploader> handle;
    private readonly CallGate gate = new();

    /// <summary>Opens an uploader.</summary>
    /// <param name="config">The configuration: a JSON document, which docs/configuration.md describes.</param>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidConfig"/>: the configuration is malformed or contradicts itself or the host, or its
    /// storage cannot be opened.
    /// </exception>
    /// <exception cref="DllNotFoundException">The native library is missing; with all paths that were tried.</exception>
    public Uploader(string config)
        : this(config, null)
    {
    }

    /// <summary>Opens an uploader with parts of the host's.</summary>
    /// <param name="config">The configuration: a JSON document, which docs/configuration.md describes.</param>
    /// <param name="host">
    /// What the host supplies. It stays the host's: see <see cref="UploaderHost.DisposesParts"/>.
    /// </param>
    /// <inheritdoc cref="Uploader(string)" path="/exception"/>
    public Uploader(string config, UploaderHost? host)
    {
        Argument.NotNull(config, nameof(config));
        if (host is { Storage: not null, AsyncStorage: not null })
        {
            throw new ArgumentException("There are two storages.", nameof(host));
        }
        if (host is { Authenticator: not null, AsyncAuthenticator: not null })
        {
            throw new ArgumentException("There are two authenticators.", nameof(host));
        }
        IAuthenticator? decides = host?.AsyncAuthenticator == null
            ? host?.Authenticator
            : new BlockingAuthenticator(host.AsyncAuthenticator);
        IStorage? own = host?.AsyncStorage == null ? host?.Storage : BlockingStorage.Of(host.AsyncStorage);
        IInspector[] inspectors = host == null ? [] : InspectorsOf(host);
        NativeLibraryLoader.Ensure();
        userimage_uploader* uploader = null;
        userimage_error* error = null;
        using (var pins = new Pins())
        {
            byte* text = pins.Text(config, out nuint length);
            var tables = stackalloc userimage_inspector[inspectors.Length];
            var tablePointers = stackalloc userimage_inspector*[inspectors.Length];
            // Once a table is made, nothing may fail before the library owns it.
            userimage_storage storage;
            userimage_authenticator authenticator;
            userimage_log log;
            var native = new userimage_host();
            if (host?.TextValues == true)
            {
                native.flags = NativeMethods.USERIMAGE_HOST_TEXTS;
            }
            if (own != null)
            {
                storage = StorageCallbacks.Table(own, host!.DisposesParts);
                native.storage = &storage;
            }
            if (decides != null)
            {
                authenticator = AuthenticatorCallbacks.Table(decides, host!.DisposesParts);
                native.authenticator = &authenticator;
            }
            for (int i = 0; i < inspectors.Length; i++)
            {
                tables[i] = InspectorCallbacks.Table(inspectors[i], host!.DisposesParts, pins);
                tablePointers[i] = &tables[i];
            }
            native.inspectors = tablePointers;
            native.inspector_count = (nuint)inspectors.Length;
            log = LogCallbacks.Table(host?.Log, host?.MaxLogLevel ?? UserImageLogLevel.None);
            native.log = &log;
            NativeCall.Check(
                NativeMethods.userimage_uploader_open(text, length, &native, &uploader, &error), error);
        }
        handle = new NativeHandle<userimage_uploader>(uploader, &NativeMethods.userimage_uploader_free);
    }

    /// <summary>Opens an uploader that is configured in code.</summary>
    /// <param name="options">The configuration. It is read now: a later change of it has no effect.</param>
    /// <inheritdoc cref="Uploader(string)" path="/exception"/>
    public Uploader(UploaderOptions options)
        : this(options, null)
    {
    }

    /// <summary>Opens an uploader that is configured in code, with parts of the host's.</summary>
    /// <param name="options">The configuration. It is read now: a later change of it has no effect.</param>
    /// <param name="host">What the host supplies.</param>
    /// <inheritdoc cref="Uploader(string)" path="/exception"/>
    public Uploader(UploaderOptions options, UploaderHost? host)
        : this(options?.ToJson() ?? throw new ArgumentNullException(nameof(options)), host)
    {
    }

    /// <summary>The native library's version.</summary>
    public static string LibraryVersion
    {
        get
        {
            NativeLibraryLoader.Ensure();
            byte* data = null;
            nuint length = 0;
            NativeCall.Check(NativeMethods.userimage_version(&data, &length), null);
            return Utf8.Text(data, length);
        }
    }

    /// <summary>
    /// Uploads a file: checks the fields, identifies the image, makes its standard rendition and stores all of it, durably,
    /// or nothing.
    /// </summary>
    /// <exception cref="UserImageException">
    /// The upload is refused: see <see cref="UserImageException.Kind"/>. Exceptions of the stream are passed on.
    /// </exception>
    public StoredImage Upload(UploadRequest request)
    {
        return TryUpload(request).ImageOrThrow();
    }

    /// <summary>
    /// As <see cref="Upload"/>, without an exception for what is wrong with the request, or for a server error. Exceptions of
    /// the stream are passed on.
    /// </summary>
    public UploadResult TryUpload(UploadRequest request)
    {
        Argument.NotNull(request, nameof(request));
        using var call = Use();
        return UploadCore(request, CancellationToken.None);
    }

    /// <summary>As <see cref="Upload"/>, for a request of headers, query parameters and form parts.</summary>
    public StoredImage UploadForm(FormRequest request)
    {
        Argument.NotNull(request, nameof(request));
        using var call = Use();
        return UploadFormCore(request, CancellationToken.None).ImageOrThrow();
    }

    /// <summary>As <see cref="Upload"/>, for a file of the host.</summary>
    /// <param name="request">The fields, without data. Without a file name it is the path's last part.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="UserImageException">Also <see cref="ErrorKind.UnreadableFile"/>.</exception>
    public StoredImage UploadFile(UploadRequest request, string path)
    {
        CheckFile(request, path);
        using var call = Use();
        return UploadFileCore(request, path, CancellationToken.None).ImageOrThrow();
    }

    /// <summary>
    /// Checks the head of a request, before its body is read: its headers and query parameters. Form parts are ignored. So
    /// a server refuses by the head, and knows how much of the body to read.
    /// </summary>
    /// <exception cref="UserImageException">The head is refused.</exception>
    public Admitted Admit(FormRequest head)
    {
        Argument.NotNull(head, nameof(head));
        using var call = Use();
        return AdmitCore(head, out UserImageException? failure) ?? throw failure!;
    }

    /// <summary>
    /// Checks all fields. Nothing is decoded or stored, and a stream is not read, only required.
    /// </summary>
    /// <exception cref="UserImageException">
    /// The first failure; <see cref="UserImageException.Failures"/> has all of them.
    /// </exception>
    public void Validate(UploadRequest request)
    {
        Argument.NotNull(request, nameof(request));
        userimage_error* error = null;
        using var uploader = Use();
        using var pins = new Pins();
        userimage_fields fields = request.ToNative(pins);
        if (request.Stream != null && !request.IsInMemory)
        {
            fields.data = pins.Bytes(new byte[1], out fields.data_len);
        }
        NativeCall.Check(NativeMethods.userimage_validate(uploader.Pointer, &fields, &error), error);
    }

    /// <summary>As <see cref="Validate"/>, for a request of headers, query parameters and form parts.</summary>
    public void ValidateForm(FormRequest request)
    {
        Argument.NotNull(request, nameof(request));
        userimage_error* error = null;
        using var uploader = Use();
        using var native = new NativeRequest(request);
        NativeCall.Check(
            NativeMethods.userimage_validate_request(uploader.Pointer, native.Pointer, &error), error);
    }

    /// <summary>The longest file that a website takes, in bytes.</summary>
    /// <exception cref="UserImageException"><see cref="ErrorCode.InvalidWebsiteId"/>: the number is not above 0.</exception>
    public long MaxBytes(int websiteId)
    {
        ulong bytes = 0;
        userimage_error* error = null;
        using var uploader = Use();
        NativeCall.Check(NativeMethods.userimage_max_bytes(uploader.Pointer, websiteId, &bytes, &error), error);
        return Saturate.ToLong(bytes);
    }

    /// <summary>
    /// Answers an HTTP request, by the configuration's "http". An invalid method, target or header is
    /// answered before the body is read; the body is read only as far as it is needed.
    /// </summary>
    /// <param name="method">For example POST.</param>
    /// <param name="target">Path and query as they are in the request line: RawUrl.</param>
    /// <param name="headers">All headers, including repeated ones.</param>
    /// <param name="body">Where the body is read from, synchronously. Its exceptions are passed on.</param>
    /// <returns>The answer, whatever is wrong with the request. Dispose of it.</returns>
    public UserImageResponse Handle(
        string method, string target, IEnumerable<KeyValuePair<string, string>> headers, Stream body)
    {
        return Handle(method, target, headers, body, null);
    }

    /// <summary>As the other, with the address of the peer.</summary>
    /// <param name="method">For example POST.</param>
    /// <param name="target">Path and query as they are in the request line: RawUrl.</param>
    /// <param name="headers">All headers, including repeated ones.</param>
    /// <param name="body">Where the body is read from, synchronously. Its exceptions are passed on.</param>
    /// <param name="peer">
    /// The other end of the connection: the client, or a proxy. With the configuration's "trusted_proxies" it gives the
    /// client's address in the log.
    /// </param>
    /// <returns>The answer, whatever is wrong with the request. Dispose of it.</returns>
    public UserImageResponse Handle(
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        Stream body,
        IPAddress? peer)
    {
        Argument.NotNull(body, nameof(body));
        using BodyReceiver receiver = Begin(method, target, headers, peer);
        return receiver.Receive(body);
    }

    /// <summary>As the other, with headers as HttpListener and ASP.NET on .NET Framework have them.</summary>
    public UserImageResponse Handle(string method, string target, NameValueCollection headers, Stream body)
    {
        return Handle(method, target, headers, body, null);
    }

    /// <inheritdoc cref="Handle(string, string, NameValueCollection, Stream)"/>
    public UserImageResponse Handle(
        string method, string target, NameValueCollection headers, Stream body, IPAddress? peer)
    {
        Argument.NotNull(headers, nameof(headers));
        return Handle(method, target, Pairs(headers), body, peer);
    }

    /// <summary>
    /// Begins an HTTP request whose body comes in pieces: answers it from its head alone, or needs its body. What it
    /// returns may outlive the uploader.
    /// </summary>
    /// <param name="method">For example POST.</param>
    /// <param name="target">Path and query as they are in the request line: RawUrl.</param>
    /// <param name="headers">All headers, including repeated ones.</param>
    /// <param name="peer">
    /// The other end of the connection: the client, or a proxy. With the configuration's "trusted_proxies" it gives the
    /// client's address in the log.
    /// </param>
    public BodyReceiver Begin(
        string method, string target, IEnumerable<KeyValuePair<string, string>> headers, IPAddress? peer = null)
    {
        Argument.NotNull(method, nameof(method));
        Argument.NotNull(target, nameof(target));
        Argument.NotNull(headers, nameof(headers));
        using var call = Use();
        return BeginCore(method, target, headers, peer);
    }

    /// <summary>
    /// Closes the uploader: later calls throw <see cref="ObjectDisposedException"/> at once, and this waits for those that run,
    /// asynchronous ones too: cancel those whose stream or storage may not end. (A callback of the uploader's own does not wait for its
    /// call.) What it has returned stays usable.
    /// </summary>
    public void Dispose()
    {
        gate.Close();
        if (!gate.IsInCall)
        {
            gate.Ended.GetAwaiter().GetResult();
        }
        handle.Dispose();
    }

    private static IInspector[] InspectorsOf(UploaderHost host)
    {
        var inspectors = new List<IInspector>(host.Inspectors);
        foreach (IAsyncInspector inspector in host.AsyncInspectors)
        {
            inspectors.Add(inspector == null ? null! : new BlockingInspector(inspector));
        }
        if (inspectors.Contains(null!))
        {
            throw new ArgumentException("An inspector is null.", nameof(host));
        }
        return inspectors.ToArray();
    }

    private UploadResult UploadCore(UploadRequest request, CancellationToken token)
    {
        if (request.Stream != null && !request.IsInMemory)
        {
            using Admitted? admitted = AdmitCore(request.Head(), out UserImageException? failure);
            if (admitted == null)
            {
                return new UploadResult(failure!);
            }
            using NativeBuffer buffer = NativeBuffer.Read(request.Stream, OneMore(admitted.MaxBytes));
            return admitted.Finish(buffer, request.FileName, token);
        }
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        using var cancellation = new NativeCancellation(token);
        userimage_fields fields = request.ToNative(pins);
        fields.cancellation = cancellation.Pointer;
        int code = NativeMethods.userimage_upload(uploader.Pointer, &fields, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    private UploadResult UploadFormCore(FormRequest request, CancellationToken token)
    {
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var cancellation = new NativeCancellation(token);
        using var native = new NativeRequest(request, cancellation.Pointer);
        int code = NativeMethods.userimage_upload_request(uploader.Pointer, native.Pointer, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    private UploadResult UploadFileCore(UploadRequest request, string path, CancellationToken token)
    {
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        using var cancellation = new NativeCancellation(token);
        userimage_fields fields = request.ToNative(pins);
        fields.cancellation = cancellation.Pointer;
        byte* text = pins.Text(path, out nuint length);
        int code = NativeMethods.userimage_upload_path(uploader.Pointer, &fields, text, length, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    private Admitted? AdmitCore(FormRequest head, out UserImageException? failure)
    {
        userimage_admitted* admitted = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var native = new NativeRequest(head);
        failure = NativeCall.Failure(
            NativeMethods.userimage_admit(uploader.Pointer, native.Pointer, &admitted, &error), error);
        return failure == null ? new Admitted(new NativeHandle<userimage_admitted>(admitted, &NativeMethods.userimage_admitted_free)) : null;
    }

    private BodyReceiver BeginCore(
        string method, string target, IEnumerable<KeyValuePair<string, string>> headers, IPAddress? peer)
    {
        using var uploader = handle.Use();
        return BodyReceiver.Begin(uploader.Pointer, method, target, headers, peer);
    }

    private static void CheckFile(UploadRequest request, string path)
    {
        Argument.NotNull(request, nameof(request));
        Argument.NotNull(path, nameof(path));
        if (request.IsInMemory || request.Stream != null)
        {
            throw new ArgumentException("The file is at the path: the request has none.", nameof(request));
        }
    }

    /// <summary>One byte more than a limit: enough to refuse what is longer.</summary>
    private static long OneMore(long limit)
    {
        return limit < long.MaxValue ? limit + 1 : limit;
    }

    private Call Use()
    {
        return new Call(this);
    }

    /// <summary>A call of the host's, which closing waits for.</summary>
    private readonly ref struct Call
    {
        private readonly Uploader owner;
        private readonly CallGate.Frame? outer;
        private readonly NativeHandle<userimage_uploader>.Usage usage;

        internal Call(Uploader owner)
        {
            owner.gate.Enter();
            this.owner = owner;
            outer = owner.gate.Mark();
            usage = owner.handle.Use();
        }

        internal userimage_uploader* Pointer => usage.Pointer;

        public void Dispose()
        {
            usage.Dispose();
            CallGate.Restore(outer);
            owner.gate.Leave();
        }
    }

    /// <summary>The headers, a repeated one once for each value, if the collection keeps its values apart.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Pairs(NameValueCollection headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            foreach (string value in headers.GetValues(i) ?? [])
            {
                yield return new(headers.GetKey(i) ?? "", value);
            }
        }
    }
}
