using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>A website of the configuration.</summary>
public sealed class WebsiteOptions : IJsonMembers
{
    /// <summary>The website's id: 1 to 2147483647.</summary>
    public int Id { get; set; }

    /// <summary>
    /// The client keys that open it. A single one that is read from a variable or a file may be several keys with spaces between
    /// them.
    /// </summary>
    public IList<Secret> Keys { get; init; } = [];

    /// <summary>What this website accepts; what is null is taken from <see cref="UploaderOptions.Policy"/>.</summary>
    public PolicyOptions? Policy { get; set; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.Add("id", Id);
        if (Keys is { Count: 1 } && Keys[0] is { IsReference: true })
        {
            json.Add("keys", Keys[0]);
        }
        else
        {
            json.AddList("keys", Keys, key => key.ToJson());
        }
        json.Add("policy", Policy);
    }
}
