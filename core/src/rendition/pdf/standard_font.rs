//! The fonts that every reader has: the standard 14 fonts (ISO 32000-1, section 9.6.2.2), and those of the same widths by
//! which files name them. The renderer has substitutes of the same widths.

/// Families, in small letters without blanks. A longer name is before its beginning.
const FAMILIES: [&str; 8] = [
    "helvetica",
    "arial",
    "timesnewroman",
    "times",
    "couriernew",
    "courier",
    "symbol",
    "zapfdingbats",
];
/// What a name has behind its family.
const STYLES: [&str; 8] = ["bold", "italic", "oblique", "roman", "regular", "normal", "ps", "mt"];

/// Whether a font of this name is one of them.
pub(super) fn is_one(name: &[u8]) -> bool {
    // The tag of a subset (section 9.6.4).
    let name = match name.split_at_checked(7) {
        Some((tag, rest)) if tag.ends_with(b"+") => rest,
        _ => name,
    };
    let Ok(name) = str::from_utf8(name) else { return false };
    let name: String = name
        .chars()
        .filter(|sign| !matches!(sign, ' ' | '-' | ','))
        .collect::<String>()
        .to_ascii_lowercase();
    let Some(mut rest) = FAMILIES.iter().find_map(|family| name.strip_prefix(family)) else {
        return false;
    };
    while let Some(behind) = STYLES.iter().find_map(|style| rest.strip_prefix(style)) {
        rest = behind;
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_fonts_and_their_aliases() {
        for name in [
            "Helvetica",
            "Helvetica-BoldOblique",
            "Times-Roman",
            "Times-BoldItalic",
            "Courier-Oblique",
            "Symbol",
            "ZapfDingbats",
            "ArialMT",
            "Arial-BoldItalicMT",
            "Arial,Bold",
            "ABCDEF+Arial",
            "TimesNewRomanPSMT",
            "TimesNewRomanPS-BoldMT",
            "Times New Roman,Italic",
            "CourierNewPS-BoldItalicMT",
            "CourierNew",
        ] {
            assert!(is_one(name.as_bytes()), "{name}");
        }
        for name in [
            "",
            "Myriad Pro",
            "ArialNarrow",
            "Arial-Black",
            "HelveticaNeue",
            "Helvetica-Light",
            "Helvetica-Condensed",
            "TimesTen-Roman",
            "CourierPrime",
            "SymbolProp",
            "Comic Sans MS",
            "ABCDEF+Gotham-Bold",
            "MyArial",
        ] {
            assert!(!is_one(name.as_bytes()), "{name}");
        }
        assert!(!is_one(b"Arial\xFF"));
    }
}
