//! Dots per inch: the units of the formats, and which values count.
//!
//! One rule for all formats: both axes are finite and above zero, and the unit is a length. Anything
//! else is an aspect ratio or damage, and the next source is read.

use crate::geometry::Orientation;

/// Dots per inch along both axes of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Density {
    /// Dots per inch across. Finite and above 0.
    pub x: f64,
    /// Dots per inch down. Finite and above 0.
    pub y: f64,
    /// The part of the file that states them.
    pub source: DpiSource,
}

/// The part of a file that states its DPI.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DpiSource {
    /// `XResolution` and `YResolution` of an EXIF block or of a TIFF's first IFD.
    Exif,
    /// The JFIF segment of a JPEG.
    Jfif,
    /// Photoshop's image resource 0x03ED.
    Photoshop,
    /// The pHYs chunk of a PNG.
    Phys,
    /// The header of a BMP.
    Bmp,
    /// The capture resolution box of a JPEG 2000 file.
    Jp2Capture,
    /// The default display resolution box of a JPEG 2000 file.
    Jp2Display,
}

impl DpiSource {
    pub(super) const ALL: [Self; 7] = [
        Self::Exif,
        Self::Jfif,
        Self::Photoshop,
        Self::Phys,
        Self::Bmp,
        Self::Jp2Capture,
        Self::Jp2Display,
    ];

    /// The name in every interface: `exif`, `jfif`, `8bim`, `phys`, `bmp`, `jp2-capture`,
    /// `jp2-display`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exif => "exif",
            Self::Jfif => "jfif",
            Self::Photoshop => "8bim",
            Self::Phys => "phys",
            Self::Bmp => "bmp",
            Self::Jp2Capture => "jp2-capture",
            Self::Jp2Display => "jp2-display",
        }
    }
}

const METRES_PER_INCH: f64 = 0.0254;
const CENTIMETRES_PER_INCH: f64 = 2.54;

impl Density {
    /// The density along the picture after `orientation` is applied.
    #[must_use]
    pub fn oriented(self, orientation: Orientation) -> Self {
        if orientation.swaps_axes() { Self { x: self.y, y: self.x, ..self } } else { self }
    }

    /// Dots per inch of both axes, if they count.
    pub(super) fn per_inch(x: f64, y: f64, source: DpiSource) -> Option<Self> {
        let counts = |value: f64| value.is_finite() && value > 0.0;
        (counts(x) && counts(y)).then_some(Self { x, y, source })
    }

    pub(super) fn per_centimetre(x: f64, y: f64, source: DpiSource) -> Option<Self> {
        Self::per_inch(x * CENTIMETRES_PER_INCH, y * CENTIMETRES_PER_INCH, source)
    }

    pub(super) fn per_metre(x: f64, y: f64, source: DpiSource) -> Option<Self> {
        Self::per_inch(x * METRES_PER_INCH, y * METRES_PER_INCH, source)
    }

    /// EXIF and TIFF: `ResolutionUnit` 2 is inch (also when absent), 3 centimetre, 1 none
    /// (TIFF 6.0, section 8).
    pub(super) fn from_exif(x: f64, y: f64, unit: Option<u32>) -> Option<Self> {
        match unit {
            None | Some(2) => Self::per_inch(x, y, DpiSource::Exif),
            Some(3) => Self::per_centimetre(x, y, DpiSource::Exif),
            Some(_) => None,
        }
    }

    /// JFIF: unit 1 is inch, 2 centimetre, 0 none (ITU-T T.871, section 10.1).
    pub(super) fn from_jfif(unit: u8, x: u16, y: u16) -> Option<Self> {
        match unit {
            1 => Self::per_inch(x.into(), y.into(), DpiSource::Jfif),
            2 => Self::per_centimetre(x.into(), y.into(), DpiSource::Jfif),
            _ => None,
        }
    }

    /// PNG: pixels per unit, unit 1 is the metre, 0 none (PNG 3rd edition, section 11.3.4.3).
    pub(super) fn from_phys(unit: u8, x: u32, y: u32) -> Option<Self> {
        (unit == 1).then(|| Self::per_metre(x.into(), y.into(), DpiSource::Phys)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_become_inches_and_non_units_nothing() {
        let exif = |unit| Density::from_exif(100.0, 50.0, unit).map(|d| (d.x, d.y));
        assert_eq!(exif(None), Some((100.0, 50.0)));
        assert_eq!(exif(Some(2)), Some((100.0, 50.0)));
        assert_eq!(exif(Some(3)), Some((254.0, 127.0)));
        assert_eq!(exif(Some(1)), None);
        assert_eq!(exif(Some(0)), None);
        assert_eq!(Density::from_jfif(0, 1, 1), None);
        assert_eq!(Density::from_jfif(2, 100, 100).unwrap().x, 254.0);
        assert_eq!(Density::from_phys(0, 1, 1), None);
        assert!((Density::from_phys(1, 11811, 3937).unwrap().x - 299.9994).abs() < 1e-9);
    }

    #[test]
    fn zero_or_infinite_axes_do_not_count() {
        for bad in [0.0, -72.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Density::from_exif(72.0, bad, None), None);
            assert_eq!(Density::from_exif(bad, 72.0, None), None);
        }
        assert_eq!(Density::from_jfif(1, 72, 0), None);
    }
}
