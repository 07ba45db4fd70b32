//! Images that a storage finds: page by page, or by their looks.

use crate::record::StoredImage;

/// A page of a list: `size` images, after the first `index * size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// The number of the page, from 0.
    pub index: u64,
    /// The number of images on a page.
    pub size: u32,
}

impl Page {
    /// `size` images, after the first `index` times `size`.
    #[must_use]
    pub const fn new(index: u64, size: u32) -> Self {
        Self { index, size }
    }

    /// The number of images before the page.
    pub(crate) fn offset(self) -> u64 {
        self.index.saturating_mul(self.size.into())
    }
}

/// A page of a user's images.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ImageList {
    /// The number of all the user's images.
    pub total: u64,
    /// The images of the page, newest first.
    pub images: Vec<StoredImage>,
}

impl ImageList {
    /// A page of `images`, of a user who has `total` in all.
    #[must_use]
    pub fn new(total: u64, images: Vec<StoredImage>) -> Self {
        Self { total, images }
    }
}

/// An image that [`Storage::find_similar`](super::Storage::find_similar) found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SimilarImage {
    /// The image.
    pub image: StoredImage,
    /// In how many of 64 bits its difference hash differs from the one that was looked for.
    pub distance: u32,
}

impl SimilarImage {
    /// An image whose hash differs in `distance` bits.
    #[must_use]
    pub fn new(image: StoredImage, distance: u32) -> Self {
        Self { image, distance }
    }
}
