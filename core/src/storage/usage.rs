//! How much of a storage is in use.

/// How many images there are, and their bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// The number of images.
    pub images: u64,
    /// The bytes of their originals and renditions.
    pub bytes: u64,
    /// The number of users who have images.
    pub users: u64,
}

impl Usage {
    /// So many images, bytes and users.
    #[must_use]
    pub fn new(images: u64, bytes: u64, users: u64) -> Self {
        Self { images, bytes, users }
    }
}
