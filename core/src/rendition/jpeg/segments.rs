//! The segments of a file in memory.

use crate::container::error::ProbeError;
use crate::container::jpeg::{Segments, marker};
use crate::rendition::decode_error::DecodeError;

/// The next part of a file.
pub(super) enum Segment<'a> {
    /// A marker and the data behind it.
    Data { marker: u8, body: &'a [u8] },
    /// The end marker, or the end of the file instead of a marker.
    End { marker: bool },
}

/// The segment at or after the offset `at`, and the offset behind it.
pub(super) fn next_segment(data: &[u8], at: usize) -> Result<(Segment<'_>, usize), DecodeError> {
    let mut src = data;
    // The file is in memory: garbage need not be limited.
    let mut segments = Segments::new(at as u64, u32::MAX);
    let marker = match segments.marker(&mut src) {
        Ok(marker) => marker,
        Err(ProbeError::Truncated) => return Ok((Segment::End { marker: false }, data.len())),
        Err(error) => return Err(error.into()),
    };
    if marker == marker::EOI {
        return Ok((Segment::End { marker: true }, offset(segments.at)));
    }
    let cut = "the file ends inside a segment";
    let (at, len) = match segments.data(&mut src) {
        Err(ProbeError::Truncated) => return Err(cut.into()),
        range => range?,
    };
    let body = data.get(offset(at)..offset(at + len)).ok_or(cut)?;
    Ok((Segment::Data { marker, body }, offset(segments.at)))
}

fn offset(at: u64) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}
