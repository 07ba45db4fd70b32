//! An image that is being stored.

use super::Content;
use crate::record::{ImageRecord, Variant};

/// A checked image that is being stored: the record and the bytes of both files.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NewImage<'a> {
    /// Its record.
    pub record: &'a ImageRecord,
    /// The bytes as they came.
    pub original: Content<'a>,
    /// The standard rendition's bytes.
    pub standard: Content<'a>,
}

impl<'a> NewImage<'a> {
    /// An image to store. An [`Uploader`](crate::Uploader) makes these; a test of a storage may.
    #[must_use]
    pub fn new(
        record: &'a ImageRecord,
        original: impl Into<Content<'a>>,
        standard: impl Into<Content<'a>>,
    ) -> Self {
        Self { record, original: original.into(), standard: standard.into() }
    }

    /// The bytes of one of its files.
    #[must_use]
    pub fn content(&self, variant: Variant) -> Content<'a> {
        match variant {
            Variant::Original => self.original,
            Variant::Standard => self.standard,
        }
    }
}
