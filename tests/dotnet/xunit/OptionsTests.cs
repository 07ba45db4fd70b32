using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;
using NSubstitute;
using Xunit;

namespace UserImage.XunitTests;

/// <summary>The configuration in code: it has every key of the documentation, and opens uploaders.</summary>
public partial class OptionsTests
{
    private static UploadRequest Request(string key = "abc123") =>
        new("photo.jpg", Site.Photo) { WebsiteId = "1001", ClientKey = key, UserId = "1" };

    [Fact]
    public async Task OpensAnUploader()
    {
        var options = new UploaderOptions
        {
            Storage = new MemoryStorageOptions { BaseUrl = "https://img.example/" },
            Authentication = Authentication.Keys,
            Websites = [new() { Id = 1001, Keys = ["abc123", "a\"b\\c/<>&'"], Policy = new() { MaxBytes = 1000 } }, new() { Id = 1002, Keys = ["x"] }],
            Policy = new() { MaxBytes = 2000, MinPrint = new() { WidthCm = 0.5, HeightCm = 10.25, Dpi = 90, Action = MinPrintAction.Warn } },
            Renditions = { ["thumbnail"] = new() { MaxWidth = 20, MaxHeight = 20, Format = RenditionFormat.WebP } },
        };
        await using var uploader = new Uploader(options);
        Assert.Equal((1000, 2000), (uploader.MaxBytes(1001), uploader.MaxBytes(1002)));
        options.Websites[0].Policy!.MaxBytes = null;
        options.Policy.MaxBytes = null;
        await using var changed = new Uploader(options);
        Assert.Equal((1000, 25 << 20), (uploader.MaxBytes(1001), changed.MaxBytes(1001)));
        StoredImage image = changed.Upload(Request("a\"b\\c/<>&'"));
        Assert.StartsWith("https://img.example/thumbnail/", image.RenditionUrls["thumbnail"], StringComparison.Ordinal);
        Assert.Equal(new ImageId(1001, image.Id), image.ImageId);
        Assert.Equal(ErrorKind.RefusedClientKey, changed.TryUpload(Request("other")).Error!.Kind);
    }

    [Fact]
    public async Task TakesPartsOfTheHost()
    {
        var options = new UploaderOptions { Authentication = Authentication.Host };
        var keys = Substitute.For<IAsyncAuthenticator>();
        keys.CheckAsync(1001, "abc123", default).ReturnsForAnyArgs(KeyCheck.Accepted);
        var storage = Substitute.For<IStorage>();
        storage.Store(default!).ReturnsForAnyArgs(new StoreResult(7, "p", "o", "s"));
        await using var uploader = new Uploader(options, new UploaderHost { AsyncAuthenticator = keys, Storage = storage });
        Assert.Equal(7, (await uploader.UploadAsync(Request())).Id);
        await using var open = new Uploader(
            new UploaderOptions { Authentication = Authentication.AlreadyChecked }, new UploaderHost { Storage = storage });
        Assert.Equal(7, (await open.UploadAsync(Request("anything"))).Id);
    }

    [Fact]
    public async Task ConfiguresAspNetCore()
    {
        var options = new UploaderOptions
        {
            Storage = new MemoryStorageOptions { BaseUrl = "/" },
            Authentication = Authentication.Keys,
            Websites = [new() { Id = 1001, Keys = ["abc123"], Policy = new() { MaxBytes = 1000 } }],
        };
        var services = new ServiceCollection();
        services.AddLogging().AddUserImage(one => one.Configuration = options.ToJson());
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(1000, provider.GetRequiredService<Uploader>().MaxBytes(1001));
    }

    [Fact]
    public async Task ARequestTakesNumbers()
    {
        await using var uploader = new Uploader(
            """{"storage": {"memory": {"base_url": "/"}}, "authentication": "already_checked", "policy": {"min_dpi": 90}}""");
        UploadRequest request = UploadRequest.For(1001, "12345", 96);
        (request.ClientKey, request.FileName, request.Data) = ("-", "photo.jpg", Site.Photo);
        StoredImage image = await uploader.UploadAsync(request);
        Assert.Equal((1001, "12345", 96), (image.Record.WebsiteId, image.Record.UserId, image.Record.Dpi));
        request = UploadRequest.For(1001, "12345");
        Assert.Null(request.Dpi);
        (request.ClientKey, request.FileName, request.Data) = ("-", "photo.jpg", Site.Photo);
        Assert.Equal(300, (await uploader.UploadAsync(request)).Record.Dpi); // the file's own
        request.WebsiteId = UploadRequest.For(-5, "12345").WebsiteId;
        Assert.Equal(ErrorKind.MalformedWebsiteId, (await uploader.TryUploadAsync(request)).Error!.Kind);
    }

    [Fact]
    public void KeysComeFromVariablesAndFiles()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "from-file\n");
            UploaderOptions Of(params Secret[] keys) => new()
            {
                Storage = new MemoryStorageOptions { BaseUrl = "/" },
                Authentication = Authentication.Keys,
                Websites = [new() { Id = 1001, Keys = keys }],
            };
            using var uploader = new Uploader(Of(Secret.FromFile(file), "given"));
            Assert.Equal(200, uploader.TryUpload(Request("from-file")).HttpStatus);
            Assert.Equal(200, uploader.TryUpload(Request("given")).HttpStatus);
            using var alone = new Uploader(Of(Secret.FromFile(file)));
            Assert.Equal(200, alone.TryUpload(Request("from-file")).HttpStatus);
            using var ofVariable = new Uploader(Of(Secret.FromEnvironment("HOME")));
            Assert.Equal(200, ofVariable.TryUpload(Request(Environment.GetEnvironmentVariable("HOME")!)).HttpStatus);
            Assert.Equal(401, ofVariable.TryUpload(Request("HOME")).HttpStatus);
            var error = Assert.Throws<InvalidConfigException>(() => new Uploader(Of(Secret.FromEnvironment("USERIMAGE_TEST_NOT_SET"))));
            Assert.Equal("websites[0].keys: the environment variable \"USERIMAGE_TEST_NOT_SET\" is not set", error.Reason);
            Assert.Equal(["a text", "env SHOP", "file keys.txt"],
                new[] { Secret.FromText("hidden"), Secret.FromEnvironment("SHOP"), Secret.FromFile("keys.txt") }.Select(one => one.ToString()));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void WhatIsWrongIsNamed()
    {
        static string Reason(UploaderOptions options) => Assert.Throws<InvalidConfigException>(() => new Uploader(options)).Reason;
        Assert.Equal("authentication is missing", Reason(new()));
        Assert.Equal(
            "storage.local.path is missing",
            Reason(new() { Authentication = Authentication.Keys, Storage = new LocalStorageOptions { BaseUrl = "/" } }));
        Assert.StartsWith(
            "policy.min_dpi: a whole number of 1 to 65535 is expected, not 0",
            Reason(new() { Authentication = Authentication.Keys, Policy = new() { MinDpi = 0 } }),
            StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>(() => new Uploader((UploaderOptions)null!));
        var notFinite = new UploaderOptions { Policy = new() { MinPrint = new() { WidthCm = double.NaN } } };
        Assert.Contains("width_cm", Assert.Throws<ArgumentException>(notFinite.ToJson).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(new UploaderOptions { Authentication = (Authentication)9 }.ToJson);
        Assert.Equal("{}", new UploaderOptions { Websites = null!, Renditions = null! }.ToJson());
        foreach ((string key, UploaderOptions options) in (IEnumerable<(string, UploaderOptions)>)
        [
            ("websites", new() { Websites = [null!] }),
            ("keys", new() { Websites = [new() { Id = 1, Keys = [null!] }] }),
            ("formats", new() { Policy = new() { Formats = [null!] } }),
            ("renditions", new() { Renditions = { ["thumbnail"] = null! } }),
            ("origins", new() { Http = new() { Origins = [null!] } }),
        ])
        {
            Assert.StartsWith(key + " must not have a null", Assert.Throws<ArgumentException>(options.ToJson).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Each key of the tables of docs/configuration.md, and no other.</summary>
    [Fact]
    public void HasEveryKeyOfTheDocumentation()
    {
        string text = File.ReadAllText(Site.Repository("docs/configuration.md"));
        var documented = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Match row in Rows().Matches(text))
        {
            string[] full = [];
            foreach (string[] key in Keys().Matches(row.Groups[1].Value).Select(key => key.Groups[1].Value.Split('.')))
            {
                // "policy.min_print.width_cm, height_cm": the second key has its last parts only.
                full = Roots.Contains(key[0].Replace("[]", "", StringComparison.Ordinal)) ? key : [.. full.SkipLast(key.Length), .. key];
                if (Roots.Contains(full[0].Replace("[]", "", StringComparison.Ordinal)))
                {
                    documented.Add(string.Join('.', full));
                }
            }
        }
        documented.Add("authentication");
        documented.UnionWith(documented.SelectMany(Parents).ToList());
        Assert.True(documented.Count > 70, $"{documented.Count} keys are found");

        var written = new SortedSet<string>(StringComparer.Ordinal);
        foreach (StorageOptions storage in (StorageOptions[])[new LocalStorageOptions(), new MemoryStorageOptions(), new CloudStorageOptions()])
        {
            var options = (UploaderOptions)Filled(typeof(UploaderOptions));
            Fill(storage);
            options.Storage = storage;
            using JsonDocument json = JsonDocument.Parse(options.ToJson());
            Collect(json.RootElement, "", written);
        }
        // The keys of a policy and of a rendition are documented once.
        written.RemoveWhere(path => path.StartsWith("websites[].policy.", StringComparison.Ordinal) || path.StartsWith("renditions.", StringComparison.Ordinal));
        documented.Add("renditions");
        Assert.Equal("", string.Join(", ", documented.Except(written)));
        Assert.Equal("", string.Join(", ", written.Except(documented)));
    }

    private static readonly string[] Roots =
        ["storage", "authentication", "websites", "policy", "standard", "renditions", "fonts", "memory", "inspectors", "http"];

    private static IEnumerable<string> Parents(string path)
    {
        for (int dot = path.LastIndexOf('.'); dot > 0; dot = path.LastIndexOf('.', dot - 1))
        {
            string parent = path[..dot];
            yield return parent.EndsWith("[]", StringComparison.Ordinal) ? parent[..^2] : parent;
        }
    }

    private static void Collect(JsonElement element, string path, SortedSet<string> keys)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object))
            {
                Collect(item, path + "[]", keys);
            }
            return;
        }
        foreach (JsonProperty member in element.EnumerateObject())
        {
            string key = path.Length == 0 ? member.Name : path + "." + member.Name;
            keys.Add(key);
            // What stands in a dictionary has the host's names.
            if (member.Name != "options" && member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                Collect(member.Value, key, keys);
            }
        }
    }

    private static object Filled(Type type)
    {
        object options = Activator.CreateInstance(type)!;
        Fill(options);
        return options;
    }

    /// <summary>Sets every property to a value, so that none is left out of the document.</summary>
    private static void Fill(object options)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties().Where(property => property.CanWrite))
        {
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (property.GetValue(options) is IDictionary dictionary)
            {
                Type value = type.GetGenericArguments()[1];
                dictionary["name"] = value == typeof(Secret) ? Secret.FromText("s") : Filled(value);
            }
            else if (property.GetValue(options) is IList list)
            {
                Type item = type.GetGenericArguments()[0];
                object[] items = item == typeof(string) ? ["s"]
                    : item == typeof(Secret) ? [Secret.FromText("s")]
                    : item == typeof(InspectorOptions) ? [Filled(typeof(ClamdOptions)), Filled(typeof(HostInspectorOptions))]
                    : [Filled(item)];
                items.ToList().ForEach(one => list.Add(one));
            }
            else
            {
                property.SetValue(options, Value(type));
            }
        }
    }

    private static object? Value(Type type)
    {
        return type == typeof(string) ? "s"
            : type == typeof(bool) ? true
            : type == typeof(double) ? 0.5
            : type == typeof(Secret) ? Secret.FromText("s")
            : type == typeof(StorageOptions) ? null
            : type == typeof(IReadOnlyCollection<ImageFormat>) ? new[] { ImageFormat.Find("png")! }
            : type.IsEnum ? Enum.GetValues(type).GetValue(0)
            : type.IsPrimitive ? Convert.ChangeType(1, type, System.Globalization.CultureInfo.InvariantCulture)
            : Filled(type);
    }

    [GeneratedRegex(@"^\| ((?:`[a-z_0-9.\[\]]+`(?:, )?)+) \|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Keys();
}
