//! Giving an upload up while it is processed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{ErrorKind, UploadError};

/// Gives an upload up from another thread. Clones cancel the same uploads.
///
/// A cancelled upload fails with [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled) and stores nothing. It ends where it
/// next looks: before and after the file is probed, while it waits for memory, between decoding, scaling and encoding,
/// before each inspector, and before it is stored. What is being stored is stored.
///
/// ```
/// use userimage::storage::MemoryStorage;
/// use userimage::{AlreadyChecked, Cancellation, ErrorKind, PostedFile, UploadHead, Uploader};
///
/// let uploader = Uploader::builder(MemoryStorage::new("/")).authenticator(AlreadyChecked).build()?;
/// let head = UploadHead::new().website_id("1001").client_key("-").user_id("12345");
/// let cancellation = Cancellation::new();
/// let admitted = uploader.admit(&head)?.with_cancellation(cancellation.clone());
/// cancellation.cancel(); // usually in another thread
/// let file = PostedFile::new("photo.jpg", &b"..."[..]);
/// assert_eq!(admitted.finish(&[file.into()]).unwrap_err().kind(), ErrorKind::Cancelled);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cancellation(Arc<AtomicBool>);

impl Cancellation {
    /// One that is not cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels, for ever.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Ends an upload that is cancelled.
    pub(crate) fn check(&self) -> Result<(), UploadError> {
        if self.is_cancelled() {
            Err(UploadError::new(ErrorKind::Cancelled, "the upload was cancelled"))
        } else {
            Ok(())
        }
    }

    /// Whether it is cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
