using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using UserImage.Native;

namespace UserImage.Tests;

/// <summary>Compares the generated structs with what tests/c/layout.c prints of C's.</summary>
internal static class Layout
{
    internal static void Run(string path)
    {
        string[] inC = File.ReadAllLines(path);
        var here = typeof(NativeMethods).Assembly.GetTypes()
            .Where(type => type.Name.StartsWith("userimage_", StringComparison.Ordinal))
            .SelectMany(Lines).ToList();
        Check.Equal("", string.Join("; ", inC.Except(here)));
        Check.Equal("", string.Join("; ", here.Except(inC)));
        Console.WriteLine("layout: {0} sizes and offsets as in C", here.Count);
    }

    private static IEnumerable<string> Lines(Type type)
    {
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic);
        if (fields.Length == 0)
        {
            yield break; // a handle
        }
        yield return type.Name + " " + Marshal.SizeOf(type);
        foreach (FieldInfo field in fields)
        {
            yield return $"{type.Name}.{field.Name} {Marshal.OffsetOf(type, field.Name)} {Size(field.FieldType)}";
        }
    }

    private static int Size(Type type)
    {
        return type.IsPointer || type == typeof(IntPtr) || type == typeof(UIntPtr) ? IntPtr.Size : Marshal.SizeOf(type);
    }
}
