//! PDF, and Illustrator files that are PDF: ISO 32000-1. The size is that of the first page.
//!
//! Nothing is allocated: tokens are read from the file, and the cross-references and objects that are in compressed
//! streams are inflated in a window on the stack. A file whose cross-references are broken is searched for its objects,
//! as readers do.

mod bytes;
mod dictionary;
mod lexer;
mod objects;
mod page;

use self::objects::Objects;
use super::info::ImageInfo;
use crate::container::error::{ProbeError, lenient, malformed};
use crate::container::pdf::{HEAD, is_cut};
use crate::container::source::Source;
use crate::format::Format;
use crate::geometry::Size;

const HEADER: &[u8] = b"%PDF-";
/// Readers accept the header behind other bytes (ISO 32000-1, annex H.3, note 13).
const SEARCHED: usize = 1024;

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let head = src.get_up_to(0, SEARCHED)?;
    let base = head.windows(HEADER.len()).position(|window| window == HEADER);
    let base = base.ok_or(ProbeError::NotAnImage)? as u64;
    let mut info = ImageInfo::new(Format::Pdf);
    info.stored_size = first_page(src, base)?;
    Ok(info)
}

/// The size of the first page. `None` if the file has no page, or is encrypted so that its size cannot be read.
fn first_page(src: &mut impl Source, base: u64) -> Result<Option<Size>, ProbeError> {
    let by_table = lenient(Objects::by_table(src, base).and_then(|mut objects| {
        let page = lenient(page::first_page(&mut objects))?;
        Ok((page, objects.is_encrypted))
    }))?;
    match by_table {
        Some((Some(page), _)) => return Ok(page),
        Some((None, true)) => return Ok(None),
        _ => {}
    }
    // What a cut file lacks may be what counts: another version of the page.
    let len = src.len();
    if is_cut(src.get_up_to(0, HEAD)?, len) {
        return Err(ProbeError::Truncated);
    }
    let mut objects = Objects::by_search(src, base);
    if !objects.has_end()? {
        return Err(ProbeError::Truncated);
    }
    lenient(objects.search_root())?;
    if objects.root.is_none() {
        return Ok(None);
    }
    match lenient(page::first_page(&mut objects))? {
        Some(page) => Ok(page),
        None => Err(malformed(Format::Pdf, "the first page is not found")),
    }
}
