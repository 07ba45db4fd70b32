//! Hashes of what a picture shows, for finding similar ones and for placeholders.

use std::fmt;
use std::str::FromStr;

use super::document::{from_hexadecimal, hexadecimal};
use super::fact::{FactType, Kind, Value};

/// A difference hash (dHash) of a picture: one bit for each of 8 x 8 places, set where the picture becomes
/// brighter towards the right. Pictures that look alike have hashes that differ in few of the 64 bits, whatever
/// their size and format: up to about 10 for the same picture coded anew, 32 on average for unrelated ones. It
/// is that of Python's `imagehash.dhash`, and its text as well: 16 hexadecimal digits.
///
/// ```
/// use userimage::DifferenceHash;
///
/// let one: DifferenceHash = "c3e1f0783c1e0f07".parse()?;
/// let other: DifferenceHash = "c3e1f0783c1e0f03".parse()?;
/// assert_eq!(one.distance(other), 1);
/// # Ok::<(), userimage::InvalidHash>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DifferenceHash(u64);

impl DifferenceHash {
    /// The number of bits, and the greatest distance.
    pub const BITS: u32 = u64::BITS;

    /// A hash of these bits: those of the top row are the most significant.
    #[must_use]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// How many bits differ: 0 for the same hash, at most 64.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }
}

impl fmt::Display for DifferenceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for DifferenceHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DifferenceHash({self})")
    }
}

impl FromStr for DifferenceHash {
    type Err = InvalidHash;

    /// From 16 hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        let bytes = from_hexadecimal(text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(|bytes| Self(u64::from_be_bytes(bytes))).ok_or(InvalidHash)
    }
}

impl FactType for DifferenceHash {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value {
        Value::Bytes(self.0.to_be_bytes().into())
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Bytes(bytes) = value else { return None };
        Some(Self(u64::from_be_bytes(bytes.as_slice().try_into().ok()?)))
    }
}

/// A `ThumbHash` of a picture: some 25 bytes from which a blurred placeholder is drawn while the picture loads, with
/// its average colour, aspect ratio and transparency. See <https://evanw.github.io/thumbhash/>, whose functions
/// draw it. Its text is hexadecimal, as that of all hashes here.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ThumbHash(Vec<u8>);

impl ThumbHash {
    /// The least and the greatest length in bytes.
    const LENGTHS: std::ops::RangeInclusive<usize> = 5..=25;

    /// A hash of these bytes.
    ///
    /// # Errors
    ///
    /// [`InvalidHash`] when no hash has this length.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, InvalidHash> {
        let bytes = bytes.into();
        if Self::LENGTHS.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(InvalidHash) }
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for ThumbHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hexadecimal(&self.0))
    }
}

impl fmt::Debug for ThumbHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ThumbHash({self})")
    }
}

impl FromStr for ThumbHash {
    type Err = InvalidHash;

    /// From hexadecimal digits.
    fn from_str(text: &str) -> Result<Self, InvalidHash> {
        from_hexadecimal(text).ok_or(InvalidHash).and_then(Self::from_bytes)
    }
}

impl FactType for ThumbHash {
    const KIND: Kind = Kind::Bytes;

    fn to_value(&self) -> Value {
        Value::Bytes(self.0.clone())
    }

    fn from_value(value: &Value) -> Option<Self> {
        let Value::Bytes(bytes) = value else { return None };
        Self::from_bytes(bytes.as_slice()).ok()
    }
}

/// A text or bytes are not a [`DifferenceHash`] or a [`ThumbHash`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: 16 hexadecimal digits for a difference hash, 10 to 50 for a ThumbHash")]
pub struct InvalidHash;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_read_back_from_their_texts() {
        for bits in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let hash = DifferenceHash::from_bits(bits);
            assert_eq!(hash.to_string().parse(), Ok(hash));
            assert_eq!(DifferenceHash::from_value(&hash.to_value()), Some(hash));
            assert_eq!(hash.distance(DifferenceHash::from_bits(!bits)), 64);
        }
        for text in ["", "0", "0123456789abcde", "0123456789abcdef0", "0123456789abcdeg", "é"] {
            assert_eq!(text.parse::<DifferenceHash>(), Err(InvalidHash), "{text}");
        }
        let hash: ThumbHash = "1507120504678897777f878877f88778".parse().unwrap();
        assert_eq!((hash.as_bytes().len(), hash.to_string().parse()), (16, Ok(hash.clone())));
        for text in ["", "00", "00000000", "0", &"00".repeat(26)] {
            assert_eq!(text.parse::<ThumbHash>(), Err(InvalidHash), "{text}");
        }
    }
}
