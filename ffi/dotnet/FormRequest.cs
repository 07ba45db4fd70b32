using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// A request as it arrives, for <see cref="Uploader.UploadForm"/>: headers, query parameters and form parts. The server
/// need not know which of them the API uses. Names match regardless of ASCII case.
/// </summary>
public sealed class FormRequest
{
    internal List<KeyValuePair<string, string>> Headers { get; } = [];

    internal List<KeyValuePair<string, string>> Query { get; } = [];

    internal List<FormPart> Parts { get; } = [];

    /// <summary>Adds a header.</summary>
    public void AddHeader(string name, string value)
    {
        Argument.NotNull(name, nameof(name));
        Argument.NotNull(value, nameof(value));
        Headers.Add(new(name, value));
    }

    /// <summary>Adds a query parameter, percent-decoded.</summary>
    public void AddQuery(string name, string value)
    {
        Argument.NotNull(name, nameof(name));
        Argument.NotNull(value, nameof(value));
        Query.Add(new(name, value));
    }

    /// <summary>Adds a part of the form. A file has a file name or a content type; a field has neither.</summary>
    public void AddPart(string name, byte[] data, string? fileName = null, string? contentType = null)
    {
        Argument.NotNull(name, nameof(name));
        Argument.NotNull(data, nameof(data));
        Parts.Add(new(name, data, fileName, contentType));
    }

    /// <summary>Adds the part of a file outside the garbage collector's heap, which stays the caller's.</summary>
    internal void AddFile(NativeBuffer buffer, string fileName)
    {
        Parts.Add(new("postedFile", [], fileName, null, buffer));
    }

    internal sealed record FormPart(
        string Name, byte[] Data, string? FileName, string? ContentType, NativeBuffer? Buffer = null);
}
