using System;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// A request whose head is accepted, and whose form is still to come: see <see cref="Uploader.Admit"/>. It may outlive its
/// uploader. One call at a time may use it. To give the request up, dispose of it.
/// </summary>
[System.Diagnostics.DebuggerDisplay("website {WebsiteId}, at most {MaxBytes} bytes")]
public sealed unsafe class Admitted : IDisposable
{
    private readonly NativeHandle<userimage_admitted> handle;

    internal Admitted(NativeHandle<userimage_admitted> handle)
    {
        this.handle = handle;
        var view = new userimage_admitted_view();
        using var admitted = handle.Use();
        NativeCall.Check(NativeMethods.userimage_admitted_get(admitted.Pointer, &view), null);
        WebsiteId = view.website_id;
        MaxBytes = Saturate.ToLong(view.max_bytes);
    }

    /// <summary>The website of the request.</summary>
    public int WebsiteId { get; }

    /// <summary>The longest file that the website takes, in bytes.</summary>
    public long MaxBytes { get; }

    /// <summary>
    /// Uploads the form: checks it, identifies the image, makes the rendition and stores all of it, durably, or nothing.
    /// Headers and query parameters of the form's request are ignored. It can be done once.
    /// </summary>
    /// <exception cref="UserImageException">
    /// The upload is refused; or, the second time, <see cref="ErrorCode.InvalidArgument"/>.
    /// </exception>
    public StoredImage Finish(FormRequest form)
    {
        Argument.NotNull(form, nameof(form));
        return Finish(form, CancellationToken.None).ImageOrThrow();
    }

    /// <summary>As <see cref="Finish(FormRequest)"/>, on a thread of the library's own.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled before it was stored.</exception>
    public Task<StoredImage> FinishAsync(FormRequest form, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(form, nameof(form));
        return Workers.Decoding.Run(
            token => NativeCancellation.Translate(() => Finish(form, token).ImageOrThrow(), token), cancellationToken);
    }

    /// <summary>Uploads a file that is read from a stream already.</summary>
    internal UploadResult Finish(NativeBuffer file, string? fileName, CancellationToken token)
    {
        var form = new FormRequest();
        form.AddFile(file, fileName ?? "");
        return Finish(form, token);
    }

    private UploadResult Finish(FormRequest form, CancellationToken token)
    {
        userimage_image* image = null;
        userimage_error* error = null;
        using var admitted = handle.Use();
        using var cancellation = new NativeCancellation(token);
        using var request = new NativeRequest(form, cancellation.Pointer);
        int code = NativeMethods.userimage_admitted_finish(admitted.Pointer, request.Pointer, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    /// <summary>Frees the request, finished or given up.</summary>
    public void Dispose()
    {
        handle.Dispose();
    }
}
