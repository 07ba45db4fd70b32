//! The facts of an image, before and after it is stored.

mod blob_key;
mod document;
mod fact;
mod image_id;
mod image_record;
mod invalid_record;
mod picture_hash;
mod rendition_record;
mod stored_image;
mod variant;

pub use blob_key::{BlobKey, InvalidBlobKey};
#[cfg(feature = "cloud")]
pub(crate) use document::hexadecimal;
#[cfg(feature = "local")]
pub(crate) use fact::{Fact, unix_milliseconds};
#[cfg(any(feature = "cloud", feature = "local"))]
pub(crate) use fact::{Kind, Value};
pub use image_id::{ImageId, InvalidImageId};
#[cfg(any(feature = "cloud", feature = "local"))]
pub(crate) use image_record::FACTS;
pub use image_record::{ImageRecord, StandardRecord};
pub use invalid_record::InvalidRecord;
pub use picture_hash::{DifferenceHash, InvalidHash, ThumbHash};
pub use rendition_record::RenditionRecord;
pub use stored_image::StoredImage;
pub use variant::{InvalidRenditionName, InvalidVariant, RenditionName, Variant};
