using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// Further renditions by their names, and images that look alike.
public sealed unsafe partial class Uploader
{
    /// <summary>
    /// As <see cref="Read(int, long, Variant)"/>, of the file with this name: "original", "standard", or that of a further rendition.
    /// Null also if the image was uploaded without that rendition.
    /// </summary>
    /// <exception cref="UserImageException">
    /// As <see cref="Find"/>, and <see cref="ErrorCode.InvalidArgument"/> for what is no name of a rendition.
    /// </exception>
    public byte[]? Read(int websiteId, long id, string variant)
    {
        Argument.NotNull(variant, nameof(variant));
        using var call = Use();
        return ReadNamedCore(websiteId, id, variant);
    }

    /// <summary>As <see cref="OpenRead(int, long, Variant)"/>, of the file with this name.</summary>
    public Stream? OpenRead(int websiteId, long id, string variant)
    {
        Argument.NotNull(variant, nameof(variant));
        using var call = Use();
        return OpenReadNamedCore(websiteId, id, variant);
    }

    /// <summary>As <see cref="Read(int, long, string)"/>, on a thread of the library's own.</summary>
    public Task<byte[]?> ReadAsync(int websiteId, long id, string variant, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(variant, nameof(variant));
        return Reading(() => ReadNamedCore(websiteId, id, variant), cancellationToken);
    }

    /// <summary>As <see cref="OpenRead(int, long, string)"/>, on a thread of the library's own.</summary>
    public Task<Stream?> OpenReadAsync(
        int websiteId, long id, string variant, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(variant, nameof(variant));
        return Reading(() => OpenReadNamedCore(websiteId, id, variant), cancellationToken);
    }

    private byte[]? ReadNamedCore(int websiteId, long id, string variant)
    {
        userimage_bytes* bytes = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* name = pins.Text(variant, out nuint length);
        int code = NativeMethods.userimage_read_named(
            uploader.Pointer, websiteId, Id(id), name, length, &bytes, &error);
        if (!NativeCall.Finds(code, error))
        {
            return null;
        }
        using var read = new BytesHandle(bytes);
        return read.Copy();
    }

    private Stream? OpenReadNamedCore(int websiteId, long id, string variant)
    {
        userimage_file* file = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* name = pins.Text(variant, out nuint length);
        int code = NativeMethods.userimage_open_named(
            uploader.Pointer, websiteId, Id(id), name, length, &file, &error);
        return NativeCall.Finds(code, error) ? StoredFileStream.Take(file).Content : null;
    }

    /// <summary>
    /// A URL of one of the image's files that works at least until <paramref name="expires"/> has passed: a signed one where
    /// the files are private, else the image's own. Null if the image does not have the rendition.
    /// </summary>
    /// <param name="image">The image.</param>
    /// <param name="variant">"original", "standard", or the name of a further rendition.</param>
    /// <param name="expires">How long.</param>
    public string? GetUrl(StoredImage image, string variant, TimeSpan expires)
    {
        Argument.NotNull(image, nameof(image));
        Argument.NotNull(variant, nameof(variant));
        long milliseconds = Argument.NotNegative(expires.Ticks, nameof(expires)) / TimeSpan.TicksPerMillisecond;
        using var call = Use();
        using var native = new NativeImage(image);
        userimage_bytes* url = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* name = pins.Text(variant, out nuint length);
        int code = NativeMethods.userimage_get_named_url(
            uploader.Pointer, native.Pointer, name, length, (ulong)milliseconds, &url, &error);
        if (!NativeCall.Finds(code, error))
        {
            return null;
        }
        using var bytes = new BytesHandle(url);
        return System.Text.Encoding.UTF8.GetString(bytes.Copy());
    }

    /// <summary>
    /// The images of a website, or of one of its users, that look like a picture: those whose difference hash differs from
    /// its in at most <paramref name="distance"/> of 64 bits, the most similar first.
    /// </summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user; null: all.</param>
    /// <param name="differenceHash">
    /// <see cref="ImageRecord.DifferenceHash"/> of an image, or <see cref="Rendition.DifferenceHash"/> of a file.
    /// </param>
    /// <param name="distance">The most bits that differ. About 10 finds the same picture coded anew.</param>
    /// <param name="limit">The most images.</param>
    public IReadOnlyList<SimilarImage> FindSimilar(
        int websiteId, string? userId, string differenceHash, int distance, int limit)
    {
        ulong hash = CheckSimilar(differenceHash, distance, limit);
        using var call = Use();
        return FindSimilarCore(websiteId, userId, hash, distance, limit);
    }

    /// <summary>As <see cref="FindSimilar"/>, on a thread of the library's own.</summary>
    public Task<IReadOnlyList<SimilarImage>> FindSimilarAsync(
        int websiteId,
        string? userId,
        string differenceHash,
        int distance,
        int limit,
        CancellationToken cancellationToken = default)
    {
        ulong hash = CheckSimilar(differenceHash, distance, limit);
        return Reading<IReadOnlyList<SimilarImage>>(() => FindSimilarCore(websiteId, userId, hash, distance, limit), cancellationToken);
    }

    private static ulong CheckSimilar(string differenceHash, int distance, int limit)
    {
        Argument.NotNull(differenceHash, nameof(differenceHash));
        Argument.NotNegative(distance, nameof(distance));
        Argument.NotNegative(limit, nameof(limit));
        return HashOf(differenceHash)
            ?? throw new ArgumentException("16 hexadecimal digits are expected.", nameof(differenceHash));
    }

    private static ulong? HashOf(string? digits)
    {
        return digits?.Length == 16
            && ulong.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hash)
            ? hash
            : null;
    }

    private SimilarImage[] FindSimilarCore(int websiteId, string? userId, ulong hash, int distance, int limit)
    {
        userimage_list* list = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* user = pins.ClientText(userId, out nuint length);
        try
        {
            int code = NativeMethods.userimage_find_similar(
                uploader.Pointer, websiteId, user, length, hash, (uint)distance, (uint)limit, &list, &error);
            NativeCall.Check(code, error);
            ImageList found = ImageList.Read(list);
            var similar = new SimilarImage[found.Images.Count];
            for (int i = 0; i < similar.Length; i++)
            {
                StoredImage image = found.Images[i];
                similar[i] = new SimilarImage(image, Bits((HashOf(image.Record.DifferenceHash) ?? 0) ^ hash));
            }
            return similar;
        }
        finally
        {
            NativeMethods.userimage_list_free(list);
        }
    }

    private static int Bits(ulong number)
    {
        int bits = 0;
        for (; number != 0; number &= number - 1)
        {
            bits++;
        }
        return bits;
    }
}

/// <summary>An image that <see cref="Uploader.FindSimilar"/> found.</summary>
/// <param name="Image">The image.</param>
/// <param name="Distance">In how many of 64 bits its difference hash differs from the one that was looked for.</param>
public sealed record SimilarImage(StoredImage Image, int Distance);
