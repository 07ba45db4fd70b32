//! CCITT fax coding in TIFF: modified Huffman, Group 3 in one and two dimensions, Group 4 (ITU-T T.4 and
//! T.6). The code tables are the `fax` crate's, which does not decode two-dimensional Group 3.

use std::convert::Infallible;

use fax::decoder::pels;
use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, Color};

use crate::rendition::decode_error::DecodeError;

const SHORT: &str = "a fax strip is damaged or shorter than its rows";

/// How rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// One-dimensional; each row begins on a byte, without marks between rows.
    Huffman,
    Group3 {
        two_dimensional: bool,
    },
    Group4,
}

/// Decodes rows of `width` pixels into `out`, a bit for each: 1 is black.
pub(super) fn unpack(
    coding: Coding,
    data: &[u8],
    width: usize,
    out: &mut [u8],
) -> Result<(), DecodeError> {
    let width = u16::try_from(width)
        .map_err(|_| DecodeError::unsupported("fax rows of over 65535 pixels"))?;
    let mut reader = Reader { data, position: 0 };
    // The pixels at which the colour of the row above changes, to black first.
    let mut above = Vec::new();
    for row in out.chunks_exact_mut(usize::from(width).div_ceil(8).max(1)) {
        let changes = match coding {
            Coding::Huffman => {
                let changes = one_dimensional(&mut reader, width)?;
                reader.position = reader.position.next_multiple_of(8);
                changes
            }
            Coding::Group3 { two_dimensional } if end_of_line(&mut reader, two_dimensional) => {
                one_dimensional(&mut reader, width)?
            }
            Coding::Group3 { .. } | Coding::Group4 => {
                two_dimensional(&above, &mut reader, width)?.ok_or(SHORT)?
            }
        };
        if reader.position > data.len() * 8 {
            return Err(SHORT.into());
        }
        for (at, colour) in pels(&changes, width).enumerate() {
            if let (Color::Black, Some(byte)) = (colour, row.get_mut(at / 8)) {
                *byte |= 0x80 >> (at % 8);
            }
        }
        above = changes;
    }
    Ok(())
}

/// The bits of a strip, followed by zeros, since the code tables look ahead.
struct Reader<'a> {
    data: &'a [u8],
    /// In bits.
    position: usize,
}

impl BitReader for Reader<'_> {
    type Error = Infallible;

    fn peek(&self, bits: u8) -> Option<u16> {
        let bytes = self.data.get(self.position / 8..).unwrap_or_default().iter().chain(&[0; 3]);
        let next = bytes.take(3).fold(0u32, |next, &byte| next << 8 | u32::from(byte));
        let aligned = next << (self.position % 8) & 0xff_ffff;
        u16::try_from(aligned >> 24u8.checked_sub(bits)?).ok()
    }

    fn consume(&mut self, bits: u8) -> Result<(), Infallible> {
        self.position += usize::from(bits);
        Ok(())
    }

    fn bits_to_byte_boundary(&self) -> u8 {
        (self.position.wrapping_neg() % 8).to_le_bytes()[0]
    }
}

/// Skips end-of-line codes, which begin with more zeros than any other code. Returns whether the row that
/// follows is coded in one dimension.
fn end_of_line(reader: &mut Reader<'_>, two_dimensional: bool) -> bool {
    let mut one_dimensional = true;
    while reader.peek(8) == Some(0) && reader.position < reader.data.len() * 8 {
        while reader.peek(1) == Some(0) && reader.position < reader.data.len() * 8 {
            reader.position += 1;
        }
        reader.position += 1;
        if two_dimensional {
            one_dimensional = reader.peek(1) == Some(1);
            reader.position += 1;
        }
    }
    one_dimensional
}

/// The length of one run: any number of make-up codes and a terminating one.
fn run(reader: &mut Reader<'_>, is_white: bool) -> Option<u16> {
    let mut length = 0u16;
    loop {
        let part = if is_white { white::decode(reader) } else { black::decode(reader) }?;
        length = length.checked_add(part)?;
        if part < 64 {
            return Some(length);
        }
    }
}

/// A row coded in one dimension: the pixels at which its colour changes.
fn one_dimensional(reader: &mut Reader<'_>, width: u16) -> Result<Vec<u16>, DecodeError> {
    let mut changes = Vec::new();
    let (mut at, mut is_white) = (0u16, true);
    while at < width {
        let length = run(reader, is_white).ok_or(SHORT)?;
        at = at.checked_add(length).filter(|&at| at <= width).ok_or(SHORT)?;
        push(&mut changes, at, width)?;
        is_white = !is_white;
    }
    Ok(changes)
}

/// Refuses a row of more changes than pixels, which runs of length 0 could make endless.
fn push(changes: &mut Vec<u16>, at: u16, width: u16) -> Result<(), DecodeError> {
    if changes.len() > 2 * usize::from(width) {
        return Err(SHORT.into());
    }
    changes.push(at);
    Ok(())
}

/// A row coded against the one above (T.6, 2.2). `None` if it is the end mark instead.
fn two_dimensional(
    above: &[u16],
    reader: &mut Reader<'_>,
    width: u16,
) -> Result<Option<Vec<u16>>, DecodeError> {
    let mut changes = Vec::new();
    // The last pixel that is decided; at first the one before the row.
    let mut at = -1;
    let (mut is_white, mut near) = (true, 0usize);
    while at < i32::from(width) {
        // b1 is the first change above to the right of `at` to the other colour, b2 the next one. Changes
        // with an even index are to black.
        near = near.saturating_sub(2) / 2 * 2 + usize::from(!is_white);
        while above.get(near).is_some_and(|&change| i32::from(change) <= at) {
            near += 2;
        }
        let change = |index: usize| i32::from(above.get(index).copied().unwrap_or(width));
        let (b1, b2) = (change(near), change(near + 1));
        match mode::decode(reader).ok_or(SHORT)? {
            Mode::Pass => at = b2,
            Mode::Vertical(by) => {
                let next = b1 + i32::from(by);
                if next <= at || next > i32::from(width) {
                    return Err(SHORT.into());
                }
                at = next;
                push(&mut changes, u16::try_from(at).unwrap_or(width), width)?;
                is_white = !is_white;
            }
            Mode::Horizontal => {
                let mut end = u16::try_from(at.max(0)).unwrap_or(width);
                for colour in [is_white, !is_white] {
                    let length = run(reader, colour).ok_or(SHORT)?;
                    end = end.checked_add(length).filter(|&end| end <= width).ok_or(SHORT)?;
                    push(&mut changes, end, width)?;
                }
                at = end.into();
            }
            Mode::EOF if at < 0 => return Ok(None),
            Mode::EOF => return Err(SHORT.into()),
            // T.6, 2.4: uncompressed rows, which scanners do not write.
            Mode::Extension => return Err(DecodeError::unsupported("fax rows with an extension")),
        }
    }
    Ok(Some(changes))
}

#[cfg(test)]
mod tests {
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
        let mut out = vec![0; width.div_ceil(8) * height];
        unpack(Coding::Group4, &data, width, &mut out).unwrap();
        assert_eq!(out, packed(&rows));
        // The end mark instead of a row: pixels are missing.
        let mut longer = vec![0; out.len() + width.div_ceil(8)];
        assert!(unpack(Coding::Group4, &data, width, &mut longer).is_err());
        // The end mark is 24 bits; without it all rows are still there.
        for cut in 0..data.len() - 4 {
            out.fill(0);
            assert!(unpack(Coding::Group4, &data[..cut], width, &mut out).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn runs_of_length_0_end() {
        // White runs of 0 and black runs of 0, without end.
        let data =
            [0b0011_0101, 0b0000_1101, 0b1100_1101, 0b0100_0011, 0b0111_0011].repeat(100_000);
        assert!(unpack(Coding::Huffman, &data, 8, &mut [0; 1]).is_err());
    }
}
