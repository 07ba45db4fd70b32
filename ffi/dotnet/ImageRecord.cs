using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Globalization;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// The facts of an image that is stored or about to be, whichever storage it is in. Plain sizes and densities are as
/// displayed, after orientation; stored ones are before it.
/// </summary>
[DebuggerDisplay("{UniqueName,nq} {Width} x {Height}")]
public sealed unsafe class ImageRecord : IEquatable<ImageRecord>
{
    private readonly string json;

    internal ImageRecord(userimage_record* record)
    {
        var view = new userimage_record_view();
        NativeCall.Check(NativeMethods.userimage_record_get(record, &view), null);
        WebsiteId = view.website_id;
        UserId = Utf8.Text(view.user_id, view.user_id_len);
        ImageName = Utf8.Text(view.image_name, view.image_name_len);
        UniqueName = Utf8.Text(view.unique_name, view.unique_name_len);
        Format = ImageFormat.Of(view.format, view.format_len);
        MimeType = Utf8.Constant(view.mime_type, view.mime_type_len);
        Extension = Utf8.Constant(view.extension, view.extension_len);
        Width = Saturate.ToInt(view.width);
        Height = Saturate.ToInt(view.height);
        StoredWidth = Saturate.ToInt(view.stored_width);
        StoredHeight = Saturate.ToInt(view.stored_height);
        Orientation = (int)view.orientation;
        Dpi = Saturate.ToInt(view.dpi);
        DpiY = Saturate.ToInt(view.dpi_y);
        OriginalBytes = Saturate.ToLong(view.original_bytes);
        Sha256 = Utf8.Hex(view.sha256, view.sha256_len);
        OriginalKey = Utf8.Text(view.original_key, view.original_key_len);
        Created = Saturate.ToTime(view.created);
        Warnings = WarningsOf(view.warnings);
        StandardFormat = ImageFormat.Of(view.standard_format, view.standard_format_len);
        StandardMimeType = Utf8.Constant(view.standard_mime_type, view.standard_mime_type_len);
        StandardWidth = Saturate.ToInt(view.standard_width);
        StandardHeight = Saturate.ToInt(view.standard_height);
        StandardBytes = Saturate.ToLong(view.standard_bytes);
        StandardSha256 = view.standard_sha256 == null ? null : Utf8.Hex(view.standard_sha256, view.standard_sha256_len);
        StandardKey = Utf8.Text(view.standard_key, view.standard_key_len);
        Renditions = RenditionRecord.Read(record, checked((int)view.rendition_count));
        if ((view.has & NativeMethods.USERIMAGE_RECORD_HAS_DIFFERENCE_HASH) != 0)
        {
            DifferenceHash = view.difference_hash.ToString("x16", CultureInfo.InvariantCulture);
        }
        ThumbHash = view.thumb_hash == null ? null : Utf8.Hex(view.thumb_hash, view.thumb_hash_len);
        byte* data = null;
        nuint length = 0;
        NativeCall.Check(NativeMethods.userimage_record_json(record, &data, &length), null);
        json = Utf8.Text(data, length);
    }

    /// <summary>The website that it was uploaded to.</summary>
    public int WebsiteId { get; }

    /// <summary>Who uploaded it.</summary>
    public string UserId { get; }

    /// <summary>The client's file name: for display, never to be used as a path.</summary>
    public string ImageName { get; }

    /// <summary>The name that it is stored under: safe in a path and in a URL.</summary>
    public string UniqueName { get; }

    /// <summary>The original's format, found in its bytes.</summary>
    public ImageFormat Format { get; }

    /// <summary>The original's MIME type, such as "image/jpeg".</summary>
    public string MimeType { get; }

    /// <summary>The original's extension with its dot, such as ".jpg".</summary>
    public string Extension { get; }

    /// <summary>The original's width in pixels as displayed.</summary>
    public int Width { get; }

    /// <summary>The original's height in pixels as displayed.</summary>
    public int Height { get; }

    /// <summary>The original's width in pixels as stored.</summary>
    public int StoredWidth { get; }

    /// <summary>The original's height in pixels as stored.</summary>
    public int StoredHeight { get; }

    /// <summary>EXIF's orientation, 1 to 8: how the stored pixels are turned or mirrored for display.</summary>
    public int Orientation { get; }

    /// <summary>
    /// The answer's dots per inch, which are the horizontal ones as displayed: the request's, else the file's own, else 72.
    /// </summary>
    public int Dpi { get; }

    /// <summary>The vertical dots per inch as displayed.</summary>
    public int DpiY { get; }

    /// <summary>The original's length in bytes.</summary>
    public long OriginalBytes { get; }

    /// <summary>The original's SHA-256, in lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>
    /// The key under which the library's storages keep the original: a path relative to the store, such as
    /// "original/2026_11_....png". The host's own storage may use it too.
    /// </summary>
    public string OriginalKey { get; }

    /// <summary>When it was uploaded, UTC.</summary>
    public DateTimeOffset Created { get; }

    /// <summary>What whoever prints it should look at.</summary>
    public IReadOnlyList<ImageWarning> Warnings { get; }

    /// <summary>The standard rendition's format: "jpeg", or "png" if the image has transparency.</summary>
    public ImageFormat StandardFormat { get; }

    /// <summary>The standard rendition's MIME type.</summary>
    public string StandardMimeType { get; }

    /// <summary>The standard rendition's width in pixels.</summary>
    public int StandardWidth { get; }

    /// <summary>The standard rendition's height in pixels.</summary>
    public int StandardHeight { get; }

    /// <summary>The standard rendition's length in bytes.</summary>
    public long StandardBytes { get; }

    /// <summary>
    /// The standard rendition's SHA-256, in lower-case hexadecimal; null in records of versions that did not compute it.
    /// </summary>
    public string? StandardSha256 { get; }

    /// <summary>As <see cref="OriginalKey"/>, for the standard rendition.</summary>
    public string StandardKey { get; }

    /// <summary>
    /// The further renditions that the configuration named when the image was uploaded, in the order of their names.
    /// </summary>
    public IReadOnlyList<RenditionRecord> Renditions { get; }

    /// <summary>
    /// The difference hash of the picture, 16 hexadecimal digits, for <see cref="Uploader.FindSimilar"/>; null in records of
    /// versions that did not compute it.
    /// </summary>
    public string? DifferenceHash { get; }

    /// <summary>
    /// The ThumbHash of the picture, from which a placeholder is drawn, in lower-case hexadecimal; null in records of versions
    /// that did not compute it.
    /// </summary>
    public string? ThumbHash { get; }

    /// <summary>A record from the document of <see cref="ToJson"/>, of this or an earlier version of the library.</summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidArgument"/>: it is not such a document.
    /// </exception>
    public static ImageRecord FromJson(string json)
    {
        Argument.NotNull(json, nameof(json));
        NativeLibraryLoader.Ensure();
        using var pins = new Pins();
        byte* text = pins.Text(json, out nuint length);
        userimage_record* record = null;
        userimage_error* error = null;
        try
        {
            NativeCall.Check(NativeMethods.userimage_record_from_json(text, length, &record, &error), error);
            return new ImageRecord(record);
        }
        finally
        {
            NativeMethods.userimage_record_free(record);
        }
    }

    /// <summary>
    /// The record as a JSON document, for the host's own storage to keep. Later versions of the library read it too.
    /// </summary>
    public string ToJson()
    {
        return json;
    }

    /// <summary>Whether the other has the same facts.</summary>
    public bool Equals(ImageRecord? other)
    {
        return other != null && json == other.json;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj)
    {
        return Equals(obj as ImageRecord);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return StringComparer.Ordinal.GetHashCode(UniqueName);
    }

    /// <summary>The unique name.</summary>
    public override string ToString()
    {
        return UniqueName;
    }

    /// <summary>Each bit is a warning.</summary>
    private static ReadOnlyCollection<ImageWarning> WarningsOf(ulong bits)
    {
        var warnings = new List<ImageWarning>();
        for (ulong rest = bits; rest != 0; rest &= rest - 1)
        {
            warnings.Add((ImageWarning)(rest & (~rest + 1)));
        }
        return warnings.AsReadOnly();
    }
}
