//! The rows of a PNG of any kind: the same pixels as the `png` crate reads.

use std::io::Cursor;

use userimage::rendition::Source;
use userimage::{Format, Size};
use crate::png::{SIGNATURE, chunk};
use crate::rendition::rendition;

/// Colour types and the bits of a sample that each may have.
const KINDS: [(u8, u8); 15] = [
    (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8), (4, 16), (6, 8), (6, 16),
];

/// A PNG whose filtered rows are `rows`.
fn file(kind: (u8, u8), width: u8, height: u8, is_interlaced: bool, key: Option<&[u8]>, rows: &[u8]) -> Vec<u8> {
    let header = [0, 0, 0, width, 0, 0, 0, height, kind.1, kind.0, 0, 0, is_interlaced.into()];
    let mut file = [&SIGNATURE[..], &chunk(b"IHDR", &header)].concat();
    if kind.0 == 3 {
        let palette: Vec<u8> = (0..3 << kind.1.min(8)).map(|i: u32| (i * 37).to_le_bytes()[0]).collect();
        file.extend(chunk(b"PLTE", &palette));
    }
    if let Some(key) = key {
        file.extend(chunk(b"tRNS", key));
    }
    file.extend(chunk(b"IDAT", &miniz_oxide::deflate::compress_to_vec_zlib(rows, 1)));
    file.extend(chunk(b"IEND", b""));
    file
}

/// The pixels of a PNG in RGBA by the `png` crate.
fn by_crate(file: &[u8]) -> Option<Vec<u8>> {
    let mut decoder = png::Decoder::new(Cursor::new(file));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16 | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let info = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(info.buffer_size());
    let rgba = |grey: &[u8]| [grey[0], grey[0], grey[0], grey[1]];
    Some(match info.color_type {
        png::ColorType::GrayscaleAlpha => pixels.chunks_exact(2).flat_map(rgba).collect(),
        _ => pixels,
    })
}

pub(super) fn run(data: &[u8]) {
    let Some((&[kind, width, height, flags, k0, k1], rows)) = data.split_first_chunk() else { return };
    let kind = KINDS[usize::from(kind) % KINDS.len()];
    let (width, height) = (width % 64 + 1, height % 64 + 1);
    // Transparency makes the rendition a PNG, which has the very pixels.
    let key: Option<&[u8]> = match kind.0 {
        0 => Some(&[0, k1]),
        2 => Some(&[0, k0, 0, k1, 0, 7]),
        3 => Some(&[k0]),
        _ => None,
    };
    let file = file(kind, width, height, flags & 1 != 0, key, rows);
    let source = Source::new(&file, Format::Png, Size::new(width.into(), height.into()));
    let got = rendition(&source, Size::new(64, 64));
    let want = by_crate(&file);
    let (Some(got), Some(want)) = (got, want) else { return };
    // The crate cuts 16 bits to 8, this decoder rounds them.
    if got.format != Format::Png || kind.1 == 16 {
        return;
    }
    let got = by_crate(&got.bytes).expect("a PNG");
    let visible = |pixels: &[u8]| {
        pixels.chunks_exact(4).map(|pixel| if pixel[3] == 0 { [0; 4] } else { [pixel[0], pixel[1], pixel[2], pixel[3]] }).collect::<Vec<_>>()
    };
    assert!(visible(&got) == visible(&want));
}
