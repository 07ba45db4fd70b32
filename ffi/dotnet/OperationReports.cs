using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>How much a website or a user has stored.</summary>
/// <param name="Images">The number of images.</param>
/// <param name="Bytes">The bytes of their originals and renditions.</param>
/// <param name="Users">The number of users who have images.</param>
public readonly record struct StorageUsage(long Images, long Bytes, long Users);

/// <summary>What a copy, a backup or a restore has done.</summary>
/// <param name="Copied">The number of images that were copied.</param>
/// <param name="Present">The number of images that the target already had.</param>
public readonly record struct CopyReport(long Copied, long Present);

/// <summary>What <see cref="Uploader.Verify"/> has found.</summary>
/// <param name="Complete">Whether everything was checked. If not, pass the report to the next call.</param>
/// <param name="Images">The number of images whose files were checked.</param>
/// <param name="Bytes">The number of bytes that were read.</param>
/// <param name="Files">The number of files whose records were looked up.</param>
/// <param name="Problems">What is not as it should be.</param>
/// <param name="Json">The report as a JSON document, for <see cref="FromJson"/>.</param>
public sealed unsafe record VerifyReport(
    bool Complete, long Images, long Bytes, long Files, IReadOnlyList<VerifyProblem> Problems, string Json)
{
    /// <summary>A report from the document of <see cref="Json"/>, for instance to go on after a restart.</summary>
    /// <exception cref="UserImageException"><see cref="ErrorCode.InvalidArgument"/>: it is not such a document.</exception>
    public static VerifyReport FromJson(string json)
    {
        using NativeHandle<userimage_verify_report> handle = Parse(json);
        return Read(handle);
    }

    internal static NativeHandle<userimage_verify_report> Parse(string json)
    {
        Argument.NotNull(json, nameof(json));
        NativeLibraryLoader.Ensure();
        userimage_verify_report* report = null;
        userimage_error* error = null;
        using var pins = new Pins();
        byte* text = pins.Text(json, out nuint length);
        NativeCall.Check(
            NativeMethods.userimage_verify_report_from_json(text, length, &report, &error), error);
        return new NativeHandle<userimage_verify_report>(report, &NativeMethods.userimage_verify_report_free);
    }

    internal static VerifyReport Read(NativeHandle<userimage_verify_report> handle)
    {
        var view = new userimage_verify_report_view();
        using var report = handle.Use();
        NativeCall.Check(NativeMethods.userimage_verify_report_get(report.Pointer, &view), null);
        var problems = new VerifyProblem[checked((int)view.problem_count)];
        for (int i = 0; i < problems.Length; i++)
        {
            userimage_problem problem = view.problems[i];
            problems[i] = new VerifyProblem(
                (VerifyProblemKind)problem.kind,
                problem.has_image != 0 ? Saturate.ToLong(problem.image) : null,
                Utf8.TextOrNull(problem.key, problem.key_len),
                Utf8.Text(problem.reason, problem.reason_len));
        }
        return new VerifyReport(
            view.complete != 0,
            Saturate.ToLong(view.images),
            Saturate.ToLong(view.bytes),
            Saturate.ToLong(view.files),
            problems,
            Utf8.Text(view.json, view.json_len));
    }
}

/// <summary>Something that <see cref="Uploader.Verify"/> found.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="ImageId">The image, unless it is a file without one.</param>
/// <param name="Key">The key of the file, unless it is a record that cannot be read.</param>
/// <param name="Reason">The reason, in words.</param>
public sealed record VerifyProblem(VerifyProblemKind Kind, long? ImageId, string? Key, string Reason);

/// <summary>The kind of a <see cref="VerifyProblem"/>.</summary>
public enum VerifyProblemKind
{
    /// <summary>One that this version of the package does not know.</summary>
    Unknown = 0,

    /// <summary>A record cannot be read.</summary>
    DamagedRecord = NativeMethods.USERIMAGE_PROBLEM_DAMAGED_RECORD,

    /// <summary>An image lacks a file.</summary>
    Missing = NativeMethods.USERIMAGE_PROBLEM_MISSING,

    /// <summary>A file has another length than its record states.</summary>
    WrongLength = NativeMethods.USERIMAGE_PROBLEM_WRONG_LENGTH,

    /// <summary>A file has another SHA-256 than its record states.</summary>
    WrongSha256 = NativeMethods.USERIMAGE_PROBLEM_WRONG_SHA256,

    /// <summary>A file cannot be read.</summary>
    Unreadable = NativeMethods.USERIMAGE_PROBLEM_UNREADABLE,

    /// <summary>A file has no record, and no upload or deletion that is in progress owns it.</summary>
    Orphan = NativeMethods.USERIMAGE_PROBLEM_ORPHAN,
}
