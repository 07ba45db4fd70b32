using System;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// A request whose head is accepted, and whose form is still to come: see <see cref="Uploader.Admit"/>. It may outlive its
/// uploader. One call at a time may use it. To give the request up, dispose of it.
/// </summary>
public sealed unsafe class Admitted : IDisposable
{
    private readonly AdmittedHandle handle;

    internal Admitted(AdmittedHandle handle)
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
        userimage_image* image = null;
        userimage_error* error = null;
        using var admitted = handle.Use();
        using var request = new NativeRequest(form);
        int code = NativeMethods.userimage_admitted_finish(admitted.Pointer, request.Pointer, &image, &error);
        return StoredImage.Take(code, image, error);
    }

    /// <summary>Frees the request, finished or given up.</summary>
    public void Dispose()
    {
        handle.Dispose();
    }
}
