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

// What the exported functions are made of. Each imports only what stands above it.
mod addresses;
mod call_error;
mod callback_table;
mod code;
mod getter;
mod guard;
mod handle;
mod input;
mod one_call;
mod output;
mod versioned_struct;
mod website;

// What is exported, in the header's order.
mod admitted;
mod authenticator;
mod body_receiver;
mod bytes;
mod error;
mod exif;
mod fields;
mod format;
mod http_request;
mod http_response;
mod image;
mod info;
mod kind;
mod list;
mod log;
mod reading;
mod record;
mod rendition;
mod request;
mod sink;
mod storage;
mod sweep_report;
mod uploader;
mod version;

#[cfg(feature = "fault-injection")]
mod fault_injection;
#[cfg(test)]
mod tests;
