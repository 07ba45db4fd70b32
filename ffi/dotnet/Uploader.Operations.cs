using System;
using System.Threading;
using System.Threading.Tasks;
using UserImage.Native;

namespace UserImage;

// What the operators of a storage need. docs/storage.md describes each operation.
public sealed unsafe partial class Uploader
{
    /// <summary>How much a website, or one of its users, has stored.</summary>
    /// <param name="websiteId">The website.</param>
    /// <param name="userId">The user; null for all of them.</param>
    /// <inheritdoc cref="Find" path="/exception"/>
    public StorageUsage Usage(int websiteId, string? userId = null)
    {
        using var call = Use();
        return UsageCore(websiteId, userId);
    }

    /// <summary>As <see cref="Usage"/>, on a thread of the library's own.</summary>
    public Task<StorageUsage> UsageAsync(int websiteId, string? userId = null, CancellationToken cancellationToken = default)
    {
        return Reading(() => UsageCore(websiteId, userId), cancellationToken);
    }

    /// <summary>
    /// Deletes all images of a user and their files. Returns how many images. After an error or a crash, call it again.
    /// </summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public long DeleteUser(int websiteId, string userId)
    {
        Argument.NotNull(userId, nameof(userId));
        using var call = Use();
        return DeleteUserCore(websiteId, userId, null);
    }

    /// <summary>As <see cref="DeleteUser"/>, on a thread of the library's own. A cancellation ends it after at most 100 more images.</summary>
    public Task<long> DeleteUserAsync(int websiteId, string userId, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(userId, nameof(userId));
        return Cancellable(cancellation => DeleteUserCore(websiteId, userId, cancellation), cancellationToken);
    }

    /// <summary>
    /// Makes all images of one user those of another, for instance when a guest signs in. Returns how many. Ids, photo codes
    /// and URLs remain. After an error or a crash, call it again.
    /// </summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public long Reassign(int websiteId, string fromUserId, string toUserId)
    {
        Argument.NotNull(fromUserId, nameof(fromUserId));
        Argument.NotNull(toUserId, nameof(toUserId));
        using var call = Use();
        return ReassignCore(websiteId, fromUserId, toUserId, null);
    }

    /// <summary>As <see cref="Reassign"/>, on a thread of the library's own. A cancellation ends it after at most 1,000 more images.</summary>
    public Task<long> ReassignAsync(
        int websiteId, string fromUserId, string toUserId, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(fromUserId, nameof(fromUserId));
        Argument.NotNull(toUserId, nameof(toUserId));
        return Cancellable(
            cancellation => ReassignCore(websiteId, fromUserId, toUserId, cancellation), cancellationToken);
    }

    /// <summary>
    /// Deletes the images of a website that were uploaded at least so long ago. Returns how many. After an error or a crash,
    /// call it again.
    /// </summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public long Expire(int websiteId, TimeSpan age)
    {
        Argument.NotNegative(age.Ticks, nameof(age));
        using var call = Use();
        return ExpireCore(websiteId, age, null);
    }

    /// <summary>As <see cref="Expire"/>, on a thread of the library's own. A cancellation ends it after at most 100 more images.</summary>
    public Task<long> ExpireAsync(int websiteId, TimeSpan age, CancellationToken cancellationToken = default)
    {
        Argument.NotNegative(age.Ticks, nameof(age));
        return Cancellable(cancellation => ExpireCore(websiteId, age, cancellation), cancellationToken);
    }

    /// <summary>
    /// Compares every file with the length and the SHA-256 of its record, and looks for files without records. Uploads may go
    /// on meanwhile.
    /// </summary>
    /// <param name="previous">The report of a call that was stopped, to go on from there; or null.</param>
    /// <param name="maxSteps">After how many steps, of at most 100 images or files, it stops; 0: when all is checked.</param>
    /// <inheritdoc cref="Find" path="/exception"/>
    public VerifyReport Verify(VerifyReport? previous = null, long maxSteps = 0)
    {
        Argument.NotNegative(maxSteps, nameof(maxSteps));
        using var call = Use();
        using NativeHandle<userimage_verify_report>? start = previous == null ? null : VerifyReport.Parse(previous.Json);
        using NativeHandle<userimage_verify_report> report = VerifyCore(start, (ulong)maxSteps);
        return VerifyReport.Read(report);
    }

    /// <summary>As <see cref="Verify"/>, on a thread of the library's own, to the end.</summary>
    /// <param name="previous">The report of a call that was stopped, to go on from there; or null.</param>
    /// <param name="progress">Receives a report after each step: after a cancellation, the last one is where to go on.</param>
    /// <param name="cancellationToken">Is looked at after each step of at most 100 images or files.</param>
    public Task<VerifyReport> VerifyAsync(
        VerifyReport? previous = null, IProgress<VerifyReport>? progress = null, CancellationToken cancellationToken = default)
    {
        return OnWorkers(Workers.Reading, token => VerifySteps(previous, progress, token), cancellationToken);
    }

    /// <summary>
    /// Copies all images to the storage of another uploader, of every website, with their ids and photo codes. Those that it
    /// has are left as they are, so that a copy can be repeated and brought up to date. Uploads may go on meanwhile.
    /// </summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public CopyReport CopyTo(Uploader target)
    {
        Argument.NotNull(target, nameof(target));
        using var call = Use();
        using var other = target.Use();
        return CopyToCore(target, null);
    }

    /// <summary>As <see cref="CopyTo"/>, on a thread of the library's own.</summary>
    /// <param name="target">The other uploader.</param>
    /// <param name="cancellationToken">Ends the copy after at most 100 more images; what is copied remains.</param>
    public Task<CopyReport> CopyToAsync(Uploader target, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(target, nameof(target));
        return Cancellable(
            cancellation =>
            {
                using var other = target.Use();
                return CopyToCore(target, cancellation);
            },
            cancellationToken);
    }

    /// <summary>
    /// Copies all images to a folder, which is a local storage, while uploads go on. An older backup in it is brought up to
    /// date.
    /// </summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public CopyReport Backup(string path)
    {
        Argument.NotNull(path, nameof(path));
        using var call = Use();
        return CopyFolder(path, null, &NativeMethods.userimage_backup);
    }

    /// <summary>As <see cref="Backup"/>, on a thread of the library's own.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cancellationToken">Ends the copy after at most 100 more images; what is copied remains.</param>
    public Task<CopyReport> BackupAsync(string path, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(path, nameof(path));
        return Cancellable(
            cancellation => CopyFolder(path, cancellation, &NativeMethods.userimage_backup), cancellationToken);
    }

    /// <summary>Copies the images of the backup in a folder to this storage, with their ids and photo codes.</summary>
    /// <inheritdoc cref="Find" path="/exception"/>
    public CopyReport Restore(string path)
    {
        Argument.NotNull(path, nameof(path));
        using var call = Use();
        return CopyFolder(path, null, &NativeMethods.userimage_restore);
    }

    /// <summary>As <see cref="Restore"/>, on a thread of the library's own.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="cancellationToken">Ends the copy after at most 100 more images; what is copied remains.</param>
    public Task<CopyReport> RestoreAsync(string path, CancellationToken cancellationToken = default)
    {
        Argument.NotNull(path, nameof(path));
        return Cancellable(
            cancellation => CopyFolder(path, cancellation, &NativeMethods.userimage_restore), cancellationToken);
    }

    /// <summary>
    /// What the uploader has done since it was opened, as text for Prometheus (format version 0.0.4): uploads by result and
    /// kind of error, their bytes and steps, those in flight, and errors of the storage.
    /// </summary>
    public string Metrics()
    {
        userimage_bytes* text = null;
        userimage_error* error = null;
        using var uploader = Use();
        NativeCall.Check(NativeMethods.userimage_metrics(uploader.Pointer, &text, &error), error);
        using var bytes = new BytesHandle(text);
        return bytes.Text();
    }

    private StorageUsage UsageCore(int websiteId, string? userId)
    {
        var view = new userimage_usage_view();
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* user = pins.ClientText(userId, out nuint length);
        NativeCall.Check(NativeMethods.userimage_usage(uploader.Pointer, websiteId, user, length, &view, &error), error);
        return new StorageUsage(Saturate.ToLong(view.images), Saturate.ToLong(view.bytes), Saturate.ToLong(view.users));
    }

    private long DeleteUserCore(int websiteId, string userId, userimage_cancellation* cancellation)
    {
        ulong deleted = 0;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* user = pins.ClientText(userId, out nuint length);
        int code = NativeMethods.userimage_delete_user(
            uploader.Pointer, websiteId, user, length, cancellation, &deleted, &error);
        NativeCall.Check(code, error);
        return Saturate.ToLong(deleted);
    }

    private long ReassignCore(int websiteId, string fromUserId, string toUserId, userimage_cancellation* cancellation)
    {
        ulong reassigned = 0;
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* from = pins.ClientText(fromUserId, out nuint fromLength);
        byte* to = pins.ClientText(toUserId, out nuint toLength);
        int code = NativeMethods.userimage_reassign(
            uploader.Pointer, websiteId, from, fromLength, to, toLength, cancellation, &reassigned, &error);
        NativeCall.Check(code, error);
        return Saturate.ToLong(reassigned);
    }

    private long ExpireCore(int websiteId, TimeSpan age, userimage_cancellation* cancellation)
    {
        ulong deleted = 0;
        userimage_error* error = null;
        using var uploader = handle.Use();
        int code = NativeMethods.userimage_expire(
            uploader.Pointer, websiteId, (ulong)(age.Ticks / TimeSpan.TicksPerMillisecond), cancellation, &deleted, &error);
        NativeCall.Check(code, error);
        return Saturate.ToLong(deleted);
    }

    private NativeHandle<userimage_verify_report> VerifyCore(NativeHandle<userimage_verify_report>? previous, ulong maxSteps)
    {
        userimage_verify_report* report = null;
        userimage_error* error = null;
        using var uploader = handle.Use();
        if (previous == null)
        {
            NativeCall.Check(NativeMethods.userimage_verify(uploader.Pointer, null, maxSteps, &report, &error), error);
        }
        else
        {
            using var start = previous.Use();
            NativeCall.Check(
                NativeMethods.userimage_verify(uploader.Pointer, start.Pointer, maxSteps, &report, &error), error);
        }
        return new NativeHandle<userimage_verify_report>(report, &NativeMethods.userimage_verify_report_free);
    }

    private VerifyReport VerifySteps(
        VerifyReport? previous, IProgress<VerifyReport>? progress, CancellationToken cancellation)
    {
        NativeHandle<userimage_verify_report>? done = previous == null ? null : VerifyReport.Parse(previous.Json);
        try
        {
            while (true)
            {
                NativeHandle<userimage_verify_report> next = VerifyCore(done, 1);
                done?.Dispose();
                done = next;
                VerifyReport report = VerifyReport.Read(done);
                progress?.Report(report);
                if (report.Complete)
                {
                    return report;
                }
                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            done?.Dispose();
        }
    }

    private CopyReport CopyToCore(Uploader target, userimage_cancellation* cancellation)
    {
        var view = new userimage_copy_view();
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var other = target.handle.Use();
        NativeCall.Check(
            NativeMethods.userimage_copy_to(uploader.Pointer, other.Pointer, cancellation, &view, &error), error);
        return Report(view);
    }

    private CopyReport CopyFolder(
        string path,
        userimage_cancellation* cancellation,
        delegate*<userimage_uploader*, byte*, nuint, userimage_cancellation*, userimage_copy_view*, userimage_error**, int> copy)
    {
        var view = new userimage_copy_view();
        userimage_error* error = null;
        using var uploader = handle.Use();
        using var pins = new Pins();
        byte* text = pins.Text(path, out nuint length);
        NativeCall.Check(copy(uploader.Pointer, text, length, cancellation, &view, &error), error);
        return Report(view);
    }

    private static CopyReport Report(in userimage_copy_view view)
    {
        return new CopyReport(Saturate.ToLong(view.copied), Saturate.ToLong(view.present));
    }
}
