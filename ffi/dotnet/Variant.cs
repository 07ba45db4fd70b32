using UserImage.Native;

namespace UserImage;

/// <summary>
/// Which of an image's files, by its name. A text converts to it, so that a further rendition is read by
/// <c>uploader.Read(1001, id, "thumbnail")</c>.
/// </summary>
public readonly record struct Variant
{
    private readonly string? name;

    /// <summary>The file with this name.</summary>
    /// <param name="name">"original", "standard", or the name of a further rendition in the configuration.</param>
    public Variant(string name)
    {
        Argument.NotNull(name, nameof(name));
        this.name = name;
    }

    /// <summary>The bytes as they were uploaded.</summary>
    public static Variant Original { get; } = new("original");

    /// <summary>The rendition for screens.</summary>
    public static Variant Standard { get; } = new("standard");

    /// <summary>The name: "original", "standard", or that of a further rendition.</summary>
    public string Name => name ?? Original.Name;

    /// <summary>The file with this name.</summary>
    public static implicit operator Variant(string name)
    {
        return new Variant(name);
    }

    /// <summary>Whether both have the same name.</summary>
    public bool Equals(Variant other)
    {
        return Name == other.Name;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        return System.StringComparer.Ordinal.GetHashCode(Name);
    }

    /// <summary>The name.</summary>
    public override string ToString()
    {
        return Name;
    }
}
