using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// Images that look alike.
public sealed unsafe partial class Uploader
{
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
        int code = NativeMethods.userimage_find_similar(
            uploader.Pointer, websiteId, user, length, hash, (uint)distance, (uint)limit, &list, &error);
        return ImageList.Take(code, list, error).Images
            .Select(image => new SimilarImage(image, Bits((HashOf(image.Record.DifferenceHash) ?? 0) ^ hash)))
            .ToArray();
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
