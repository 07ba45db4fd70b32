//! The blocks of a GIF (`GIF89a` specification, sections 18 to 27).

use super::error::{ProbeError, lenient};
use super::source::Source;
use crate::geometry::Size;

/// Offsets of the logical screen, of its flags, and of what follows it.
const SCREEN: u64 = 6;
const SCREEN_FLAGS: u64 = 10;
const AFTER_SCREEN: u64 = 13;
const IMAGE: u8 = 0x2C;
const EXTENSION: u8 = 0x21;

/// Bytes of extensions before the first image that are skipped to find it: comments and XMP are shorter.
const MAX_EXTENSIONS: u64 = 64 << 10;

/// The size of the picture: that of the logical screen; where a side of that is 0 or the first frame reaches
/// beyond it, the extent of the first frame, as in browsers. A side is 0 if neither states it.
#[inline]
pub(crate) fn canvas(src: &mut impl Source) -> Result<Size, ProbeError> {
    let [w0, w1, h0, h1, flags] = src.array(SCREEN)?;
    let screen = [u16::from_le_bytes([w0, w1]), u16::from_le_bytes([h0, h1])];
    let [mut width, mut height] = screen.map(u32::from);
    if let Some(Frame { left, top, width: across, height: down, .. }) = first_frame(src, flags)? {
        // A frame without pixels says nothing.
        if across > 0 && down > 0 {
            width = width.max(u32::from(left) + u32::from(across));
            height = height.max(u32::from(top) + u32::from(down));
        }
    }
    Ok(Size::new(width, height))
}

/// The image descriptor of a frame (section 20).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame {
    pub(crate) left: u16,
    pub(crate) top: u16,
    pub(crate) width: u16,
    pub(crate) height: u16,
    pub(crate) flags: u8,
}

impl Frame {
    /// The one of the image at the offset `at`.
    #[inline]
    pub(crate) fn read(src: &mut impl Source, at: u64) -> Result<Self, ProbeError> {
        let [l0, l1, t0, t1, w0, w1, h0, h1, flags] = src.array(at + 1)?;
        let [left, top, width, height] =
            [[l0, l1], [t0, t1], [w0, w1], [h0, h1]].map(u16::from_le_bytes);
        Ok(Self { left, top, width, height, flags })
    }
}

/// The descriptor of the first image, if it is in the file and not too far behind.
#[inline]
fn first_frame(src: &mut impl Source, screen_flags: u8) -> Result<Option<Frame>, ProbeError> {
    let mut at = AFTER_SCREEN + colour_table(screen_flags);
    let end = at + MAX_EXTENSIONS;
    while at < end {
        match lenient(src.array(at))? {
            Some([IMAGE]) => return lenient(Frame::read(src, at)),
            Some([EXTENSION]) => at += 2,
            _ => return Ok(None),
        }
        // Its sub-blocks.
        loop {
            match lenient(src.array(at))? {
                Some([0]) => break,
                Some([len]) if at < end => at += 1 + u64::from(len),
                _ => return Ok(None),
            }
        }
        at += 1;
    }
    Ok(None)
}

/// An image or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) is_image: bool,
    /// Offset of its introducer, and of its first sub-block.
    pub(crate) at: u64,
    pub(crate) data: u64,
    /// Offset of what follows its sub-blocks. Behind the end of the file where that cuts one.
    pub(crate) end: u64,
    /// Whether the empty sub-block that ends the others is there.
    pub(crate) is_terminated: bool,
}

/// The blocks of a file, in order.
pub(crate) struct Blocks {
    at: u64,
}

impl Blocks {
    /// Those behind the logical screen and its colour table.
    pub(crate) fn new(src: &mut impl Source) -> Result<Self, ProbeError> {
        let [flags] = src.array(SCREEN_FLAGS)?;
        Ok(Self { at: AFTER_SCREEN + colour_table(flags) })
    }

    /// The next block; `None` at the trailer, at an unknown block and at the end of the file.
    pub(crate) fn next(&mut self, src: &mut impl Source) -> Result<Option<Block>, ProbeError> {
        let Some([introducer]) = lenient(src.array(self.at))? else { return Ok(None) };
        let data = match introducer {
            // The descriptor, its colour table and the code size.
            IMAGE => {
                let flags = lenient(src.array(self.at + 9))?.map_or(0, |[flags]| flags);
                self.at + 10 + colour_table(flags) + 1
            }
            EXTENSION => self.at + 2,
            _ => return Ok(None),
        };
        let (end, is_terminated) = skip_sub_blocks(src, data)?;
        let at = std::mem::replace(&mut self.at, end);
        Ok(Some(Block { is_image: introducer == IMAGE, at, data, end, is_terminated }))
    }
}

/// Bytes of the colour table that flags announce.
pub(crate) fn colour_table(flags: u8) -> u64 {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

/// The offset behind the sub-blocks at `at`, and whether the empty one that ends them is there.
fn skip_sub_blocks(src: &mut impl Source, mut at: u64) -> Result<(u64, bool), ProbeError> {
    loop {
        match lenient(src.array(at))? {
            Some([0]) => return Ok((at + 1, true)),
            Some([len]) => at += 1 + u64::from(len),
            None => return Ok((at, false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_and_extensions_behind_colour_tables() {
        let mut data = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        data.extend([0; 6]);
        data.extend(b"\x21\xF9\x04\0\0\0\0\0");
        data.extend(b"\x2C\0\0\0\0\x01\0\x01\0\x81");
        data.extend([0; 12]);
        data.extend(b"\x02\x02\x4C\x01\0\x3B");
        let all = |data: &[u8]| {
            let mut src = data;
            let mut blocks = Blocks::new(&mut src).unwrap();
            std::iter::from_fn(|| blocks.next(&mut src).unwrap()).collect::<Vec<_>>()
        };
        let end = data.len() as u64 - 1;
        let extension = Block { is_image: false, at: 19, data: 21, end: 27, is_terminated: true };
        let image = Block { is_image: true, at: 27, data: 50, end, is_terminated: true };
        assert_eq!(all(&data), [extension, image]);
        // Without the empty sub-block; then cut inside the last one.
        let cut = Block { is_terminated: false, end: end - 1, ..image };
        assert_eq!(all(&data[..data.len() - 2]), [extension, cut]);
        assert_eq!(all(&data[..data.len() - 3]), [extension, cut]);
    }

    #[test]
    fn the_canvas_is_as_large_as_the_first_frame() {
        let file = |screen: [u16; 2], frame: [u16; 4], extensions: &[u8]| {
            let mut data = b"GIF89a".to_vec();
            screen.iter().for_each(|side| data.extend(side.to_le_bytes()));
            data.extend([0, 0, 0]);
            data.extend(extensions);
            data.push(IMAGE);
            frame.iter().for_each(|side| data.extend(side.to_le_bytes()));
            data.push(0);
            let size = canvas(&mut &*data).unwrap();
            (size.width, size.height)
        };
        assert_eq!(file([9, 7], [1, 1, 5, 5], b""), (9, 7));
        assert_eq!(file([0, 0], [0, 0, 8, 6], b""), (8, 6));
        assert_eq!(file([9, 0], [2, 1, 5, 5], b""), (9, 6));
        assert_eq!(file([4, 40], [3, 0, 8, 8], b"\x21\xFE\x02ab\x01c\0\x21\xF9\0"), (11, 40));
        assert_eq!(file([4, 4], [u16::MAX, 0, u16::MAX, 8], b""), (131_070, 8));
        assert_eq!(file([4, 4], [0, 0, 0, 8], b""), (4, 4));
        // Too far behind.
        let comment = [&b"\x21\xFE"[..], &b"\xFF".repeat(256 * 300), b"\0"].concat();
        assert_eq!(file([4, 4], [0, 0, 8, 8], &comment), (4, 4));
        let short = |data: &[u8]| canvas(&mut &*data).unwrap();
        assert_eq!(short(b"GIF89a\x04\0\x05\0\0\0\0"), Size::new(4, 5));
        assert_eq!(short(b"GIF89a\x04\0\x05\0\0\0\0\x2C\0\0\0\0\x09\0\x09"), Size::new(4, 5));
    }
}
