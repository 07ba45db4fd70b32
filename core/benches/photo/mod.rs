//! The picture of the upload benches.

use std::error::Error;

/// A JPEG with detail everywhere, as in a photo.
pub(crate) fn jpeg(width: u16, height: u16, quality: u8) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut noise = 1u32;
    let mut pixels = Vec::new();
    for y in 0..u32::from(height) {
        for x in 0..u32::from(width) {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 28) as u8;
            let wave = (((x / 16) ^ (y / 16)) & 0x7F) as u8;
            let ramp = u8::try_from(x * 200 / u32::from(width))?;
            pixels.extend([wave + grain, ramp + grain, 90 + grain]);
        }
    }
    let mut file = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut file, quality);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)?;
    Ok(file)
}
