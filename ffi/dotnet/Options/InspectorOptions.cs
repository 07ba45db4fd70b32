using System;
using UserImage.Native;

namespace UserImage;

/// <summary>What decides about each image before it is stored: <see cref="ClamdOptions"/> or <see cref="HostInspectorOptions"/>.</summary>
public abstract class InspectorOptions : IJsonMembers
{
    private protected InspectorOptions()
    {
    }

    /// <summary>What happens to an upload if the inspector cannot decide.</summary>
    public InspectorFailure? OnFailure { get; set; }

    private protected abstract string Kind { get; }

    void IJsonMembers.AddTo(JsonObject json)
    {
        json.AddRaw(Kind, JsonObject.Of(AddMembers));
    }

    private protected virtual void AddMembers(JsonObject json)
    {
        json.Add("on_failure", OnFailure switch
        {
            null => null,
            InspectorFailure.Fail => "fail",
            InspectorFailure.Allow => "allow",
            _ => throw new ArgumentException("There is no such choice: " + OnFailure),
        });
    }
}

/// <summary>The virus scanner of ClamAV, which receives the original over a connection.</summary>
public sealed class ClamdOptions : InspectorOptions
{
    /// <summary>Where it listens: tcp://127.0.0.1:3310 or unix:///run/clamav/clamd.ctl. Required.</summary>
    public string? Address { get; set; }

    /// <summary>How long one file may take, in seconds: 1 to 3600.</summary>
    public int? TimeoutSeconds { get; set; }

    /// <summary>The longest file that is sent, in bytes. A longer one cannot be inspected, which is a failure.</summary>
    public long? MaxBytes { get; set; }

    private protected override string Kind => "clamd";

    private protected override void AddMembers(JsonObject json)
    {
        json.Add("address", Address);
        json.Add("timeout_seconds", TimeoutSeconds);
        json.Add("max_bytes", MaxBytes);
        base.AddMembers(json);
    }
}

/// <summary>The next inspector of <see cref="UploaderHost"/>. Those that are not listed come after the list.</summary>
public sealed class HostInspectorOptions : InspectorOptions
{
    private protected override string Kind => "host";
}

/// <summary>What happens to an upload if an inspector cannot decide.</summary>
public enum InspectorFailure
{
    /// <summary>It fails with <see cref="ErrorKind.InspectorFailed"/>.</summary>
    Fail,

    /// <summary>It goes on, and the log has a warning.</summary>
    Allow,
}
