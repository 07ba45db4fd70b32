//! The number of a stored image.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

/// A stored image's number: 1 ..= 9223372036854775807, unique in its store, growing, never used
/// twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageId(NonZeroU64);

impl ImageId {
    /// The largest id: a signed 64-bit integer, as databases have them.
    pub const MAX: u64 = i64::MAX as u64;

    /// The id `value`, or `None` when it is 0 or over [`ImageId::MAX`].
    #[must_use]
    pub fn new(value: u64) -> Option<Self> {
        NonZeroU64::new(value).filter(|id| id.get() <= Self::MAX).map(Self)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl TryFrom<u64> for ImageId {
    type Error = InvalidImageId;

    fn try_from(value: u64) -> Result<Self, InvalidImageId> {
        Self::new(value).ok_or(InvalidImageId)
    }
}

impl From<ImageId> for u64 {
    fn from(id: ImageId) -> Self {
        id.get()
    }
}

impl FromStr for ImageId {
    type Err = InvalidImageId;

    fn from_str(text: &str) -> Result<Self, InvalidImageId> {
        text.parse().ok().and_then(Self::new).ok_or(InvalidImageId)
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number or a text is not an [`ImageId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an image id of 1 to 9223372036854775807")]
pub struct InvalidImageId;
