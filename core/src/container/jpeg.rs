//! The markers and segments of a JPEG (ITU-T T.81 annex B).

use super::error::{ProbeError, malformed};
use super::source::Source;
use crate::format::Format;

/// Marker codes (T.81 table B.1).
pub(crate) mod marker {
    pub(crate) const TEM: u8 = 0x01;
    pub(crate) const SOF0: u8 = 0xC0;
    pub(crate) const DHT: u8 = 0xC4;
    pub(crate) const JPG: u8 = 0xC8;
    pub(crate) const DAC: u8 = 0xCC;
    pub(crate) const SOF15: u8 = 0xCF;
    pub(crate) const RST0: u8 = 0xD0;
    pub(crate) const SOI: u8 = 0xD8;
    pub(crate) const EOI: u8 = 0xD9;
    pub(crate) const SOS: u8 = 0xDA;
    pub(crate) const APP0: u8 = 0xE0;
    pub(crate) const APP1: u8 = 0xE1;
    pub(crate) const APP2: u8 = 0xE2;
    pub(crate) const APP13: u8 = 0xED;
}

/// The markers of a file, in order, and the segments behind them.
pub(crate) struct Segments {
    /// The offset of the next read.
    pub(crate) at: u64,
    /// Bytes between segments that may still be skipped.
    garbage: u32,
}

impl Segments {
    /// From the offset `at`. Up to `garbage` bytes between segments are skipped, as decoders do.
    pub(crate) fn new(at: u64, garbage: u32) -> Self {
        Self { at, garbage }
    }

    /// The next marker that a segment or nothing follows: those that stand alone in the data (`TEM`,
    /// `RSTn`, `SOI`) are skipped. [`ProbeError::Truncated`] where the file ends before one.
    #[inline]
    pub(crate) fn marker(&mut self, src: &mut impl Source) -> Result<u8, ProbeError> {
        loop {
            let [first, second] = src.array(self.at)?;
            let marker = if first == 0xFF && second != 0 && second != 0xFF {
                self.at += 2;
                second
            } else {
                self.search(src)?
            };
            if !matches!(marker, marker::TEM | marker::RST0..=marker::SOI) {
                return Ok(marker);
            }
            self.skip(2)?;
        }
    }

    /// Offset and length of the data of the segment whose marker was read last. The file may end
    /// inside them.
    #[inline]
    pub(crate) fn data(&mut self, src: &mut impl Source) -> Result<(u64, u64), ProbeError> {
        let Some(len) = u64::from(src.be16(self.at)?).checked_sub(2) else {
            return Err(malformed(Format::Jpeg, "a segment shorter than its length field"));
        };
        let at = self.at + 2;
        self.at = at + len;
        Ok((at, len))
    }

    /// A marker behind garbage or fill bytes, found as libjpeg's `next_marker` does.
    #[cold]
    fn search(&mut self, src: &mut impl Source) -> Result<u8, ProbeError> {
        let mut previous = 0;
        loop {
            let [byte] = src.array(self.at)?;
            self.at += 1;
            if previous == 0xFF && byte != 0 && byte != 0xFF {
                return Ok(byte);
            }
            previous = byte;
            self.skip(1)?;
        }
    }

    fn skip(&mut self, bytes: u32) -> Result<(), ProbeError> {
        let left = self.garbage.checked_sub(bytes);
        self.garbage =
            left.ok_or_else(|| malformed(Format::Jpeg, "too much garbage between segments"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_behind_garbage_fill_bytes_and_lone_markers() {
        let data = b"\xFF\xD8\xFF\xE0\0\x04ab\0\x01\xFF\0\xFF\xFF\xFF\xD3\xFF\xDB\0\x02\xFF\xD9";
        let (mut src, mut segments) = (&data[..], Segments::new(0, 100));
        assert_eq!(segments.marker(&mut src).unwrap(), 0xE0);
        assert_eq!(segments.data(&mut src).unwrap(), (6, 2));
        assert_eq!(segments.marker(&mut src).unwrap(), 0xDB);
        assert_eq!(segments.data(&mut src).unwrap(), (20, 0));
        assert_eq!(segments.marker(&mut src).unwrap(), marker::EOI);
        assert!(matches!(segments.marker(&mut src), Err(ProbeError::Truncated)));
    }

    #[test]
    fn garbage_and_lone_markers_have_a_limit() {
        for (unit, fits) in [(&[7][..], 100), (&[0xFF, 0xD0], 50)] {
            for (count, found) in [(fits - 3, true), (fits + 3, false)] {
                let data = [&unit.repeat(count)[..], &[0xFF, 0xD9]].concat();
                let marker = Segments::new(0, 100).marker(&mut &data[..]);
                assert_eq!(marker.is_ok(), found, "{count} times {unit:?}");
            }
        }
        assert!(Segments::new(0, 0).data(&mut &[0, 1][..]).is_err());
    }
}
