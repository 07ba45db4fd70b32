// Uploaders by the first part of a path: /case-N/... is for the configuration N.json of a folder.
using System;
using System.Collections.Concurrent;
using System.IO;
using UserImage;

internal sealed class Cases(string folder)
{
    private readonly ConcurrentDictionary<string, Lazy<Uploader>> uploaders = new();

    internal Uploader Of(string target)
    {
        string name = target.Split('/')[1].Substring("case-".Length);
        return uploaders.GetOrAdd(name, _ => new Lazy<Uploader>(
            () => new Uploader(File.ReadAllText(Path.Combine(folder, name + ".json"))))).Value;
    }
}
