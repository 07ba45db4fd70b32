//! Where the parts of a BMP lie: masks, palette and pixels.

use crate::container::bmp::{FILE_HEADER, Header};
use crate::rendition::decode_error::DecodeError;

/// The header of Windows 3; where its pixels have masks, they follow it.
const WINDOWS_3: u32 = 40;
/// Colours that a palette may state.
const MAX_COLOURS: usize = 0xFFFF;
/// The header of OS/2 1.x, whose palette has three bytes a colour.
const CORE: u32 = 12;

/// The compression and the offsets in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts {
    /// 0 none, 1 and 2 run lengths, 3 and 6 with masks.
    pub(super) compression: u32,
    /// Offset of the masks, and how many there are.
    pub(super) masks: Option<(usize, usize)>,
    pub(super) palette: usize,
    /// Colours of the palette, and bytes of each.
    pub(super) colours: usize,
    pub(super) colour_bytes: usize,
    pub(super) pixels: usize,
    /// Bytes of the pixels of a row, and from row to row.
    row_bytes: usize,
    stride: usize,
    rows: usize,
    is_top_down: bool,
}

impl Parts {
    pub(super) fn read(data: &[u8], header: &Header) -> Result<Self, DecodeError> {
        let compression = header.compression(&mut &*data)?;
        check_coding(header, compression)?;
        let has_masks = matches!(compression, 3 | 6);
        let header_end = to_usize(FILE_HEADER + u64::from(header.len));
        // Later headers contain the masks at the offset at which they follow the header of Windows 3.
        let masks_at = to_usize(FILE_HEADER) + WINDOWS_3 as usize;
        let masks = match header.len {
            WINDOWS_3 if compression == 3 => Some(3),
            WINDOWS_3 if compression == 6 => Some(4),
            52 if has_masks => Some(3),
            56 | 108.. => Some(4),
            _ => None,
        };
        let behind = if header.len == WINDOWS_3 { masks.unwrap_or(0) * 4 } else { 0 };
        let palette = header_end.saturating_add(behind);
        let is_indexed = matches!(header.bits, 1..=8);
        let most = if is_indexed { 1 << header.bits } else { 0 };
        let stated = header.colours(&mut &*data)?.filter(|&count| count > 0);
        let stated = stated.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let colours = stated.map_or(most, |count| most.min(count));
        let colour_bytes = if header.len == CORE { 3 } else { 4 };
        // Some files state more than their indices reach, but not as many.
        if is_indexed && stated.is_some_and(|count| count > MAX_COLOURS) {
            return Err("the palette is too large".into());
        }

        let row_bytes = (header.width as usize).saturating_mul(header.bits.into()).div_ceil(8);
        let (stride, rows) = (row_bytes.next_multiple_of(4), header.height as usize);
        let pixels_at = usize::try_from(header.pixels_at(&mut &*data)?).unwrap_or(usize::MAX);
        let mut parts = Self {
            compression,
            masks: masks.map(|count| (masks_at, count)),
            palette,
            colours,
            colour_bytes,
            pixels: pixels_at,
            row_bytes,
            stride,
            rows,
            is_top_down: header.is_top_down(&mut &*data)?,
        };
        // Some writers let the offset of the pixels point into what lies before them.
        let palette_end = palette + colours * colour_bytes;
        let behind_palette = Self { pixels: palette_end, ..parts };
        if pixels_at >= palette_end && (pixels_at > palette || !is_indexed) {
            return Ok(parts);
        }
        // Or the palette is shorter than the number of bits allows, and so is the file.
        let file_len = header.file_len(&mut &*data)?.max(data.len() as u64);
        let may_be_short = pixels_at > palette && stated.is_none() && !parts.is_run_length();
        if may_be_short && behind_palette.pixels_end() as u64 > file_len {
            parts.colours = (pixels_at - palette) / colour_bytes;
            return Ok(parts);
        }
        Ok(behind_palette)
    }

    pub(super) fn is_run_length(&self) -> bool {
        matches!(self.compression, 1 | 2)
    }

    /// The end of the last pixel. The padding of the last row may be missing.
    fn pixels_end(&self) -> usize {
        let above = self.stride.saturating_mul(self.rows.saturating_sub(1));
        self.pixels.saturating_add(above).saturating_add(self.row_bytes)
    }

    /// The rows of uncompressed pixels, from top to bottom, without their padding.
    pub(super) fn rows<'d>(
        &self,
        data: &'d [u8],
    ) -> Result<impl Iterator<Item = &'d [u8]> + Clone, DecodeError> {
        let pixels = data.get(self.pixels..self.pixels_end());
        let pixels = pixels.ok_or("the file ends inside its pixels")?;
        let (rows, is_top_down) = (self.rows, self.is_top_down);
        let (row_bytes, stride) = (self.row_bytes, self.stride);
        Ok((0..rows).map(move |y| {
            let y = if is_top_down { y } else { rows - 1 - y };
            pixels.get(y * stride..y * stride + row_bytes).unwrap_or_default()
        }))
    }
}

/// Refuses what is not decoded, or of another meaning in OS/2.
fn check_coding(header: &Header, compression: u32) -> Result<(), DecodeError> {
    let is_os2 = matches!(header.len, 16..=64) && !matches!(header.len, 40 | 52 | 56);
    // 3 is a fax code in OS/2 and masks in Windows; 4 is run lengths of 24 bits.
    if is_os2 && compression > 2 {
        return Err(DecodeError::unsupported("fax codes or 24-bit run lengths of OS/2"));
    }
    let reason = match (compression, header.bits) {
        (0, 1 | 2 | 4 | 8 | 16 | 24 | 32) | (1 | 2, _) | (3 | 6, 16 | 24 | 32) => return Ok(()),
        (0 | 3 | 6, bits) => format!("pixels of {bits} bits"),
        (4, _) => "a JPEG in the bitmap".into(),
        (5, _) => "a PNG in the bitmap".into(),
        (other, _) => format!("BMP compression {other}"),
    };
    Err(DecodeError::unsupported(reason))
}

pub(super) fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The offset of the pixels, and the number of colours, of a file of `length` bytes: 8 x 2 pixels.
    fn parts(bits: u16, compression: u8, offset: u8, colours: u8, length: usize) -> (usize, usize) {
        let mut file = b"BM\0\0\0\0\0\0\0\0".to_vec();
        file.extend([offset, 0, 0, 0, 40, 0, 0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1, 0]);
        file.extend(bits.to_le_bytes());
        file.extend([compression, 0, 0, 0]);
        file.resize(46, 0);
        file.push(colours);
        file.resize(length, 0);
        let header = Header::read(&mut &*file, 0).unwrap();
        let parts = Parts::read(&file, &header).unwrap();
        (parts.pixels, parts.colours)
    }

    #[test]
    fn pixels_lie_behind_headers_masks_and_palette() {
        assert_eq!(parts(24, 0, 54, 0, 200).0, 54);
        assert_eq!(parts(24, 0, 0, 0, 200).0, 54);
        assert_eq!(parts(24, 0, 77, 0, 200).0, 77);
        assert_eq!(parts(16, 3, 54, 0, 200).0, 66);
        assert_eq!(parts(16, 6, 60, 0, 200).0, 70);
        assert_eq!(parts(4, 0, 54, 0, 200), (118, 16));
        assert_eq!(parts(4, 0, 54, 3, 200), (66, 3));
        // Into a palette behind which there is room for the pixels, and into one that is short.
        assert_eq!(parts(4, 0, 66, 0, 118 + 8), (118, 16));
        assert_eq!(parts(4, 0, 66, 0, 118 + 7), (66, 3));
        assert_eq!(parts(4, 0, 66, 16, 118 + 7), (118, 16));
        assert_eq!(parts(4, 0, 120, 0, 200), (120, 16));
    }
}
