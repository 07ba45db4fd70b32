//! The beginning of a deflate stream, unpacked into a fixed buffer: compressed text of a PNG, `.svgz`.

use crate::container::error::ProbeError;
use crate::container::source::Source;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

/// What surrounds the stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// RFC 1950.
    Zlib,
    /// Nothing, as behind a gzip header (RFC 1951).
    Raw,
}

/// Unpacks from the `len` bytes at `at` until `out` is full, the stream ends or it is damaged.
/// Returns how many bytes of `out` were filled. Nothing is allocated: `out` is the dictionary.
pub(super) fn inflate(
    src: &mut impl Source,
    mut at: u64,
    len: u64,
    wrapper: Wrapper,
    out: &mut [u8],
) -> Result<usize, ProbeError> {
    const STEP: usize = 1024;
    let mut flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    if wrapper == Wrapper::Zlib {
        flags |= inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER;
    }
    let end = at.saturating_add(len).min(src.len());
    let mut state = DecompressorOxide::new();
    let mut filled = 0;
    while at < end {
        let count = usize::try_from(end - at).unwrap_or(STEP).min(STEP);
        let input = src.get(at, count)?;
        let more = inflate_flags::TINFL_FLAG_HAS_MORE_INPUT;
        let (status, read, written) = decompress(&mut state, input, out, filled, flags | more);
        filled += written;
        at += read as u64;
        if status != TINFLStatus::NeedsMoreInput || read == 0 {
            break;
        }
    }
    Ok(filled)
}
