using UserImage.Native;

namespace UserImage;

/// <summary>What whoever prints an accepted image should look at: see <see cref="ImageRecord.Warnings"/>.</summary>
public enum ImageWarning
{
    /// <summary>It has too few pixels for the website's min_print, which warns instead of refusing.</summary>
    LowResolution = NativeMethods.USERIMAGE_WARNING_LOW_RESOLUTION,

    /// <summary>Its colours are inks (CMYK), and no profile states which.</summary>
    CmykWithoutProfile = NativeMethods.USERIMAGE_WARNING_CMYK_WITHOUT_PROFILE,

    /// <summary>Pixels of it are transparent: the colour below them shows.</summary>
    Transparency = NativeMethods.USERIMAGE_WARNING_TRANSPARENCY,

    /// <summary>It has inks of its own beside or instead of CMYK, which the rendition does not show as they print.</summary>
    SpotColours = NativeMethods.USERIMAGE_WARNING_SPOT_COLOURS,

    /// <summary>It is an animation, of which the rendition shows the first frame.</summary>
    Animation = NativeMethods.USERIMAGE_WARNING_ANIMATION,

    /// <summary>
    /// Texts of it are drawn in another font, or not at all: theirs is neither in the file nor among the host's.
    /// </summary>
    FontsMissing = NativeMethods.USERIMAGE_WARNING_FONTS_MISSING,
}
