//! What is known of an image that is being stored, and of one that is.

mod blob_key;
mod document;
mod fact;
mod facts;
mod image_id;
mod image_record;
mod stored_image;

pub use blob_key::{BlobKey, InvalidBlobKey, InvalidVariant, Variant};
pub use document::InvalidRecord;
pub(crate) use fact::{Kind, Value, unix_milliseconds};
#[cfg(feature = "local")]
pub(crate) use facts::FACTS;
pub use image_id::{ImageId, InvalidImageId};
pub use image_record::{ImageRecord, StandardRecord};
pub use stored_image::{NewImage, StoredImage};
