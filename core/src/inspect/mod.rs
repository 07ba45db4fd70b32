//! Inspectors: what decides about an image when everything else has accepted it, before it is stored.

mod clamd;
mod inspectors;

use std::sync::Arc;

pub use self::clamd::ClamdInspector;
pub(crate) use self::inspectors::Inspectors;
use crate::cause::error_of_a_cause;
use crate::storage::NewImage;

/// Decides whether a checked image may be stored: a virus scanner, a filter of unwanted pictures, a quota.
///
/// It is called once for an upload, by the thread that uploads and by several at once, with the record that will be
/// stored and the bytes of both files. Nothing is stored yet, and nothing is if it does not accept. The upload
/// waits for it: it needs a time-out of its own.
///
/// ```
/// use userimage::storage::MemoryStorage;
/// use userimage::{AlreadyChecked, Inspector, InspectorError, NewImage, Uploader, Verdict};
///
/// /// Takes no panoramas.
/// struct NoPanoramas;
///
/// impl Inspector for NoPanoramas {
///     fn name(&self) -> &str {
///         "no_panoramas"
///     }
///
///     fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
///         let size = image.record.size();
///         if size.width > 3 * size.height {
///             return Ok(Verdict::refuse("the picture is more than three times as wide as tall"));
///         }
///         Ok(Verdict::Accept)
///     }
/// }
///
/// let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
///     .authenticator(AlreadyChecked)
///     .inspector(NoPanoramas)
///     .build()?;
/// # Ok::<(), userimage::ConfigError>(())
/// ```
pub trait Inspector: Send + Sync {
    /// Names the inspector in reasons, in the log and in metrics.
    fn name(&self) -> &str {
        "inspector"
    }

    /// Decides about `image`.
    ///
    /// # Errors
    ///
    /// [`InspectorError`] when this cannot be decided now. The upload then fails with
    /// [`ErrorKind::InspectorFailed`](crate::ErrorKind::InspectorFailed), unless failures
    /// [are allowed](OnFailure::Allow).
    fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError>;
}

/// What an [`Inspector`] decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The image may be stored.
    Accept,
    /// It may not: the upload is refused with
    /// [`ErrorKind::RefusedByInspector`](crate::ErrorKind::RefusedByInspector).
    Refuse {
        /// Why, in words. It becomes the error's reason.
        reason: String,
    },
}

impl Verdict {
    /// The image may not be stored, for this reason.
    pub fn refuse(reason: impl Into<String>) -> Self {
        Self::Refuse { reason: reason.into() }
    }
}

/// What happens to an upload whose [`Inspector`] fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum OnFailure {
    /// It fails with [`ErrorKind::InspectorFailed`](crate::ErrorKind::InspectorFailed), and nothing is stored.
    #[default]
    Fail,
    /// It goes on, as if the inspector had accepted the image. The failure is logged as a warning.
    Allow,
}

impl OnFailure {
    /// Both, by their names in the configuration.
    pub(crate) const NAMES: [(&'static str, Self); 2] =
        [("fail", Self::Fail), ("allow", Self::Allow)];
}

/// A pointer to an inspector is an inspector.
macro_rules! forward_inspector {
    ($pointer:ident) => {
        impl<I: Inspector + ?Sized> Inspector for $pointer<I> {
            fn name(&self) -> &str {
                (**self).name()
            }

            fn inspect(&self, image: &NewImage<'_>) -> Result<Verdict, InspectorError> {
                (**self).inspect(image)
            }
        }
    };
}

forward_inspector!(Arc);
forward_inspector!(Box);

error_of_a_cause! {
    /// Why an inspector could not decide. Clients get error 500.
    InspectorError
}
