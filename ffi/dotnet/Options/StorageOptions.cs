using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>
/// One of the library's storages: <see cref="LocalStorageOptions"/>, <see cref="CloudStorageOptions"/> or
/// <see cref="MemoryStorageOptions"/>.
/// </summary>
public abstract class StorageOptions : IJsonMembers
{
    private protected StorageOptions()
    {
    }

    /// <summary>What the URLs in answers begin with. Required.</summary>
    public string? BaseUrl { get; set; }

    private protected abstract string Kind { get; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.AddRaw(Kind, JsonObject.Of(AddMembers));
    }

    private protected virtual void AddMembers(JsonObject json)
    {
        json.Add("base_url", BaseUrl);
    }
}

/// <summary>A folder on a local file system, with SQLite.</summary>
public sealed class LocalStorageOptions : StorageOptions
{
    /// <summary>The folder, which is created if it is missing. Required.</summary>
    public string? Path { get; set; }

    private protected override string Kind => "local";

    private protected override void AddMembers(JsonObject json)
    {
        json.Add("path", Path);
        base.AddMembers(json);
    }
}

/// <summary>A storage in memory, for tests: its images are gone with the process.</summary>
public sealed class MemoryStorageOptions : StorageOptions
{
    private protected override string Kind => "memory";
}

/// <summary>
/// Files in an object store and records in PostgreSQL, for several servers. A build of the native library without the feature
/// "cloud" refuses it.
/// </summary>
public sealed class CloudStorageOptions : StorageOptions
{
    /// <summary>The object store. Required.</summary>
    public BlobsOptions? Blobs { get; set; }

    /// <summary>The database. Required.</summary>
    public CatalogOptions? Catalog { get; set; }

    private protected override string Kind => "cloud";

    private protected override void AddMembers(JsonObject json)
    {
        json.Add("blobs", Blobs);
        json.Add("catalog", Catalog);
        base.AddMembers(json);
    }
}

/// <summary>The object store of a <see cref="CloudStorageOptions"/>. Null is the default of docs/configuration.md.</summary>
public sealed class BlobsOptions : IJsonMembers
{
    /// <summary>s3://bucket/prefix, az://container/prefix, gs://bucket/prefix, or file:path. Required.</summary>
    public string? Url { get; set; }

    /// <summary>Options of the store, by their names.</summary>
    public IDictionary<string, Secret> Options { get; init; } = new Dictionary<string, Secret>();

    /// <summary>The Cache-Control header of objects; empty for none.</summary>
    public string? CacheControl { get; set; }

    /// <summary>Whether <see cref="Uploader.GetUrl"/> signs URLs, which then expire.</summary>
    public bool? SignedUrls { get; set; }

    /// <summary>A PEM file of certificates to trust, besides the system's.</summary>
    public string? RootCertificates { get; set; }

    /// <summary>Requests at the same time; further ones wait.</summary>
    public int? MaxRequests { get; set; }

    /// <summary>Larger files are sent in parts of this size, in bytes.</summary>
    public long? PartBytes { get; set; }

    /// <summary>How long one attempt of a request may take, in seconds.</summary>
    public int? RequestTimeoutSeconds { get; set; }

    /// <summary>How long all attempts of a request may take, in seconds.</summary>
    public int? RetryTimeoutSeconds { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("url", Url);
        json.AddObject("options", Options, option => option.ToJson());
        json.Add("cache_control", CacheControl);
        json.Add("signed_urls", SignedUrls);
        json.Add("root_certificates", RootCertificates);
        json.Add("max_requests", MaxRequests);
        json.Add("part_bytes", PartBytes);
        json.Add("request_timeout_seconds", RequestTimeoutSeconds);
        json.Add("retry_timeout_seconds", RetryTimeoutSeconds);
    }
}

/// <summary>The database of a <see cref="CloudStorageOptions"/>. Null is the default of docs/configuration.md.</summary>
public sealed class CatalogOptions : IJsonMembers
{
    /// <summary>postgres://user:password@host:port/database, or sqlite:path. Required.</summary>
    public Secret? Url { get; set; }

    /// <summary>The password, if the URL has none.</summary>
    public Secret? Password { get; set; }

    /// <summary>The schema that has the tables.</summary>
    public string? Schema { get; set; }

    /// <summary>Connections of this process: 1 to 10000.</summary>
    public int? MaxConnections { get; set; }

    /// <summary>A PEM file of certificates to trust, besides the system's.</summary>
    public string? RootCertificates { get; set; }

    /// <summary>How long opening a connection may take, in seconds.</summary>
    public int? ConnectTimeoutSeconds { get; set; }

    /// <summary>How long one attempt of a statement, and waiting for a connection, may take, in seconds.</summary>
    public int? StatementTimeoutSeconds { get; set; }

    /// <summary>How long all attempts of a statement may take, in seconds.</summary>
    public int? RetryTimeoutSeconds { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("url", Url);
        json.Add("password", Password);
        json.Add("schema", Schema);
        json.Add("max_connections", MaxConnections);
        json.Add("root_certificates", RootCertificates);
        json.Add("connect_timeout_seconds", ConnectTimeoutSeconds);
        json.Add("statement_timeout_seconds", StatementTimeoutSeconds);
        json.Add("retry_timeout_seconds", RetryTimeoutSeconds);
    }
}
