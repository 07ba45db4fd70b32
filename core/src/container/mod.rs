//! Readers of container structures: which parts a file has and where they lie.
//!
//! The probe and the decoders use the same ones, over a slice or over a stream that is read in small
//! pieces ([`source::Source`]). None of them allocates, and none of them looks into pixels.

pub(crate) mod bmp;
pub(crate) mod boxes;
#[cfg(feature = "rendition")]
pub(crate) mod disk;
pub(crate) mod error;
pub(crate) mod gif;
pub(crate) mod heif;
pub(crate) mod jp2;
pub(crate) mod jpeg;
pub(crate) mod jxl;
pub(crate) mod pdf;
pub(crate) mod photoshop;
pub(crate) mod png;
pub(crate) mod psd;
pub(crate) mod riff;
pub(crate) mod source;
pub(crate) mod svg;
pub(crate) mod tiff;
