//! CIE L*a*b* to sRGB.

/// L*, a* and b* of D50 to sRGB, through XYZ and Bradford's matrix to D65. 255 is an L* of 100.
pub(super) fn to_srgb(l: u8, a: f32, b: f32) -> [u8; 3] {
    let fy = (f32::from(l) / 2.55 + 16.0) / 116.0;
    let (fx, fz) = (fy + a / 500.0, fy - b / 200.0);
    let cube = |t: f32| if t > 6.0 / 29.0 { t * t * t } else { (t - 16.0 / 116.0) / 7.787_037 };
    let (x, y, z) = (0.9642 * cube(fx), cube(fy), 0.8249 * cube(fz));
    let linear = [
        3.133_856 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ];
    linear.map(|v| {
        let v = v.clamp(0.0, 1.0);
        let encoded = if v <= 0.003_130_8 { 12.92 * v } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        let byte = (255.0 * encoded + 0.5) as u8;
        byte
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn landmarks() {
        assert_eq!(to_srgb(255, 0.0, 0.0), [255, 255, 255]);
        assert_eq!(to_srgb(0, 0.0, 0.0), [0, 0, 0]);
        // sRGB red is L* 54.3, a* 80.8, b* 69.9 under D50.
        let [r, g, b] = to_srgb(138, 81.0, 70.0);
        assert!(r > 250 && g < 12 && b < 12, "{r} {g} {b}");
    }
}
