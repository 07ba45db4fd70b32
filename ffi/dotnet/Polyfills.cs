#if !NET
namespace System.Runtime.CompilerServices;

/// <summary>What the compiler wants for init-only properties and records.</summary>
internal static class IsExternalInit
{
}
#endif
