//! The C ABI of `userimage`: `include/userimage.h`, which is generated from this crate.
//!
//! It translates and decides nothing: rules, defaults, limits and the protocol's texts are the core's.
//! All unsafe code of the project is here. The documentation of the exported functions is the header's
//! and is written for C.
#![warn(clippy::undocumented_unsafe_blocks)]
#![allow(
    unreachable_pub,
    reason = "what is exported to C is `pub` for cbindgen, and reached by no Rust"
)]

#[cfg(not(panic = "unwind"))]
compile_error!("a panic must not cross the ABI, so it must unwind to be caught");

mod authenticator;
mod boundary;
mod bytes;
mod code;
mod error;
#[cfg(feature = "fault-injection")]
mod faults;
mod getter;
mod handle;
mod image;
mod info;
mod input;
mod log;
mod reading;
mod record;
mod request;
mod sink;
mod storage;
mod table;
mod uploader;
mod version;

#[cfg(test)]
mod tests;
