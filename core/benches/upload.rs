//! The time of each step of an upload: `cargo bench -p userimage --bench upload`.
//!
//! Prints medians, and each step's share of an upload into the local storage.

mod photo;

use std::hint::black_box;
use std::time::{Duration, Instant};

use userimage::storage::{LocalStorage, MemoryStorage};
use userimage::{ClientKeys, PostedFile, UploadHead, UploadRequest, Uploader, probe};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = ClientKeys::new([(1001, "abc123")])?;
    rules(&keys)?;

    let folder = std::env::temp_dir().join(format!("userimage-bench-{}", std::process::id()));
    let local = Uploader::builder(LocalStorage::open(&folder, "file:///bench/")?)
        .authenticator(keys.clone())
        .build()?;
    let memory =
        Uploader::builder(MemoryStorage::new("memory:/")).authenticator(keys.clone()).build()?;
    for (name, photo) in
        [("0.5 MP JPEG", photo::jpeg(800, 600, 92)?), ("12 MP JPEG", photo::jpeg(4000, 3000, 92)?)]
    {
        let request = full_request(&photo);
        let total = median(15, || local.upload(&request).map(drop));
        let in_memory = median(15, || memory.upload(&request).map(drop));
        let fields = median(101, || request.validate(&keys).map(drop));
        let header = median(101, || probe(&photo).map(drop));
        println!("\n{name}, {} KiB", photo.len() / 1024);
        for (step, time) in [
            ("request rules", fields),
            ("probe", header),
            ("decode, rendition, hash", in_memory.saturating_sub(fields + header)),
            ("local storage, durable", total.saturating_sub(in_memory)),
            ("complete upload", total),
        ] {
            let share = 100.0 * time.as_secs_f64() / total.as_secs_f64();
            println!("  {step:<26} {:>12.1} µs {share:>6.1} %", time.as_secs_f64() * 1e6);
        }
    }
    std::fs::remove_dir_all(folder)?;
    Ok(())
}

/// Measures a valid request, and one that the first rule refuses.
fn rules(keys: &ClientKeys) -> Result<(), Box<dyn std::error::Error>> {
    const ROUNDS: u32 = 1000;
    let good = full_request(b"x");
    let refused = UploadRequest::new(UploadHead::new(), PostedFile::new("a.png", &b"x"[..]));
    let per_call = |request: &UploadRequest<'_>| {
        let time = median(51, || {
            for _ in 0..ROUNDS {
                let _ = black_box(black_box(request).validate(keys));
            }
            Ok::<_, userimage::UploadError>(())
        });
        time.as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    good.validate(keys)?;
    println!("request rules, all pass    {:>8.0} ns", per_call(&good));
    println!("request rules, first fails {:>8.0} ns", per_call(&refused));
    Ok(())
}

fn full_request(photo: &[u8]) -> UploadRequest<'_> {
    let head = UploadHead::new();
    let head = head.website_id("1001").client_key("abc123").user_id("12345").dpi("300");
    UploadRequest::new(head, PostedFile::new("photo.jpg", photo))
}

fn median<E: std::fmt::Debug>(runs: usize, mut work: impl FnMut() -> Result<(), E>) -> Duration {
    let mut times: Vec<Duration> = (0..runs)
        .map(|_| {
            let start = Instant::now();
            work().expect("the work succeeds");
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2]
}
