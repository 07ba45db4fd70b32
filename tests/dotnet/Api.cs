using System;
using System.IO;
using System.Linq;
using System.Reflection;

namespace UserImage.Tests;

/// <summary>The C# column of tests/contract/api.tsv: every name is a public member of a public type.</summary>
internal static class Api
{
    internal static void Run(string path)
    {
        string[][] rows = File.ReadAllLines(path)
            .Where(line => line != "" && line[0] != '#')
            .Select(line => line.Split('\t')).ToArray();
        int column = Array.IndexOf(rows[0], "csharp");
        string[] names = rows.Skip(1).Select(row => row[column]).Where(name => name != "-").ToArray();
        Check.That(names.Length > 100, "there are enough names");
        Check.Equal("", string.Join(", ", names.Where(name => !Exists(name))));
        Check.That(!Exists("ImageInfo.Missing") && !Exists("Missing.Width"), "what does not exist is not found");
        Console.WriteLine("api: {0} names of the table", names.Length);
    }

    /// <summary>A name is Type.Member, or Type..ctor for a constructor.</summary>
    private static bool Exists(string name)
    {
        int dot = name.IndexOf('.');
        Type? type = dot < 0 ? null : typeof(Uploader).Assembly.GetType("UserImage." + name.Substring(0, dot));
        const BindingFlags found = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static;
        return type is { IsPublic: true } && type.GetMember(name.Substring(dot + 1), found).Length > 0;
    }
}
