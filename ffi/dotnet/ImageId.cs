using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// An image of a website as one value, for hosts that pass both numbers on: they cannot be swapped. Every call that takes the two
/// numbers takes it as well.
/// </summary>
/// <param name="WebsiteId">The website.</param>
/// <param name="Id">The image's id, as in <see cref="StoredImage.Id"/>.</param>
public readonly record struct ImageId(int WebsiteId, long Id)
{
    /// <summary>The two numbers, such as 1001/7.</summary>
    public override string ToString()
    {
        return string.Format(CultureInfo.InvariantCulture, "{0}/{1}", WebsiteId, Id);
    }
}

/// <summary>The calls that take an <see cref="ImageId"/> in place of the two numbers.</summary>
public static class ImageIdExtensions
{
    /// <inheritdoc cref="Uploader.Find(int, long)"/>
    public static StoredImage? Find(this Uploader uploader, ImageId image)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.Find(image.WebsiteId, image.Id);
    }

    /// <inheritdoc cref="Uploader.Read(int, long, Variant)"/>
    public static byte[]? Read(this Uploader uploader, ImageId image, Variant variant)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.Read(image.WebsiteId, image.Id, variant);
    }

    /// <inheritdoc cref="Uploader.OpenRead(int, long, Variant)"/>
    public static Stream? OpenRead(this Uploader uploader, ImageId image, Variant variant)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.OpenRead(image.WebsiteId, image.Id, variant);
    }

    /// <inheritdoc cref="Uploader.Delete(int, long)"/>
    public static bool Delete(this Uploader uploader, ImageId image)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.Delete(image.WebsiteId, image.Id);
    }

    /// <inheritdoc cref="Uploader.FindAsync(int, long, CancellationToken)"/>
    public static Task<StoredImage?> FindAsync(
        this IUploader uploader, ImageId image, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.FindAsync(image.WebsiteId, image.Id, cancellationToken);
    }

    /// <inheritdoc cref="Uploader.ReadAsync(int, long, Variant, CancellationToken)"/>
    public static Task<byte[]?> ReadAsync(
        this IUploader uploader, ImageId image, Variant variant, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.ReadAsync(image.WebsiteId, image.Id, variant, cancellationToken);
    }

    /// <inheritdoc cref="Uploader.OpenReadAsync(int, long, Variant, CancellationToken)"/>
    public static Task<Stream?> OpenReadAsync(
        this IUploader uploader, ImageId image, Variant variant, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.OpenReadAsync(image.WebsiteId, image.Id, variant, cancellationToken);
    }

    /// <inheritdoc cref="Uploader.DeleteAsync(int, long, CancellationToken)"/>
    public static Task<bool> DeleteAsync(
        this IUploader uploader, ImageId image, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(uploader, nameof(uploader));
        return uploader.DeleteAsync(image.WebsiteId, image.Id, cancellationToken);
    }
}
