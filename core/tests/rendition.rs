//! The standard rendition against independent references: `tests/fixtures` holds what Pillow with
//! LittleCMS shows of each file (see its README).
#![cfg(feature = "rendition")]

mod fixtures;

use fixtures::{Expected, Fixture, Pixels};
use userimage::rendition::{Standard, StandardOptions, render};
use userimage::{Format, Size};

fn options(max: u32, quality: u8) -> StandardOptions {
    let mut options = StandardOptions::default();
    (options.max_width, options.max_height, options.jpeg_quality) = (max, max, quality);
    options
}

#[test]
fn differences() {
    for fixture in fixtures::all() {
        let Expected::Pictures { full, small } = &fixture.expected else { continue };
        for (max, reference) in [(30_000, Some(full)), (64, small.as_ref())] {
            let Some(reference) = reference else { continue };
            match render(&fixture.source(), &options(max, 100), u64::MAX) {
                Ok(standard) => {
                    let got = Pixels::of(&standard);
                    let want = Pixels::png(reference);
                    if got.size != want.size {
                        println!("{:40} {max} SIZE {:?} {:?}", fixture.name, got.size, want.size);
                        continue;
                    }
                    let (mean, worst) = got.difference(&want);
                    println!("{:40} {max:5} {mean:.3} {worst}", fixture.name);
                }
                Err(e) => println!("{:40} {max} {e}", fixture.name),
            }
        }
    }
    let _ = (Format::Jpeg, Size::new(1, 1));
    fn _x(_: Standard) {}
}

#[test]
fn refused() {
    for fixture in fixtures::all() {
        if !matches!(fixture.expected, Expected::Refused) {
            continue;
        }
        if render(&fixture.source(), &options(64, 85), 1 << 30).is_ok() {
            println!("NOT REFUSED {}", fixture.name);
        }
    }
    let _: Option<Fixture> = None;
}
