//! A file of a stored image, open for reading.

use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};

use super::{ReadAt, StorageError, content, no_rendition};
use crate::format::Format;
use crate::record::{BlobKey, StoredImage, Variant};

/// A file of a stored image, open for reading. Pieces are read when they are asked for.
///
#[cfg_attr(feature = "rendition", doc = "```")]
#[cfg_attr(not(feature = "rendition"), doc = "```ignore")]
/// use std::io::Read;
///
/// # use userimage::storage::{MemoryStorage, Storage};
/// # use userimage::{ClientKeys, PostedFile, UploadHead, UploadRequest, Uploader, Variant};
/// # let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
/// #     .authenticator(ClientKeys::new([(1001, "abc123")])?)
/// #     .build()?;
/// # let png = &include_bytes!("../../../tests/fixtures/files/png-rgb8.png")[..];
/// # let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
/// # let image = uploader.upload(&UploadRequest::new(head, PostedFile::new("logo.png", png)))?;
/// # let storage = uploader.storage();
/// let Some(file) = storage.open(image.record.website_id, image.id, Variant::Original)? else {
///     return Ok(());
/// };
/// assert_eq!((file.len(), file.mime_type()), (png.len() as u64, "image/png"));
/// let mut signature = [0; 3];
/// file.read_at(1, &mut signature)?;
/// assert_eq!(&signature, b"PNG");
/// let mut bytes = Vec::new();
/// file.into_cursor().read_to_end(&mut bytes)?;
/// assert_eq!(bytes, png);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StoredFile {
    image: StoredImage,
    variant: Variant,
    bytes: Box<dyn ReadAt>,
}

impl StoredFile {
    /// The file `variant` of `image`, with these bytes.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when the image has no such rendition, or the length of the bytes is not the one that the
    /// record states: the file is damaged.
    pub fn new(
        image: StoredImage,
        variant: Variant,
        bytes: Box<dyn ReadAt>,
    ) -> Result<Self, StorageError> {
        if !image.record.has(variant) {
            return Err(no_rendition(&image, variant));
        }
        let (stated, actual) = (image.record.blob_len(variant), bytes.len());
        if stated != actual {
            let (key, id) = (image.record.blob_key(variant), image.id);
            let reason =
                format!("{key} of image {id} is damaged: it has {actual} bytes, not {stated}");
            return Err(StorageError::new(reason));
        }
        Ok(Self { image, variant, bytes })
    }

    /// The reader of its bytes.
    pub(super) fn bytes(&self) -> &dyn ReadAt {
        &*self.bytes
    }

    /// The image that it belongs to.
    #[must_use]
    pub fn image(&self) -> &StoredImage {
        &self.image
    }

    /// Which of the image's files it is.
    #[must_use]
    pub fn variant(&self) -> Variant {
        self.variant
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> BlobKey {
        self.image.record.blob_key(self.variant)
    }

    /// Its format.
    #[must_use]
    pub fn format(&self) -> Format {
        // The image has the file: `new` has checked it.
        self.image.record.format_of(self.variant).unwrap_or(self.image.record.format)
    }

    /// Its MIME type.
    #[must_use]
    pub fn mime_type(&self) -> &'static str {
        self.format().mime_type()
    }

    /// Its length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// Whether it has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads the bytes at `offset` into `buffer` and returns their number, which is less than the length
    /// of `buffer` only where the file ends. Does not move a cursor; several threads may read at once.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when they cannot be read, e.g. because the image was deleted meanwhile.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, StorageError> {
        self.bytes.read_at(offset, buffer)
    }

    /// Reads the file into memory.
    ///
    /// # Errors
    ///
    /// [`StorageError`] when it cannot be read, or memory cannot hold it.
    pub fn read_all(&self) -> Result<Vec<u8>, StorageError> {
        content::read_all(&*self.bytes)
    }

    /// A reader of the file that starts at its first byte.
    #[must_use]
    pub fn into_cursor(self) -> FileCursor {
        FileCursor { file: self, position: 0 }
    }
}

impl fmt::Debug for StoredFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredFile")
            .field("key", &self.key().to_string())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// A [`StoredFile`] with a position: [`Read`] and [`Seek`].
#[derive(Debug)]
pub struct FileCursor {
    file: StoredFile,
    position: u64,
}

impl FileCursor {
    /// The file.
    #[must_use]
    pub fn file(&self) -> &StoredFile {
        &self.file
    }
}

impl Read for FileCursor {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(self.position, buffer).map_err(io::Error::other)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for FileCursor {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.file.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = position.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}
