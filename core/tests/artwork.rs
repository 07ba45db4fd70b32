//! What artwork costs: memory, also of the stack's own thread, and time. One test, as it counts the memory of the
//! process.
#![cfg(all(feature = "svg", feature = "pdf", feature = "eps"))]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a failure here is a failed test")]

#[path = "it/common/mod.rs"]
mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use common::files::{self, Expected};
use userimage::Format;
use userimage::rendition::{RenderError, Source, StandardOptions, render_source};
use userimage::{Policy, Size};

/// Counts the memory of all threads.
struct Counting;

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is forwarded unchanged to the system's allocator; the rest is counting.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE.fetch_add(layout.size(), Relaxed) + layout.size();
        PEAK.fetch_max(live, Relaxed);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn peak<T>(call: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.load(Relaxed);
    PEAK.store(before, Relaxed);
    let result = call();
    (result, PEAK.load(Relaxed).saturating_sub(before))
}

/// Documents that are large for their kind: many elements, long paths, many layers.
fn large() -> Vec<(&'static str, Format, Vec<u8>)> {
    let svg = |body: String| {
        let head = "<svg xmlns='http://www.w3.org/2000/svg' width='2000' height='1500'>";
        format!("{head}{body}</svg>").into_bytes()
    };
    let numbers = |count: u32| {
        (0..count).map(|i| format!("L{} {} ", i * 7 % 2000, i * 13 % 1500)).collect::<String>()
    };
    let pdf = |content: String| {
        let objects = [
            "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
            "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
            "<</Type/Page/Parent 2 0 R/MediaBox[0 0 2000 1500]/Contents 4 0 R/Resources<</Font<</F \
             <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>"
                .to_owned(),
            format!("<</Length {}>>stream\n{content}\nendstream", content.len()),
        ];
        let mut file = "%PDF-1.4\n".to_owned();
        for (number, object) in objects.iter().enumerate() {
            file += &format!("{} 0 obj\n{object}\nendobj\n", number + 1);
        }
        (file + "trailer\n<</Size 5/Root 1 0 R>>\n%%EOF\n").into_bytes()
    };
    vec![
        ("svg of short elements", Format::Svg, svg("<g/>".repeat(200_000))),
        ("svg of rectangles", Format::Svg, svg("<rect width='9' height='9'/>".repeat(50_000))),
        ("svg of a path", Format::Svg, svg(format!("<path d='M0 0{}'/>", numbers(20_000)))),
        (
            "svg of layers",
            Format::Svg,
            svg("<g opacity='.9'><rect width='2000' height='1500'/>".repeat(12)
                + &"</g>".repeat(12)),
        ),
        ("pdf of rectangles", Format::Pdf, pdf("9 9 5 5 re f\n".repeat(50_000))),
        (
            "pdf of a path",
            Format::Pdf,
            pdf("0 0 m\n".to_owned()
                + &(0..20_000)
                    .map(|i| format!("{} {} l\n", i * 7 % 2000, i * 13 % 1500))
                    .collect::<String>()
                + "f\n"),
        ),
        (
            "pdf of a line",
            Format::Pdf,
            pdf("1 j 1 J 3 w 0 0 m\n".to_owned()
                + &"900 1500 l 5 5 l\n".repeat(10_000)
                + &"1 1500 1900 1 5 5 c\n".repeat(10_000)
                + "S\n"),
        ),
        ("pdf of lines", Format::Pdf, pdf("0 0 m 60 60 l S\n".repeat(50_000))),
        (
            "pdf of a clip",
            Format::Pdf,
            pdf("0 0 m\n".to_owned()
                + &"1 1500 1900 1 5 5 c\n".repeat(20_000)
                + "W n 0 0 9 9 re f\n"),
        ),
        ("pdf of letters", Format::Pdf, pdf("BT /F 40 Tf (A) Tj ET\n".repeat(20_000))),
    ]
}

#[test]
fn memory_and_time_are_bounded() {
    let options = StandardOptions::default();
    let policy = Policy::default();
    let is_artwork = |fixture: &files::Fixture| {
        matches!(fixture.format, Format::Svg | Format::Pdf | Format::Eps)
    };
    let fixtures: Vec<_> = files::rendered().into_iter().filter(is_artwork).collect();
    assert!(fixtures.len() > 100);
    for fixture in &fixtures {
        let source = fixture.source();
        let start = Instant::now();
        let (rendition, used) = peak(|| render_source(&source, &options, policy.max_memory));
        let time = start.elapsed();
        assert!(time < Duration::from_secs(20), "{} took {time:?}", fixture.name);
        if fixture.bomb {
            assert!(rendition.is_err() && used < 2 << 20, "{} took {used}", fixture.name);
        }
        if matches!(fixture.expected, Expected::Pictures { .. }) {
            let refusal = render_source(&source, &options, 0).unwrap_err();
            let RenderError::TooMuchMemory { needed, .. } = refusal else {
                panic!("{}: {refusal}", fixture.name)
            };
            assert!(used as u64 <= needed, "{} took {used} of {needed}", fixture.name);
        }
    }
    for (name, format, data) in large() {
        let source = Source::new(&data, format, Size::new(2000, 1500));
        // What layers take is known only when the document is read.
        let mut needed = 0;
        while let Err(error) = render_source(&source, &options, needed) {
            let RenderError::TooMuchMemory { needed: more, .. } = error else {
                panic!("{name}: {error}")
            };
            assert!(more > needed, "{name}");
            needed = more;
        }
        let start = Instant::now();
        let (rendition, used) = peak(|| render_source(&source, &options, needed));
        let time = start.elapsed();
        assert!(rendition.is_ok(), "{name}");
        println!("{name}: {} bytes, {used} of {needed}, {time:?}", data.len());
        assert!(used as u64 <= needed, "{name} took {used} of {needed}");
    }
}
