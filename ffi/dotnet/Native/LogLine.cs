using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace UserImage.Native;

/// <summary>
/// A log line of the library as fields: image stored website=1001 id=7 format="jpeg" .... (The package UserImage.AspNetCore
/// compiles it too.)
/// </summary>
internal sealed class LogLine : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly string line;
    private readonly List<KeyValuePair<string, object?>> fields = [];

    internal LogLine(string line)
    {
        this.line = line;
        int equals = line.IndexOf('=');
        int at = equals < 0 ? line.Length : line.LastIndexOf(' ', equals);
        Message = at < 0 ? "" : line.Substring(0, at);
        while ((equals = at < line.Length ? line.IndexOf('=', at + 1) : -1) > 0)
        {
            string name = line.Substring(at + 1, equals - at - 1);
            at = equals + 1;
            fields.Add(new(name, name == "error" ? Rest(ref at) : Value(ref at)));
        }
        fields.Add(new("{OriginalFormat}", Message));
    }

    internal string Message { get; }

    /// <summary>The result of the upload whose end this is: "stored", "refused" or "failed"; else null.</summary>
    internal string? Result => Message switch
    {
        "image stored" => "stored",
        "upload refused" => "refused",
        "upload failed" => "failed",
        _ => null,
    };

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

    /// <summary>A number, a word, or a text in quotes with escapes.</summary>
    private object Value(ref int at)
    {
        if (at < line.Length && line[at] == '"')
        {
            var text = new StringBuilder();
            for (at++; at < line.Length && line[at] != '"'; at++)
            {
                at += line[at] == '\\' && at + 1 < line.Length ? 1 : 0;
                text.Append(line[at]);
            }
            at++;
            return text.ToString();
        }
        int end = line.IndexOf(' ', at);
        string word = line.Substring(at, (end < 0 ? line.Length : end) - at);
        at += word.Length;
        return long.TryParse(word, NumberStyles.Integer, CultureInfo.InvariantCulture, out long number) ? number : word;
    }

    /// <summary>An error is in words, and the last.</summary>
    private string Rest(ref int at)
    {
        string rest = line.Substring(at);
        at = line.Length;
        return rest;
    }
}
