//! The suite that every storage must pass: the library's own, and a host's.
//!
//! ```
//! use userimage::storage::{MemoryStorage, contract};
//!
//! // In a test of the host's:
//! let report = contract::run(|| MemoryStorage::new("https://img.example/"));
//! assert_eq!(report.skipped, [""; 0]);
//! ```
//!
//! A case that meets an operation which the storage answers with [`StorageError::is_unsupported`]
//! is skipped, and told as such. Everything else that is not right panics, with the case's name.
//! The storages may be empty or not and may share one store: every case works with users of its
//! own, of the websites [`WEBSITE`] and [`OTHER_WEBSITE`]. Only test stores should be run through
//! it, as it sweeps.

mod cases;
mod sample;

use super::{Storage, StorageError};

pub use sample::Sample;

/// The website that the suite uploads to.
pub const WEBSITE: u32 = 1001;

/// Another website, which must not see anything of it.
pub const OTHER_WEBSITE: u32 = 1002;

/// What became of the suite's cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The cases that passed.
    pub passed: Vec<&'static str>,
    /// The cases that need an operation which the storage does not support.
    pub skipped: Vec<&'static str>,
}

/// A case of the suite: its name, and what it does.
type Case = (&'static str, fn(&dyn Storage) -> Result<(), StorageError>);

/// Runs every case on a storage of `make`.
///
/// # Panics
///
/// When the storage breaks the contract of [`Storage`].
pub fn run<S: Storage>(make: impl Fn() -> S) -> Report {
    run_cases(&cases::ALL, make)
}

/// Runs the case that is only for storages whose `PhotoCode` is the specification's: the `Id`, as
/// text, of the first upload of the same bytes by the same user of the same website. A host's own
/// storage may give any other.
///
/// # Panics
///
/// When the photo codes are not so.
pub fn run_photo_codes<S: Storage>(make: impl Fn() -> S) -> Report {
    run_cases(&[cases::PHOTO_CODES], make)
}

#[expect(clippy::panic, reason = "that is how a test suite tells")]
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
