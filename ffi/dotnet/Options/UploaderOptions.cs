using System;
using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// The configuration of an <see cref="Uploader"/>, made in code. Each property is the key of docs/configuration.md with the same
/// name, which states its range and its default; null is the default. Values are checked when the uploader is opened.
/// </summary>
/// <example>
/// <code>
/// using var uploader = new Uploader(new UploaderOptions
/// {
///     Storage = new LocalStorageOptions { Path = "data", BaseUrl = "https://img.example/" },
///     Authentication = Authentication.Keys,
///     Websites = [new() { Id = 1001, Keys = [Secret.FromEnvironment("SHOP_KEYS")] }],
///     Policy = new() { MaxBytes = 10 &lt;&lt; 20, MinDpi = 90 },
/// });
/// </code>
/// </example>
public sealed class UploaderOptions : IJsonMembers
{
    /// <summary>Where images are stored; null if the host supplies a storage of its own.</summary>
    public StorageOptions? Storage { get; set; }

    /// <summary>Who decides which website and key may upload. Required.</summary>
    public Authentication? Authentication { get; set; }

    /// <summary>The websites that have keys or a policy of their own.</summary>
    public IList<WebsiteOptions> Websites { get; init; } = [];

    /// <summary>What every website accepts.</summary>
    public PolicyOptions? Policy { get; set; }

    /// <summary>How the standard rendition is made.</summary>
    public RenditionOptions? Standard { get; set; }

    /// <summary>Further renditions, by their names.</summary>
    public IDictionary<string, RenditionOptions> Renditions { get; init; } = new Dictionary<string, RenditionOptions>();

    /// <summary>A folder with the fonts in which the texts of SVG are drawn.</summary>
    public string? Fonts { get; set; }

    /// <summary>How much memory all renditions take that are made at the same time.</summary>
    public MemoryOptions? Memory { get; set; }

    /// <summary>What decides about each image before it is stored, in this order.</summary>
    public IList<InspectorOptions> Inspectors { get; init; } = [];

    /// <summary>What the HTTP endpoint answers.</summary>
    public HttpOptions? Http { get; set; }

    /// <summary>The configuration as the JSON document that every language reads. It has the client keys that are not references.</summary>
    /// <exception cref="ArgumentException">A number is not finite.</exception>
    public string ToJson()
    {
        return JsonObject.Of(this);
    }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("storage", Storage);
        json.Add("authentication", Authentication switch
        {
            null => null,
            UserImage.Authentication.Keys => "keys",
            UserImage.Authentication.Host => "host",
            UserImage.Authentication.AlreadyChecked => "already_checked",
            _ => throw new ArgumentException("There is no such authentication: " + Authentication),
        });
        json.AddList("websites", Websites, JsonObject.Of);
        json.Add("policy", Policy);
        json.Add("standard", Standard);
        json.AddObject("renditions", Renditions, JsonObject.Of);
        json.Add("fonts", Fonts);
        json.Add("memory", Memory);
        json.AddList("inspectors", Inspectors, JsonObject.Of);
        json.Add("http", Http);
    }
}

/// <summary>Who decides which website and key may upload.</summary>
public enum Authentication
{
    /// <summary>The keys of the configuration's websites.</summary>
    Keys,

    /// <summary>An authenticator of the host's.</summary>
    Host,

    /// <summary>Nobody: the host has checked website and key before it calls.</summary>
    AlreadyChecked,
}
