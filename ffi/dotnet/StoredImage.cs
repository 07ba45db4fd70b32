using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text;
using UserImage.Native;

namespace UserImage;

/// <summary>A stored image: what an upload returns, and what the host's own storage returns.</summary>
[DebuggerDisplay("{Id} {ImageName,nq} {Width} x {Height}")]
public sealed unsafe class StoredImage : IEquatable<StoredImage>
{
    private string? envelope;

    /// <summary>An image of the host's own storage.</summary>
    /// <param name="id">Its number: positive, unique in its storage, never used twice.</param>
    /// <param name="photoCode">The API's PhotoCode, as in <see cref="StoreResult"/>.</param>
    /// <param name="originalUrl">Where a client gets the original.</param>
    /// <param name="standardUrl">Where a client gets the standard rendition.</param>
    /// <param name="record">
    /// The facts that were passed to <see cref="IStorage.Store"/>: see <see cref="ImageRecord.FromJson"/>.
    /// </param>
    public StoredImage(long id, string photoCode, string originalUrl, string standardUrl, ImageRecord record)
    {
        Argument.NotNull(photoCode, nameof(photoCode));
        Argument.NotNull(originalUrl, nameof(originalUrl));
        Argument.NotNull(standardUrl, nameof(standardUrl));
        Argument.NotNull(record, nameof(record));
        Id = id;
        PhotoCode = photoCode;
        OriginalUrl = originalUrl;
        StandardUrl = standardUrl;
        Record = record;
    }

    /// <summary>The id with that of the website, as one value.</summary>
    public ImageId ImageId => new(Record.WebsiteId, Id);

    /// <summary>Ends an upload: reads the image and frees it, or returns the error.</summary>
    internal static UploadResult Take(int code, userimage_image* image, userimage_error* error)
    {
        try
        {
            return NativeCall.Failure(code, error) is { } failure ? new UploadResult(failure) : new UploadResult(Read(image));
        }
        finally
        {
            NativeMethods.userimage_image_free(image);
        }
    }

    /// <summary>Ends a call that looks for an image: reads it and frees it; null if the image does not exist.</summary>
    internal static StoredImage? TakeIfFound(int code, userimage_image* image, userimage_error* error)
    {
        try
        {
            return NativeCall.Finds(code, error) ? Read(image) : null;
        }
        finally
        {
            NativeMethods.userimage_image_free(image);
        }
    }

    /// <summary>Reads an image, which stays the caller's.</summary>
    internal static StoredImage Read(userimage_image* image)
    {
        var view = new userimage_image_view();
        NativeCall.Check(NativeMethods.userimage_image_get(image, &view), null);
        var record = new ImageRecord(view.record);
        return new StoredImage(
            Saturate.ToLong(view.id),
            Utf8.Text(view.photo_code, view.photo_code_len),
            Utf8.Text(view.original_url, view.original_url_len),
            Utf8.Text(view.standard_url, view.standard_url_len),
            record)
        {
            RenditionUrls = UrlsOf(image, record),
            HttpStatus = view.http_status,
            envelope = Utf8.Text(view.envelope, view.envelope_len),
        };
    }

    /// <summary>Its number: positive, unique in its storage, never used twice.</summary>
    public long Id { get; }

    /// <summary>
    /// The API's PhotoCode: the number, as text, of the first upload of the same bytes by the same user of the same
    /// website; or a text from the host's own storage.
    /// </summary>
    public string PhotoCode { get; }

    /// <summary>Where a client gets the original. It may be relative.</summary>
    public string OriginalUrl { get; }

    /// <summary>Where a client gets the standard rendition. It may be relative.</summary>
    public string StandardUrl { get; }

    /// <summary>Where a client gets the further renditions, by their names. They may be relative.</summary>
    public IReadOnlyDictionary<string, string> RenditionUrls { get; init; } = new Dictionary<string, string>();

    /// <summary>All other facts.</summary>
    public ImageRecord Record { get; }

    /// <summary>The answer to the client: the API's JSON envelope.</summary>
    /// <exception cref="UserImageException">As <see cref="ToJson"/>.</exception>
    public string Envelope
    {
        get
        {
            if (envelope == null)
            {
                using var image = new NativeImage(this);
                envelope = Read(image.Pointer).Envelope;
            }
            return envelope;
        }
    }

    /// <summary>The HTTP status of <see cref="Envelope"/>: 200.</summary>
    public int HttpStatus { get; private init; } = 200;

    /// <inheritdoc cref="ImageRecord.ImageName"/>
    public string ImageName => Record.ImageName;

    /// <inheritdoc cref="ImageRecord.UniqueName"/>
    public string UniqueName => Record.UniqueName;

    /// <inheritdoc cref="ImageRecord.Width"/>
    public int Width => Record.Width;

    /// <inheritdoc cref="ImageRecord.Height"/>
    public int Height => Record.Height;

    /// <inheritdoc cref="ImageRecord.Dpi"/>
    public int Dpi => Record.Dpi;

    /// <inheritdoc cref="ImageRecord.Extension"/>
    public string Extension => Record.Extension;

    /// <inheritdoc cref="ImageRecord.MimeType"/>
    public string MimeType => Record.MimeType;

    /// <summary>An image from the document of <see cref="ToJson"/>, of this or an earlier version of the library.</summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidArgument"/>: it is not such a document.
    /// </exception>
    public static StoredImage FromJson(string json)
    {
        Argument.NotNull(json, nameof(json));
        using var image = new NativeImage(json);
        return Read(image.Pointer);
    }

    /// <summary>
    /// The image as a JSON document, for a host to keep. Later versions of the library read it too. (The answer to a client
    /// is <see cref="Envelope"/>.)
    /// </summary>
    /// <exception cref="UserImageException">
    /// <see cref="ErrorCode.InvalidArgument"/>: <see cref="Id"/> is not positive, or a text is longer than 65,536 bytes.
    /// </exception>
    public string ToJson()
    {
        using var image = new NativeImage(this);
        return image.ToJson();
    }

    /// <summary>Whether the other is the same image, as its storage knows it.</summary>
    public bool Equals(StoredImage? other)
    {
        return other != null && Id == other.Id && PhotoCode == other.PhotoCode && OriginalUrl == other.OriginalUrl
            && StandardUrl == other.StandardUrl && Record.Equals(other.Record)
            && RenditionUrls.Count == other.RenditionUrls.Count
            && RenditionUrls.All(url => other.RenditionUrls.TryGetValue(url.Key, out string? same) && same == url.Value);
    }

    private static Dictionary<string, string> UrlsOf(userimage_image* image, ImageRecord record)
    {
        var urls = new Dictionary<string, string>(record.Renditions.Count);
        foreach (RenditionRecord rendition in record.Renditions)
        {
            using var pins = new Pins();
            byte* name = pins.Text(rendition.Name, out nuint nameLength);
            byte* data = null;
            nuint length = 0;
            int code = NativeMethods.userimage_image_rendition_url(image, name, nameLength, &data, &length);
            if (NativeCall.Finds(code, null))
            {
                urls[rendition.Name] = Utf8.Text(data, length);
            }
        }
        return urls;
    }

    /// <inheritdoc/>
    public override bool Equals(object? obj)
    {
        return Equals(obj as StoredImage);
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return Id.GetHashCode();
    }

    /// <summary>The number and the client's file name.</summary>
    public override string ToString()
    {
        return Id.ToString(CultureInfo.InvariantCulture) + " " + ImageName;
    }
}
