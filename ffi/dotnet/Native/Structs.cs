using System;
using System.Runtime.InteropServices;

namespace UserImage.Native
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct Fields
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr WebsiteId;
        internal UIntPtr WebsiteIdLen;
        internal IntPtr ClientKey;
        internal UIntPtr ClientKeyLen;
        internal IntPtr UserId;
        internal UIntPtr UserIdLen;
        internal IntPtr Dpi;
        internal UIntPtr DpiLen;
        internal IntPtr FileName;
        internal UIntPtr FileNameLen;
        internal IntPtr Data;
        internal UIntPtr DataLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct Part
    {
        /// <summary>The data is not copied: it stays where it is for as long as the request.</summary>
        internal const uint Borrow = 1;

        internal uint StructSize;
        internal uint Flags;
        internal IntPtr Name;
        internal UIntPtr NameLen;
        internal IntPtr FileName;
        internal UIntPtr FileNameLen;
        internal IntPtr ContentType;
        internal UIntPtr ContentTypeLen;
        internal IntPtr Data;
        internal UIntPtr DataLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct HttpHeader
    {
        internal IntPtr Name;
        internal UIntPtr NameLen;
        internal IntPtr Value;
        internal UIntPtr ValueLen;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct HttpRequest
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr Method;
        internal UIntPtr MethodLen;
        internal IntPtr Target;
        internal UIntPtr TargetLen;
        internal IntPtr Headers;
        internal UIntPtr HeaderCount;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct HostTable
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr Storage;
        internal IntPtr Authenticator;
        internal IntPtr Log;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct StorageTable
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr UserData;
        internal IntPtr Destroy;
        internal IntPtr Store;
        internal IntPtr Find;
        internal IntPtr Read;
        internal IntPtr List;
        internal IntPtr DeleteImage;
        internal IntPtr Sweep;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct AuthenticatorTable
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr UserData;
        internal IntPtr Destroy;
        internal IntPtr Knows;
        internal IntPtr Accepts;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct LogTable
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr UserData;
        internal IntPtr Destroy;
        internal int MaxLevel;
        internal int Reserved;
        internal IntPtr Line;
    }
}
