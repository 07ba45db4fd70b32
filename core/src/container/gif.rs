//! The blocks of a GIF (`GIF89a` specification, sections 18 to 27).

use super::error::{ProbeError, lenient};
use super::source::Source;

/// Offset of the flags of the logical screen, and of what follows it.
const SCREEN_FLAGS: u64 = 10;
const AFTER_SCREEN: u64 = 13;
const IMAGE: u8 = 0x2C;
const EXTENSION: u8 = 0x21;

/// An image or an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) is_image: bool,
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
        self.at = end;
        Ok(Some(Block { is_image: introducer == IMAGE, end, is_terminated }))
    }
}

/// Bytes of the colour table that flags announce.
fn colour_table(flags: u8) -> u64 {
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
        let extension = Block { is_image: false, end: 27, is_terminated: true };
        let image = Block { is_image: true, end, is_terminated: true };
        assert_eq!(all(&data), [extension, image]);
        // Without the empty sub-block; then cut inside the last one.
        let cut = Block { is_terminated: false, end: end - 1, ..image };
        assert_eq!(all(&data[..data.len() - 2]), [extension, cut]);
        assert_eq!(all(&data[..data.len() - 3]), [extension, cut]);
    }
}
