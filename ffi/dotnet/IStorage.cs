using System;
using System.Collections.Generic;

namespace UserImage;

/// <summary>
/// The host's own storage. It is called on any thread that uploads, on several at once, and may use the library.
/// What it throws makes the upload fail with <see cref="ErrorKind.StorageFailed"/> and is that exception's
/// <see cref="Exception.InnerException"/>.
/// </summary>
public interface IStorage
{
    /// <summary>
    /// Stores an image, all files and the record, durably and atomically: all of it, or nothing if it throws.
    /// </summary>
    StoreResult Store(NewImage image);
}

/// <summary>
/// A storage that also reads back, so that <see cref="Uploader.Find"/> and the files of the HTTP endpoint work. Every
/// id belongs to a website: an image of another website does not exist.
/// </summary>
public interface IReadableStorage : IStorage
{
    /// <summary>The website's image with this id, or null.</summary>
    StoredImage? Find(int websiteId, long id);

    /// <summary>
    /// The image one of whose files has this key (<see cref="ImageRecord.OriginalKey"/>, <see cref="ImageRecord.StandardKey"/>
    /// or <see cref="RenditionRecord.Key"/>), of any website, or null. The HTTP endpoint serves files by it.
    /// </summary>
    StoredImage? FindKey(string key);

    /// <summary>One of the image's files, or null: also if the image was uploaded without this rendition.</summary>
    byte[]? Read(int websiteId, long id, Variant variant);

    /// <summary>
    /// A page of a user's images, newest first: <paramref name="pageSize"/> of them, after
    /// <paramref name="pageIndex"/> times as many. The first page has index 0.
    /// </summary>
    ImageList List(int websiteId, string userId, long pageIndex, int pageSize);

    /// <summary>Deletes an image and all its files. Returns false if there is no such image.</summary>
    bool Delete(int websiteId, long id);

    /// <summary>Removes what uploads and deletions that never finished have left, if it is older than this.</summary>
    SweepReport Sweep(TimeSpan minAge);
}

/// <summary>
/// A storage that reads a part of a file, so that a large file is not in memory while it is served. Without it the library
/// reads files at once, by <see cref="IReadableStorage.Read"/>.
/// </summary>
public interface IRangeStorage : IReadableStorage
{
    /// <summary>
    /// So many bytes at an offset of one of the image's files, or null if there is no such image any more. The range lies
    /// within the length that the image's record states.
    /// </summary>
    byte[]? ReadRange(int websiteId, long id, Variant variant, long offset, int count);
}

/// <summary>A checked image that a storage is to store.</summary>
/// <param name="Record">The facts of it.</param>
/// <param name="Original">The bytes as they were uploaded.</param>
/// <param name="Standard">The standard rendition.</param>
public sealed record NewImage(ImageRecord Record, byte[] Original, byte[] Standard)
{
    /// <summary>The further renditions of <see cref="ImageRecord.Renditions"/>, by their names.</summary>
    public IReadOnlyDictionary<string, byte[]> RenditionFiles { get; init; } = new Dictionary<string, byte[]>();
}

/// <summary>What a storage assigns to an image that it has stored.</summary>
/// <param name="Id">Its number: positive, unique in the storage, never used twice.</param>
/// <param name="PhotoCode">
/// The API's PhotoCode. The library's own storages give the id, as text, of the first upload of the same bytes by the
/// same user of the same website; any text will do.
/// </param>
/// <param name="OriginalUrl">Where a client gets the original. It may be relative.</param>
/// <param name="StandardUrl">Where a client gets the standard rendition. It may be relative.</param>
public sealed record StoreResult(long Id, string PhotoCode, string OriginalUrl, string StandardUrl)
{
    /// <summary>Where a client gets the further renditions, by their names. They may be relative.</summary>
    public IReadOnlyDictionary<string, string> RenditionUrls { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a sweep has removed.</summary>
/// <param name="Records">Records of uploads and deletions that never finished.</param>
/// <param name="Files">Files of theirs.</param>
public readonly record struct SweepReport(long Records, long Files)
{
    /// <summary>Images that were deleted because they were older than the retention of their website's policy.</summary>
    public long Images { get; init; }
}
