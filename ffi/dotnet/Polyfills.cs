#if !NET
namespace System.Runtime.CompilerServices;

/// <summary>Types that the compiler needs for init-only properties and records.</summary>
internal static class IsExternalInit
{
}
#endif
