//! Take a user's image, check it, know it, make its screen rendition, keep it safe, answer.
//!
//! The behaviour is that of the *Upload User Image* API, version 4: its request rules, its error codes
//! and its JSON envelope. An [`Uploader`] walks an upload once, forward:
//!
//! 1. the fields of an [`UploadRequest`] are checked, and an [`Authenticator`] is asked;
//! 2. [`probe`] tells what the file is, from its header alone;
//! 3. the website's [`Policy`] says whether that is taken;
//! 4. the standard [`rendition`] is made, from all of its pixels;
//! 5. a [`Storage`](storage::Storage) keeps original, rendition and record, durably, or nothing;
//! 6. a [`Envelope`] is the answer.
//!
//! ```
//! # #[cfg(feature = "rendition")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use userimage::{ClientKeys, Envelope, UploadRequest, Uploader, storage::MemoryStorage};
//!
//! let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
//!     .authenticator(ClientKeys::new([(1001, "abc123")])?)
//!     .build()?;
//!
//! let result = uploader.upload(
//!     &UploadRequest::new("ArtifiLogo.png", &b"no image"[..])
//!         .website_id("1001")
//!         .client_key("abc123")
//!         .user_id("12345"),
//! );
//! assert_eq!(
//!     Envelope::from(&result).as_json(),
//!     r#"{"Response":"Error","Message":"Invalid or missing file","Data":null,"ErrorCode":"262"}"#
//! );
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "rendition"))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! * `rendition` (default): [`rendition`] and what needs it, the [`Uploader`] and its [`Config`].
//! * `local` (default): [`storage::LocalStorage`], with bundled SQLite.
//! * `http` (default): [`http`], whole HTTP requests in and whole responses out.
//! * `contract`: [`storage::contract`], the suite that every storage must pass.
//!
//! Without the default features the request rules, the probe and the storage trait remain, and no C
//! code is built. Every call blocks; there are no hidden threads and there is no global state.
#![forbid(unsafe_code)]
// The library itself must not panic; its tests and examples may.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

mod auth;
#[cfg(feature = "rendition")]
mod config;
mod container;
mod envelope;
mod error;
mod field;
mod format;
mod geometry;
#[cfg(feature = "http")]
pub mod http;
mod name;
#[cfg(feature = "rendition")]
mod policies;
mod policy;
pub mod probe;
mod record;
#[cfg(feature = "rendition")]
pub mod rendition;
mod request;
pub mod storage;
#[cfg(feature = "rendition")]
mod uploader;

pub use auth::{AlreadyChecked, AuthError, Authenticator, ClientKeys};
#[cfg(feature = "rendition")]
pub use config::{Authentication, Config, ConfigError, PolicyConfig, StorageConfig, WebsiteConfig};
pub use envelope::Envelope;
pub use error::{ErrorCode, UploadError};
pub use field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};
pub use format::{Format, UnknownFormat};
pub use geometry::{Orientation, Size};
pub use name::{ImageName, InvalidImageName, InvalidUniqueName, UniqueName};
pub use policy::Policy;
pub use probe::{ImageInfo, ProbeError, probe};
pub use record::{
    BlobKey, ImageId, ImageRecord, InvalidBlobKey, NewImage, StandardRecord, StoredImage, Variant,
};
pub use request::{FormPart, PostedFile, UploadRequest, ValidRequest};
#[cfg(feature = "rendition")]
pub use uploader::{Uploader, UploaderBuilder};
