//! Black point compensation: the darkest that a press prints becomes the black of a screen.
//!
//! The profile of a press states that its black reflects some light. Shown as it is, black text is dark grey,
//! so that viewers scale light to start from the darkest print (ICC white paper 40; ISO 18619). The darkest
//! print is taken as neutral, so that one curve serves red, green and blue.

use super::srgb;

/// The most light of which black is made; L* 50, as in `LittleCMS`.
const MOST_LIGHT: f64 = 0.184;

/// The greatest value of black ink alone on a screen: text is printed with it, and has to look black.
const BLACK_INK: u8 = 20;

/// The value on a screen of each value of an uncompensated conversion. `to_srgb` converts inks, and returns
/// whether it can.
pub(super) fn compensation(to_srgb: impl Fn(&[u8], &mut [u8]) -> bool) -> [u8; 256] {
    let (mut all_inks, mut black_ink) = ([0; 3], [0; 3]);
    if !(to_srgb(&[255; 4], &mut all_inks) && to_srgb(&[0, 0, 0, 255], &mut black_ink)) {
        (all_inks, black_ink) = ([0; 3], [0; 3]);
    }
    let [red, green, blue] = all_inks.map(srgb::decode);
    let darkest = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let brightest = srgb::decode(black_ink.into_iter().max().unwrap_or_default());
    let left = srgb::decode(BLACK_INK);
    let black = darkest.max((brightest - left) / (1.0 - left)).clamp(0.0, MOST_LIGHT);
    let mut curve = [0; 256];
    for (value, to) in (0..=255).zip(&mut curve) {
        *to = srgb::encode((srgb::decode(value) - black) / (1.0 - black));
    }
    curve
}

/// Replaces each value by that of `curve`.
pub(super) fn apply(curve: &[u8; 256], values: &mut [u8]) {
    for value in values {
        *value = curve.get(usize::from(*value)).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A press whose inks are neutral: all of them give `all`, black alone `black`.
    fn curve(all: u8, black: u8) -> [u8; 256] {
        compensation(|inks, out| {
            out.fill(if inks == [255; 4] { all } else { black });
            true
        })
    }

    #[test]
    fn the_darkest_print_is_black_and_paper_stays_white() {
        let curve = curve(31, 40);
        assert_eq!((curve[0], curve[31], curve[255]), (0, 0, 255));
        assert!(curve.is_sorted());
        assert!(curve[128].abs_diff(128) <= 3, "{}", curve[128]);
    }

    #[test]
    fn black_ink_alone_is_black_to_the_eye() {
        // As in the profile that Ghostscript comes with, and in FOGRA39.
        for (all, black) in [(31, 55), (12, 35)] {
            assert!(curve(all, black)[usize::from(black)] <= 20);
        }
    }

    #[test]
    fn a_press_that_prints_black_is_left_alone() {
        let curve = curve(0, 0);
        assert!((0..=255).all(|value| curve[usize::from(value)] == value));
    }
}
