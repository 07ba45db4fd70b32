//! The time to render a 12 megapixel photo, compared with the `image` crate in the same run.
//!
//! `cargo bench --bench rendition` prints the best of several runs, and the ratio to the `image` crate
//! (decode, resize with Lanczos3, encode).

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use std::fmt;
use std::hint::black_box;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};
use userimage::rendition::{Source, StandardOptions, render_source};
use userimage::{Format, Size};

const WIDTH: u16 = 4000;
const HEIGHT: u16 = 3000;

/// Smooth shapes with noise: about 4 bits per pixel, as in a phone's photo.
fn photo(progressive: bool, icc: Option<&[u8]>) -> Vec<u8> {
    let mut state = 1u32;
    let mut pixels = Vec::with_capacity(usize::from(WIDTH) * usize::from(HEIGHT) * 3);
    for y in 0..u32::from(HEIGHT) {
        for x in 0..u32::from(WIDTH) {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 28) & 7;
            let shape = ((x / 3) ^ (y / 5)) & 63;
            let light = (x * 90 / u32::from(WIDTH)) + (y * 70 / u32::from(HEIGHT));
            for tint in [0, 11, 23] {
                pixels.push((light + shape / 2 + noise + tint).min(255).to_le_bytes()[0]);
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_progressive(progressive);
    if let Some(icc) = icc {
        encoder.add_icc_profile(icc).unwrap();
    }
    encoder.encode(&pixels, WIDTH, HEIGHT, ColorType::Rgb).unwrap();
    file
}

fn best<T>(mut work: impl FnMut() -> T) -> Duration {
    let run = |_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    };
    (0..7).map(run).min().unwrap()
}

fn peer(data: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(data).unwrap();
    let small = picture.resize(1024, 1024, image::imageops::FilterType::Lanczos3);
    let mut file = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, 85);
    small.to_rgb8().write_with_encoder(encoder).unwrap();
    file
}

/// Records the durations of the steps of the last rendition.
#[derive(Clone, Default)]
struct Steps(Arc<Mutex<String>>);

impl Subscriber for Steps {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("userimage::rendition")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        *self.0.lock().unwrap() = fields.0;
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if ["decode", "colour", "fit", "encode"].contains(&field.name()) {
            let separator = if self.0.is_empty() { "" } else { ", " };
            self.0 += &format!("{separator}{} {value:.1?}", field.name());
        }
    }
}

fn main() {
    let p3 = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    for (name, data) in [
        ("baseline, sRGB", photo(false, None)),
        ("baseline, Display P3", photo(false, Some(&p3))),
        ("progressive, sRGB", photo(true, None)),
    ] {
        let source =
            Source::new(&data, Format::Jpeg, Size::new(u32::from(WIDTH), u32::from(HEIGHT)));
        let ours = |max| {
            let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
            best(|| render_source(&source, &options, u64::MAX).unwrap())
        };
        let (ours, small) = (ours(1024), ours(256));
        let peers = best(|| peer(&data));
        println!(
            "{name} ({} KB): {ours:.1?} to 1024, {small:.1?} to 256; image's own {peers:.1?} to 1024: {:.1} times ours",
            data.len() / 1024,
            peers.as_secs_f64() / ours.as_secs_f64()
        );
        let steps = Steps::default();
        tracing::subscriber::with_default(steps.clone(), || {
            render_source(&source, &StandardOptions::default(), u64::MAX).unwrap()
        });
        println!("    of one run to 1024: {}", steps.0.lock().unwrap());
    }
}
