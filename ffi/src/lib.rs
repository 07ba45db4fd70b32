//! The C ABI of `userimage`: `include/userimage.h`, which is generated from this crate.
//!
//! It translates and decides nothing: rules, defaults, limits and the protocol's texts are the core's.
//! All unsafe code of the project is here. The documentation of the exported functions is the header's
//! and is written for C.
#![warn(clippy::undocumented_unsafe_blocks)]
#![allow(
    clippy::doc_markdown,
    reason = "the documentation of what is exported is the C header's, where names stand bare"
)]
#![allow(
    unreachable_pub,
    reason = "what is exported to C is `pub` for cbindgen, and reached by no Rust"
)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not cross the ABI, so it must unwind to be caught");

// What every entry stands on.
mod boundary;
#[cfg(feature = "fault-injection")]
mod faults;
mod getter;
mod handle;
mod input;
mod table;

// What is exported, in the header's order.
mod version;

mod code;

mod uploader;

mod request;

mod http_request;

mod exchange;

mod http_response;

mod reading;

mod image;

mod record;

mod bytes;

mod info;

mod exif;

mod error;

mod storage;

mod sink;

mod authenticator;

mod log;

#[cfg(test)]
mod tests;
