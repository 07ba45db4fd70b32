using UserImage.Native;

namespace UserImage;

/// <summary>
/// A text that no error and no log shows: a client key, a password. It is given as it is (a string converts to it), or the library
/// reads it from an environment variable or from a file when the uploader is opened.
/// </summary>
public sealed class Secret
{
    private readonly string? source;
    private readonly string text;

    private Secret(string? source, string text)
    {
        this.source = source;
        this.text = text;
    }

    /// <summary>Whether it is read from a variable or a file.</summary>
    internal bool IsReference => source != null;

    /// <summary>The text itself.</summary>
    public static implicit operator Secret(string text)
    {
        return FromText(text);
    }

    /// <summary>The text itself.</summary>
    public static Secret FromText(string text)
    {
        Argument.NotNull(text, nameof(text));
        return new Secret(null, text);
    }

    /// <summary>The value of an environment variable. One that is not set, or empty, is an error when the uploader is opened.</summary>
    public static Secret FromEnvironment(string name)
    {
        Argument.NotNull(name, nameof(name));
        return new Secret("env", name);
    }

    /// <summary>The text of a file, without the line's end. One that cannot be read is an error when the uploader is opened.</summary>
    public static Secret FromFile(string path)
    {
        Argument.NotNull(path, nameof(path));
        return new Secret("file", path);
    }

    /// <summary>Where it is read from; never the text itself.</summary>
    public override string ToString()
    {
        return source == null ? "a text" : source + " " + text;
    }

    internal string ToJson()
    {
        return source == null ? JsonObject.Quoted(text) : "{" + JsonObject.Quoted(source) + ":" + JsonObject.Quoted(text) + "}";
    }
}
