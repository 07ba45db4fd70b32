using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

/// <summary>
/// A storage that also reads back further renditions, those of the configuration's "renditions". Without it the library finds
/// none of them in a storage of the host's own; <see cref="NewImage.RenditionFiles"/> has their bytes in every case.
/// </summary>
public interface IRenditionStorage : IReadableStorage
{
    /// <summary>The image's rendition with this name, or null.</summary>
    byte[]? ReadRendition(int websiteId, long id, string name);
}

/// <summary>As <see cref="IRenditionStorage"/>, for stores that are asynchronous.</summary>
public interface IRenditionAsyncStorage : IReadableAsyncStorage
{
    /// <inheritdoc cref="IRenditionStorage.ReadRendition"/>
    Task<byte[]?> ReadRenditionAsync(int websiteId, long id, string name, CancellationToken cancellationToken);
}
