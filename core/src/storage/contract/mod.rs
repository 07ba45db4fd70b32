//! The test suite for storages: the library's and a host's.
//!
//! ```
//! use userimage::storage::{MemoryStorage, contract};
//!
//! // In a test of the host:
//! let report = contract::run(|| MemoryStorage::new("https://img.example/"));
//! assert_eq!(report.skipped, [""; 0]);
//! ```
//!
//! A case that needs an unsupported operation ([`StorageError::is_unsupported`]) is skipped and
//! reported as such. Every other failure panics with the case's name.
//!
//! The storages need not be empty and may share one store: every case uses new users of the websites
//! [`WEBSITE`] and [`OTHER_WEBSITE`]. Run the suite only on test stores, as it sweeps.

mod cases;
mod operations;
mod sample;

use super::{Storage, StorageError};

pub use sample::Sample;

/// The website that the suite uploads to.
pub const WEBSITE: u32 = 1001;

/// Another website, which must not see the images of [`WEBSITE`].
pub const OTHER_WEBSITE: u32 = 1002;

/// The results of the suite's cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The cases that passed.
    pub passed: Vec<&'static str>,
    /// The cases that need an operation that the storage does not support.
    pub skipped: Vec<&'static str>,
}

/// A case of the suite: its name and its function.
type Case = (&'static str, fn(&dyn Storage) -> Result<(), StorageError>);

/// Runs every case, each on a storage that `make` returns.
///
/// # Panics
///
/// When the storage breaks the contract of [`Storage`].
pub fn run<S: Storage>(make: impl Fn() -> S) -> Report {
    let all: Vec<Case> = cases::ALL.into_iter().chain(operations::ALL).collect();
    run_cases(&all, make)
}

/// Runs the case for storages whose `PhotoCode` is the specification's: the `Id`, as text, of the first
/// upload of the same bytes by the same user of the same website. A host's storage may use other photo
/// codes.
///
/// # Panics
///
/// When the storage's photo codes are others.
pub fn run_photo_codes<S: Storage>(make: impl Fn() -> S) -> Report {
    run_cases(&[cases::PHOTO_CODES], make)
}

#[expect(clippy::panic, reason = "a test suite reports failures by panicking")]
fn run_cases<S: Storage>(cases: &[Case], make: impl Fn() -> S) -> Report {
    let mut report = Report::default();
    for (name, case) in cases {
        match case(&make()) {
            Ok(()) => report.passed.push(name),
            Err(error) if error.is_unsupported() => report.skipped.push(name),
            Err(error) => panic!("{name}: an operation failed: {error:?}"),
        }
    }
    report
}
