//! Blobs in an object store.

mod blobs;
mod connect;
mod failure;
mod open_object;
mod options;

pub use blobs::ObjectBlobs;
pub use options::ObjectOptions;
