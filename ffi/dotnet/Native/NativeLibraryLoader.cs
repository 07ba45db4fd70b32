using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native;

/// <summary>
/// Loads the native library. Runtimes look next to the assembly and where the system looks; this also looks in
/// runtimes/RID/native, where a package has it, and lists what it tried when it finds none.
/// </summary>
internal static unsafe class NativeLibraryLoader
{
    private static readonly object Lock = new();
    private static volatile bool loaded;

    private static bool OnWindows => Environment.OSVersion.Platform == PlatformID.Win32NT;

    /// <summary>To be called before anything else of the library.</summary>
    /// <exception cref="DllNotFoundException">With all paths that were tried.</exception>
    internal static void Ensure()
    {
        if (loaded)
        {
            return;
        }
        lock (Lock)
        {
            if (!loaded)
            {
                Load();
                loaded = true;
            }
        }
    }

    /// <summary>The files that may be the library, in the order in which they are tried.</summary>
    private static List<string> Candidates()
    {
        bool mac = Directory.Exists("/System/Library/CoreServices");
        string system = OnWindows ? "win" : mac ? "osx" : "linux";
        string file = OnWindows ? "userimage.dll" : mac ? "libuserimage.dylib" : "libuserimage.so";
        string[] architectures = IntPtr.Size == 8 ? ["x64", "arm64"] : ["x86", "arm"];
#pragma warning disable IL3000 // The location is empty in a single file: then only the base directory is searched.
        string?[] folders =
        [
            Path.GetDirectoryName(typeof(NativeLibraryLoader).Assembly.Location),
            AppDomain.CurrentDomain.BaseDirectory,
            // ASP.NET copies assemblies from bin to another folder, but not the files next to them.
            AppDomain.CurrentDomain.RelativeSearchPath,
        ];
#pragma warning restore IL3000
        var candidates = new List<string>();
        foreach (string folder in folders.OfType<string>().Where(folder => folder != ""))
        {
            candidates.Add(Path.Combine(folder, file));
            candidates.AddRange(architectures.Select(
                architecture => Path.Combine(folder, "runtimes", system + "-" + architecture, "native", file)));
        }
        return candidates.Distinct().ToList();
    }

    private static void Load()
    {
        List<string> candidates = Candidates();
        try
        {
            if (OnWindows)
            {
                // Once it is loaded by its path, it is found by its name.
                _ = candidates.Exists(path => File.Exists(path) && LoadLibraryW(path) != IntPtr.Zero);
            }
            else
            {
                SetResolver();
            }
            int code = NativeMethods.userimage_abi_compatible(
                NativeMethods.USERIMAGE_ABI_MAJOR, NativeMethods.USERIMAGE_ABI_MINOR);
            if (code != NativeMethods.USERIMAGE_OK)
            {
                throw UserImageException.Of((ErrorCode)code);
            }
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new DllNotFoundException(Message(candidates), exception);
        }
    }

    private static string Message(List<string> candidates)
    {
        var message = new StringBuilder("The native library userimage cannot be loaded");
        message.Append(IntPtr.Size == 8 ? " (64-bit process). Tried:" : " (32-bit process). Tried:");
        foreach (string path in candidates)
        {
            message.Append("\n  ").Append(path);
            message.Append(File.Exists(path) ? " (exists, but does not load)" : " (does not exist)");
        }
        string variable = OnWindows ? "PATH" : "LD_LIBRARY_PATH";
        message.Append("\n  the system's folders, ").Append(variable).Append('=');
        message.Append(Environment.GetEnvironmentVariable(variable));
        return message.ToString();
    }

#if NET
    private static bool resolverIsSet;

    private static void SetResolver()
    {
        if (!resolverIsSet)
        {
            NativeLibrary.SetDllImportResolver(typeof(NativeLibraryLoader).Assembly, Resolve);
            resolverIsSet = true;
        }
    }

    private static IntPtr TryLoad(string path)
    {
        return NativeLibrary.TryLoad(path, out IntPtr handle) ? handle : IntPtr.Zero;
    }
#else
    private static MethodInfo? tryLoad;

    /// <summary>.NET Core 3 and later have a resolver, for which netstandard2.0 has no types.</summary>
    private static void SetResolver()
    {
        var library = Type.GetType("System.Runtime.InteropServices.NativeLibrary");
        var resolver = Type.GetType("System.Runtime.InteropServices.DllImportResolver");
        if (library == null || resolver == null || tryLoad != null)
        {
            return;
        }
        tryLoad = library.GetMethod("TryLoad", [typeof(string), typeof(IntPtr).MakeByRefType()]);
        MethodInfo resolve = typeof(NativeLibraryLoader).GetMethod(nameof(Resolve), BindingFlags.NonPublic | BindingFlags.Static);
        library.GetMethod("SetDllImportResolver").Invoke(
            null, [typeof(NativeLibraryLoader).Assembly, Delegate.CreateDelegate(resolver, resolve)]);
    }

    private static IntPtr TryLoad(string path)
    {
        object?[] arguments = [path, IntPtr.Zero];
        return (bool)tryLoad!.Invoke(null, arguments) ? (IntPtr)arguments[1]! : IntPtr.Zero;
    }
#endif

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (name != NativeMethods.Library)
        {
            return IntPtr.Zero;
        }
        // Without any, the runtime searches on its own.
        return Candidates().Where(File.Exists).Select(TryLoad).FirstOrDefault(handle => handle != IntPtr.Zero);
    }

    [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
    private static extern IntPtr LoadLibraryW(string path);
}
