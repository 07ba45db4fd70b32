//! The hashes of pictures compared with independent tools: `tests/fixtures/hashes.json` has the difference hash of
//! `imagehash` and the `ThumbHash` of its reference implementation for each reference picture.
#![cfg(feature = "rendition")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;

use crate::common::files;
use serde::Deserialize;
use userimage::rendition::{Source, Standard, StandardOptions, render_source};
use userimage::{DifferenceHash, ThumbHash};

#[derive(Deserialize)]
struct Hashes {
    difference: String,
    thumb: String,
}

/// The fields of a hash: five in the head, the two of alpha, and the factors, of which each has a few bits.
fn fields(hash: &ThumbHash) -> Vec<i32> {
    let bytes = hash.as_bytes();
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |n, byte| n << 8 | i32::from(*byte));
    let (head, head_2) = (number(&bytes[..3]), number(&bytes[3..5]));
    let has_alpha = head >> 23;
    let mut fields = vec![
        // Those that decide what the rest means must be equal: a difference of 1 is one of 100.
        100 * has_alpha,
        100 * (head_2 >> 15),
        100 * (head_2 & 7),
        head & 63,
        head >> 6 & 63,
        head >> 12 & 63,
        head >> 18 & 31,
        head_2 >> 3 & 63,
        head_2 >> 9 & 63,
    ];
    fields.extend(bytes[5..].iter().flat_map(|byte| [i32::from(byte & 15), i32::from(byte >> 4)]));
    fields
}

/// The greatest difference of a field.
fn thumb_distance(a: &ThumbHash, b: &ThumbHash) -> i32 {
    let (a, b) = (fields(a), fields(b));
    if a.len() != b.len() {
        return i32::MAX;
    }
    a.iter().zip(&b).map(|(a, b)| (a - b).abs()).max().unwrap_or(0)
}

/// Each rendition of a fixture and the hashes of its reference picture.
fn each(mut check: impl FnMut(&str, &Standard, DifferenceHash, &ThumbHash)) {
    let json = include_str!("../../../tests/fixtures/hashes.json");
    let hashes: BTreeMap<String, Hashes> = serde_json::from_str(json).unwrap();
    let mut count = 0;
    for known in files::fixtures() {
        let render = &known.truth["render"];
        let reference =
            render["reference"].as_str().and_then(|path| path.strip_prefix("reference/"));
        let Some(expected) = reference.and_then(|name| hashes.get(name)) else { continue };
        let data = known.read();
        let info = userimage::probe(&data).unwrap();
        if !info.format.has_rendition() {
            continue;
        }
        let mut source = Source::new(&data, info.format, info.stored_size.unwrap());
        source.orientation = info.orientation;
        let made = render_source(&source, &StandardOptions::default(), 1 << 28).unwrap();
        let (difference, thumb) = (&expected.difference, &expected.thumb);
        check(&known.name, &made, difference.parse().unwrap(), &thumb.parse().unwrap());
        count += 1;
    }
    assert!(count > 200, "{count} fixtures with hashes");
}

/// Codecs differ by a few of 255 where a file is lossy or has a profile, which turns a bit where neighbours are
/// almost as bright, and a factor of 15 by a step; else the hashes are the same. A factor that is exactly between two
/// steps, as in pictures with a symmetry, is rounded by noise.
#[test]
fn hashes_are_those_of_independent_tools() {
    let (mut all, mut same, mut same_thumbs) = (0, 0, 0);
    each(|name, made, difference, thumb| {
        let bits = made.difference_hash.distance(difference);
        // In the smallest pictures factors are the noise of channels that have none.
        let is_tiny = made.size.width.min(made.size.height) < 8;
        let steps = if is_tiny { 0 } else { thumb_distance(&made.thumb_hash, thumb) };
        println!("{name} {bits} {steps}");
        assert!(bits <= MOST_BITS, "{name}: {bits} bits, {} {difference}", made.difference_hash);
        assert!(steps <= MOST_STEPS, "{name}: {steps} steps, {} {thumb}", made.thumb_hash);
        all += 1;
        same += usize::from(bits == 0);
        same_thumbs += usize::from(steps <= 1);
    });
    assert!(same * 10 > all * 8 && same_thumbs * 10 > all * 8, "{same} {same_thumbs} of {all}");
}

/// The greatest difference of a difference hash, of 64 bits.
const MOST_BITS: u32 = 1;
/// The greatest difference of a field of a `ThumbHash`.
const MOST_STEPS: i32 = 1;
