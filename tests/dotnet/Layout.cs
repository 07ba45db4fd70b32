using System;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using UserImage.Native;

namespace UserImage.Tests
{
    /// <summary>Prints what tests/c/layout.c prints, of .NET's structs.</summary>
    internal static class Layout
    {
        internal static void Print()
        {
            Print<Fields>("userimage_fields");
            Print<Part>("userimage_part");
            Print<HttpHeader>("userimage_http_header");
            Print<HttpRequest>("userimage_http_request");
            Print<HostTable>("userimage_host");
            Print<StorageTable>("userimage_storage");
            Print<AuthenticatorTable>("userimage_authenticator");
            Print<LogTable>("userimage_log");
        }

        private static void Print<T>(string name)
        {
            Console.WriteLine("{0} {1}", name, Marshal.SizeOf(typeof(T)));
            foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Instance | BindingFlags.NonPublic))
            {
                string snake = Regex.Replace(field.Name, "(?<=.)([A-Z])", "_$1").ToLowerInvariant();
                Console.WriteLine(
                    "{0}.{1} {2} {3}", name, snake, Marshal.OffsetOf(typeof(T), field.Name),
                    Marshal.SizeOf(field.FieldType));
            }
        }
    }
}
