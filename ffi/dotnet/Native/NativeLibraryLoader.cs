using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;

// On Windows a plain name is never looked for in the current directory or on PATH.
[assembly: DefaultDllImportSearchPaths(DllImportSearchPath.AssemblyDirectory | DllImportSearchPath.SafeDirectories)]

namespace UserImage.Native;

/// <summary>
/// Finds the native library. The runtime searches first: by the program's deps.json, a resolver of the host's, the folder of
/// the assembly. What it does not find is looked for in the <see cref="Candidates"/>, as plugins need it.
/// </summary>
internal static unsafe class NativeLibraryLoader
{
    private static readonly object Lock = new();
    private static volatile bool loaded;
    private static bool searches;

    /// <summary>To be called before anything else of the library.</summary>
    /// <exception cref="DllNotFoundException">With all paths that were tried, and why each does not load.</exception>
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

    private static void Load()
    {
        if (!searches)
        {
            SearchAfterTheRuntime();
            searches = true;
        }
        int code;
        try
        {
            code = NativeMethods.userimage_abi_compatible(
                NativeMethods.USERIMAGE_ABI_MAJOR, NativeMethods.USERIMAGE_ABI_MINOR);
        }
        catch (Exception exception) when
            (exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new DllNotFoundException(LoadFailure.Message(Candidates()), exception);
        }
        if (code != NativeMethods.USERIMAGE_OK)
        {
            throw UserImageException.Of((ErrorCode)code);
        }
    }

    /// <summary>The files that may be the library, as absolute paths, in the order in which they are tried.</summary>
    private static List<string> Candidates()
    {
        var candidates = new List<string>();
        foreach (string folder in Folders())
        {
            candidates.Add(Path.Combine(folder, Platform.LibraryFile));
            candidates.AddRange(Platform.Rids.Select(
                rid => Path.Combine(folder, "runtimes", rid, "native", Platform.LibraryFile)));
        }
        return candidates.Distinct().ToList();
    }

    /// <summary>
    /// The folder of the assembly, its parent (Azure Functions has runtimes beside bin), the program's folder (for an
    /// assembly that was loaded from bytes, and has no folder).
    /// </summary>
    private static IEnumerable<string> Folders()
    {
#pragma warning disable IL3000 // The location is empty in a single file: then only the program's folder is searched.
        string location = typeof(NativeLibraryLoader).Assembly.Location;
#pragma warning restore IL3000
        string? beside = location == "" ? null : Path.GetDirectoryName(Path.GetFullPath(location));
        if (beside != null)
        {
            yield return beside;
            if (Path.GetDirectoryName(beside) is { } parent)
            {
                yield return parent;
            }
        }
        string program = AppDomain.CurrentDomain.BaseDirectory;
        yield return program;
#if !NET
        // ASP.NET on .NET Framework copies assemblies from bin to another folder, but not the files beside them.
        foreach (string relative in (AppDomain.CurrentDomain.RelativeSearchPath ?? "").Split(';').Where(path => path != ""))
        {
            yield return Path.Combine(program, relative);
        }
#endif
    }

#if NET
    private static void SearchAfterTheRuntime()
    {
        System.Runtime.Loader.AssemblyLoadContext? context =
            System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(typeof(NativeLibraryLoader).Assembly);
        if (context != null)
        {
            context.ResolvingUnmanagedDll += Resolve;
            context.Unloading += Unload;
        }
    }

    /// <summary>
    /// A collectible context stays in memory until its assemblies are collected, and keeps its handlers: one that is a method of
    /// such an assembly would keep both for ever. (The runtime drops those of Unloading itself.)
    /// </summary>
    private static void Unload(System.Runtime.Loader.AssemblyLoadContext context)
    {
        context.ResolvingUnmanagedDll -= Resolve;
        Workers.EndIdle();
    }

    private static IntPtr TryLoad(string path)
    {
        return NativeLibrary.TryLoad(path, out IntPtr handle) ? handle : IntPtr.Zero;
    }
#else
    /// <summary>NativeLibrary.TryLoad of .NET Core 3 and later, for which netstandard2.0 has no types.</summary>
    private static MethodInfo? tryLoad;

    private static void SearchAfterTheRuntime()
    {
        Type? context = Type.GetType("System.Runtime.Loader.AssemblyLoadContext, System.Runtime.Loader");
        tryLoad = Type.GetType("System.Runtime.InteropServices.NativeLibrary, System.Runtime.InteropServices")?
            .GetMethod("TryLoad", [typeof(string), typeof(IntPtr).MakeByRefType()]);
        EventInfo? resolving = context?.GetEvent("ResolvingUnmanagedDll");
        if (resolving != null && tryLoad != null)
        {
            object own = context!.GetMethod("GetLoadContext").Invoke(null, [typeof(NativeLibraryLoader).Assembly]);
            var handler = new Func<Assembly, string, IntPtr>(Resolve);
            resolving.AddEventHandler(own, handler);
            // See the other Unload.
            EventInfo unloading = context.GetEvent("Unloading");
            Action<object> unload = _ =>
            {
                resolving.RemoveEventHandler(own, handler);
                Workers.EndIdle();
            };
            unloading.AddEventHandler(own, Delegate.CreateDelegate(unloading.EventHandlerType, unload.Target, unload.Method));
        }
        else if (Platform.OnWindows)
        {
            // .NET Framework has no such event. Once a library is loaded by its path, it is found by its name.
            _ = Candidates().Exists(path => File.Exists(path) && LoadFailure.LoadLibraryW(path) != IntPtr.Zero);
        }
    }

    private static IntPtr TryLoad(string path)
    {
        object?[] arguments = [path, IntPtr.Zero];
        return (bool)tryLoad!.Invoke(null, arguments) ? (IntPtr)arguments[1]! : IntPtr.Zero;
    }
#endif

    private static IntPtr Resolve(Assembly assembly, string name)
    {
        return name == NativeMethods.Library && assembly == typeof(NativeLibraryLoader).Assembly
            ? Candidates().Where(File.Exists).Select(TryLoad).FirstOrDefault(handle => handle != IntPtr.Zero)
            : IntPtr.Zero;
    }
}
