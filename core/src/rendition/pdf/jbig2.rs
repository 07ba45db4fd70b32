//! How many pixels a picture coded with JBIG2 has, by the headers of its segments (T.88, section 7.2). Only regions that
//! are coded pixel by pixel are accepted, as scanners write them: what a symbol takes is known only once it is decoded.

use crate::container::source::Source;
use crate::rendition::decode_error::DecodeError;

/// The length of a segment that ends where its data say so.
const UNKNOWN: u32 = u32::MAX;
/// The height of a page that ends with its last stripe.
const OPEN: u32 = u32::MAX;

/// Pixels of the page and of all its regions.
pub(super) fn pixels(mut data: &[u8]) -> Result<u64, DecodeError> {
    let len = data.len() as u64;
    let src = &mut data;
    let (mut at, mut regions) = (0, 0_u64);
    let (mut width, mut height, mut stripes) = (0, 0, 0);
    // What is left behind the last segment is padding.
    while at + 11 <= len {
        let segment = Segment::read(src, at)?;
        let content = segment.content;
        match segment.kind {
            48 => (width, height) = (src.be32(content)?, src.be32(content + 4)?),
            // The last row of a stripe.
            50 => stripes = src.be32(content)?.saturating_add(1).max(stripes),
            36 | 38 | 39 => {
                let region = [src.be32(content)?, src.be32(content + 4)?];
                regions = regions.saturating_add(area(region));
            }
            // Ends, profiles and comments.
            49 | 51 | 52 | 62 => {}
            _ => {
                return Err(DecodeError::unsupported(
                    "a picture in it is coded with JBIG2 by symbols or patterns",
                ));
            }
        }
        at = content.saturating_add(segment.length);
    }
    let height = if height == OPEN { stripes } else { height };
    Ok(area([width, height]).saturating_add(regions))
}

fn area([width, height]: [u32; 2]) -> u64 {
    u64::from(width).saturating_mul(height.into())
}

struct Segment {
    kind: u8,
    /// Where its data begin.
    content: u64,
    length: u64,
}

impl Segment {
    /// The header at `at`.
    fn read(src: &mut impl Source, at: u64) -> Result<Self, DecodeError> {
        let number = src.be32(at)?;
        let [flags, count] = src.array(at + 4)?;
        // The segments that it refers to: up to four in a byte with their flags, else a count of four bytes and a bit each.
        let (count, next) = match count >> 5 {
            count @ 0..=4 => (u64::from(count), at + 6),
            7 => {
                let count = u64::from(src.be32(at + 5)? & 0x1FFF_FFFF);
                (count, at + 9 + (count + 8) / 8)
            }
            _ => return Err("a segment of a picture in it is damaged".into()),
        };
        let bytes = match number {
            0..=256 => 1,
            257..=65_536 => 2,
            _ => 4,
        };
        let page_bytes = if flags & 0x40 == 0 { 1 } else { 4 };
        let at = next + count * bytes + page_bytes;
        let length = src.be32(at)?;
        if length == UNKNOWN {
            return Err(DecodeError::unsupported(
                "a picture in it is coded with JBIG2 of unknown length",
            ));
        }
        Ok(Self { kind: flags & 0x3F, content: at + 4, length: length.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(kind: u8, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).unwrap();
        [&[0, 0, 0, 1, kind, 0, 1], &length.to_be_bytes()[..], content].concat()
    }

    fn numbers(numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }

    #[test]
    fn pages_and_regions_count() {
        let page = segment(48, &numbers(&[100, 50, 0, 0]));
        let region = segment(38, &numbers(&[100, 20, 0, 0]));
        assert_eq!(pixels(&[&page[..], &region, &segment(49, b"")].concat()).unwrap(), 7000);
        let open = segment(48, &numbers(&[100, OPEN, 0, 0]));
        let stripe = segment(50, &numbers(&[29]));
        assert_eq!(pixels(&[&open[..], &region, &stripe, b"\n"].concat()).unwrap(), 5000);
    }

    #[test]
    fn a_header_that_refers_to_many() {
        let mut data = vec![0, 0, 1, 1, 48 | 0x40];
        // 300 segments, their flags, two bytes each, and a page of four bytes.
        data.extend(0xE000_012C_u32.to_be_bytes());
        data.extend(vec![0; 38 + 600 + 4]);
        data.extend(numbers(&[8, 10, 10]));
        assert_eq!(pixels(&data).unwrap(), 100);
    }

    #[test]
    fn symbols_are_refused_and_cuts_are_errors() {
        for kind in [0, 4, 6, 7, 16, 20, 22, 23, 40, 42, 43, 53] {
            assert!(matches!(pixels(&segment(kind, &[0; 20])), Err(DecodeError::Unsupported(_))));
        }
        let page = segment(48, &numbers(&[100, 50, 0, 0]));
        let region = segment(38, &numbers(&[100, 20, 0, 0]));
        let endless = [&region[..7], &[0xFF; 4], &region[11..]].concat();
        assert!(matches!(pixels(&endless), Err(DecodeError::Unsupported(_))));
        for cut in 11..19 {
            assert!(pixels(&page[..cut]).is_err(), "cut at {cut}");
        }
        assert!(pixels(&[0xFF; 40]).is_err());
    }
}
