//! Validates an uploaded image, identifies it, renders a web-size copy, stores both atomically, and
//! builds the API's JSON answer.
//!
//! The behaviour is that of Artifi's *Upload User Image* API, version 4: its request rules, its error
//! codes and its JSON envelope. An [`Uploader`] processes an upload in this order:
//!
//! 1. check the fields of an [`UploadRequest`], and ask an [`Authenticator`];
//! 2. [`probe`](fn@probe) the file: format, size, orientation and DPI, from its header alone;
//! 3. apply the website's [`Policy`];
//! 4. make the standard [`rendition`], from all of its pixels;
//! 5. ask the [`Inspector`]s, such as a virus scanner;
//! 6. store original, rendition and record in a [`Storage`](storage::Storage), durably, or nothing;
//! 7. answer with an [`Envelope`].
//!
//! ```
//! # #[cfg(feature = "rendition")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use userimage::storage::MemoryStorage;
//! use userimage::{ClientKeys, Envelope, PostedFile, UploadHead, UploadRequest, Uploader};
//!
//! let uploader = Uploader::builder(MemoryStorage::new("https://img.example/"))
//!     .authenticator(ClientKeys::new([(1001, "abc123")])?)
//!     .build()?;
//!
//! let head = UploadHead::new().website_id("1001").client_key("abc123").user_id("12345");
//! let file = PostedFile::new("ArtifiLogo.png", &b"no image"[..]);
//! let result = uploader.upload(&UploadRequest::new(head, file));
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
//! * `rendition` (default): [`rendition`], and the [`Uploader`] and [`Config`], which need it.
//! * `local` (default): [`storage::LocalStorage`], with bundled SQLite.
//! * `cloud`: [`storage::CloudStorage`], in an object store and PostgreSQL.
//! * `http` (default): [`http`], HTTP requests in and HTTP responses out.
//! * `psd`, `heic`: renditions of Photoshop's files, and of HEIC, whose codec is patented.
//! * `dynamic-image`: [`rendition::render_image`], for pictures of the `image` crate.
//! * `contract`: [`storage::contract`], the test suite of every storage.
//!
//! Without the default features the request rules, the probe and the storage trait remain, and no C
//! code is built. Every call blocks, and there are no hidden threads, except that a
//! cloud storage has one, which waits for the network. The only global state is which
//! databases of local storages a process has open, to refuse them in a forked child.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// The library itself must not panic; its tests and examples may.
#![cfg_attr(
    not(test),
    warn(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)
)]

mod auth;
mod bounded_read;
#[cfg(feature = "rendition")]
mod cancellation;
mod cause;
#[cfg(feature = "rendition")]
mod config;
#[cfg(feature = "rendition")]
mod config_error;
mod container;
mod envelope;
mod error;
mod field;
#[cfg(feature = "rendition")]
mod file_bytes;
mod format;
mod geometry;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "rendition")]
mod inspect;
#[cfg(feature = "rendition")]
mod metrics;
mod min_print;
mod name;
#[cfg(feature = "rendition")]
mod policies;
mod policy;
pub mod probe;
mod record;
#[cfg(feature = "rendition")]
mod render;
#[cfg(feature = "rendition")]
pub mod rendition;
mod request;
mod span_fields;
pub mod storage;
#[cfg(feature = "rendition")]
mod upload_trace;
#[cfg(feature = "rendition")]
mod uploader;
mod warning;

pub use auth::{AlreadyChecked, AuthError, Authenticator, ClientKeys};
#[cfg(feature = "rendition")]
pub use cancellation::Cancellation;
#[cfg(feature = "rendition")]
pub use config::{
    Authentication, Config, Host, InspectorConfig, PolicyConfig, StorageConfig, WebsiteConfig,
};
#[cfg(all(feature = "cloud", feature = "rendition"))]
pub use config::{BlobsConfig, CatalogConfig, CloudConfig};
#[cfg(feature = "rendition")]
pub use config_error::ConfigError;
pub use envelope::Envelope;
pub use error::{ErrorCode, ErrorKind, UnknownErrorKind, UploadError};
pub use field::{ClientKey, Dpi, InvalidField, UserId, WebsiteId};
pub use format::{Format, NoRendition, UnknownFormat};
pub use geometry::{Orientation, Size};
#[cfg(feature = "rendition")]
pub use inspect::{ClamdInspector, Inspector, InspectorError, OnFailure, Verdict};
pub use min_print::{LengthUnit, MinPrint, MinPrintAction};
pub use name::{ImageName, InvalidImageName, InvalidUniqueName, UniqueName};
pub use policy::Policy;
pub use probe::{ImageInfo, ProbeError, probe};
pub use record::{
    BlobKey, DifferenceHash, ImageId, ImageRecord, InvalidBlobKey, InvalidHash, InvalidImageId,
    InvalidRecord, InvalidRenditionName, InvalidVariant, RenditionName, RenditionRecord,
    StandardRecord, StoredImage, ThumbHash, Variant,
};
#[cfg(feature = "rendition")]
pub use render::render;
pub use request::{FormPart, PostedFile, UploadHead, UploadRequest, ValidRequest};
#[doc(hidden)]
pub use span_fields::SpanFields;
pub use storage::{NewImage, Quota};
#[cfg(feature = "rendition")]
pub use uploader::{Admitted, Uploader, UploaderBuilder};
pub use warning::{UnknownWarning, Warning};
