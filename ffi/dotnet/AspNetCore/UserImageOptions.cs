using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace UserImage.AspNetCore;

/// <summary>What <c>AddUserImage</c> is configured with.</summary>
public sealed class UserImageOptions
{
    /// <summary>
    /// The library's configuration: a JSON document with the keys of docs/configuration.md. Numbers, true and false may also
    /// be texts.
    /// </summary>
    public string Configuration { get; set; } = "{}";

    /// <summary>
    /// How many bytes of bodies are held at once, counted as they come: slow clients hold little. The request that goes over it
    /// is answered with 503 and the API's envelope. In the section: server:max_body_bytes.
    /// </summary>
    public long MaxBodyBytes { get; set; } = 512L << 20;

    /// <summary>
    /// How often uploads and deletions that never finished are removed from the storage; zero: never. In the section:
    /// server:sweep_interval, such as "01:00:00".
    /// </summary>
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// What is younger is not swept: longer than any upload takes. In the section: server:sweep_min_age.
    /// </summary>
    public TimeSpan SweepMinAge { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// Adds what the host supplies. Storage, authenticator and inspectors are also taken from the services, if they are registered
    /// as <see cref="IAsyncStorage"/>, <see cref="IStorage"/>, <see cref="IAsyncAuthenticator"/>, <see cref="IAuthenticator"/>,
    /// <see cref="IInspector"/> or <see cref="IAsyncInspector"/>, as singletons.
    /// </summary>
    public Action<IServiceProvider, UploaderHost>? ConfigureHost { get; set; }

    /// <summary>Reads a section: the library's keys, and "server" for the options above.</summary>
    internal void Read(IConfigurationSection section)
    {
        Configuration = Json(section, section.GetChildren().Where(child => !IsServer(child.Key)))?.ToJsonString() ?? "{}";
        foreach (IConfigurationSection value in section.GetSection("server").GetChildren())
        {
            switch (value.Key.ToLowerInvariant())
            {
                case "max_body_bytes":
                    MaxBodyBytes = long.TryParse(value.Value, out long bytes) ? bytes : throw Invalid(value, "a number of bytes");
                    break;
                case "sweep_interval":
                    SweepInterval = Time(value);
                    break;
                case "sweep_min_age":
                    SweepMinAge = Time(value);
                    break;
                default:
                    throw new ValidationException(
                        $"{value.Path}: the key is not known; known are max_body_bytes, sweep_interval and sweep_min_age");
            }
        }
    }

    internal IEnumerable<string> Problems()
    {
        if (MaxBodyBytes <= 0)
        {
            yield return "server.max_body_bytes: it must be above 0";
        }
        if (SweepInterval < TimeSpan.Zero)
        {
            yield return "server.sweep_interval: it must not be negative";
        }
        if (SweepMinAge < TimeSpan.Zero)
        {
            yield return "server.sweep_min_age: it must not be negative";
        }
    }

    private static bool IsServer(string key)
    {
        return string.Equals(key, "server", StringComparison.OrdinalIgnoreCase);
    }

    private static TimeSpan Time(IConfigurationSection value)
    {
        return TimeSpan.TryParse(value.Value, System.Globalization.CultureInfo.InvariantCulture, out TimeSpan time)
            ? time
            : throw Invalid(value, "a time such as 01:00:00");
    }

    private static ValidationException Invalid(IConfigurationSection value, string expected)
    {
        return new ValidationException($"{value.Path}: {expected} is expected, not \"{value.Value}\"");
    }

    /// <summary>A section as JSON, all of whose values are texts. Keys are the library's, whose case does not count here.</summary>
    private static JsonNode? Json(IConfigurationSection section, IEnumerable<IConfigurationSection> members)
    {
        var children = members.ToList();
        if (children.Count == 0)
        {
            return section.Value == null ? null : JsonValue.Create(section.Value);
        }
        if (children.TrueForAll(child => int.TryParse(child.Key, out _)))
        {
            var list = children.OrderBy(child => int.Parse(child.Key, System.Globalization.CultureInfo.InvariantCulture));
            return new JsonArray(list.Select(child => Json(child, child.GetChildren())).ToArray());
        }
        return new JsonObject(children.Select(child =>
            KeyValuePair.Create(child.Key.ToLowerInvariant(), Json(child, child.GetChildren()))));
    }
}
