//! Encapsulated PostScript: Adobe Technical Notes 5001 (document structuring conventions) and 5002
//! (EPS; section 5.2, the DOS wrapper with a preview).

use super::info::ImageInfo;
use crate::container::error::ProbeError;
use crate::container::source::{Source, WINDOW};
use crate::format::Format;
use crate::geometry::Size;

const DOS: &[u8] = b"\xC5\xD0\xD3\xC6";
const POSTSCRIPT: &[u8] = b"%!PS";
const FONT: &[u8] = b"%!PS-AdobeFont";
const COMMENT: &[u8] = b"%%BoundingBox:";
/// Bytes of the beginning, and for `(atend)` of the end, that are searched.
const SEARCHED: u64 = 64 * 1024;
/// The longest comment (note 5001, section 3). The rest of a line is not read.
const MAX_LINE: usize = 255;

/// Whether a PostScript file that is not a font begins with `head`, maybe behind a Ctrl-D of a printer
/// driver.
pub(super) fn matches(head: &[u8]) -> bool {
    let text = head.strip_prefix(b"\x04").unwrap_or(head);
    head.starts_with(DOS) || (text.starts_with(POSTSCRIPT) && !text.starts_with(FONT))
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let len = src.len();
    let (start, end) = if src.get(0, DOS.len())? == DOS {
        let start = u64::from(src.le32(4)?);
        (start, len.min(start + u64::from(src.le32(8)?)))
    } else {
        (0, len)
    };
    let front_end = end.min(start.saturating_add(SEARCHED));
    let found = match bounding_box(src, start, front_end, false)? {
        Some(BoundingBox::AtEnd) => {
            bounding_box(src, end.saturating_sub(SEARCHED).max(start), end, true)?
        }
        found => found,
    };
    let mut info = ImageInfo::new(Format::Eps);
    match found {
        Some(BoundingBox::Points(size)) => info.stored_size = size,
        Some(BoundingBox::Missing) => {}
        // The file ends before the box.
        Some(BoundingBox::AtEnd) | None => return Err(ProbeError::Truncated),
    }
    info.frames = Some(1);
    Ok(info)
}

enum BoundingBox {
    /// Its size, unless it is empty.
    Points(Option<Size>),
    /// Announced at the end of the file.
    AtEnd,
    /// The header's comments end without it.
    Missing,
}

/// The first bounding box comment in a range of the file, or the last one.
fn bounding_box(
    src: &mut impl Source,
    start: u64,
    end: u64,
    last: bool,
) -> Result<Option<BoundingBox>, ProbeError> {
    let mut found = None;
    let mut line = [0; MAX_LINE];
    let (mut filled, mut at) = (0, start);
    while at < end {
        let count = usize::try_from(end - at).unwrap_or(WINDOW).min(WINDOW);
        let bytes = src.get(at, count)?;
        at += count as u64;
        // A line cut by the end of the file may lack digits, so it does not count.
        for &byte in bytes {
            if byte != b'\r' && byte != b'\n' {
                if let Some(slot) = line.get_mut(filled) {
                    *slot = byte;
                    filled += 1;
                }
                continue;
            }
            if let Some(value) = parse(line.get(..filled).unwrap_or_default()) {
                found = Some(value);
                if !last {
                    return Ok(found);
                }
            }
            if !last && found.is_none() && line.get(..filled).is_some_and(ends_comments) {
                found = Some(BoundingBox::Missing);
            }
            filled = 0;
        }
    }
    Ok(found)
}

/// Whether the header's comments end with this line: `%%EndComments`, or any line that is not a comment
/// (note 5001, section 4.2).
fn ends_comments(line: &[u8]) -> bool {
    line.starts_with(b"%%EndComments") || line.first().is_some_and(|&first| first != b'%')
}

/// Lower left and upper right corner, in whole points by the specification; some writers use fractions.
fn parse(line: &[u8]) -> Option<BoundingBox> {
    let values = std::str::from_utf8(line.strip_prefix(COMMENT)?).ok()?.trim();
    if values == "(atend)" {
        return Some(BoundingBox::AtEnd);
    }
    let mut numbers = values.split_ascii_whitespace().map_while(|word| word.parse::<f64>().ok());
    let (x0, y0) = (numbers.next()?, numbers.next()?);
    let (x1, y1) = (numbers.next()?, numbers.next()?);
    Some(BoundingBox::Points(Size::rounded(x1 - x0, y1 - y0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn size(data: &[u8]) -> Result<Option<Size>, ProbeError> {
        probe(data).map(|info| info.stored_size)
    }

    #[test]
    fn the_bounding_box_with_any_line_end() {
        for end in ["\n", "\r", "\r\n"] {
            let data = ["%!PS-Adobe-3.0 EPSF-3.0", "%%Title: x", "%%BoundingBox:10 -5  17 0", ""];
            assert_eq!(size(data.join(end).as_bytes()), Ok(Some(Size::new(7, 5))));
        }
        let data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0.5 0.5 7.4 5.4\n";
        assert_eq!(size(data), Ok(Some(Size::new(7, 5))));
    }

    #[test]
    fn at_the_end_the_last_one_counts() {
        let mut data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: (atend)\n".to_vec();
        data.extend(b"x y moveto\n".repeat(20_000));
        data.extend(b"%%BoundingBox: 0 0 1 1\n%%Trailer\n%%BoundingBox: 0 0 7 5\n%%EOF");
        assert_eq!(size(&data), Ok(Some(Size::new(7, 5))));
    }

    #[test]
    fn inside_a_dos_wrapper() {
        let eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 7 5\n";
        let mut data = DOS.to_vec();
        for value in [30, u32::try_from(eps.len()).unwrap(), 0, 0, 0, 0] {
            data.extend(value.to_le_bytes());
        }
        data.extend([0xFF; 2]);
        data.extend(eps);
        data.extend(b"%%BoundingBox: 0 0 9 9\n");
        assert_eq!(size(&data), Ok(Some(Size::new(7, 5))));
    }

    #[test]
    fn a_missing_or_empty_box_has_no_size() {
        for data in [&b"%!PS-Adobe-3.0\nshowpage\n"[..], b"%!PS\n%%BoundingBox: 5 5 5 9\n"] {
            assert_eq!(size(data), Ok(None));
        }
        assert_eq!(size(b"%!PS-Adobe-3.0\n%%Title: x\n%%Bound"), Err(ProbeError::Truncated));
        assert_eq!(size(DOS), Err(ProbeError::Truncated));
    }
}
