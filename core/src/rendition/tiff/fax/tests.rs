//! Tests of fax codes, against the `fax` crate's encoder.

use super::*;
use fax::encoder::Encoder;
use fax::{Color, VecWriter};

fn picture(width: usize, height: usize) -> Vec<Vec<bool>> {
    let mut state = 7u32;
    (0..height)
        .map(|_| {
            (0..width)
                .map(|x| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (x / 9 + (state >> 29) as usize / 6) % 2 == 1
                })
                .collect()
        })
        .collect()
}

fn packed(rows: &[Vec<bool>]) -> Vec<u8> {
    let byte = |bits: &[bool]| {
        bits.iter().enumerate().fold(0, |byte, (i, &set)| byte | u8::from(set) << (7 - i))
    };
    rows.iter().flat_map(|row| row.chunks(8).map(byte).collect::<Vec<_>>()).collect()
}

/// The rows of a strip, packed, or the error.
fn unpack(
    coding: Coding,
    data: &[u8],
    page: Page,
    rows: usize,
    is_cut: bool,
) -> Result<Vec<u8>, DecodeError> {
    let mut reader = Rows::new(coding, page);
    reader.restart(is_cut);
    let mut out = Vec::new();
    for _ in 0..rows {
        out.extend_from_slice(reader.next(data)?);
    }
    Ok(out)
}

#[test]
fn group_4_by_the_crates_encoder() {
    let (width, height) = (77, 40);
    let rows = picture(width, height);
    let mut encoder = Encoder::new(VecWriter::new());
    for row in &rows {
        let pixels = row.iter().map(|&b| if b { Color::Black } else { Color::White });
        encoder.encode_line(pixels, 77);
    }
    let Ok(writer) = encoder.finish();
    let data = writer.finish();
    let strict = Page { width, bad_rows: 0, missing_rows: 0 };
    assert_eq!(unpack(Coding::Group4, &data, strict, height, true).unwrap(), packed(&rows));
    // The end mark instead of a row: pixels are missing.
    assert!(unpack(Coding::Group4, &data, strict, height + 1, false).is_err());
    let lenient = Page { missing_rows: 2, ..strict };
    assert!(unpack(Coding::Group4, &data, lenient, height + 1, true).is_err());
    assert!(unpack(Coding::Group4, &data, lenient, height + 3, false).is_err());
    let longer = unpack(Coding::Group4, &data, lenient, height + 2, false).unwrap();
    assert_eq!(longer, [packed(&rows), vec![0; 2 * width.div_ceil(8)]].concat());
    // The end mark is 24 bits; without it all rows are still there.
    for cut in 0..data.len() - 4 {
        let cut = unpack(Coding::Group4, &data[..cut], lenient, height, true);
        assert!(cut.is_err(), "{} bytes", data.len());
    }
}

#[test]
fn a_damaged_row_is_white_from_there_and_the_next_one_is_read() {
    // Rows of 8 pixels, each behind an end-of-line code: 4 white and 4 black; 4 white, 2 black, and the next
    // end-of-line code too early; 8 white.
    let bits = [
        "000000000001",
        "1011",
        "011",
        "000000000001",
        "1011",
        "11",
        "000000000001",
        "10011",
        "000000000001",
    ]
    .concat();
    let data: Vec<u8> = bits
        .as_bytes()
        .chunks(8)
        .map(|bits| bits.iter().enumerate().fold(0, |byte, (i, bit)| byte | (bit & 1) << (7 - i)))
        .collect();
    let coding = Coding::Group3 { two_dimensional: false };
    let page = Page { width: 8, bad_rows: 1, missing_rows: 0 };
    let rows = unpack(coding, &data, page, 3, true).unwrap();
    assert_eq!(rows, [0b0000_1111, 0b0000_1100, 0]);
    assert!(unpack(coding, &data, Page { bad_rows: 0, ..page }, 3, true).is_err());
}

#[test]
fn runs_of_length_0_end() {
    // White runs of 0 and black runs of 0, without end.
    let data = [0b0011_0101, 0b0000_1101, 0b1100_1101, 0b0100_0011, 0b0111_0011].repeat(100_000);
    let page = Page { width: 8, bad_rows: 9, missing_rows: 9 };
    assert!(unpack(Coding::Huffman, &data, page, 1, false).is_err());
}

#[test]
fn runs_are_black_from_bit_to_bit() {
    for (start, end) in [(0, 0), (0, 1), (3, 5), (0, 8), (7, 9), (5, 24), (8, 16), (23, 24)] {
        let mut row = [0; 3];
        blacken(&mut row, start, end);
        let bit = |at: usize| row[at / 8] >> (7 - at % 8) & 1 == 1;
        assert!((0..24).all(|at| bit(at) == (start..end).contains(&at)), "{start} {end}");
    }
}
