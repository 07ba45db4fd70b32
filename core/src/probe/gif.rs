//! GIF: `GIF89a` specification, sections 17, 18 and 20.

use super::colour::{Colour, ColourModel};
use super::info::ImageInfo;
use crate::container::error::{ProbeError, malformed};
use crate::container::gif;
use crate::container::source::Source;
use crate::format::Format;

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let size = gif::canvas(src)?;
    if size.pixels() == 0 {
        return Err(malformed(Format::Gif, "the logical screen and the first frame are empty"));
    }
    let mut info = ImageInfo::new(Format::Gif);
    info.stored_size = Some(size);
    // Transparency and the number of frames are in the blocks, not in the header.
    info.colour = Some(Colour { model: ColourModel::Palette, bits: 8, alpha: false });
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::probe::probe;

    #[test]
    fn the_logical_screen_counts_and_an_empty_one_without_frame_is_malformed() {
        let info = probe(b"GIF89a\x0A\x01\x14\0\x80\0\0").unwrap();
        assert_eq!(info.stored_size, Some(Size::new(266, 20)));
        assert_eq!(info.frames, None);
        assert!(matches!(
            probe(b"GIF87a\0\0\x14\0\x80\0\0"),
            Err(ProbeError::Malformed { format: Format::Gif, .. })
        ));
        assert_eq!(probe(b"GIF89a\x0A\x01\x14"), Err(ProbeError::Truncated));
        assert_eq!(probe(b"GIF88a\x0A\x01\x14\0\x80\0\0"), Err(ProbeError::NotAnImage));
    }
}
