//! PDF, and Illustrator files that are PDF: ISO 32000-1 section 7.5.2. Only the format is identified: a
//! page has no pixels.

use super::info::ImageInfo;
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::format::Format;

const HEADER: &[u8] = b"%PDF-";
/// Readers accept the header behind other bytes (ISO 32000-1, annex H.3, note 13).
const SEARCHED: usize = 1024;

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let head = src.get_up_to(0, SEARCHED)?;
    if head.windows(HEADER.len()).any(|window| window == HEADER) {
        return Ok(ImageInfo::new(Format::Pdf));
    }
    Err(ProbeError::NotAnImage)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    #[test]
    fn the_header_may_follow_other_bytes() {
        for lead in [0, 5, 1000] {
            let data = [&vec![b' '; lead][..], b"%PDF-1.7\n"].concat();
            let info = probe(&data).unwrap();
            assert_eq!((info.format, info.stored_size), (Format::Pdf, None));
        }
        assert_eq!(probe(&[&[b' '; 2000][..], b"%PDF-1.7"].concat()), Err(ProbeError::NotAnImage));
    }
}
