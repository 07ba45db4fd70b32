using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>What the HTTP endpoint answers: see docs/http.md. Null is the default of docs/configuration.md.</summary>
public sealed class HttpOptions : IJsonMembers
{
    /// <summary>A path before all paths, such as /shop.</summary>
    public string? Prefix { get; set; }

    /// <summary>Whether upload, list and settings requests are always answered with status 200.</summary>
    public bool? Always200 { get; set; }

    /// <summary>Whether files are served to anyone who knows their names, which are random.</summary>
    public bool? Files { get; set; }

    /// <summary>Whether GetUserUploadedList is served.</summary>
    public bool? List { get; set; }

    /// <summary>Whether GetImageSettings is served.</summary>
    public bool? Settings { get; set; }

    /// <summary>Whether a page to try uploads is served. Not for production.</summary>
    public bool? Page { get; set; }

    /// <summary>Whether refused requests have the error's kind and reason as headers.</summary>
    public bool? Explain { get; set; }

    /// <summary>The origins whose pages may use the endpoint, such as https://shop.example, or *.</summary>
    public IList<string> Origins { get; init; } = [];

    /// <summary>Whether pages of the origins may send cookies, client certificates or HTTP authentication.</summary>
    public bool? Credentials { get; set; }

    /// <summary>The largest number of parts of a form: 1 to 65535.</summary>
    public int? MaxParts { get; set; }

    /// <summary>The Cache-Control header of files.</summary>
    public string? CacheControl { get; set; }

    /// <summary>Whether /health and /ready are served.</summary>
    public bool? Health { get; set; }

    /// <summary>Whether /metrics is served.</summary>
    public bool? Metrics { get; set; }

    /// <summary>Addresses and networks of the proxies whose X-Forwarded-For has the client's address.</summary>
    public IList<string> TrustedProxies { get; init; } = [];

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("prefix", Prefix);
        json.Add("always_200", Always200);
        json.Add("files", Files);
        json.Add("list", List);
        json.Add("settings", Settings);
        json.Add("page", Page);
        json.Add("explain", Explain);
        json.AddList("origins", Origins, JsonObject.Quoted);
        json.Add("credentials", Credentials);
        json.Add("max_parts", MaxParts);
        json.Add("cache_control", CacheControl);
        json.Add("health", Health);
        json.Add("metrics", Metrics);
        json.AddList("trusted_proxies", TrustedProxies, JsonObject.Quoted);
    }
}
