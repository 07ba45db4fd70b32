//! A JPEG without anything but the coded data of its picture.

use super::colour::Colour;
use super::frame::Frame;
use super::scan_header::{Scan, ScanComponent};
use super::segments::{Segment, next_segment};
use super::tables::{Codes, Tables};
use crate::container::jpeg::marker::{APP0, DHT, EOI, SOF0, SOI, SOS};

const SOF2: u8 = 0xc2;
const DQT: u8 = 0xdb;
const DRI: u8 = 0xdd;

/// The picture of `data`, a JPEG that was decoded without an error, as a file with no metadata but its density, in
/// dots per inch across and down. Its pixels are coded as before; tables that no scan uses are left out.
///
/// `None` unless it is grey or YCbCr, as a file without metadata is taken to be, has all its tables, and becomes
/// at most `most` bytes.
pub(in crate::rendition) fn strip(data: &[u8], (x, y): (u16, u16), most: usize) -> Option<Vec<u8>> {
    const AFTER_SOI: usize = 2;
    let mut file = Vec::with_capacity(data.len().min(most));
    file.extend([0xff, SOI]);
    let ([x1, x0], [y1, y0]) = (x.to_be_bytes(), y.to_be_bytes());
    // JFIF 1.02, in dots per inch, without a thumbnail.
    put(&mut file, APP0, &[b'J', b'F', b'I', b'F', 0, 1, 2, 1, x1, x0, y1, y0, 0, 0])?;
    let (mut tables, mut parts) = (Tables::default(), Parts::default());
    let mut coded = Vec::new();
    let mut at = AFTER_SOI;
    while let (Segment::Data { marker, body }, end) = next_segment(data, at).ok()? {
        at = end;
        if marker != SOS {
            tables.read(marker, body).ok()?;
            parts.read(marker, body)?;
            continue;
        }
        let frame = tables.frame.as_ref()?;
        let scan = Scan::parse(body, frame).ok()?;
        let is_known = matches!(tables.colour(), Colour::Grey | Colour::YCbCr);
        if !is_known || !has_own_tables(&tables, frame, &scan) {
            return None;
        }
        let is_new = |component: &&ScanComponent| !coded.contains(&component.index);
        let quantisation = scan.components.iter().filter(is_new);
        let quantisation = quantisation.filter_map(|c| frame.components.get(c.index));
        for table in quantisation.map(|component| component.quantisation) {
            parts.quantisation.get_mut(table)?.put(&mut file)?;
        }
        parts.frame.put_part(&mut file, 6 + 3 * frame.components.len())?;
        let (needs_dc, needs_ac) = needed_tables(frame, &scan);
        for component in &scan.components {
            if needs_dc {
                parts.dc.get_mut(component.dc)?.put(&mut file)?;
            }
            if needs_ac {
                parts.ac.get_mut(component.ac)?.put(&mut file)?;
            }
        }
        parts.restart_interval.put_part(&mut file, 2)?;
        put(&mut file, SOS, body.get(..4 + 2 * scan.components.len())?)?;
        let end = at + coded_length(data.get(at..)?);
        if file.len() + (end - at) > most {
            return None;
        }
        file.extend(data.get(at..end)?);
        at = end;
        coded.extend(scan.components.iter().map(|component| component.index));
        let is_complete = (0..frame.components.len()).all(|index| coded.contains(&index));
        if is_complete && !frame.progressive {
            // A decoder reads no further.
            break;
        }
    }
    file.extend([0xff, EOI]);
    (file.len() <= most).then_some(file)
}

/// What scans need, as it is coded.
#[derive(Default)]
struct Parts<'a> {
    frame: Part<'a>,
    quantisation: [Part<'a>; 4],
    dc: [Part<'a>; 4],
    ac: [Part<'a>; 4],
    restart_interval: Part<'a>,
}

/// The last one of a kind, unless it is written.
#[derive(Clone, Copy, Default)]
struct Part<'a> {
    marker: u8,
    body: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    /// Reads a segment, which is valid.
    fn read(&mut self, marker: u8, mut body: &'a [u8]) -> Option<()> {
        let only = Part { marker, body: Some(body) };
        match marker {
            SOF0..=SOF2 => self.frame = only,
            DRI => self.restart_interval = only,
            DQT => {
                while let Some(&class) = body.first() {
                    let (table, rest) = body.split_at_checked(1 + (64 << (class >> 4).min(1)))?;
                    let to = self.quantisation.get_mut(usize::from(class & 15))?;
                    *to = Part { marker, body: Some(table) };
                    body = rest;
                }
            }
            DHT => {
                while let Some((&class, counts)) = body.split_first() {
                    let counts = counts.first_chunk::<16>()?;
                    let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
                    let (table, rest) = body.split_at_checked(1 + counts.len() + total)?;
                    let tables = if class >> 4 == 0 { &mut self.dc } else { &mut self.ac };
                    *tables.get_mut(usize::from(class & 15))? = Part { marker, body: Some(table) };
                    body = rest;
                }
            }
            _ => {}
        }
        Some(())
    }
}

impl Part<'_> {
    /// Writes it, if it is not written yet.
    fn put(&mut self, file: &mut Vec<u8>) -> Option<()> {
        self.put_part(file, usize::MAX)
    }

    /// The same, of its first `length` bytes, or all if there are fewer.
    fn put_part(&mut self, file: &mut Vec<u8>, length: usize) -> Option<()> {
        let Some(body) = self.body.take() else { return Some(()) };
        put(file, self.marker, body.get(..length).unwrap_or(body))
    }
}

/// Appends a segment.
fn put(file: &mut Vec<u8>, marker: u8, body: &[u8]) -> Option<()> {
    file.extend([0xff, marker]);
    file.extend(u16::try_from(body.len() + 2).ok()?.to_be_bytes());
    file.extend(body);
    Some(())
}

/// Whether the file has the Huffman tables of `scan`, which are otherwise those of Annex K.3.
fn has_own_tables(tables: &Tables<'_>, frame: &Frame, scan: &Scan) -> bool {
    let is_own = |tables: &[Option<Codes<'_>>; 4], index: usize| {
        tables.get(index).and_then(Option::as_ref).is_some_and(|codes| !codes.is_standard)
    };
    let (needs_dc, needs_ac) = needed_tables(frame, scan);
    scan.components.iter().all(|component| {
        (!needs_dc || is_own(&tables.dc, component.dc))
            && (!needs_ac || is_own(&tables.ac, component.ac))
    })
}

/// Whether a scan needs tables of DC differences, and of AC coefficients.
fn needed_tables(frame: &Frame, scan: &Scan) -> (bool, bool) {
    let needs_dc = !frame.progressive || (scan.first == 0 && scan.high == 0);
    (needs_dc, !frame.progressive || scan.first > 0)
}

/// How many bytes there are up to the next marker other than a restart marker.
fn coded_length(data: &[u8]) -> usize {
    let is_end = |at: &usize| {
        data.get(at + 1).is_some_and(|code| !matches!(code, 0x00 | 0xd0..=0xd7 | 0xff))
    };
    let end = memchr::memchr_iter(0xff, data).find(is_end).unwrap_or(data.len());
    // Without fill bytes, and half a marker at the end of the file.
    let coded = data.get(..end).unwrap_or_default();
    end - coded.iter().rev().take_while(|&&byte| byte == 0xff).count()
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    use super::*;
    use crate::geometry::{Orientation, Size};
    use crate::rendition::StandardOptions;
    use crate::rendition::budget::Budget;
    use crate::rendition::kernel::Cpu;
    use crate::rendition::picture::Plane;

    const SECRETS: [&[u8]; 4] = [b"camera", b"comment", b"behind the end", b"profile"];

    /// A file with metadata in every place.
    fn file(colour: ColorType, progressive: bool, restart: u16) -> Vec<u8> {
        let channels = if colour == ColorType::Luma { 1 } else { 3 };
        let pixels: Vec<u8> =
            (0..60 * 40 * channels).map(|i: u32| i.wrapping_mul(i * 7).to_le_bytes()[1]).collect();
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, 80);
        encoder.set_sampling_factor(SamplingFactor::F_2_1);
        encoder.set_progressive(progressive);
        encoder.set_restart_interval(restart);
        encoder.add_app_segment(1, b"Exif\0\0camera".to_vec()).unwrap();
        encoder.add_app_segment(13, b"comment".to_vec()).unwrap();
        encoder.add_icc_profile(b"profile").unwrap();
        encoder.encode(&pixels, 60, 40, colour).unwrap();
        // A comment before the last scan, and data behind the end.
        let scan = file.windows(2).rposition(|pair| pair == [0xff, SOS]).unwrap();
        let mut with_comment = file[..scan].to_vec();
        put(&mut with_comment, 0xfe, b"comment").unwrap();
        with_comment.extend(&file[scan..]);
        with_comment.extend(b"behind the end");
        with_comment
    }

    fn planes(data: &[u8]) -> Vec<Plane> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        let picture = crate::rendition::jpeg::decode(Cpu::detect(), data, &budget).unwrap();
        assert_eq!(picture.size, Size::new(60, 40));
        picture.planes
    }

    #[test]
    fn nothing_but_the_picture_is_left() {
        for colour in [ColorType::Luma, ColorType::Rgb] {
            for (progressive, restart) in [(false, 0), (false, 2), (true, 0), (true, 3)] {
                let file = file(colour, progressive, restart);
                let stripped = strip(&file, (300, 200), usize::MAX).unwrap();
                assert_eq!(planes(&stripped), planes(&file));
                for secret in SECRETS {
                    assert!(file.windows(secret.len()).any(|part| part == secret));
                    assert!(!stripped.windows(secret.len()).any(|part| part == secret));
                }
                assert_eq!(stripped[6..18], *b"JFIF\0\x01\x02\x01\x01\x2c\0\xc8");
                assert!(stripped.ends_with(&[0xff, EOI]));
                let length = stripped.len();
                assert!(strip(&file, (300, 200), length).is_some());
                assert_eq!(strip(&file, (300, 200), length - 1), None);
                // And nothing is left to strip.
                assert_eq!(strip(&stripped, (300, 200), usize::MAX).unwrap(), stripped);
            }
        }
    }

    #[test]
    fn other_colours_are_not_stripped() {
        let pixels = [128; 8 * 8 * 4];
        for colour in [ColorType::Cmyk, ColorType::CmykAsYcck] {
            let mut file = Vec::new();
            Encoder::new(&mut file, 80).encode(&pixels, 8, 8, colour).unwrap();
            assert_eq!(strip(&file, (72, 72), usize::MAX), None);
        }
        // RGB, by Adobe's transform: as YCbCr of JFIF it would have other colours.
        let mut file = file(ColorType::Rgb, false, 0);
        let app0 = 2..4 + usize::from(u16::from_be_bytes([file[4], file[5]]));
        let adobe = b"\xff\xee\0\x0eAdobe\0\x64\0\0\0\0\0";
        file.splice(app0, adobe.iter().copied());
        assert_eq!(strip(&file, (72, 72), usize::MAX), None);
    }

    #[test]
    fn a_file_without_tables_is_not_stripped() {
        let file = file(ColorType::Luma, false, 0);
        let mut without = file.clone();
        while let Some(at) = without.windows(2).position(|pair| pair == [0xff, DHT]) {
            let length = usize::from(u16::from_be_bytes([without[at + 2], without[at + 3]]));
            without.drain(at..at + 2 + length);
        }
        assert_eq!(planes(&without), planes(&file));
        assert_eq!(strip(&without, (72, 72), usize::MAX), None);
    }

    #[test]
    fn tables_that_no_scan_uses_are_left_out() {
        for progressive in [false, true] {
            let file = file(ColorType::Rgb, progressive, 0);
            let stripped = strip(&file, (72, 72), usize::MAX).unwrap();
            // A quantisation table 3 and a Huffman table 3 behind SOI, and another table 0 before that in use.
            let mut with = file[..2].to_vec();
            put(&mut with, DQT, &[&[3][..], &[7; 64], &[0], &[9; 64]].concat()).unwrap();
            let mut counts = [0; 16];
            counts[7] = 6;
            put(&mut with, DHT, &[&[0x13][..], &counts, b"secret"].concat()).unwrap();
            put(&mut with, DRI, &[0, 0]).unwrap();
            with.extend(&file[2..]);
            let again = strip(&with, (72, 72), usize::MAX).unwrap();
            assert!(!again.windows(6).any(|part| part == b"secret"));
            assert_eq!(planes(&again), planes(&file));
            // But for the interval of 0.
            assert_eq!(again.len(), stripped.len() + 6);
        }
    }

    #[test]
    fn whatever_is_cut_does_not_panic() {
        let file = file(ColorType::Rgb, true, 3);
        for end in 0..file.len() {
            let stripped = strip(&file[..end], (72, 72), usize::MAX);
            assert!(stripped.is_none_or(|stripped| stripped.len() < file.len()));
        }
        // Only the end marker is missing.
        let whole = strip(&file, (72, 72), usize::MAX).unwrap();
        let end = file.len() - b"behind the end".len();
        for cut in [1, 2] {
            assert_eq!(strip(&file[..end - cut], (72, 72), usize::MAX).unwrap(), whole);
        }
    }
}
