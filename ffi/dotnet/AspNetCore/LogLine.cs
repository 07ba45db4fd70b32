using System.Collections;
using System.Globalization;

namespace UserImage.AspNetCore;

/// <summary>A log line of the library as fields: "image stored website=1001 id=7 format=jpeg ...".</summary>
internal sealed class LogLine : IReadOnlyList<KeyValuePair<string, object?>>
{
    /// <summary>What may have spaces in it, and is always last.</summary>
    private static readonly string[] Sentences = ["reason", "error"];

    private readonly string line;
    private readonly List<KeyValuePair<string, object?>> fields = [];

    internal LogLine(string line)
    {
        this.line = line;
        string[] words = line.Split(' ');
        int first = Array.FindIndex(words, word => word.Contains('='));
        Message = first < 0 ? line : string.Join(' ', words, 0, first);
        for (int i = first; i >= 0 && i < words.Length; i++)
        {
            int equals = words[i].IndexOf('=', StringComparison.Ordinal);
            string name = equals > 0 ? words[i][..equals] : "";
            string value = words[i][(equals + 1)..];
            if (name == "" || Array.IndexOf(Sentences, name) >= 0)
            {
                value = string.Join(' ', [value, .. words[(i + 1)..]]);
                i = words.Length;
            }
            fields.Add(new(name == "" ? "detail" : name, Number(value)));
        }
        fields.Add(new("{OriginalFormat}", Message));
    }

    internal string Message { get; }

    public int Count => fields.Count;

    public KeyValuePair<string, object?> this[int index] => fields[index];

    internal object? this[string name] => fields.Find(field => field.Key == name).Value;

    /// <summary>The sum of the steps, in seconds.</summary>
    internal double Seconds => fields.Where(pair => pair.Key.EndsWith("_us", StringComparison.Ordinal))
        .Sum(pair => pair.Value as long? ?? 0) / 1e6;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        return fields.GetEnumerator();
    }

    IEnumerator IEnumerable.GetEnumerator()
    {
        return GetEnumerator();
    }

    public override string ToString()
    {
        return line;
    }

    private static object Number(string value)
    {
        return long.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : value;
    }
}
