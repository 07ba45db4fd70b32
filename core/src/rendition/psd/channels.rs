//! The rows of each channel: one channel lies behind the other, as it is or packed.

use super::sections::Sections;
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::pack_bits::PackBits;
use crate::rendition::ratio::check_compression_ratio;

const SHORT: Damaged = Damaged("the merged picture is shorter than its pixels");
/// What a byte of data unpacks to at most, in bits: two bytes give 128.
const MAX_PACKED_BITS: u64 = 64 * 8;

/// Reads the rows of the first channels, top to bottom.
pub(super) struct Channels<'a> {
    data: &'a [u8],
    row_bytes: usize,
    coding: Coding,
    /// For each channel where its next row lies.
    next: Vec<Place>,
}

enum Coding {
    Raw,
    /// Each row is packed on its own. The data begin with the lengths of all rows, of this many bytes each.
    Packed {
        length_bytes: usize,
        unpacker: PackBits,
    },
}

/// Where the next row of a channel lies.
struct Place {
    data: usize,
    /// Of packed rows: where its length lies.
    length: usize,
}

impl<'a> Channels<'a> {
    /// For the channels that are kept.
    pub(super) fn new(sections: &Sections<'a>) -> Result<Self, DecodeError> {
        let (compression, data) = sections.picture.split_first_chunk::<2>().ok_or(SHORT)?;
        let (size, count) = (sections.size, sections.kept_channels());
        let row_bytes = (size.width as usize).saturating_mul(sections.bits.into()).div_ceil(8);
        let channel_rows = size.height as usize;
        let bits = (row_bytes as u64)
            .saturating_mul(8)
            .saturating_mul(size.height.into())
            .saturating_mul(sections.channels as u64);
        match u16::from_be_bytes(*compression) {
            0 => {
                check_compression_ratio(bits, data, 8)?;
                let place = |channel| Place {
                    data: row_bytes.saturating_mul(channel_rows).saturating_mul(channel),
                    length: 0,
                };
                let next = (0..count).map(place).collect();
                Ok(Self { data, row_bytes, coding: Coding::Raw, next })
            }
            1 => {
                check_compression_ratio(bits, data, MAX_PACKED_BITS)?;
                let length_bytes = if sections.is_large { 4 } else { 2 };
                let channel_lengths = channel_rows.saturating_mul(length_bytes);
                let table = data.get(..channel_lengths.saturating_mul(sections.channels));
                let mut at = table.ok_or(SHORT)?.len();
                let mut next = Vec::with_capacity(count);
                for channel in 0..count {
                    let length = channel * channel_lengths;
                    next.push(Place { data: at, length });
                    let lengths = data.get(length..length + channel_lengths).unwrap_or_default();
                    let packed = lengths.chunks_exact(length_bytes).map(big_endian);
                    at = packed.fold(at, usize::saturating_add);
                }
                let coding = Coding::Packed { length_bytes, unpacker: PackBits::default() };
                Ok(Self { data, row_bytes, coding, next })
            }
            2 | 3 => Err(DecodeError::unsupported("a merged picture that is compressed by ZIP")),
            _ => Err("an unknown compression".into()),
        }
    }

    /// The next row of a channel.
    pub(super) fn next_row(&mut self, channel: usize) -> Result<&[u8], Damaged> {
        let place = self.next.get_mut(channel).ok_or(SHORT)?;
        let tail = self.data.get(place.data..).ok_or(SHORT)?;
        match &mut self.coding {
            Coding::Raw => {
                place.data = place.data.saturating_add(self.row_bytes);
                tail.get(..self.row_bytes).ok_or(SHORT)
            }
            Coding::Packed { length_bytes, unpacker } => {
                let lengths = self.data.get(place.length..).unwrap_or_default();
                let length = big_endian(lengths.get(..*length_bytes).ok_or(SHORT)?);
                let packed = tail.get(..length).ok_or(SHORT)?;
                place.data = place.data.saturating_add(length);
                place.length += *length_bytes;
                unpacker.restart();
                unpacker.next(packed, self.row_bytes)
            }
        }
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
}
