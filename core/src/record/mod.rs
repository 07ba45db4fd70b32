//! The facts of an image, before and after it is stored.

mod blob_key;
mod document;
mod fact;
mod image_id;
mod image_record;
mod invalid_record;
mod stored_image;

pub use blob_key::{BlobKey, InvalidBlobKey, InvalidVariant, Variant};
#[cfg(feature = "local")]
pub(crate) use fact::{Fact, unix_milliseconds};
#[cfg(any(feature = "cloud", feature = "local"))]
pub(crate) use fact::{Kind, Value};
pub use image_id::{ImageId, InvalidImageId};
#[cfg(any(feature = "cloud", feature = "local"))]
pub(crate) use image_record::FACTS;
pub use image_record::{ImageRecord, StandardRecord};
pub use invalid_record::InvalidRecord;
pub use stored_image::StoredImage;
