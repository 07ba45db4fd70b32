//! The size that a file claims, against its length.

use crate::rendition::decode_error::DecodeError;

/// Refuses a file that is too short for the size it claims: `bits` are those of the picture before
/// compression, and no byte of the file holds more than `bits_per_byte` of them.
pub(super) fn check_compression_ratio(
    bits: u64,
    data: &[u8],
    bits_per_byte: u64,
) -> Result<(), DecodeError> {
    check_ratio(bits, data.len() as u64, bits_per_byte)
}

/// The same, for a file of `len` bytes.
pub(super) fn check_ratio(bits: u64, len: u64, bits_per_byte: u64) -> Result<(), DecodeError> {
    if bits > len.saturating_mul(bits_per_byte) {
        return Err("the file is too short for its size in pixels".into());
    }
    Ok(())
}
