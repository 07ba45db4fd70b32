//! Why a rendition cannot be made.

use std::borrow::Cow;

use super::decode_error::DecodeError;
use crate::format::Format;

/// Why a rendition cannot be made.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The pixels are damaged or missing.
    #[error("damaged {format} image: {reason}")]
    Damaged {
        /// The format of the file.
        format: Format,
        /// What is wrong.
        reason: Cow<'static, str>,
    },
    /// The file may be well-formed, but it codes its pixels in a form that is not decoded.
    #[error("unsupported {format} coding: {reason}")]
    UnsupportedCoding {
        /// The format of the file.
        format: Format,
        /// The coding.
        reason: Cow<'static, str>,
    },
    /// No rendition is made of this format.
    #[error("no rendition is made of {0} images")]
    UnsupportedFormat(Format),
    /// The file has content that acts, which is not allowed.
    #[error("active content in {format}: {reason}")]
    ActiveContent {
        /// The format of the file.
        format: Format,
        /// What acts: "a script", "an attachment".
        reason: Cow<'static, str>,
    },
    /// Making the rendition needs more memory than allowed.
    #[error("decoding needs {needed} bytes of memory, over the limit of {limit}")]
    TooMuchMemory {
        /// Bytes, estimated from the header before any pixel is decoded. Of a PDF, first without the pictures on
        /// its page.
        needed: u64,
        /// The limit, in bytes.
        limit: u64,
    },
    /// Renditions that are being made had all of the [`SharedMemory`](super::SharedMemory) for too long.
    #[error("other uploads took all of the memory for renditions for too long")]
    Busy,
    /// The upload was given up.
    #[error("the upload was cancelled")]
    Cancelled,
}

impl RenderError {
    /// `error` of a file of `format`, under a memory limit of `limit` bytes.
    pub(super) fn new(error: DecodeError, format: Format, limit: u64) -> Self {
        match error {
            DecodeError::Damaged(reason) => Self::Damaged { format, reason },
            DecodeError::Unsupported(reason) => Self::UnsupportedCoding { format, reason },
            DecodeError::Active(reason) => Self::ActiveContent { format, reason: reason.into() },
            DecodeError::TooMuchMemory(needed) => Self::TooMuchMemory { needed, limit },
            DecodeError::Busy => Self::Busy,
            DecodeError::Cancelled => Self::Cancelled,
        }
    }
}
