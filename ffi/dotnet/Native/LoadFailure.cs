using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native;

/// <summary>Why the native library does not load, path by path.</summary>
internal static class LoadFailure
{
    internal static string Message(List<string> candidates)
    {
        var message = new StringBuilder("The native library ").Append(NativeMethods.Library);
        message.Append(" cannot be loaded into this process (").Append(Platform.Rids[0]).Append("). Tried:");
        foreach (string path in candidates)
        {
            message.Append("\n  ").Append(path).Append(": ").Append(Reason(path));
        }
        string variable = Platform.OnWindows ? "PATH" : "LD_LIBRARY_PATH";
        if (!Platform.OnWindows)
        {
            message.Append("\n  the system's folders, ").Append(variable).Append('=');
            message.Append(Environment.GetEnvironmentVariable(variable));
        }
        message.Append("\nThe package UserImage brings it along; a reference to its project does not: copy it beside the program.");
        return message.ToString();
    }

    private static string Reason(string path)
    {
        if (!File.Exists(path))
        {
            return "does not exist";
        }
        string? processor;
        try
        {
            processor = Processor(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "cannot be read: " + exception.Message;
        }
        if (processor == null)
        {
            return "is not a library of this system";
        }
        if (processor != Platform.Architecture)
        {
            return "is for " + processor + ", and this process is " + Platform.Architecture;
        }
        return SystemReason(path) is not { } reason ? "loads, and lacks a function: it is of another version"
            : reason.Contains("libc.musl") ? "is for musl, and this system has glibc: " + reason
            : reason.Contains("GLIBC_") ? "needs a newer glibc: " + reason
            : reason.Contains("ld-linux") || reason.Contains("libc.so.6") ? "is for glibc, and this system has musl: " + reason
            : reason;
    }

    /// <summary>The processor in a library's header; null if it is not a library of this kind of system.</summary>
    private static string? Processor(string path)
    {
        var head = new byte[4096];
        int length;
        using (FileStream file = File.OpenRead(path))
        {
            length = file.Read(head, 0, head.Length);
        }
        if (Platform.OnWindows)
        {
            int at = length >= 64 && head[0] == 'M' && head[1] == 'Z' ? BitConverter.ToInt32(head, 0x3C) : -1;
            return at < 0 || at > length - 6 ? null : BitConverter.ToUInt16(head, at + 4) switch
            {
                0x8664 => "x64", 0x14C => "x86", 0xAA64 => "arm64", 0x1C4 => "arm", _ => "another processor",
            };
        }
        if (length >= 20 && head[0] == 0x7F && head[1] == 'E' && head[2] == 'L' && head[3] == 'F')
        {
            return BitConverter.ToUInt16(head, 18) switch
            {
                62 => "x64", 3 => "x86", 183 => "arm64", 40 => "arm", _ => "another processor",
            };
        }
        if (length < 8)
        {
            return null;
        }
        return BitConverter.ToUInt32(head, 0) switch
        {
            0xFEEDFACF => BitConverter.ToUInt32(head, 4) switch
            {
                0x01000007 => "x64", 0x0100000C => "arm64", _ => "another processor",
            },
            0xBEBAFECA => Platform.Architecture, // for several processors
            _ => null,
        };
    }

    /// <summary>What the system says when it loads the file; null if it does load.</summary>
    private static string? SystemReason(string path)
    {
#if NET
        try
        {
            NativeLibrary.Free(NativeLibrary.Load(path));
            return null;
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            return exception.Message.Replace("\n", " ");
        }
#else
        if (Platform.OnWindows)
        {
            return LoadLibraryW(path) != IntPtr.Zero ? null : new Win32Exception(Marshal.GetLastWin32Error()).Message;
        }
        try
        {
            const int now = 2;
            return dlopen(path, now) != IntPtr.Zero ? null : Marshal.PtrToStringAnsi(dlerror());
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return "does not load";
        }
#endif
    }

    [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    internal static extern IntPtr LoadLibraryW(string path);

#if !NET
    [DllImport("libdl.so.2", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern IntPtr dlopen(string path, int flags);

    [DllImport("libdl.so.2")]
    private static extern IntPtr dlerror();
#endif
}
