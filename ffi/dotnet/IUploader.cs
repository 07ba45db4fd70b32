using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage;

/// <summary>
/// What an <see cref="Uploader"/> does for a program, so that its unit tests can put a fake in its place. What a fake returns
/// can be made: <see cref="StoredImage"/>, <see cref="UploadResult"/>, <see cref="UserImageResponse"/> and others have public
/// constructors, <see cref="ImageRecord.FromJson"/> and <see cref="UserImageException.Create"/> make the rest. (A real uploader on
/// <c>"storage": {"memory": ...}</c> needs no fake, and takes less than a millisecond for a small image.)
/// </summary>
public interface IUploader : IDisposable
#if NET
    , IAsyncDisposable
#endif
{
    /// <inheritdoc cref="Uploader.Upload"/>
    StoredImage Upload(UploadRequest request);

    /// <inheritdoc cref="Uploader.TryUpload"/>
    UploadResult TryUpload(UploadRequest request);

    /// <inheritdoc cref="Uploader.UploadAsync"/>
    Task<StoredImage> UploadAsync(UploadRequest request, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.TryUploadAsync"/>
    Task<UploadResult> TryUploadAsync(UploadRequest request, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.UploadFormAsync"/>
    Task<StoredImage> UploadFormAsync(FormRequest request, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.UploadFileAsync"/>
    Task<StoredImage> UploadFileAsync(UploadRequest request, string path, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.Validate"/>
    void Validate(UploadRequest request);

    /// <inheritdoc cref="Uploader.MaxBytes"/>
    long MaxBytes(int websiteId);

    /// <inheritdoc cref="Uploader.HandleAsync"/>
    Task<UserImageResponse> HandleAsync(
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        Stream body,
        IPAddress? peer = null,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.FindAsync"/>
    Task<StoredImage?> FindAsync(int websiteId, long id, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.FindKeyAsync"/>
    Task<StoredImage?> FindKeyAsync(string key, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.ReadAsync"/>
    Task<byte[]?> ReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.OpenReadAsync"/>
    Task<Stream?> OpenReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.OpenReadKeyAsync"/>
    Task<StoredFile?> OpenReadKeyAsync(string key, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.GetUrlAsync"/>
    Task<string?> GetUrlAsync(
        StoredImage image, Variant variant, TimeSpan expires, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.ListAfterAsync"/>
    Task<IReadOnlyList<StoredImage>> ListAfterAsync(
        int websiteId, string userId, long? before, int size, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.SearchAsync"/>
    Task<ImageList> SearchAsync(
        int websiteId, string userId, string text, long pageIndex, int pageSize, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.ListAsync"/>
    Task<ImageList> ListAsync(
        int websiteId, string userId, long pageIndex, int pageSize, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.FindSimilarAsync"/>
    Task<IReadOnlyList<SimilarImage>> FindSimilarAsync(
        int websiteId,
        string? userId,
        string differenceHash,
        int distance,
        int limit,
        CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.DeleteAsync"/>
    Task<bool> DeleteAsync(int websiteId, long id, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.SweepAsync"/>
    Task<SweepReport> SweepAsync(TimeSpan minAge, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.UsageAsync"/>
    Task<StorageUsage> UsageAsync(int websiteId, string? userId = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.DeleteUserAsync"/>
    Task<long> DeleteUserAsync(int websiteId, string userId, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.ReassignAsync"/>
    Task<long> ReassignAsync(
        int websiteId, string fromUserId, string toUserId, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.ExpireAsync"/>
    Task<long> ExpireAsync(int websiteId, TimeSpan age, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.VerifyAsync"/>
    Task<VerifyReport> VerifyAsync(
        VerifyReport? previous = null, IProgress<VerifyReport>? progress = null, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.BackupAsync"/>
    Task<CopyReport> BackupAsync(string path, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.RestoreAsync"/>
    Task<CopyReport> RestoreAsync(string path, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="Uploader.Metrics"/>
    string Metrics();
}
