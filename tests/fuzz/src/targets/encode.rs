//! The encoders, of any pixels: a PNG has the same pixels, a JPEG those that its quality allows.

use std::io::Cursor;

use userimage::rendition::{Source, StandardOptions, render_source};
use userimage::{Format, Size};

/// A BMP of 32 bits a pixel with an alpha mask, from the top.
fn bmp(width: u32, height: u32, pixels: &[[u8; 4]]) -> Vec<u8> {
    let mut file = b"BM\0\0\0\0\0\0\0\0\x7a\0\0\0\x6c\0\0\0".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.wrapping_neg().to_le_bytes());
    file.extend(*b"\x01\0\x20\0\x03\0\0\0");
    file.extend([0; 20]);
    for mask in [0xff_u32, 0xff00, 0xff_0000, 0xff00_0000] {
        file.extend(mask.to_le_bytes());
    }
    file.extend(*b"BGRs");
    file.resize(0x7a, 0);
    file.extend(pixels.as_flattened());
    file
}

fn rgba(png: &[u8]) -> Vec<[u8; 4]> {
    let mut decoder = png::Decoder::new(Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let color = reader.next_frame(&mut pixels).unwrap().color_type;
    match color {
        png::ColorType::GrayscaleAlpha => pixels.as_chunks().0.iter().map(|&[grey, alpha]| [grey, grey, grey, alpha]).collect(),
        _ => pixels.as_chunks().0.to_vec(),
    }
}

pub(super) fn run(data: &[u8]) {
    let Some((&[width, height, quality, mode], rest)) = data.split_first_chunk() else { return };
    let (width, height) = (u32::from(width) % 96 + 1, u32::from(height) % 96 + 1);
    let mut samples = rest.iter().copied().cycle().take(if rest.is_empty() { 0 } else { usize::MAX });
    let count = (width * height) as usize;
    let pixels: Vec<[u8; 4]> = (0..count)
        .map(|_| {
            let mut next = || samples.next().unwrap_or_default();
            match mode % 4 {
                0 => [next(), next(), next(), next()],
                1 => [next(), next(), next(), 255],
                2 => [next(); 3].iter().fold([255; 4], |_, &grey| [grey, grey, grey, 255]),
                _ => if next() & 1 == 0 { [0, 0, 0, 255] } else { [255; 4] },
            }
        })
        .collect();
    let file = bmp(width, height, &pixels);
    let quality = quality % 100 + 1;
    let options = StandardOptions::default().with_jpeg_quality(quality).unwrap();
    let source = Source::new(&file, Format::Bmp, Size::new(width, height));
    let standard = render_source(&source, &options, 64 << 20).expect("a picture");
    if standard.format == Format::Png {
        let got = rgba(&standard.bytes);
        assert!(got.iter().zip(&pixels).all(|(a, b)| a == b || (a[3] == 0 && b[3] == 0)));
        assert_eq!(got.len(), count);
        return;
    }
    let mut decoder = zune_jpeg::JpegDecoder::new(zune_jpeg::zune_core::bytestream::ZCursor::new(&standard.bytes[..]));
    let got = decoder.decode().expect("a JPEG");
    let channels = got.len() / count;
    assert!(channels * count == got.len() && matches!(channels, 1 | 3));
    if quality == 100 {
        for (got, want) in got.chunks_exact(channels).zip(&pixels) {
            // Coefficients are rounded to whole numbers, and chroma is converted.
            assert!(got.iter().zip(want).all(|(a, b)| a.abs_diff(*b) <= 8), "{got:?} {want:?}");
        }
    }
}
