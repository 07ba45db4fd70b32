using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.IO;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// Takes uploads. It is made once, at the start, and used by any number of threads at once. Every call blocks until it is
/// done; the Async ones do so on a thread of the pool, which suits desktop programs and starves a busy server.
/// </summary>
/// <remarks>
/// The store of the configuration is SQLite and files. Look into it and copy it from another process only, or by these
/// functions: a second SQLite in this process would take away the library's locks. An upload whose record that may have
/// lost fails with its reason, and the next one goes on.
/// </remarks>
public sealed unsafe partial class Uploader : IDisposable
{
    private readonly UploaderHandle handle;
    private volatile bool disposed;

    /// <summary>Opens an uploader.</summary>
    /// <param name="config">The configuration: a JSON document, which docs/configuration.md describes.</param>
    /// <param name="host">
    /// What the host supplies. Its storage, authenticator and log are disposed of, if they are <see cref="IDisposable"/>,
    /// after the uploader's last call, or if opening fails.
    /// </param>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidConfig"/>: the configuration is malformed or contradicts itself or the host, or its
    /// storage cannot be opened.
    /// </exception>
    /// <exception cref="DllNotFoundException">The native library is missing; with all paths that were tried.</exception>
    public Uploader(string config, UploaderHost? host = null)
    {
        Argument.NotNull(config, nameof(config));
        NativeLibraryLoader.Ensure();
        userimage_uploader* uploader = null;
        userimage_error* error = null;
        using (var pins = new Pins())
        {
            byte* text = pins.Text(config, out nuint length);
            // Once a table is made, nothing may fail before the library owns it.
            userimage_storage storage;
            userimage_authenticator authenticator;
            userimage_log log;
            var native = new userimage_host();
            if (host?.Storage != null)
            {
                storage = StorageCallbacks.Table(host.Storage);
                native.storage = &storage;
            }
            if (host?.Authenticator != null)
            {
                authenticator = AuthenticatorCallbacks.Table(host.Authenticator);
                native.authenticator = &authenticator;
            }
            if (host?.Log != null && host.MaxLogLevel != UserImageLogLevel.None)
            {
                log = LogCallbacks.Table(host.Log, host.MaxLogLevel);
                native.log = &log;
            }
            NativeCall.Check(
                NativeMethods.userimage_uploader_open(text, length, &native, &uploader, &error), error);
        }
        handle = new UploaderHandle(uploader);
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
        Argument.NotNull(request, nameof(request));
        if (request.Stream != null && request.Data == null)
        {
            using Admitted admitted = Admit(request.Head());
            return admitted.Finish(request.ReadForm(admitted.MaxBytes));
        }
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = Use();
        using var pins = new Pins();
        userimage_fields fields = request.ToNative(pins);
        int code = NativeMethods.userimage_upload(uploader.Pointer, &fields, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    /// <summary>As <see cref="Upload"/>, for a request of headers, query parameters and form parts.</summary>
    public StoredImage UploadForm(FormRequest request)
    {
        Argument.NotNull(request, nameof(request));
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = Use();
        using var native = new NativeRequest(request);
        int code = NativeMethods.userimage_upload_request(uploader.Pointer, native.Pointer, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    /// <summary>As <see cref="Upload"/>, for a file of the host.</summary>
    /// <param name="request">The fields, without data. Without a file name it is the path's last part.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="UserImageException">Also <see cref="ErrorKind.UnreadableFile"/>.</exception>
    public StoredImage UploadFile(UploadRequest request, string path)
    {
        Argument.NotNull(request, nameof(request));
        Argument.NotNull(path, nameof(path));
        if (request.Data != null || request.Stream != null)
        {
            throw new ArgumentException("The file is at the path: the request has none.", nameof(request));
        }
        userimage_image* image = null;
        userimage_error* error = null;
        using var uploader = Use();
        using var pins = new Pins();
        userimage_fields fields = request.ToNative(pins);
        byte* text = pins.Text(path, out nuint length);
        int code = NativeMethods.userimage_upload_path(uploader.Pointer, &fields, text, length, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    /// <summary>As <see cref="Upload"/>, on a thread of the pool.</summary>
    public Task<StoredImage> UploadAsync(UploadRequest request)
    {
        Argument.NotNull(request, nameof(request));
        return Task.Run(() => Upload(request));
    }

    /// <summary>As <see cref="UploadForm"/>, on a thread of the pool.</summary>
    public Task<StoredImage> UploadFormAsync(FormRequest request)
    {
        Argument.NotNull(request, nameof(request));
        return Task.Run(() => UploadForm(request));
    }

    /// <summary>As <see cref="UploadFile"/>, on a thread of the pool.</summary>
    public Task<StoredImage> UploadFileAsync(UploadRequest request, string path)
    {
        Argument.NotNull(request, nameof(request));
        Argument.NotNull(path, nameof(path));
        return Task.Run(() => UploadFile(request, path));
    }

    /// <summary>
    /// Checks the head of a request, before its body is read: its headers and query parameters. Form parts are ignored. So
    /// a server refuses by the head, and knows how much of the body to read.
    /// </summary>
    /// <exception cref="UserImageException">The head is refused.</exception>
    public Admitted Admit(FormRequest head)
    {
        Argument.NotNull(head, nameof(head));
        userimage_admitted* admitted = null;
        userimage_error* error = null;
        using var uploader = Use();
        using var native = new NativeRequest(head);
        NativeCall.Check(NativeMethods.userimage_admit(uploader.Pointer, native.Pointer, &admitted, &error), error);
        return new Admitted(new AdmittedHandle(admitted));
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
        if (request.Stream != null && request.Data == null)
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
    /// <returns>The answer, whatever is wrong with the request.</returns>
    public HttpResponse Handle(
        string method, string target, IEnumerable<KeyValuePair<string, string>> headers, Stream body)
    {
        Argument.NotNull(body, nameof(body));
        using BodyReceiver receiver = Begin(method, target, headers);
        return receiver.Receive(body);
    }

    /// <summary>As the other, with headers as HttpListener and ASP.NET on .NET Framework have them.</summary>
    public HttpResponse Handle(string method, string target, NameValueCollection headers, Stream body)
    {
        Argument.NotNull(headers, nameof(headers));
        return Handle(method, target, Pairs(headers), body);
    }

    /// <summary>
    /// Begins an HTTP request whose body comes in pieces: answers it from its head alone, or needs its body. What it
    /// returns may outlive the uploader.
    /// </summary>
    /// <param name="method">For example POST.</param>
    /// <param name="target">Path and query as they are in the request line: RawUrl.</param>
    /// <param name="headers">All headers, including repeated ones.</param>
    public BodyReceiver Begin(string method, string target, IEnumerable<KeyValuePair<string, string>> headers)
    {
        Argument.NotNull(method, nameof(method));
        Argument.NotNull(target, nameof(target));
        Argument.NotNull(headers, nameof(headers));
        using var uploader = Use();
        return BodyReceiver.Begin(uploader.Pointer, method, target, headers);
    }

    /// <summary>
    /// Closes the uploader. Calls that run are finished, later ones throw <see cref="ObjectDisposedException"/>. What it
    /// has returned stays usable.
    /// </summary>
    public void Dispose()
    {
        disposed = true;
        handle.Dispose();
    }

    private NativeHandle<userimage_uploader>.Usage Use()
    {
        if (disposed)
        {
            throw new ObjectDisposedException(nameof(Uploader));
        }
        return handle.Use();
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
