using System;
using System.Collections.Generic;
using UserImage.Native;

namespace UserImage;

/// <summary>What the host supplies to an <see cref="Uploader"/> in addition to its configuration.</summary>
public sealed class UploaderHost
{
    /// <summary>The host's own storage, if the configuration names none.</summary>
    public IStorage? Storage { get; set; }

    /// <summary>The host's own storage, if it is asynchronous. An uploader has one of the two.</summary>
    public IAsyncStorage? AsyncStorage { get; set; }

    /// <summary>
    /// The host's own authenticator. The configuration's "authentication" is then "host", and without one "host" is an
    /// error.
    /// </summary>
    public IAuthenticator? Authenticator { get; set; }

    /// <summary>The host's own authenticator, if it is asynchronous. An uploader has one of the two.</summary>
    public IAsyncAuthenticator? AsyncAuthenticator { get; set; }

    /// <summary>
    /// The host's own inspectors. They are asked in this order, and before <see cref="AsyncInspectors"/>: each where the
    /// configuration's "inspectors" has the next {"host": {}}, and those that it does not name after its own.
    /// </summary>
    public IList<IInspector> Inspectors { get; } = new List<IInspector>();

    /// <summary>The host's own inspectors that are asynchronous. They are asked after <see cref="Inspectors"/>.</summary>
    public IList<IAsyncInspector> AsyncInspectors { get; } = new List<IAsyncInspector>();

    /// <summary>
    /// Whether storage, authenticator and inspectors are disposed of with the uploader, after its last call, or if opening fails.
    /// If not, which is the default, they stay the host's: of a container, or of several uploaders. It concerns those that are
    /// <see cref="IDisposable"/> or IAsyncDisposable.
    /// </summary>
    public bool DisposesParts { get; set; }

    /// <summary>
    /// Whether a number, true and false of the configuration may also be a text, such as "1001": for configurations that are
    /// made of environment variables or of IConfiguration.
    /// </summary>
    public bool TextValues { get; set; }

    /// <summary>
    /// Receives log lines: one for each upload, with website, id, format, sizes and times; never a key, a user or file
    /// content. It is called on any thread that uploads, on several at once. What it throws is ignored.
    /// </summary>
    public Action<UserImageLogLevel, string>? Log { get; set; }

    /// <summary>The most verbose level that <see cref="Log"/> receives.</summary>
    public UserImageLogLevel MaxLogLevel { get; set; } = UserImageLogLevel.Info;
}

/// <summary>The level of a log line, from the most severe on.</summary>
public enum UserImageLogLevel
{
    /// <summary>No line.</summary>
    None = 0,

    /// <summary>A failure of the server.</summary>
    Error = NativeMethods.USERIMAGE_LOG_ERROR,

    /// <summary>Something unusual.</summary>
    Warn = NativeMethods.USERIMAGE_LOG_WARN,

    /// <summary>Each upload, stored or refused.</summary>
    Info = NativeMethods.USERIMAGE_LOG_INFO,

    /// <summary>For the library's developers.</summary>
    Debug = NativeMethods.USERIMAGE_LOG_DEBUG,

    /// <summary>For the library's developers, in detail.</summary>
    Trace = NativeMethods.USERIMAGE_LOG_TRACE,
}
