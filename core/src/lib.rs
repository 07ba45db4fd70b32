//! Take a user's image, check it, know it, make its screen rendition, keep it safe, answer.
#![forbid(unsafe_code)]
// The library itself must not panic; its tests and examples may.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

mod auth;
#[cfg(feature = "rendition")]
mod config;
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
mod request;
mod response;
pub mod storage;
#[cfg(feature = "rendition")]
mod uploader;

pub use auth::{AuthError, Authenticator, ClientKeys, HostHasChecked};
#[cfg(feature = "rendition")]
pub use config::{
    Authentication, Config, ConfigError, PolicyConfig, StandardConfig, StorageConfig, WebsiteConfig,
};
pub use error::{ErrorCode, UploadError};
pub use field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};
pub use format::Format;
pub use geometry::{Orientation, Size};
pub use name::{ImageName, InvalidImageName, InvalidUniqueName, UniqueName};
pub use policy::Policy;
pub use probe::{
    Colour, ColourModel, Density, DensitySource, ExifDetails, ImageInfo, PrintSize, ProbeError,
    count_frames, exif_details, probe, probe_path, probe_reader,
};
pub use record::{
    BlobKey, ImageId, ImageRecord, InvalidBlobKey, NewImage, StandardRecord, StoredImage, Variant,
};
pub use request::{FormPart, PostedFile, UploadRequest, ValidRequest};
pub use response::Response;
#[cfg(feature = "rendition")]
pub use uploader::{Uploader, UploaderBuilder};
