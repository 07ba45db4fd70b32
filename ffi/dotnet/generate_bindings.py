#!/usr/bin/env python3
"""Prints Native/NativeMethods.g.cs, the C# declarations of include/userimage.h: its constants, structs and functions.

    python3 ffi/dotnet/generate_bindings.py > ffi/dotnet/Native/NativeMethods.g.cs

Names stay as they are in C. Everything is blittable: pointers are pointers, and no call is marshalled. Anything in the
header that is not understood ends the script with an error.
"""

import pathlib
import re
import sys

HEADER = pathlib.Path(__file__).parents[2] / "include" / "userimage.h"

TYPES = {
    "char": "byte",
    "uint8_t": "byte",
    "uint16_t": "ushort",
    "int32_t": "int",
    "uint32_t": "uint",
    "int64_t": "long",
    "uint64_t": "ulong",
    "size_t": "nuint",
    "double": "double",
    "void": "void",
}

# Words of C# that are names in C.
KEYWORDS = {"base", "event", "fixed", "in", "object", "out", "params", "ref", "string"}

TOP = """\
// Generated from include/userimage.h by generate_bindings.py; do not edit. The header documents all of it.
using System;
using System.Runtime.InteropServices;

namespace UserImage.Native;
"""


def type_of(text):
    """The C# type of a C type, such as `byte*` of `const char *`."""
    name = re.sub(r"\bconst\b|\*", "", text).strip()
    if not name.startswith("userimage_"):
        name = TYPES[name]
    return name + "*" * text.count("*")


def name_of(name):
    return "@" + name if name in KEYWORDS else name


def parameters(text):
    """The parameters of a function, as pairs of type and name."""
    text = " ".join(text.split())
    if text == "void":
        return []
    pairs = []
    for parameter in text.split(","):
        kind, name = re.fullmatch(r"(.*?[ *])(\w+)", parameter.strip()).groups()
        pairs.append((type_of(kind), name_of(name)))
    return pairs


def listed(pairs):
    return ", ".join(" ".join(pair) for pair in pairs)


def callback(returns, name, arguments):
    """The delegate of a function pointer, and a property that sets the pointer and takes that delegate alone."""
    title = "".join(word.title() for word in name.split("_"))
    return [
        "",
        "    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]",
        f"    internal delegate {type_of(returns)} {title}Callback({listed(parameters(arguments))});",
        "",
        f"    internal {title}Callback {title} {{ set => {name_of(name)} = Marshal.GetFunctionPointerForDelegate(value); }}",
    ]


def members(name, body):
    """The members of a struct: its fields, a constructor that sets struct_size, and what sets its function pointers."""
    fields, callbacks, constructor = [], [], []
    for field in filter(None, (" ".join(field.split()) for field in body.split(";"))):
        if pointer := re.fullmatch(r"(\w+) \(\*(\w+)\)\((.*)\)", field):
            fields.append(f"    private IntPtr {name_of(pointer[2])};")
            callbacks += callback(*pointer.groups())
        elif array := re.fullmatch(r"(\w+) (\w+)\[(\d+)\]", field):
            fields.append(f"    internal fixed {type_of(array[1])} {name_of(array[2])}[{array[3]}];")
        else:
            kind, member = re.fullmatch(r"(.*?[ *])(\w+)", field).groups()
            fields.append(f"    internal {type_of(kind)} {name_of(member)};")
    if re.match(r"\s*uint32_t struct_size;", body):
        constructor = ["", f"    public {name}()", "    {", f"        struct_size = (uint)sizeof({name});", "    }"]
    return fields + constructor + callbacks


def generate(header):
    header = re.sub(r"//[^\n]*|/\*.*?\*/", "", header, flags=re.S)
    opaque, structs, constants, functions = [], [], [], []

    def taken(into):
        def take(match):
            into.append(match.groups())
            return ""

        return take

    header = re.sub(r"^#define (USERIMAGE_\w+) +(-?\d+)$", taken(constants), header, flags=re.M)
    header = re.sub(r"^typedef struct (\w+) \1;$", taken(opaque), header, flags=re.M)
    header = re.sub(r"^typedef struct \{(.*?)\} (\w+);$", taken(structs), header, flags=re.M | re.S)
    header = re.sub(r"^(int32_t|void) (userimage_\w+)\(([^)]*)\);$", taken(functions), header, flags=re.M)
    rest = re.sub(r"^#.*$|^extern \"C\" \{|^\}", "", header, flags=re.M).split()
    if rest:
        sys.exit("not understood: " + " ".join(rest))

    out = [TOP]
    for (name,) in opaque:
        out.append(f"internal struct {name}\n{{\n}}\n")
    for body, name in structs:
        out += ["[StructLayout(LayoutKind.Sequential)]", f"internal unsafe struct {name}", "{", *members(name, body), "}\n"]
    out += ["internal static unsafe class NativeMethods", "{", '    internal const string Library = "libuserimage";\n']
    for name, value in constants:
        out.append(f"    internal const int {name} = {value};")
    for returns, name, arguments in functions:
        out += [
            "",
            "    [DllImport(Library, CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]",
            f"    internal static extern {type_of(returns)} {name}({listed(parameters(arguments))});",
        ]
    out.append("}")
    return "\n".join(out)


if __name__ == "__main__":
    print(generate(HEADER.read_text(encoding="utf-8")))
