#if NET
using System;
using System.Diagnostics;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Threading;
using System.Threading.Tasks;

namespace UserImage.Tests;

/// <summary>
/// The package as plugin hosts load it, without a deps.json: LD_LIBRARY_PATH is not set, and the native library is where the
/// package has it, relative to the assembly.
/// </summary>
internal static class Plugins
{
    private static readonly string[] Cases =
        ["beside", "runtimes", "parent", "bytes", "resolver", "resolver-after", "text", "processor", "cut", "collectible"];

    /// <summary>Runs every case in a process of its own: a library that one has loaded is found by its name in the next.</summary>
    internal static void Run(string library)
    {
        foreach (string name in Cases)
        {
            using var process = Process.Start(Environment.ProcessPath!, [typeof(Plugins).Assembly.Location, "plugin", library, name]);
            process.WaitForExit();
            Check.That(process.ExitCode == 0, "the case " + name);
        }
        Console.WriteLine("plugins: found beside the assembly, in its parent, in the program's folder; reasons otherwise");
    }

    internal static void RunCase(string library, string name)
    {
        string native = Path.Combine("runtimes", "linux-" + RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(), "native");
        string folder = Directory.CreateTempSubdirectory("userimage").FullName;
        try
        {
            switch (name)
            {
                case "beside":
                    Loads(folder, name, ".", library);
                    break;
                case "runtimes":
                    Loads(folder, name, native, library);
                    break;
                case "parent":
                    Loads(folder, name, Path.Combine("..", native), library);
                    break;
                case "bytes":
                    FromBytes(library, native);
                    break;
                case "resolver":
                    ResolverBefore(folder, library);
                    break;
                case "resolver-after":
                    ResolverAfter(folder, library);
                    break;
                case "text":
                    Refused(folder, name, "is not a library of this system", file => File.WriteAllText(file, "no library"));
                    break;
                case "processor":
                    Refused(folder, name, "is for arm64, and this process is x64", file =>
                    {
                        byte[] bytes = File.ReadAllBytes(library);
                        bytes[18] = 183;
                        File.WriteAllBytes(file, bytes);
                    });
                    break;
                case "cut":
                    Refused(folder, name, "cannot read file data", file => File.WriteAllBytes(file, File.ReadAllBytes(library).AsSpan(0, 64).ToArray()));
                    break;
                case "collectible":
                    Unloads(folder, library);
                    break;
                default:
                    throw new ArgumentException(name);
            }
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    /// <summary>A copy of the managed assembly in a folder of its own.</summary>
    private static string Copy(string folder, string name)
    {
        string own = Path.Combine(folder, name, "bin");
        Directory.CreateDirectory(own);
        string assembly = Path.Combine(own, "UserImage.dll");
        File.Copy(typeof(Uploader).Assembly.Location, assembly);
        return assembly;
    }

    private static void Loads(string folder, string name, string where, string library)
    {
        string assembly = Copy(folder, name);
        string native = Path.Combine(Path.GetDirectoryName(assembly)!, where);
        Directory.CreateDirectory(native);
        File.Copy(library, Path.Combine(native, "libuserimage.so"));
        var context = new AssemblyLoadContext(name);
        Check.Equal(ExpectedVersion(), Version(context.LoadFromAssemblyPath(assembly)));
        Check.Equal(ExpectedVersion(), Version(Assembly.LoadFile(assembly)));
    }

    /// <summary>An assembly without a folder: the program's is searched.</summary>
    private static void FromBytes(string library, string native)
    {
        string beside = Path.Combine(AppContext.BaseDirectory, native);
        string file = Path.Combine(beside, "libuserimage.so");
        bool made = !File.Exists(file);
        Directory.CreateDirectory(beside);
        if (made)
        {
            File.Copy(library, file);
        }
        try
        {
            var context = new AssemblyLoadContext("bytes");
            using var bytes = new MemoryStream(File.ReadAllBytes(typeof(Uploader).Assembly.Location));
            Check.Equal(ExpectedVersion(), Version(context.LoadFromStream(bytes)));
        }
        finally
        {
            if (made)
            {
                File.Delete(file);
            }
        }
    }

    /// <summary>The documented way to bring a library from elsewhere works before the first call.</summary>
    private static void ResolverBefore(string folder, string library)
    {
        Assembly loaded = new AssemblyLoadContext("resolver").LoadFromAssemblyPath(Copy(folder, "resolver"));
        string elsewhere = Path.Combine(folder, "elsewhere.so");
        File.Copy(library, elsewhere);
        int asked = 0;
        NativeLibrary.SetDllImportResolver(loaded, (name, _, _) =>
        {
            asked++;
            return name == "libuserimage" ? NativeLibrary.Load(elsewhere) : IntPtr.Zero;
        });
        Check.Equal(ExpectedVersion(), Version(loaded));
        Check.That(asked > 0, "the host's resolver is asked");
    }

    /// <summary>And after the first call too: the package sets no resolver.</summary>
    private static void ResolverAfter(string folder, string library)
    {
        string assembly = Copy(folder, "resolver-after");
        File.Copy(library, Path.Combine(Path.GetDirectoryName(assembly)!, "libuserimage.so"));
        Assembly loaded = new AssemblyLoadContext("resolver-after").LoadFromAssemblyPath(assembly);
        Check.Equal(ExpectedVersion(), Version(loaded));
        NativeLibrary.SetDllImportResolver(loaded, (_, _, _) => IntPtr.Zero);
        Check.Equal(ExpectedVersion(), Version(loaded));
    }

    private static void Refused(string folder, string name, string reason, Action<string> write)
    {
        string assembly = Copy(folder, name);
        write(Path.Combine(Path.GetDirectoryName(assembly)!, "libuserimage.so"));
        Assembly loaded = new AssemblyLoadContext(name).LoadFromAssemblyPath(assembly);
        var error = Check.Throws<TargetInvocationException>(() => Version(loaded)).InnerException!;
        Check.That(error is DllNotFoundException, error.ToString());
        Check.That(error.Message.Contains("bin/libuserimage.so: ") && error.Message.Contains(reason), error.Message);
        Check.That(error.Message.Contains("runtimes/linux-x64/native/libuserimage.so: does not exist"), error.Message);
    }

    private static void Unloads(string folder, string library)
    {
        string assembly = Copy(folder, "collectible");
        File.Copy(library, Path.Combine(Path.GetDirectoryName(assembly)!, "libuserimage.so"));
        for (int round = 0; round < 20; round++)
        {
            WeakReference context = UsedAndUnloaded(assembly);
            for (int i = 0; context.IsAlive && i < 100; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                Thread.Sleep(i < 10 ? 0 : 20);
            }
            Check.That(!context.IsAlive, "the context of round " + round + " is collected");
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UsedAndUnloaded(string assembly)
    {
        var context = new AssemblyLoadContext("collectible", isCollectible: true);
        Assembly loaded = context.LoadFromAssemblyPath(assembly);
        Type type = loaded.GetType("UserImage.Uploader")!;
        object uploader = Activator.CreateInstance(type, Check.KeysConfig, null)!;
        Check.Equal(26214400L, type.GetMethod("MaxBytes")!.Invoke(uploader, [1001]));
        // A thread of the library's own that has nothing to do, and a callback's delegate, keep nothing either.
        ((Task)type.GetMethod("FindAsync")!.Invoke(uploader, [1001, 1L, CancellationToken.None])!).GetAwaiter().GetResult();
        ((IDisposable)uploader).Dispose();
        context.Unload();
        return new WeakReference(context);
    }

    private static string Version(Assembly assembly)
    {
        return (string)assembly.GetType("UserImage.Uploader")!.GetProperty("LibraryVersion")!.GetValue(null)!;
    }

    private static string ExpectedVersion()
    {
        return typeof(Uploader).Assembly.GetName().Version!.ToString(3);
    }
}
#endif
