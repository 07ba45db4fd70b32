//! How large a picture comes out on paper.

use super::{Density, ImageInfo, Size};

const MILLIMETRES_PER_INCH: f64 = 25.4;

/// The size of a print, upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrintSize {
    /// Inches across.
    pub width_inches: f64,
    /// Inches down.
    pub height_inches: f64,
}

impl PrintSize {
    /// Millimetres across.
    #[must_use]
    pub fn width_mm(self) -> f64 {
        self.width_inches * MILLIMETRES_PER_INCH
    }

    /// Millimetres down.
    #[must_use]
    pub fn height_mm(self) -> f64 {
        self.height_inches * MILLIMETRES_PER_INCH
    }

    fn of(size: Size, x: f64, y: f64) -> Option<Self> {
        let counts = |dpi: f64| dpi.is_finite() && dpi > 0.0;
        (counts(x) && counts(y)).then(|| Self {
            width_inches: f64::from(size.width) / x,
            height_inches: f64::from(size.height) / y,
        })
    }
}

impl ImageInfo {
    /// The file's dots per inch along the picture as a person sees it: axes change places where
    /// the orientation swaps them.
    #[must_use]
    pub fn dpi(&self) -> Option<Density> {
        self.stored_dpi.map(|density| {
            if self.orientation.swaps_axes() {
                Density { x: density.y, y: density.x, ..density }
            } else {
                density
            }
        })
    }

    /// How large the picture prints at `dpi` dots per inch, or at the file's own where `None`.
    ///
    /// `None` without a size in pixels, without a DPI, or with one that is not above 0.
    #[must_use]
    pub fn print_size(&self, dpi: Option<f64>) -> Option<PrintSize> {
        let (x, y) = match dpi {
            Some(dpi) => (dpi, dpi),
            None => self.dpi().map(|density| (density.x, density.y))?,
        };
        PrintSize::of(self.size()?, x, y)
    }

    /// The largest print, of the picture's own aspect, that keeps `min_dpi` dots per inch.
    ///
    /// What the file says of its DPI has no part in it: that scales the print, not the pixels.
    #[must_use]
    pub fn largest_print(&self, min_dpi: f64) -> Option<PrintSize> {
        self.print_size(Some(min_dpi))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DpiSource, Format, Orientation};
    use super::*;

    #[test]
    fn prints_lie_upright_as_the_picture_does() {
        let mut info = ImageInfo::new(Format::Jpeg);
        assert_eq!(info.print_size(Some(300.0)), None, "no pixels");
        info.stored_size = Some(Size::new(3000, 1500));
        info.orientation = Orientation::Rotate90;
        assert_eq!(info.print_size(None), None, "no DPI");
        let print = info.largest_print(300.0).unwrap();
        assert_eq!((print.width_inches, print.height_inches), (5.0, 10.0));
        assert_eq!((print.width_mm(), print.height_mm()), (127.0, 254.0));
        info.stored_dpi = Some(Density { x: 300.0, y: 150.0, source: DpiSource::Exif });
        let print = info.print_size(None).unwrap();
        assert_eq!((print.width_inches, print.height_inches), (10.0, 10.0));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(info.largest_print(bad), None);
        }
    }
}
