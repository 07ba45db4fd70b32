using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace UserImage.Native;

/// <summary>What is an object in the configuration.</summary>
internal interface IJsonMembers
{
    /// <summary>Adds the members that are set.</summary>
    void AddTo(JsonObject json);
}

/// <summary>Writes a JSON object, member by member. A member that is null is left out.</summary>
internal sealed class JsonObject
{
    private readonly StringBuilder text = new("{");

    internal static string Of(IJsonMembers members)
    {
        return Of(members.AddTo);
    }

    internal static string Of(Action<JsonObject> addMembers)
    {
        var json = new JsonObject();
        addMembers(json);
        return json.text.Append('}').ToString();
    }

    internal void Add(string key, string? value)
    {
        AddRaw(key, value == null ? null : Quoted(value));
    }

    internal void Add(string key, long? value)
    {
        AddRaw(key, value?.ToString(CultureInfo.InvariantCulture));
    }

    internal void Add(string key, bool? value)
    {
        AddRaw(key, value == null ? null : value.Value ? "true" : "false");
    }

    /// <exception cref="ArgumentException">It is not finite: JSON has no such numbers.</exception>
    internal void Add(string key, double? value)
    {
        if (value is { } number && (double.IsNaN(number) || double.IsInfinity(number)))
        {
            throw new ArgumentException(key + " must be a finite number.");
        }
        AddRaw(key, value?.ToString("R", CultureInfo.InvariantCulture));
    }

    internal void Add(string key, IJsonMembers? value)
    {
        AddRaw(key, value == null ? null : Of(value));
    }

    internal void Add(string key, Secret? value)
    {
        AddRaw(key, value?.ToJson());
    }

    /// <summary>A list. An empty one is left out, which is the default of all of them but the formats.</summary>
    /// <exception cref="ArgumentException">One of them is null.</exception>
    internal void AddList<T>(string key, ICollection<T>? values, Func<T, string> toJson)
    {
        AddRaw(key, values is not { Count: > 0 } ? null : List(key, values, toJson));
    }

    /// <summary>An object whose keys the host chooses. An empty one is left out.</summary>
    /// <exception cref="ArgumentException">One of them is null.</exception>
    internal void AddObject<T>(string key, IDictionary<string, T>? values, Func<T, string> toJson)
    {
        AddRaw(key, values is not { Count: > 0 } ? null : Of(json =>
        {
            foreach (KeyValuePair<string, T> pair in values)
            {
                json.AddRaw(pair.Key, toJson(NotNull(key, pair.Value)));
            }
        }));
    }

    internal void AddRaw(string key, string? json)
    {
        if (json != null)
        {
            text.Append(text.Length > 1 ? "," : "").Append(Quoted(key)).Append(':').Append(json);
        }
    }

    /// <exception cref="ArgumentException">One of them is null.</exception>
    internal static string List<T>(string key, IEnumerable<T> values, Func<T, string> toJson)
    {
        var list = new StringBuilder("[");
        foreach (T value in values)
        {
            list.Append(list.Length > 1 ? "," : "").Append(toJson(NotNull(key, value)));
        }
        return list.Append(']').ToString();
    }

    private static T NotNull<T>(string key, T value)
    {
        return value == null ? throw new ArgumentException(key + " must not have a null.") : value;
    }

    internal static string Quoted(string value)
    {
        var quoted = new StringBuilder(value.Length + 2).Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                quoted.Append('\\').Append(c);
            }
            else if (c < ' ')
            {
                quoted.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(c);
            }
        }
        return quoted.Append('"').ToString();
    }
}
