//! The density that a rendition states, so that it prints as large as the original.

use png::{PixelDimensions, Unit};

use crate::field::Dpi;

/// Exact dots per inch along both axes.
#[derive(Debug)]
pub(super) struct Density {
    pub(super) x: Ratio,
    pub(super) y: Ratio,
}

impl Density {
    /// For PNG, in dots per metre.
    pub(super) fn dimensions(&self) -> PixelDimensions {
        PixelDimensions { xppu: self.x.per_metre(), yppu: self.y.per_metre(), unit: Unit::Meter }
    }

    /// The content of the APP0 segment: JFIF 1.01, whole dots per inch, no thumbnail.
    pub(super) fn jfif(&self) -> Vec<u8> {
        let mut jfif = b"JFIF\0\x01\x01\x01".to_vec();
        for ratio in [&self.x, &self.y] {
            jfif.extend(u16::try_from(ratio.rounded()).unwrap_or(u16::MAX).to_be_bytes());
        }
        jfif.extend([0, 0]);
        jfif
    }

    /// The content of an APP1 segment with the exact density, if that is not in whole dots per inch.
    pub(super) fn exif(&self) -> Option<Vec<u8>> {
        let is_whole = self.x.under == 1 && self.y.under == 1;
        (!is_whole).then(|| [b"Exif\0\0", &*self.tiff()].concat())
    }

    /// The exact density as EXIF of three fields, big-endian: the content of the EXIF chunk of a WebP file.
    pub(super) fn tiff(&self) -> Vec<u8> {
        const RATIONALS: u32 = 8 + 2 + 3 * 12 + 4;
        let field = |tag: u16, kind: u16, value: [u8; 4]| {
            let mut field = Vec::from(tag.to_be_bytes());
            field.extend(kind.to_be_bytes());
            field.extend(1u32.to_be_bytes());
            field.extend(value);
            field
        };
        let mut exif = b"MM\0\x2a\0\0\0\x08\0\x03".to_vec();
        exif.extend(field(0x011a, 5, RATIONALS.to_be_bytes()));
        exif.extend(field(0x011b, 5, (RATIONALS + 8).to_be_bytes()));
        exif.extend(field(0x0128, 3, [0, 2, 0, 0]));
        exif.extend([0; 4]);
        for ratio in [&self.x, &self.y] {
            exif.extend(ratio.over.to_be_bytes());
            exif.extend(ratio.under.to_be_bytes());
        }
        exif
    }
}

/// A number in lowest terms.
#[derive(Debug)]
pub(super) struct Ratio {
    over: u32,
    under: u32,
}

impl Ratio {
    /// `dpi` scaled by `pixels` over `of`, in lowest terms.
    pub(super) fn new(dpi: Dpi, pixels: u32, of: u32) -> Self {
        let (over, under) = (u64::from(dpi.get()) * u64::from(pixels), u64::from(of.max(1)));
        let (mut a, mut b) = (over, under);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let lowest = |n: u64| u32::try_from(n / a.max(1)).unwrap_or(u32::MAX);
        Self { over: lowest(over), under: lowest(under) }
    }

    /// The nearest whole number, at least 1.
    fn rounded(&self) -> u64 {
        let (over, under) = (u64::from(self.over), u64::from(self.under));
        ((2 * over + under) / (2 * under)).max(1)
    }

    /// Dots per metre, an inch being 0.0254 m.
    fn per_metre(&self) -> u32 {
        let (over, under) = (u64::from(self.over) * 10_000, u64::from(self.under) * 254);
        u32::try_from((2 * over + under) / (2 * under)).unwrap_or(u32::MAX).max(1)
    }
}
