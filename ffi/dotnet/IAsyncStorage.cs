using System;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

/// <summary>
/// The host's own storage, for stores that are asynchronous: Entity Framework, Azure, S3. As <see cref="IStorage"/> otherwise.
/// While an upload waits for it another one is decoded; no thread of the pool waits.
/// </summary>
/// <example>
/// <code>
/// sealed class Shop(IDbContextFactory&lt;ShopContext&gt; contexts) : IAsyncStorage
/// {
///     public async Task&lt;StoreResult&gt; StoreAsync(NewImage image, CancellationToken cancellationToken)
///     {
///         await using ShopContext context = await contexts.CreateDbContextAsync(cancellationToken);
///         var photo = new Photo { Record = image.Record.ToJson(), Original = image.Original, Standard = image.Standard };
///         context.Photos.Add(photo);
///         await context.SaveChangesAsync(cancellationToken);
///         return new StoreResult(photo.Id, $"{photo.Id}", $"/photos/{photo.Id}/original", $"/photos/{photo.Id}/standard");
///     }
/// }
/// </code>
/// </example>
public interface IAsyncStorage
{
    /// <summary>
    /// Stores an image, all files and the record, durably and atomically: all of it, or nothing if it throws.
    /// </summary>
    /// <param name="image">The image, which is checked.</param>
    /// <param name="cancellationToken">That of the upload. A storage that throws for it must have stored nothing.</param>
    Task<StoreResult> StoreAsync(NewImage image, CancellationToken cancellationToken);
}

/// <summary>
/// An asynchronous storage that also reads back: as <see cref="IReadableStorage"/>, where each is described.
/// </summary>
public interface IReadableAsyncStorage : IAsyncStorage
{
    /// <inheritdoc cref="IReadableStorage.Find"/>
    Task<StoredImage?> FindAsync(int websiteId, long id, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReadableStorage.FindKey"/>
    Task<StoredImage?> FindKeyAsync(string key, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReadableStorage.Read"/>
    Task<byte[]?> ReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReadableStorage.List"/>
    Task<ImageList> ListAsync(int websiteId, string userId, long pageIndex, int pageSize, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReadableStorage.Delete"/>
    Task<bool> DeleteAsync(int websiteId, long id, CancellationToken cancellationToken);

    /// <inheritdoc cref="IReadableStorage.Sweep"/>
    Task<SweepReport> SweepAsync(TimeSpan minAge, CancellationToken cancellationToken);
}

/// <summary>As <see cref="IRangeStorage"/>, for stores that are asynchronous.</summary>
public interface IRangeAsyncStorage : IReadableAsyncStorage
{
    /// <inheritdoc cref="IRangeStorage.ReadRange"/>
    Task<byte[]?> ReadRangeAsync(
        int websiteId, long id, Variant variant, long offset, int count, CancellationToken cancellationToken);
}
