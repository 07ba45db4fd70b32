//! Why a file is not decoded.

use std::borrow::Cow;
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::container::error::ProbeError;

/// Why a file is not decoded.
#[derive(Debug)]
pub(super) enum DecodeError {
    /// The pixels are damaged or missing.
    Damaged(Cow<'static, str>),
    /// The pixels are coded in a form that this library does not decode.
    Unsupported(Cow<'static, str>),
    /// The file has content that acts, and must not.
    #[cfg_attr(
        not(any(feature = "svg", feature = "pdf")),
        allow(dead_code, reason = "only artwork has such content")
    )]
    Active(&'static str),
    /// Decoding needs this many bytes, over the limit.
    TooMuchMemory(u64),
    /// Other renditions had all of the shared memory for too long.
    Busy,
    /// The upload was given up.
    Cancelled,
}

impl DecodeError {
    /// Damage that a codec reports.
    pub(super) fn damaged(error: impl Display) -> Self {
        Self::Damaged(error.to_string().into())
    }

    /// A coding that is not decoded.
    pub(super) fn unsupported(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::Unsupported(reason.into())
    }
}

/// Damage, in a type as small as inner loops need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Damaged(pub(super) &'static str);

impl From<Damaged> for DecodeError {
    fn from(Damaged(reason): Damaged) -> Self {
        Self::Damaged(reason.into())
    }
}

/// Damage, which is the usual error.
impl From<&'static str> for DecodeError {
    fn from(reason: &'static str) -> Self {
        Self::Damaged(reason.into())
    }
}

/// Damage to the structure of a file.
impl From<ProbeError> for DecodeError {
    fn from(error: ProbeError) -> Self {
        match error {
            ProbeError::Malformed { reason, .. } => reason.into(),
            other => Self::damaged(other),
        }
    }
}

/// Runs a codec of another crate. Its panic counts as damage: no upload may end a thread of the
/// host. Whatever the codec leaves half done is dropped unseen.
pub(super) fn catch_codec_panic<T>(
    codec: impl FnOnce() -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    catch_unwind(AssertUnwindSafe(codec)).unwrap_or_else(|_| Err("the decoder failed".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codecs_panic_is_an_error() {
        let failed = catch_codec_panic::<()>(|| panic!("by a codec"));
        assert!(matches!(failed, Err(DecodeError::Damaged(why)) if why.contains("failed")));
        assert!(matches!(catch_codec_panic(|| Ok(1)), Ok(1)));
    }
}
