//! The boxes of JPEG 2000 (ISO/IEC 15444-1, annex I).

/// Whether a colour box (`colr`) that begins with these bytes states that the channels are inks: CMYK, or YCCK,
/// which stands for it (part 2 of the standard).
pub(crate) fn states_inks([method, _, _, colours @ ..]: [u8; 7]) -> bool {
    const ENUMERATED: u8 = 1;
    const CMYK: u32 = 12;
    const YCCK: u32 = 13;
    method == ENUMERATED && matches!(u32::from_be_bytes(colours), CMYK | YCCK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_enumerated_colours_are_inks() {
        for (colour, inks) in [
            (*b"\x01\0\0\0\0\0\x0C", true),
            (*b"\x01\0\0\0\0\0\x0D", true),
            // sRGB, and a profile that begins with the number of CMYK.
            (*b"\x01\0\0\0\0\0\x10", false),
            (*b"\x02\0\0\0\0\0\x0C", false),
        ] {
            assert_eq!(states_inks(colour), inks, "{colour:?}");
        }
    }
}
