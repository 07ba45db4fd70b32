//! The transfer function of sRGB (IEC 61966-2-1).

/// Light, 0 ..= 1, of a value.
pub(super) fn decode(value: u8) -> f64 {
    let value = f64::from(value) / 255.0;
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

/// The value of an amount of light.
pub(super) fn encode(light: f64) -> u8 {
    let light = light.clamp(0.0, 1.0);
    let value =
        if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ..= 255")]
    let value = (value * 255.0).round() as u8;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_returns() {
        assert!((0..=255).all(|value| encode(decode(value)) == value));
    }
}
