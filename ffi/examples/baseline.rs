//! The work of the bench without the C ABI: a shared library with loops around the core, so that C
//! and C# can time both in one process, in turns.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::Instant;

use userimage_core::probe::probe;
use userimage_core::storage::MemoryStorage;
use userimage_core::{ClientKeys, PostedFile, UploadHead, UploadRequest, Uploader};

/// Probes `data` this often, and returns the time that it took in nanoseconds.
///
/// # Safety
///
/// `data` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn baseline_probe(data: *const u8, len: usize, rounds: u32) -> u64 {
    // SAFETY: the caller's promise.
    let data = unsafe { std::slice::from_raw_parts(data, len) };
    time(rounds, || {
        let _ = black_box(probe(black_box(data)));
    })
}

/// As [`baseline_probe`], and computes every fact that a view has.
///
/// # Safety
///
/// `data` points to `len` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn baseline_probe_facts(data: *const u8, len: usize, rounds: u32) -> u64 {
    // SAFETY: the caller's promise.
    let data = unsafe { std::slice::from_raw_parts(data, len) };
    time(rounds, || {
        if let Ok(info) = probe(black_box(data)) {
            let format = info.format;
            black_box((format.name(), format.mime_type(), format.extension()));
            black_box((info.size(), info.dpi(), info.dpi_source(), info.print_size()));
            black_box(info);
        }
    })
}

/// Makes an upload that is refused this often, as `userimage_upload` would with these fields.
#[unsafe(no_mangle)]
pub extern "C" fn baseline_refused(rounds: u32) -> u64 {
    static UPLOADER: OnceLock<Uploader> = OnceLock::new();
    let uploader = UPLOADER.get_or_init(|| {
        let keys = ClientKeys::new([(1001, "abc123")]).unwrap_or_default();
        match Uploader::builder(MemoryStorage::new("u/")).authenticator(keys).build() {
            Ok(uploader) => uploader,
            Err(_) => std::process::abort(),
        }
    });
    time(rounds, || {
        let file = PostedFile::new(black_box("photo.jpg"), black_box(&b"x"[..]));
        let head = UploadHead::new()
            .website_id(black_box("1002"))
            .client_key(black_box("abc123"))
            .user_id(black_box("12345"))
            .dpi(black_box("300"));
        drop(black_box(uploader.upload(&UploadRequest::new(head, file))));
    })
}

fn time(rounds: u32, work: impl Fn()) -> u64 {
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
