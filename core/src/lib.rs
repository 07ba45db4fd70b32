//! Take a user's image, check it, know it, make its screen rendition, keep it safe, answer.
#![forbid(unsafe_code)]

mod error;
mod field;
mod format;
mod geometry;
mod name;
mod policy;
mod probe;
mod record;
#[cfg(feature = "rendition")]
pub mod rendition;
pub mod storage;

pub use error::{ErrorCode, UploadError};
pub use field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};
pub use format::Format;
pub use geometry::{Orientation, Size};
pub use name::{ImageName, InvalidUniqueName, UniqueName};
pub use policy::Policy;
pub use probe::{
    Colour, ColourModel, Density, DensitySource, ExifDetails, ImageInfo, PrintSize, ProbeError,
    count_frames, exif_details, probe, probe_path, probe_reader,
};
pub use record::{ImageId, ImageRecord, NewImage, StandardRecord, StoredImage, Variant};
