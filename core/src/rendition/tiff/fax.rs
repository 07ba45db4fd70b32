//! CCITT fax coding in TIFF: modified Huffman, Group 3 in one and two dimensions, Group 4 (ITU-T T.4 and
//! T.6). The code tables are the `fax` crate's, which does not decode two-dimensional Group 3.

use std::convert::Infallible;

use fax::BitReader;
use fax::maps::{Mode, black, mode, white};

use crate::rendition::decode_error::DecodeError;

const DAMAGED: &str = "a fax strip is damaged or shorter than its rows";

/// Zeros of an end-of-line code, more than any other code has.
const END_OF_LINE: u8 = 11;

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

/// What the fields of a page state about its rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// Pixels of a row.
    pub(super) width: usize,
    /// Rows that the receiver found damaged: as many may be (TIFF-F, `BadFaxLines`).
    pub(super) bad_rows: u64,
    /// Rows at the end that may be missing.
    pub(super) missing_rows: u64,
}

/// Why a row ends early.
enum Fault {
    /// The end mark, or the end of the data.
    End,
    /// A code that does not exist, or runs beyond the end of the row.
    Damaged,
    /// A coding that is not decoded.
    Unsupported(&'static str),
}

/// The rows of a page, a bit for each pixel: 1 is black.
pub(super) struct Rows {
    coding: Coding,
    page: Page,
    /// The next bit of the strip.
    position: usize,
    /// The data of the strip may go on behind the end of the file.
    is_cut: bool,
    has_ended: bool,
    /// The pixels at which the colour of the last row changes, to black first.
    above: Vec<u16>,
    row: Vec<u8>,
}

impl Rows {
    pub(super) fn new(coding: Coding, page: Page) -> Self {
        let row = vec![0; page.width.div_ceil(8)];
        let above = Vec::new();
        Self { coding, page, position: 0, is_cut: false, has_ended: false, above, row }
    }

    /// Begins a strip.
    pub(super) fn restart(&mut self, is_cut: bool) {
        (self.position, self.has_ended, self.is_cut) = (0, false, is_cut);
        self.above.clear();
    }

    /// The next row of the strip `data`.
    ///
    /// As in libtiff, a damaged row is white from where it is damaged, and a missing row is white: as many of
    /// both as the page may have, where the data of the strip are in the file.
    pub(super) fn next(&mut self, data: &[u8]) -> Result<&[u8], DecodeError> {
        let width = u16::try_from(self.page.width)
            .map_err(|_| DecodeError::unsupported("fax rows of over 65535 pixels"))?;
        let mut changes = Vec::new();
        let mut is_whole = false;
        if !self.has_ended {
            let mut reader = Reader { data, position: self.position };
            match read_row(self.coding, &mut reader, width, &self.above, &mut changes) {
                Ok(()) => is_whole = true,
                Err(Fault::Unsupported(reason)) => return Err(DecodeError::unsupported(reason)),
                Err(Fault::Damaged) if !reader.is_near_end() => self.forgive_damage(&mut reader)?,
                Err(Fault::Damaged | Fault::End) => self.has_ended = true,
            }
            self.position = reader.position;
        }
        if self.has_ended {
            let left = self.page.missing_rows.checked_sub(1).filter(|_| !self.is_cut);
            self.page.missing_rows = left.ok_or(DAMAGED)?;
        }
        if let (false, 1, Some(&last)) = (is_whole, changes.len() % 2, changes.last()) {
            // White again.
            changes.push(last);
        }
        self.row.fill(0);
        for run in changes.chunks(2) {
            let end = run.get(1).copied().unwrap_or(width);
            blacken(&mut self.row, run.first().copied().unwrap_or(width).into(), end.into());
        }
        self.above = changes;
        Ok(&self.row)
    }

    /// Goes on at the next row behind a damaged one.
    fn forgive_damage(&mut self, reader: &mut Reader<'_>) -> Result<(), DecodeError> {
        let has_marks = matches!(self.coding, Coding::Group3 { .. });
        let left = self.page.bad_rows.checked_sub(1).filter(|_| has_marks);
        self.page.bad_rows = left.ok_or(DAMAGED)?;
        while reader.peek(END_OF_LINE) != Some(0) && !reader.is_at_end() {
            reader.position += 1;
        }
        Ok(())
    }
}

/// Sets the bits of the pixels from `start` to `end`.
fn blacken(row: &mut [u8], start: usize, end: usize) {
    if start >= end {
        return;
    }
    let (first, last) = (start / 8, (end - 1) / 8);
    let (from, to) = (0xFF_u8 >> (start % 8), 0xFF_u8 << (7 - (end - 1) % 8));
    match row.get_mut(first..=last) {
        Some([byte]) => *byte |= from & to,
        Some([head, inner @ .., tail]) => {
            *head |= from;
            inner.fill(0xFF);
            *tail |= to;
        }
        _ => {}
    }
}

/// The bits of a strip, followed by zeros, since the code tables look ahead.
struct Reader<'a> {
    data: &'a [u8],
    /// In bits.
    position: usize,
}

impl Reader<'_> {
    fn is_at_end(&self) -> bool {
        self.position >= self.data.len().saturating_mul(8)
    }

    /// Whether fewer bits follow than the longest code has.
    fn is_near_end(&self) -> bool {
        self.position.saturating_add(13) > self.data.len().saturating_mul(8)
    }
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

/// Reads a row: the pixels at which its colour changes, as far as it is not damaged.
fn read_row(
    coding: Coding,
    reader: &mut Reader<'_>,
    width: u16,
    above: &[u16],
    changes: &mut Vec<u16>,
) -> Result<(), Fault> {
    let is_one_dimensional = match coding {
        Coding::Huffman => true,
        Coding::Group3 { two_dimensional } => end_of_line(reader, two_dimensional),
        Coding::Group4 => false,
    };
    if reader.is_at_end() {
        return Err(Fault::End);
    }
    if is_one_dimensional {
        one_dimensional(reader, width, changes)?;
    } else {
        two_dimensional(above, reader, width, changes)?;
    }
    if coding == Coding::Huffman {
        reader.position = reader.position.next_multiple_of(8);
    }
    // The code tables look ahead of the data.
    if reader.position > reader.data.len() * 8 { Err(Fault::End) } else { Ok(()) }
}

/// The length of one run: any number of make-up codes and a terminating one.
fn run(reader: &mut Reader<'_>, is_white: bool) -> Result<u16, Fault> {
    let mut length = 0u16;
    loop {
        let before = reader.position;
        let part = if is_white { white::decode(reader) } else { black::decode(reader) };
        let Some(part) = part else {
            // It may be an end-of-line code.
            reader.position = before;
            return Err(Fault::Damaged);
        };
        length = length.checked_add(part).ok_or(Fault::Damaged)?;
        if part < 64 {
            return Ok(length);
        }
    }
}

/// A row coded in one dimension.
fn one_dimensional(
    reader: &mut Reader<'_>,
    width: u16,
    changes: &mut Vec<u16>,
) -> Result<(), Fault> {
    let (mut at, mut is_white) = (0u16, true);
    while at < width {
        let length = run(reader, is_white)?;
        at = at.checked_add(length).filter(|&at| at <= width).ok_or(Fault::Damaged)?;
        push(changes, at, width)?;
        is_white = !is_white;
    }
    Ok(())
}

/// Refuses a row of more changes than pixels, which runs of length 0 could make endless.
fn push(changes: &mut Vec<u16>, at: u16, width: u16) -> Result<(), Fault> {
    if changes.len() > 2 * usize::from(width) {
        return Err(Fault::Damaged);
    }
    changes.push(at);
    Ok(())
}

/// A row coded against the one above (T.6, 2.2).
fn two_dimensional(
    above: &[u16],
    reader: &mut Reader<'_>,
    width: u16,
    changes: &mut Vec<u16>,
) -> Result<(), Fault> {
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
        let before = reader.position;
        match mode::decode(reader) {
            Some(Mode::Pass) => at = b2,
            Some(Mode::Vertical(by)) => {
                let next = b1 + i32::from(by);
                if next <= at || next > i32::from(width) {
                    return Err(Fault::Damaged);
                }
                at = next;
                push(changes, u16::try_from(at).unwrap_or(width), width)?;
                is_white = !is_white;
            }
            Some(Mode::Horizontal) => {
                let mut end = u16::try_from(at.max(0)).unwrap_or(width);
                for colour in [is_white, !is_white] {
                    let length = run(reader, colour)?;
                    end = end
                        .checked_add(length)
                        .filter(|&end| end <= width)
                        .ok_or(Fault::Damaged)?;
                    push(changes, end, width)?;
                }
                at = end.into();
            }
            Some(Mode::EOF) if at < 0 => return Err(Fault::End),
            // T.6, 2.4: uncompressed rows, which scanners do not write.
            Some(Mode::Extension) => return Err(Fault::Unsupported("fax rows with an extension")),
            Some(Mode::EOF) | None => {
                reader.position = before;
                return Err(Fault::Damaged);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
