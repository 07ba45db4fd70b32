//! JPEG 2000: what its headers ask for, and its pictures by `hayro-jpeg2000`. PDF has pictures of it too.

pub(super) mod code_stream;
#[cfg(feature = "jp2")]
mod image;

#[cfg(feature = "jp2")]
pub(super) use image::decode;
