//! Scores pictures by SSIMULACRA2: 100 is the same picture, 90 one that looks the same beside it.
//!
//! A line on the standard input is `WIDTH HEIGHT REFERENCE PICTURE`, the last two paths, without spaces,
//! of files of RGB samples of 8 bits in sRGB. Each line is answered with the score.
#![forbid(unsafe_code)]

use std::error::Error;
use std::io::{self, BufRead, Write};

use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

fn picture(path: &str, width: usize, height: usize) -> Result<Rgb, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    let (pixels, _) = bytes.as_chunks::<3>();
    let pixels = pixels.iter().map(|pixel| pixel.map(|sample| f32::from(sample) / 255.0)).collect();
    Ok(Rgb::new(pixels, width, height, TransferCharacteristic::SRGB, ColorPrimaries::BT709)?)
}

fn score(line: &str) -> Result<f64, Box<dyn Error>> {
    let parts: Vec<&str> = line.split(' ').collect();
    let [width, height, reference, distorted] = parts[..] else {
        return Err(format!("WIDTH HEIGHT REFERENCE PICTURE is expected, not: {line}").into());
    };
    let (width, height) = (width.parse()?, height.parse()?);
    let reference = picture(reference, width, height)?;
    Ok(compute_frame_ssimulacra2(reference, picture(distorted, width, height)?)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        writeln!(output, "{}", score(&line?)?)?;
        output.flush()?;
    }
    Ok(())
}
