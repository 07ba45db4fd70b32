namespace UserImage;

/// <summary>What <see cref="Uploader.TryUpload"/> returns: the image, or the error. In both cases it has the answer to the client.</summary>
public sealed record UploadResult
{
    /// <summary>Of an upload that is stored.</summary>
    public UploadResult(StoredImage image)
    {
        Native.Argument.NotNull(image, nameof(image));
        Image = image;
    }

    /// <summary>Of an upload that is refused or failed.</summary>
    public UploadResult(UserImageException error)
    {
        Native.Argument.NotNull(error, nameof(error));
        Error = error;
    }

    /// <summary>The image, if it is stored.</summary>
    public StoredImage? Image { get; }

    /// <summary>Why it is not stored, else null.</summary>
    public UserImageException? Error { get; }

    /// <summary>The answer to the client: the API's JSON envelope.</summary>
    public string Envelope => Image?.Envelope ?? Error!.Envelope;

    /// <summary>The HTTP status of <see cref="Envelope"/>.</summary>
    public int HttpStatus => Image?.HttpStatus ?? Error!.HttpStatus;

    internal StoredImage ImageOrThrow()
    {
        return Image ?? throw Error!;
    }
}
