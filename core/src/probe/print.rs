//! The size of a picture on paper.

use super::density::Density;
use super::info::ImageInfo;
use crate::geometry::Size;

const MILLIMETRES_PER_INCH: f64 = 25.4;

/// The size of a print, as displayed.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
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

    /// `None` unless both sides are finite and above 0.
    fn new(size: Size, x: f64, y: f64) -> Option<Self> {
        let valid = |inches: f64| inches.is_finite() && inches > 0.0;
        let (width_inches, height_inches) = (f64::from(size.width) / x, f64::from(size.height) / y);
        (valid(width_inches) && valid(height_inches))
            .then_some(Self { width_inches, height_inches })
    }
}

impl ImageInfo {
    /// The size of a print at the file's own DPI, as displayed. `None` without a size in pixels or
    /// a DPI.
    #[must_use]
    pub fn print_size(&self) -> Option<PrintSize> {
        let Density { x, y, .. } = self.dpi()?;
        PrintSize::new(self.size()?, x, y)
    }

    /// The largest print of the picture that has at least `min_dpi` dots per inch on both axes, as
    /// displayed: the size at exactly `min_dpi`. The file's own DPI plays no part.
    ///
    /// `None` without a size in pixels, or where `min_dpi` is not finite and above 0.
    #[must_use]
    pub fn largest_print(&self, min_dpi: f64) -> Option<PrintSize> {
        PrintSize::new(self.size()?, min_dpi, min_dpi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::geometry::Orientation;
    use crate::probe::DpiSource;

    #[test]
    fn prints_are_as_displayed() {
        let mut info = ImageInfo::new(Format::Jpeg);
        assert_eq!(info.largest_print(300.0), None, "no pixels");
        info.stored_size = Some(Size::new(3000, 1500));
        info.orientation = Orientation::Rotate90;
        assert_eq!(info.print_size(), None, "no DPI");
        let print = info.largest_print(300.0).unwrap();
        assert_eq!((print.width_inches, print.height_inches), (5.0, 10.0));
        assert_eq!((print.width_mm(), print.height_mm()), (127.0, 254.0));
        info.stored_dpi = Some(Density { x: 300.0, y: 150.0, source: DpiSource::Exif });
        let print = info.print_size().unwrap();
        assert_eq!((print.width_inches, print.height_inches), (10.0, 10.0));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE / 1e10] {
            assert_eq!(info.largest_print(bad), None);
        }
    }
}
