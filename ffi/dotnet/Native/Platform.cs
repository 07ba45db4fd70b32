using System;
using System.IO;
using System.Linq;
#if !NETFRAMEWORK
using System.Runtime.InteropServices;
#endif

namespace UserImage.Native;

/// <summary>What the process runs on, in the words of runtime identifiers.</summary>
internal static class Platform
{
    internal static bool OnWindows => Environment.OSVersion.Platform == PlatformID.Win32NT;

    /// <summary>The native library's file. On every system it begins with lib: on Windows userimage.dll would be this assembly.</summary>
    internal static string LibraryFile =>
        NativeMethods.Library + (OnWindows ? ".dll" : OnMac ? ".dylib" : ".so");

    /// <summary>The processor that the process runs for: x64, arm64, x86 or arm.</summary>
    internal static string Architecture { get; } = FindArchitecture();

    /// <summary>The runtime identifiers of the process, the best first.</summary>
    internal static string[] Rids { get; } =
        OnWindows ? ["win-" + Architecture]
        : OnMac ? ["osx-" + Architecture]
        : HasMusl ? ["linux-musl-" + Architecture, "linux-" + Architecture]
        : ["linux-" + Architecture];

    private static string[] GlibcLoaders =>
        ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1", "/lib/ld-linux.so.2", "/lib/ld-linux-armhf.so.3"];

    private static bool OnMac => Directory.Exists("/System/Library/CoreServices");

    /// <summary>Whether the C library is musl, as on Alpine: then there is no loader of glibc's.</summary>
    private static bool HasMusl =>
        Directory.Exists("/lib") && Directory.GetFiles("/lib", "ld-musl-*").Length > 0 && !GlibcLoaders.Any(File.Exists);

    private static string FindArchitecture()
    {
#if NETFRAMEWORK
        // On Windows it is that of the process. Mono runs on Linux too, where uname would have to be asked.
        string processor = Environment.GetEnvironmentVariable("PROCESSOR_ARCHITECTURE") ?? "";
        bool arm = processor.StartsWith("ARM", StringComparison.OrdinalIgnoreCase)
            || File.Exists("/lib/ld-linux-aarch64.so.1") || File.Exists("/lib/ld-linux-armhf.so.3");
        return IntPtr.Size == 8 ? arm ? "arm64" : "x64" : arm ? "arm" : "x86";
#else
        return RuntimeInformation.ProcessArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => "x64",
            System.Runtime.InteropServices.Architecture.X86 => "x86",
            System.Runtime.InteropServices.Architecture.Arm64 => "arm64",
            System.Runtime.InteropServices.Architecture.Arm => "arm",
            var other => other.ToString().ToLowerInvariant(),
        };
#endif
    }
}
