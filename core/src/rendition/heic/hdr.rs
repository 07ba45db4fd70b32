//! HDR as a display of ordinary brightness shows it.
//!
//! Light up to half of a diffuse white (203 nits, ITU-R BT.2408) stays as it is. Above that it nears white the more
//! slowly the brighter it is, so that highlights keep their shapes. Each channel has the same curve.

use super::samples::CURVE_MAX;
use crate::rendition::srgb;

/// The light of a diffuse white, in candela per square metre.
const WHITE: f64 = 203.0;
/// Where the curve begins to bend, as a part of a diffuse white.
const KNEE: f64 = 0.5;

/// What each value becomes in sRGB's curve.
pub(super) struct Curve(Vec<u8>);

impl Curve {
    /// The curve of a transfer characteristic of ITU-T H.273. `None` if it is not HDR's.
    pub(super) fn new(transfer: u32) -> Option<Self> {
        const PQ: u32 = 16;
        const HLG: u32 = 18;
        let light = match transfer {
            PQ => pq,
            HLG => hlg,
            _ => return None,
        };
        let value =
            |step: u16| srgb::encode(bent(light(f64::from(step) / f64::from(CURVE_MAX)) / WHITE));
        Some(Self((0..=CURVE_MAX).map(value).collect()))
    }

    /// Of a value of 0 ..= [`CURVE_MAX`]; others are taken as the nearest.
    pub(super) fn value(&self, value: i32) -> u8 {
        let index = usize::try_from(value).unwrap_or(0);
        self.0.get(index).or(self.0.last()).copied().unwrap_or_default()
    }
}

fn bent(light: f64) -> f64 {
    let over = light - KNEE;
    if over <= 0.0 { light } else { KNEE + (1.0 - KNEE) * (1.0 - (-over / (1.0 - KNEE)).exp()) }
}

/// Light in candela per square metre (SMPTE ST 2084).
fn pq(value: f64) -> f64 {
    const M1: f64 = 2610.0 / 16_384.0;
    const M2: f64 = 2523.0 / 32.0;
    const C1: f64 = 3424.0 / 4096.0;
    const C2: f64 = 2413.0 / 128.0;
    const C3: f64 = 2392.0 / 128.0;
    let root = value.powf(1.0 / M2);
    10_000.0 * ((root - C1).max(0.0) / (C2 - C3 * root)).powf(1.0 / M1)
}

/// The same on a display of 1000 nits (ITU-R BT.2100, table 5), with its gamma on each channel.
fn hlg(value: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 0.284_668_92;
    const C: f64 = 0.559_910_73;
    let scene =
        if value <= 0.5 { value * value / 3.0 } else { (((value - C) / A).exp() + B) / 12.0 };
    1000.0 * scene.powf(1.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diffuse_white_is_bright_and_highlights_differ() {
        // BT.2408 table 1: a diffuse white has 58 % of PQ and 75 % of HLG.
        assert!((pq(0.58) - 203.0).abs() < 3.0 && (hlg(0.75) - 203.0).abs() < 3.0);
        assert!((pq(1.0) - 10_000.0).abs() < 0.1 && (hlg(1.0) - 1000.0).abs() < 0.1);
        for (transfer, white) in [(16, 593), (18, 767)] {
            let curve = Curve::new(transfer).unwrap();
            assert_eq!(curve.value(0), 0);
            assert!((228..=238).contains(&curve.value(white)), "{}", curve.value(white));
            assert!(curve.value(white + 100) > curve.value(white) + 5);
            assert!((0..1023).all(|value| curve.value(value) <= curve.value(value + 1)));
            assert_eq!(curve.value(5000), curve.value(1023));
        }
        assert!(Curve::new(13).is_none());
    }
}
