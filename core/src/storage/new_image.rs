//! An image that is being stored.

use super::{Content, Quotas};
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
    /// The quotas that it must stay within.
    pub quotas: Quotas,
}

impl<'a> NewImage<'a> {
    /// An image to store. An [`Uploader`](crate::Uploader) makes these; a test of a storage may.
    #[must_use]
    pub fn new(
        record: &'a ImageRecord,
        original: impl Into<Content<'a>>,
        standard: impl Into<Content<'a>>,
    ) -> Self {
        let (original, standard) = (original.into(), standard.into());
        Self { record, original, standard, quotas: Quotas::default() }
    }

    /// The same image, which must stay within these quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
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
