using System.Globalization;
using System.IO;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// The fields of an upload, as the client sent them: the library checks them. What the client did not send is null.
/// </summary>
[System.Diagnostics.DebuggerDisplay("{FileName} of website {WebsiteId}, user {UserId}")]
public sealed unsafe class UploadRequest
{
    /// <summary>A request without a file, or for <see cref="Uploader.UploadFile"/>.</summary>
    public UploadRequest()
    {
    }

    /// <summary>A request with a file in memory.</summary>
    public UploadRequest(string? fileName, byte[] data)
    {
        Argument.NotNull(data, nameof(data));
        FileName = fileName;
        Data = data;
    }

#if NET
    private readonly System.ReadOnlyMemory<byte>? memory;

    /// <summary>A request with a file in memory, which is not copied. Do not change it until the upload has ended.</summary>
    public UploadRequest(string? fileName, System.ReadOnlyMemory<byte> data)
    {
        FileName = fileName;
        memory = data;
    }
#endif

    /// <summary>
    /// A request with the rest of a stream as its file. The upload reads it, after it has checked the other fields, and
    /// not past the website's limit.
    /// </summary>
    public UploadRequest(string? fileName, Stream stream)
    {
        Argument.NotNull(stream, nameof(stream));
        FileName = fileName;
        Stream = stream;
    }

    /// <summary>
    /// A request of a host that has the values as numbers. The file is set afterwards, as <see cref="Data"/> or
    /// <see cref="Stream"/> with its <see cref="FileName"/>, or passed by its path to <see cref="Uploader.UploadFile"/>.
    /// </summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user.</param>
    /// <param name="dpi">The DPI, if it is not that of the file.</param>
    public static UploadRequest For(int websiteId, string userId, int? dpi = null)
    {
        Argument.NotNull(userId, nameof(userId));
        return new UploadRequest
        {
            WebsiteId = websiteId.ToString(CultureInfo.InvariantCulture),
            UserId = userId,
            Dpi = dpi?.ToString(CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The header websiteId.</summary>
    public string? WebsiteId { get; set; }

    /// <summary>The header webApiClientKey.</summary>
    public string? ClientKey { get; set; }

    /// <summary>The parameter userId.</summary>
    public string? UserId { get; set; }

    /// <summary>The parameter DPI.</summary>
    public string? Dpi { get; set; }

    /// <summary>The client's name of the file.</summary>
    public string? FileName { get; set; }

    /// <summary>The file, if it is an array.</summary>
    public byte[]? Data { get; set; }

    /// <summary>The file, if it is to be read from a stream.</summary>
    public Stream? Stream { get; set; }

    /// <summary>Whether the file is in memory.</summary>
    internal bool IsInMemory =>
#if NET
        memory != null ||
#endif
        Data != null;

    /// <summary>The fields with the file in memory.</summary>
    internal userimage_fields ToNative(Pins pins)
    {
        var fields = new userimage_fields();
        fields.website_id = pins.ClientText(WebsiteId, out fields.website_id_len);
        fields.client_key = pins.ClientText(ClientKey, out fields.client_key_len);
        fields.user_id = pins.ClientText(UserId, out fields.user_id_len);
        fields.dpi = pins.ClientText(Dpi, out fields.dpi_len);
        fields.file_name = pins.ClientText(FileName, out fields.file_name_len);
#if NET
        if (Data == null && memory is { } bytes)
        {
            fields.data = pins.Memory(bytes, out fields.data_len);
            return fields;
        }
#endif
        fields.data = pins.Bytes(Data, out fields.data_len);
        return fields;
    }

    /// <summary>The fields that are known before the file is.</summary>
    internal FormRequest Head()
    {
        var head = new FormRequest();
        if (WebsiteId != null)
        {
            head.AddHeader("websiteId", WebsiteId);
        }
        if (ClientKey != null)
        {
            head.AddHeader("webApiClientKey", ClientKey);
        }
        if (UserId != null)
        {
            head.AddQuery("userId", UserId);
        }
        if (Dpi != null)
        {
            head.AddQuery("DPI", Dpi);
        }
        return head;
    }
}
