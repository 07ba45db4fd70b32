using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;

namespace UserImage.Native
{
    /// <summary>
    /// Finds the library. The runtimes look beside the assembly and where the system looks; this also finds
    /// it in runtimes/RID/native, where a package has it, and tells where it looked when it is nowhere.
    /// </summary>
    internal static class NativeLibraryLoader
    {
        private static readonly object Lock = new object();
        private static volatile bool loaded;

        /// <summary>Called before anything else of the library.</summary>
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
        internal static List<string> Candidates()
        {
            string prefix, file;
            switch (Environment.OSVersion.Platform)
            {
                case PlatformID.Win32NT:
                    prefix = "win";
                    file = "userimage.dll";
                    break;
                default:
                    bool mac = Directory.Exists("/System/Library/CoreServices");
                    prefix = mac ? "osx" : "linux";
                    file = mac ? "libuserimage.dylib" : "libuserimage.so";
                    break;
            }
            var architectures = IntPtr.Size == 8 ? new[] { "x64", "arm64" } : new[] { "x86", "arm" };
            var folders = new List<string>();
            string assembly = typeof(NativeLibraryLoader).Assembly.Location;
            if (!string.IsNullOrEmpty(assembly))
            {
                folders.Add(Path.GetDirectoryName(assembly));
            }
            folders.Add(AppDomain.CurrentDomain.BaseDirectory);
            // ASP.NET copies assemblies away from bin, but not what lies beside them.
            folders.Add(AppDomain.CurrentDomain.RelativeSearchPath);
            var candidates = new List<string>();
            foreach (string folder in folders)
            {
                if (string.IsNullOrEmpty(folder))
                {
                    continue;
                }
                var tried = new List<string> { Path.Combine(folder, file) };
                foreach (string architecture in architectures)
                {
                    string runtimes = Path.Combine(folder, "runtimes", prefix + "-" + architecture);
                    tried.Add(Path.Combine(runtimes, "native", file));
                }
                foreach (string path in tried)
                {
                    if (!candidates.Contains(path))
                    {
                        candidates.Add(path);
                    }
                }
            }
            return candidates;
        }

        private static void Load()
        {
            var candidates = Candidates();
            Exception failure;
            try
            {
                if (Environment.OSVersion.Platform == PlatformID.Win32NT)
                {
                    // What is loaded by its path is found by its name afterwards.
                    candidates.Exists(path => File.Exists(path) && LoadLibraryW(path) != IntPtr.Zero);
                }
                else
                {
                    ResolveOnNetCore();
                }
                NativeMethods.userimage_abi_version();
                int code = NativeMethods.userimage_abi_compatible(NativeMethods.AbiMajor, NativeMethods.AbiMinor);
                if (code != 0)
                {
                    throw UserImageException.OfCode((ErrorCode)code);
                }
                return;
            }
            catch (DllNotFoundException exception)
            {
                failure = exception;
            }
            catch (BadImageFormatException exception)
            {
                failure = exception;
            }
            throw new DllNotFoundException(Message(candidates), failure);
        }

        private static string Message(List<string> candidates)
        {
            var message = new StringBuilder("The native library userimage cannot be loaded");
            message.Append(IntPtr.Size == 8 ? " (64-bit process). Tried:" : " (32-bit process). Tried:");
            foreach (string path in candidates)
            {
                message.Append("\n  ").Append(path);
                message.Append(File.Exists(path) ? " (is there, but does not load)" : " (is not there)");
            }
            bool windows = Environment.OSVersion.Platform == PlatformID.Win32NT;
            string variable = windows ? "PATH" : "LD_LIBRARY_PATH";
            message.Append("\n  the system's own places, ").Append(variable).Append('=');
            message.Append(Environment.GetEnvironmentVariable(variable));
            return message.ToString();
        }

        /// <summary>
        /// .NET Core 3.0 and later let a library be found by code. They have the types for it, which .NET
        /// Framework, Mono and netstandard2.0 do not: hence by reflection.
        /// </summary>
        private static void ResolveOnNetCore()
        {
            Type library = Type.GetType("System.Runtime.InteropServices.NativeLibrary");
            Type resolver = Type.GetType("System.Runtime.InteropServices.DllImportResolver");
            if (library == null || resolver == null || tryLoad != null)
            {
                return;
            }
            MethodInfo load = library.GetMethod(
                "TryLoad", new[] { typeof(string), typeof(IntPtr).MakeByRefType() });
            tryLoad = path =>
            {
                var arguments = new object[] { path, IntPtr.Zero };
                return (bool)load.Invoke(null, arguments) ? (IntPtr)arguments[1] : IntPtr.Zero;
            };
            MethodInfo resolve = typeof(NativeLibraryLoader).GetMethod(
                "Resolve", BindingFlags.NonPublic | BindingFlags.Static);
            Delegate made = Delegate.CreateDelegate(resolver, resolve);
            library.GetMethod("SetDllImportResolver").Invoke(
                null, new object[] { typeof(NativeLibraryLoader).Assembly, made });
        }

        private static Func<string, IntPtr> tryLoad;

        private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? search)
        {
            foreach (string path in Candidates())
            {
                IntPtr handle = name == "userimage" && File.Exists(path) ? tryLoad(path) : IntPtr.Zero;
                if (handle != IntPtr.Zero)
                {
                    return handle;
                }
            }
            return IntPtr.Zero; // the runtime goes on by itself
        }

        [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
        private static extern IntPtr LoadLibraryW(string path);
    }
}
