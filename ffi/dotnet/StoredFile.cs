using System;
using System.IO;
using UserImage.Native;

namespace UserImage;

/// <summary>A file of a stored image that is open for reading: see <see cref="Uploader.OpenReadKey"/>.</summary>
/// <param name="content">See <see cref="Content"/>.</param>
/// <param name="mimeType">See <see cref="MimeType"/>.</param>
/// <param name="variant">See <see cref="Variant"/>.</param>
[System.Diagnostics.DebuggerDisplay("{Variant.Name,nq} {MimeType,nq}")]
public sealed unsafe class StoredFile(Stream content, string mimeType, Variant variant) : IDisposable
{
    /// <summary>
    /// The bytes. They are read when they are asked for; the stream has a length and can seek. It throws
    /// <see cref="IOException"/> when they cannot be read, for instance because the image was deleted meanwhile.
    /// </summary>
    public Stream Content { get; } = content ?? throw new ArgumentNullException(nameof(content));

    /// <summary>The MIME type, such as image/png.</summary>
    public string MimeType { get; } = mimeType ?? throw new ArgumentNullException(nameof(mimeType));

    /// <summary>Which of the image's files it is.</summary>
    public Variant Variant { get; } = variant;

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        Content.Dispose();
    }

    /// <summary>Takes an open file of the library's over.</summary>
    internal static StoredFile Take(userimage_file* file)
    {
        var handle = new NativeHandle<userimage_file>(file, &NativeMethods.userimage_file_free);
        var view = new userimage_file_view();
        using var usage = handle.Use();
        NativeCall.Check(NativeMethods.userimage_file_get(usage.Pointer, &view), null);
        return new StoredFile(
            new ReadAtStream<userimage_file>(handle, view.len, &NativeMethods.userimage_file_read_at),
            Utf8.Constant(view.mime_type, view.mime_type_len),
            Utf8.Constant(view.variant, view.variant_len));
    }
}
