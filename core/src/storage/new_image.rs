//! An image that is being stored.

use super::{Content, Quotas};
use crate::record::{BlobKey, ImageRecord, Variant};

/// A checked image that is being stored: the record and the bytes of all files.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewImage<'a> {
    /// Its record.
    pub record: &'a ImageRecord,
    /// The bytes as they came.
    pub original: Content<'a>,
    /// The standard rendition's bytes.
    pub standard: Content<'a>,
    /// The bytes of the further renditions, in the order of [`ImageRecord::renditions`].
    pub renditions: Vec<Content<'a>>,
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
        Self {
            record,
            original: original.into(),
            standard: standard.into(),
            renditions: Vec::new(),
            quotas: Quotas::default(),
        }
    }

    /// The same image, which must stay within these quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// The same image with the bytes of its further renditions, in the order of [`ImageRecord::renditions`].
    #[must_use]
    pub fn with_renditions<C: Into<Content<'a>>>(
        mut self,
        renditions: impl IntoIterator<Item = C>,
    ) -> Self {
        self.renditions = renditions.into_iter().map(Into::into).collect();
        self
    }

    /// The bytes of one of its files. `None` for a rendition that it does not have.
    #[must_use]
    pub fn content(&self, variant: Variant) -> Option<Content<'a>> {
        match variant {
            Variant::Original => Some(self.original),
            Variant::Standard => Some(self.standard),
            Variant::Named(name) => {
                let mut renditions = self.record.renditions.iter().zip(&self.renditions);
                renditions.find(|(record, _)| record.name == name).map(|(_, content)| *content)
            }
        }
    }

    /// All its files with their keys, the original first.
    pub(super) fn blobs(&self) -> Vec<(BlobKey, Content<'a>)> {
        let blob = |variant| Some((self.record.blob_key(variant), self.content(variant)?));
        self.record.variants().filter_map(blob).collect()
    }
}
