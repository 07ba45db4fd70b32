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

// What the exported functions are made of: each imports only what comes before it.

mod addresses;

mod code;

mod call_error;
mod uncancelled;

mod handle;

mod guard;

mod input;

mod one_call;

mod output;

mod versioned_struct;

mod callback_table;

mod getter;

mod website;

// What is exported, in the header's order.

mod kind;

mod version;

mod format;

mod uploader;

mod cancellation;

mod fields;

mod request;

mod admitted;

mod http_request;

mod body_receiver;

mod http_response;

mod reading;

mod stored_file;

mod operations;

mod verify_report;

mod image;

mod list;

mod record;

mod bytes;

mod sweep_report;

mod reader;

mod info;

mod exif;

mod rendition;

mod error;

mod storage;

mod stored;

mod sink;

mod authenticator;

mod inspector;

mod log;

#[cfg(feature = "fault-injection")]
mod fault_injection;

#[cfg(test)]
mod tests;
