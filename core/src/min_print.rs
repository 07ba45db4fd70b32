//! The smallest print that a picture must have enough pixels for.

use std::fmt;

use crate::field::Dpi;
use crate::geometry::Size;

/// The smallest print that a website makes of a picture, and the least DPI of it.
///
/// A picture needs as many pixels as the print has at that DPI, rounded to the nearest whole pixel: 1181 x 1772
/// for 20 x 30 cm at 150 DPI. A print may be turned, as paper is: the longer side of the picture is compared with
/// the longer side of the print. The DPI that a file or a request states plays no part, and
/// [vector artwork](crate::Format::is_vector) has enough pixels for every print.
///
/// ```
/// use userimage::{Dpi, LengthUnit, MinPrint, Size};
///
/// let poster = MinPrint::new(20.0, 30.0, LengthUnit::Cm, Dpi::new(150).unwrap()).unwrap();
/// assert_eq!(poster.pixels(), Size::new(1181, 1772));
/// assert!(poster.is_met_by(Size::new(1772, 1181)));
/// assert!(!poster.is_met_by(Size::new(4000, 1180)));
/// assert_eq!(poster.to_string(), "20 x 30 cm at 150 dpi");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinPrint {
    /// In micrometres, of which centimetres and inches have a whole number.
    width: u32,
    height: u32,
    unit: LengthUnit,
    dpi: Dpi,
    action: MinPrintAction,
}

/// The unit of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LengthUnit {
    /// Centimetres.
    Cm,
    /// Inches of 2.54 centimetres.
    Inch,
}

impl LengthUnit {
    /// The name in texts and in JSON: `cm`, `inch`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cm => "cm",
            Self::Inch => "inch",
        }
    }

    const fn micrometres(self) -> u32 {
        match self {
            Self::Cm => 10_000,
            Self::Inch => INCH,
        }
    }
}

/// What happens to a picture that has too few pixels for a [`MinPrint`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MinPrintAction {
    /// It is refused with [`ErrorKind::PrintTooSmall`](crate::ErrorKind::PrintTooSmall).
    #[default]
    Refuse,
    /// It is accepted with [`Warning::LowResolution`](crate::Warning::LowResolution).
    Warn,
}

impl MinPrintAction {
    /// The name in the configuration: `refuse`, `warn`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
        }
    }
}

/// Micrometres of an inch.
const INCH: u32 = 25_400;

impl MinPrint {
    /// The shortest side of a print: 0.1 millimetres.
    const MIN_SIDE: f64 = 100.0;
    /// The longest side of a print: 100 metres.
    const MAX_SIDE: f64 = 1e8;

    /// A print of `width` and `height`, which refuses a picture that is too small for it. `None` unless each
    /// side is 0.1 millimetres to 100 metres.
    #[must_use]
    pub fn new(width: f64, height: f64, unit: LengthUnit, dpi: Dpi) -> Option<Self> {
        let side = |side: f64| {
            let micrometres = (side * f64::from(unit.micrometres())).round();
            // NaN fails the comparison; inside the range the cast is exact.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            (Self::MIN_SIDE..=Self::MAX_SIDE).contains(&micrometres).then_some(micrometres as u32)
        };
        let (width, height) = (side(width)?, side(height)?);
        Some(Self { width, height, unit, dpi, action: MinPrintAction::default() })
    }

    /// The same, with this action.
    #[must_use]
    pub fn with_action(self, action: MinPrintAction) -> Self {
        Self { action, ..self }
    }

    /// Its width, in its [unit](Self::unit).
    #[must_use]
    pub fn width(&self) -> f64 {
        f64::from(self.width) / f64::from(self.unit.micrometres())
    }

    /// Its height, in its [unit](Self::unit).
    #[must_use]
    pub fn height(&self) -> f64 {
        f64::from(self.height) / f64::from(self.unit.micrometres())
    }

    /// The unit of its sides.
    #[must_use]
    pub fn unit(&self) -> LengthUnit {
        self.unit
    }

    /// The least dots per inch of the print.
    #[must_use]
    pub fn dpi(&self) -> Dpi {
        self.dpi
    }

    /// What happens to a picture that has too few pixels.
    #[must_use]
    pub fn action(&self) -> MinPrintAction {
        self.action
    }

    /// The pixels that the print has, and a picture needs.
    #[must_use]
    pub fn pixels(&self) -> Size {
        let pixels = |micrometres: u32| {
            let (dots, inch) =
                (u64::from(micrometres) * u64::from(self.dpi.get()), u64::from(INCH));
            u32::try_from((2 * dots + inch) / (2 * inch)).unwrap_or(u32::MAX).max(1)
        };
        Size::new(pixels(self.width), pixels(self.height))
    }

    /// Whether a picture of `size` pixels has enough, upright or turned.
    #[must_use]
    pub fn is_met_by(&self, size: Size) -> bool {
        let sides = |size: Size| (size.width.min(size.height), size.width.max(size.height));
        let ((short, long), (min_short, min_long)) = (sides(size), sides(self.pixels()));
        short >= min_short && long >= min_long
    }
}

/// The size and the DPI: `20 x 30 cm at 150 dpi`.
impl fmt::Display for MinPrint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            LengthUnit::Cm => "cm",
            LengthUnit::Inch => "inches",
        };
        write!(f, "{} x {} {unit} at {} dpi", self.width(), self.height(), self.dpi)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(width: f64, height: f64, unit: LengthUnit, dpi: u16) -> Option<MinPrint> {
        MinPrint::new(width, height, unit, Dpi::new(dpi).unwrap())
    }

    #[test]
    fn pixels_are_those_of_the_usual_tables_of_prints() {
        // Tables of photo laboratories have these, rounded to the nearest.
        for (width, height, unit, dpi, pixels) in [
            (20.0, 30.0, LengthUnit::Cm, 150, (1181, 1772)),
            (10.0, 15.0, LengthUnit::Cm, 300, (1181, 1772)),
            (21.0, 29.7, LengthUnit::Cm, 300, (2480, 3508)),
            (8.0, 10.0, LengthUnit::Inch, 300, (2400, 3000)),
            (8.5, 11.0, LengthUnit::Inch, 72, (612, 792)),
            (2.54, 5.08, LengthUnit::Cm, 100, (100, 200)),
            // 0.005 and 0.5 pixels.
            (0.01, 1.27, LengthUnit::Cm, 1, (1, 1)),
        ] {
            let print = print(width, height, unit, dpi).unwrap();
            assert_eq!(print.pixels(), Size::new(pixels.0, pixels.1), "{print}");
            assert_eq!((print.width(), print.height()), (width, height));
        }
        let largest = print(10_000.0, 10_000.0, LengthUnit::Cm, u16::MAX).unwrap();
        assert_eq!(largest.pixels(), Size::new(258_011_811, 258_011_811));
    }

    #[test]
    fn a_print_may_be_turned() {
        let print = print(4.0, 6.0, LengthUnit::Inch, 100).unwrap();
        for (width, height, met) in [
            (400, 600, true),
            (600, 400, true),
            (5000, 399, false),
            (399, 5000, false),
            (500, 500, false),
            (599, 599, false),
            (600, 600, true),
        ] {
            assert_eq!(print.is_met_by(Size::new(width, height)), met, "{width} x {height}");
        }
    }

    #[test]
    fn a_side_that_no_print_has_is_refused() {
        for side in [0.0, -1.0, 0.003, 10_001.0, f64::NAN, f64::INFINITY] {
            assert_eq!(print(side, 1.0, LengthUnit::Cm, 300), None, "{side}");
            assert_eq!(print(1.0, side, LengthUnit::Inch, 300), None, "{side}");
        }
    }
}
