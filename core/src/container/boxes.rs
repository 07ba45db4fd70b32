//! Boxes: the common structure of HEIF, AVIF, JPEG 2000 and JPEG XL files (ISO/IEC 14496-12 section 4.2,
//! ISO/IEC 15444-1 annex I.4).

use super::error::{ProbeError, lenient, malformed};
use super::source::Source;
use crate::format::Format;

/// Boxes that are read on one level.
const MAX_BOXES: usize = 4096;

/// A full box begins with one byte version and three bytes flags.
pub(crate) const FULL_BOX: u64 = 4;

/// One box: its type and the range of its content.
#[derive(Clone, Copy)]
pub(crate) struct IsoBox {
    pub(crate) kind: [u8; 4],
    /// Offset of the content, behind the header.
    pub(crate) at: u64,
    /// Offset behind the content.
    pub(crate) end: u64,
}

impl IsoBox {
    /// The box with its header at `at`, in a container that ends at `end`. A size of 0 means up to the end
    /// of the container, 1 that 64 bits follow.
    fn read(src: &mut impl Source, at: u64, end: u64, format: Format) -> Result<Self, ProbeError> {
        let [s0, s1, s2, s3, kind @ ..] = src.array::<8>(at)?;
        let (header, size) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (8, end - at),
            1 => (16, u64::from_be_bytes(src.array(at + 8)?)),
            size => (8, size.into()),
        };
        let last = at.checked_add(size).filter(|_| size >= header);
        let last = last.ok_or_else(|| malformed(format, "a box smaller than its header"))?;
        Ok(Self { kind, at: at + header, end: last })
    }

    /// Bytes of content.
    pub(crate) fn len(self) -> u64 {
        self.end - self.at
    }
}

/// The boxes of a container, from `at` to `end`. In a cut file the last one may reach behind the end: then
/// reading its content fails.
pub(crate) struct Boxes {
    at: u64,
    end: u64,
    left: usize,
    format: Format,
}

impl Boxes {
    pub(crate) fn new(at: u64, end: u64, format: Format) -> Self {
        Self { at, end, left: MAX_BOXES, format }
    }

    /// The boxes in a box, behind `skip` bytes of its content.
    pub(crate) fn inside(parent: IsoBox, skip: u64, format: Format) -> Self {
        Self::new(parent.at.saturating_add(skip), parent.end, format)
    }

    /// The next box. `None` at the end of the container or of the file, and after [`MAX_BOXES`].
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<IsoBox>, ProbeError> {
        if self.left == 0 || self.at.saturating_add(8) > self.end.min(src.len()) {
            return Ok(None);
        }
        self.left -= 1;
        let found = IsoBox::read(src, self.at, self.end, self.format)?;
        self.at = found.end;
        Ok(Some(found))
    }

    /// The next box of a type.
    pub(crate) fn find(
        &mut self,
        src: &mut impl Source,
        kind: &[u8; 4],
    ) -> Result<Option<IsoBox>, ProbeError> {
        while let Some(found) = self.next(src)? {
            if &found.kind == kind {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}

/// The first box of a type in a container that may be damaged.
pub(crate) fn find_lenient(
    src: &mut impl Source,
    mut boxes: Boxes,
    kind: &[u8; 4],
) -> Result<Option<IsoBox>, ProbeError> {
    Ok(lenient(boxes.find(src, kind))?.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_every_kind_and_damaged_ones() {
        let data = b"\0\0\0\x0Aaaaaxx\0\0\0\x01bbbb\0\0\0\0\0\0\0\x11y\0\0\0\0cccczz";
        let mut src = &data[..];
        let mut boxes = Boxes::new(0, data.len() as u64, Format::Heif);
        for (kind, len) in [(b"aaaa", 2), (b"bbbb", 1), (b"cccc", 2)] {
            let found = boxes.next(&mut src).unwrap().unwrap();
            assert_eq!((&found.kind, found.len()), (kind, len));
        }
        assert!(boxes.next(&mut src).unwrap().is_none());
        for broken in [&b"\0\0\0\x07aaaa"[..], b"\0\0\0\x01aaaa\xFF\xFF\xFF\xFF\xFF\xFF\xFF"] {
            let mut src = broken;
            let read = Boxes::new(0, broken.len() as u64, Format::Heif).next(&mut src);
            assert!(read.is_err());
        }
    }
}
