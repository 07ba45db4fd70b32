using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// What does not block. Uploads share as many threads as there are processors, what only reads has others.
public sealed partial class Uploader
{
    /// <summary>
    /// As <see cref="Upload"/>, on a thread of the library's own. A stream is read asynchronously, after the other fields are
    /// checked, and no further than the website's limit.
    /// </summary>
    /// <param name="request">The upload.</param>
    /// <param name="cancellationToken">Gives the upload up, unless it is being stored: then it is stored.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is stored.</exception>
    public Task<StoredImage> UploadAsync(UploadRequest request, CancellationToken cancellationToken = default)
    {
        return ImageOrThrowAsync(TryUploadAsync(request, cancellationToken));
    }

    /// <summary>As <see cref="UploadAsync"/>, without an exception for what is wrong with the request, or for a server error.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is stored.</exception>
    public Task<UploadResult> TryUploadAsync(UploadRequest request, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(request, nameof(request));
        return request.Stream != null && !request.IsInMemory
            ? UploadStreamAsync(request, request.Stream, cancellationToken)
            : OnWorkers(Workers.Decoding, token => ThrowIfCancelled(UploadCore(request, token), token), cancellationToken);
    }

    /// <summary>As <see cref="UploadForm"/>, on a thread of the library's own.</summary>
    /// <inheritdoc cref="UploadAsync" path="/exception"/>
    public Task<StoredImage> UploadFormAsync(FormRequest request, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(request, nameof(request));
        return OnWorkers(Workers.Decoding, token => UploadFormCore(request, token).ImageOrThrow(), cancellationToken);
    }

    /// <summary>As <see cref="UploadFile"/>, on a thread of the library's own.</summary>
    /// <inheritdoc cref="UploadAsync" path="/exception"/>
    public Task<StoredImage> UploadFileAsync(UploadRequest request, string path, CancellationToken cancellationToken = default)
    {
        CheckFile(request, path);
        return OnWorkers(Workers.Decoding, token => UploadFileCore(request, path, token).ImageOrThrow(), cancellationToken);
    }

    /// <summary>As <see cref="Admit"/>, on a thread of the library's own: the host's authenticator may take a while.</summary>
    public Task<Admitted> AdmitAsync(FormRequest head, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(head, nameof(head));
        return Reading(() => AdmitCore(head, out UserImageException? failure) ?? throw failure!, cancellationToken);
    }

    /// <summary>As <see cref="Begin"/>, on a thread of the library's own.</summary>
    public Task<BodyReceiver> BeginAsync(
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        IPAddress? peer = null,
        CancellationToken cancellationToken = default)
    {
        Argument.NotNull(method, nameof(method));
        Argument.NotNull(target, nameof(target));
        Argument.NotNull(headers, nameof(headers));
        return Reading(() => BeginCore(method, target, headers, peer), cancellationToken);
    }

    /// <summary>
    /// As <see cref="Handle(string, string, IEnumerable{KeyValuePair{string, string}}, Stream, IPAddress)"/>: the body is read
    /// asynchronously, and the request is processed on a thread of the library's own.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was cancelled, and nothing is stored.</exception>
    public Task<UserImageResponse> HandleAsync(
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        Stream body,
        IPAddress? peer = null,
        CancellationToken cancellationToken = default)
    {
        Argument.NotNull(method, nameof(method));
        Argument.NotNull(target, nameof(target));
        Argument.NotNull(headers, nameof(headers));
        Argument.NotNull(body, nameof(body));
        return HandleBodyAsync(method, target, headers, body, peer, cancellationToken);
    }

    private async Task<UserImageResponse> HandleBodyAsync(
        string method,
        string target,
        IEnumerable<KeyValuePair<string, string>> headers,
        Stream body,
        IPAddress? peer,
        CancellationToken cancellationToken)
    {
        gate.Enter();
        try
        {
            using BodyReceiver receiver =
                await BeginAsync(method, target, headers, peer, cancellationToken).ConfigureAwait(false);
            return await receiver.ReceiveAsync(body, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }

    /// <summary>As <see cref="Find"/>, on a thread of the library's own.</summary>
    public Task<StoredImage?> FindAsync(int websiteId, long id, CancellationToken cancellationToken = default)
    {
        return Reading(() => FindCore(websiteId, id), cancellationToken);
    }

    /// <summary>As <see cref="FindKey"/>, on a thread of the library's own.</summary>
    public Task<StoredImage?> FindKeyAsync(string key, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(key, nameof(key));
        return Reading(() => FindKeyCore(key), cancellationToken);
    }

    /// <summary>As <see cref="Read"/>, on a thread of the library's own.</summary>
    public Task<byte[]?> ReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken = default)
    {
        return Reading(() => ReadCore(websiteId, id, variant), cancellationToken);
    }

    /// <summary>As <see cref="OpenRead"/>, on a thread of the library's own.</summary>
    public Task<Stream?> OpenReadAsync(int websiteId, long id, Variant variant, CancellationToken cancellationToken = default)
    {
        return Reading<Stream?>(() => OpenReadCore(websiteId, id, variant), cancellationToken);
    }

    /// <summary>As <see cref="OpenReadKey"/>, on a thread of the library's own.</summary>
    public Task<StoredFile?> OpenReadKeyAsync(string key, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(key, nameof(key));
        return Reading(() => OpenReadKeyCore(key), cancellationToken);
    }

    /// <summary>As <see cref="GetUrl"/>, on a thread of the library's own.</summary>
    public Task<string?> GetUrlAsync(
        StoredImage image, Variant variant, TimeSpan expires, CancellationToken cancellationToken = default)
    {
        CheckUrl(image, expires);
        return Reading(() => GetUrlCore(image, variant, expires), cancellationToken);
    }

    /// <summary>As <see cref="ListAfter"/>, on a thread of the library's own.</summary>
    public Task<IReadOnlyList<StoredImage>> ListAfterAsync(
        int websiteId, string userId, long? before, int size, CancellationToken cancellationToken = default)
    {
        CheckAfter(userId, before, size);
        return Reading(() => ListAfterCore(websiteId, userId, before, size), cancellationToken);
    }

    /// <summary>As <see cref="Search"/>, on a thread of the library's own.</summary>
    public Task<ImageList> SearchAsync(
        int websiteId, string userId, string text, long pageIndex, int pageSize, CancellationToken cancellationToken = default)
    {
        CheckPage(userId, pageIndex, pageSize);
        Argument.NotNull(text, nameof(text));
        return Reading(() => SearchCore(websiteId, userId, text, pageIndex, pageSize), cancellationToken);
    }

    /// <summary>As <see cref="List"/>, on a thread of the library's own.</summary>
    public Task<ImageList> ListAsync(
        int websiteId, string userId, long pageIndex, int pageSize, CancellationToken cancellationToken = default)
    {
        CheckPage(userId, pageIndex, pageSize);
        return Reading(() => ListCore(websiteId, userId, pageIndex, pageSize), cancellationToken);
    }

    /// <summary>As <see cref="Delete"/>, on a thread of the library's own.</summary>
    public Task<bool> DeleteAsync(int websiteId, long id, CancellationToken cancellationToken = default)
    {
        return Reading(() => DeleteCore(websiteId, id), cancellationToken);
    }

    /// <summary>As <see cref="Sweep"/>, on a thread of the library's own.</summary>
    /// <param name="minAge">As there.</param>
    /// <param name="cancellationToken">Ends it after at most 100 more images; what is deleted remains deleted.</param>
    public unsafe Task<SweepReport> SweepAsync(TimeSpan minAge, CancellationToken cancellationToken = default)
    {
        Argument.NotNegative(minAge.Ticks, nameof(minAge));
        return Cancellable(cancellation => SweepCore(minAge, cancellation), cancellationToken);
    }

#if NET
    /// <summary>
    /// All of a user's images, newest first, read page by page, by key. (From a host's own storage, by
    /// <see cref="IReadableStorage.List"/>.)
    /// </summary>
    public async IAsyncEnumerable<StoredImage> ListAllAsync(
        int websiteId,
        string userId,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        const int pageSize = 100;
        bool byKey = true;
        long? last = null;
        for (long page = 0; ; page++)
        {
            IReadOnlyList<StoredImage> images;
            try
            {
                images = byKey
                    ? await ListAfterAsync(websiteId, userId, last, pageSize, cancellationToken).ConfigureAwait(false)
                    : (await ListAsync(websiteId, userId, page, pageSize, cancellationToken).ConfigureAwait(false)).Images;
            }
            catch (UserImageException exception) when (page == 0 && byKey && exception.Code == ErrorCode.Unsupported)
            {
                (byKey, page) = (false, -1);
                continue;
            }
            foreach (StoredImage image in images)
            {
                last = image.Id;
                yield return image;
            }
            if (images.Count < pageSize)
            {
                yield break;
            }
        }
    }

    /// <summary>As <see cref="Dispose"/>, without a thread that waits.</summary>
    public async ValueTask DisposeAsync()
    {
        gate.Close();
        if (!gate.IsInCall)
        {
            await gate.Ended.ConfigureAwait(false);
        }
        handle.Dispose();
    }
#endif

    private async Task<UploadResult> UploadStreamAsync(UploadRequest request, Stream stream, CancellationToken cancellation)
    {
        gate.Enter();
        try
        {
            FormRequest head = request.Head();
            UserImageException? failure = null;
            using Admitted? admitted =
                await Reading(() => AdmitCore(head, out failure), cancellation).ConfigureAwait(false);
            if (admitted == null)
            {
                return new UploadResult(failure!);
            }
            using NativeBuffer buffer =
                await NativeBuffer.ReadAsync(stream, OneMore(admitted.MaxBytes), cancellation).ConfigureAwait(false);
            return await OnWorkers(
                Workers.Decoding,
                token => ThrowIfCancelled(admitted.Finish(buffer, request.FileName, token), token),
                cancellation).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }

    private unsafe delegate T CancellableCall<T>(userimage_cancellation* cancellation);

    private unsafe Task<T> Reading<T>(Func<T> call, CancellationToken cancellation)
    {
        return Cancellable(_ => call(), cancellation);
    }

    private unsafe Task<T> Cancellable<T>(CancellableCall<T> call, CancellationToken cancellation)
    {
        return OnWorkers(Workers.Reading, token =>
        {
            using var given = new NativeCancellation(token);
            return call(given.Pointer);
        }, cancellation);
    }

    private async Task<T> OnWorkers<T>(Workers workers, Func<CancellationToken, T> call, CancellationToken cancellation)
    {
        gate.Enter();
        try
        {
            return await workers.Run(token =>
            {
                CallGate.Frame? outer = gate.Mark();
                try
                {
                    return NativeCancellation.Translate(() => call(token), token);
                }
                finally
                {
                    CallGate.Restore(outer);
                }
            }, cancellation).ConfigureAwait(false);
        }
        finally
        {
            gate.Leave();
        }
    }

    private static async Task<StoredImage> ImageOrThrowAsync(Task<UploadResult> upload)
    {
        return (await upload.ConfigureAwait(false)).ImageOrThrow();
    }

    private static UploadResult ThrowIfCancelled(UploadResult result, CancellationToken token)
    {
        return token.IsCancellationRequested && result.Error is { } error
            && (error.Kind == ErrorKind.Cancelled || error.InnerException is OperationCanceledException)
            ? throw error
            : result;
    }
}
