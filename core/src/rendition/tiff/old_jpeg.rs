//! Compression 6 (TIFF 6.0, section 22): a JPEG stream in the file, or strips of coded data whose tables are in
//! fields, or in a stream of their own.

use super::fields::{Fields, tag};
use crate::rendition::decode_error::DecodeError;

const SOI: [u8; 2] = [0xFF, 0xD8];
const EOI: [u8; 2] = [0xFF, 0xD9];
const SCAN: [u8; 2] = [0xFF, 0xDA];
/// Bytes of tables that are repeated for each strip or tile, at most.
const MOST: usize = 16 << 10;

/// Where the JPEG of a page is.
pub(super) enum OldJpeg<'a> {
    /// In one stream.
    Stream(&'a [u8]),
    /// In strips or tiles, which follow this start of a stream.
    Chunks(Tables),
}

/// The start of the stream of a strip or tile.
pub(super) struct Tables {
    /// All segments before the frame header.
    before: Vec<u8>,
    frame: Vec<u8>,
    scan: Vec<u8>,
}

impl<'a> OldJpeg<'a> {
    /// Of a page with `components` samples a pixel, which are not in planes.
    pub(super) fn read(fields: &Fields<'a>, components: usize) -> Result<Self, DecodeError> {
        if let Some(start) = fields.integer(tag::OLD_JPEG_STREAM) {
            let stream = fields.tail(start);
            let length = fields.integer(tag::OLD_JPEG_LENGTH).filter(|&length| length > 0);
            let end = length.map_or(u64::MAX, |length| start.saturating_add(length));
            let strip = fields.integer(tag::STRIP_OFFSETS);
            // Without a stream of their own, strips point into this one.
            if strip.is_none_or(|strip| strip < end) || !stream.starts_with(&SOI) {
                return Ok(Self::Stream(stream));
            }
            let length = length.and_then(|length| usize::try_from(length).ok());
            let stream = length.and_then(|length| stream.get(..length)).unwrap_or(stream);
            let first_strip = strip.map_or(&[][..], |strip| fields.tail(strip));
            if let Some(tables) = Tables::of_stream(stream, first_strip) {
                return Ok(Self::Chunks(tables));
            }
        }
        // Or the strip is the stream.
        let strip = fields.integer(tag::STRIP_OFFSETS).map(|at| fields.tail(at));
        match strip.filter(|strip| strip.starts_with(&SOI)) {
            Some(stream) if !fields.has(tag::OLD_JPEG_QUANTISATION) => Ok(Self::Stream(stream)),
            _ => Tables::of_fields(fields, components).map(Self::Chunks),
        }
    }
}

impl Tables {
    /// The segments of a stream, up to its scan header, which may be in the first strip instead. The frame header
    /// states the sampling factors.
    fn of_stream(stream: &[u8], first_strip: &[u8]) -> Option<Self> {
        let (mut before, mut frame, mut scan) = (SOI.to_vec(), None::<Vec<u8>>, None);
        let mut at = SOI.len();
        while let Some(&[0xFF, marker, high, low]) = stream.get(at..)?.first_chunk() {
            let length = usize::from(u16::from_be_bytes([high, low])) + 2;
            let segment = stream.get(at..at + length)?;
            match marker {
                0xC0 | 0xC1 => frame = Some(segment.to_vec()),
                0xDA => scan = Some(segment.to_vec()),
                _ => before.extend_from_slice(segment),
            }
            at += length;
            if scan.is_some() {
                break;
            }
        }
        let frame = frame.filter(|_| before.len() <= MOST)?;
        let in_strip = || {
            let length = first_strip.strip_prefix(&SCAN)?.first_chunk()?;
            first_strip.get(..usize::from(u16::from_be_bytes(*length)) + 2).map(<[u8]>::to_vec)
        };
        // Most coders number the tables of codes like those of quantisation.
        let of_frame = || {
            let components = frame.get(10..)?.as_chunks().0.iter().take(4);
            Some(scan_header(components.map(|&[number, _, table]| (number, table & 3))))
        };
        let scan = scan.or_else(in_strip).or_else(of_frame)?;
        Some(Self { before, frame, scan })
    }

    /// From the offsets of a table for each component.
    fn of_fields(fields: &Fields<'_>, components: usize) -> Result<Self, DecodeError> {
        const MISSING: &str = "an old-style JPEG without its tables";
        if components > 4 {
            return Err("an old-style JPEG of over 4 samples a pixel".into());
        }
        let mut before = SOI.to_vec();
        let interval = fields.integer(tag::OLD_JPEG_RESTART_INTERVAL).unwrap_or(0);
        if let Some(interval) = u16::try_from(interval).ok().filter(|&interval| interval > 0) {
            before.extend([0xFF, 0xDD, 0, 4]);
            before.extend(interval.to_be_bytes());
        }
        let tables = |tag| fields.integers(tag).take(components).map(|at| fields.tail(at));
        for (number, table) in (0..).zip(tables(tag::OLD_JPEG_QUANTISATION)) {
            before.extend([0xFF, 0xDB, 0, 67, number]);
            before.extend_from_slice(table.get(..64).ok_or(MISSING)?);
        }
        for (class, tag) in [(0, tag::OLD_JPEG_DC), (0x10, tag::OLD_JPEG_AC)] {
            let mut count = 0;
            for (number, table) in (0..).zip(tables(tag)) {
                let (counts, symbols) = table.split_first_chunk::<16>().ok_or(MISSING)?;
                let total = counts.iter().map(|&count| usize::from(count)).sum();
                let symbols = symbols.get(..total).filter(|_| total <= 256).ok_or(MISSING)?;
                let length = u16::try_from(19 + total).unwrap_or(u16::MAX);
                before.extend([0xFF, 0xC4]);
                before.extend(length.to_be_bytes());
                before.push(class | number);
                before.extend_from_slice(counts);
                before.extend_from_slice(symbols);
                count += 1;
            }
            if count < components {
                return Err(MISSING.into());
            }
        }
        // The first component alone may have more samples.
        let mut factors = fields.integers(tag::YCBCR_SUBSAMPLING).map(|n| n.clamp(1, 4));
        let (h, v) = (factors.next().unwrap_or(2), factors.next().unwrap_or(2));
        let first = if components == 1 { 0x11 } else { (h << 4 | v).to_le_bytes()[0] };
        let count = u8::try_from(components).unwrap_or(u8::MAX);
        let mut frame = vec![0xFF, 0xC0, 0, 8 + 3 * count, 8, 0, 0, 0, 0, count];
        for number in 0..count {
            frame.extend([number, if number == 0 { first } else { 0x11 }, number]);
        }
        let scan = scan_header((0..count).map(|number| (number, number)));
        Ok(Self { before, frame, scan })
    }

    /// A stream of one strip or tile.
    pub(super) fn stream(&self, data: &[u8], width: usize, rows: usize) -> Vec<u8> {
        let side = |n: usize| u16::try_from(n).unwrap_or(u16::MAX).to_be_bytes();
        let mut frame = self.frame.clone();
        if let Some(sides) = frame.get_mut(5..9) {
            sides.copy_from_slice(&[side(rows), side(width)].concat());
        }
        // Some strips begin with the scan header.
        let scan = if data.starts_with(&SCAN) { &[] } else { &*self.scan };
        [&self.before, &*frame, scan, data, &EOI].concat()
    }
}

/// That of a baseline scan of up to four components, by their numbers, each with the number of its tables.
fn scan_header(components: impl Iterator<Item = (u8, u8)>) -> Vec<u8> {
    let selected: Vec<u8> =
        components.flat_map(|(component, table)| [component, table << 4 | table]).collect();
    let count = u8::try_from(selected.len() / 2).unwrap_or(u8::MAX);
    let mut header = vec![0xFF, 0xDA, 0, 6 + 2 * count, count];
    header.extend(selected);
    header.extend([0, 63, 0]);
    header
}
