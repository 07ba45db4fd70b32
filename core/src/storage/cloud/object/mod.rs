//! Blobs in an object store.

mod blobs;
mod connect;
mod failure;
mod options;

pub use blobs::ObjectBlobs;
pub use options::ObjectOptions;
