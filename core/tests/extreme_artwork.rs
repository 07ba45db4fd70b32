//! Drawings with numbers of any size are drawn or refused: a renderer that fails may end the process, which no caller can
//! prevent.
#![cfg(all(feature = "svg", feature = "pdf"))]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use userimage::rendition::{Source, StandardOptions, render_source};
use userimage::{Format, Policy, Size};

/// The same numbers on every machine (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    /// Of one of these magnitudes: very small, as large as the picture, and up to `most`.
    fn coordinate(&mut self, most: f64) -> f64 {
        let part = self.next(2_000_001) as f64 / 1e6 - 1.0;
        match self.next(6) {
            0 => part * 1e-3,
            1 => part * 100.0,
            2 => part.signum() * most,
            3 => part * most / 1000.0,
            _ => part * most,
        }
    }
}

const MAGNITUDES: [f64; 8] = [1e2, 1e4, 1e5, 1e6, 1e7, 1e9, 1e20, 1e38];

fn draw(text: &str, format: Format) -> bool {
    let source = Source::new(text.as_bytes(), format, Size::new(64, 48));
    render_source(&source, &StandardOptions::default(), Policy::default().max_memory).is_ok()
}

#[test]
fn svg() {
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    let mut drawn = 0;
    for most in MAGNITUDES {
        for round in 0..240 {
            let mut number = || format!("{:e}", numbers.coordinate(most));
            let path = match round % 4 {
                0 => format!("L{} {} {} {}", number(), number(), number(), number()),
                1 => format!("Q{} {} {} {}", number(), number(), number(), number()),
                2 => {
                    let ends = [number(), number(), number(), number(), number(), number()];
                    format!("C{}", ends.join(" "))
                }
                _ => {
                    let radii = [number(), number()].map(|radius| radius.replacen('-', "", 1));
                    format!("A{} {} 30 1 0 {} {}", radii[0], radii[1], number(), number())
                }
            };
            let start = format!("{} {}", number(), number());
            let line = match round / 4 % 4 {
                0 => String::new(),
                1 => "fill='none' stroke='red' stroke-linejoin='round'".to_owned(),
                2 => format!("stroke='red' stroke-width='{}'", number().replacen('-', "", 1)),
                _ => format!("transform='matrix({} 0 0 1 0 0)'", number()),
            };
            let text = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'><path {line} \
                 d='M{start}{path}'/></svg>"
            );
            drawn += u32::from(draw(&text, Format::Svg));
        }
    }
    assert!(drawn > 400, "only {drawn}");
}

#[test]
fn pdf() {
    let mut numbers = Numbers(0x2545_F491_4F6C_DD1D);
    let mut drawn = 0;
    for most in MAGNITUDES {
        for round in 0..240 {
            let mut number = || format!("{:.6}", numbers.coordinate(most));
            let mut path = format!("{} {} m ", number(), number());
            for _ in 0..=round % 3 {
                if round % 2 == 0 {
                    path += &format!("{} {} l ", number(), number());
                } else {
                    let ends = [number(), number(), number(), number(), number(), number()];
                    path += &format!("{} c ", ends.join(" "));
                }
            }
            let content = match round / 6 % 4 {
                0 => format!("{path} f"),
                1 => format!("1 j 1 J {} w {path} S", number().replacen('-', "", 1)),
                2 => format!("{} 0 0 {} 0 0 cm {path} B*", number(), number()),
                _ => format!("{path} W n 0 0 64 48 re f"),
            };
            let text = format!(
                "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n\
                 <</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R\
                 /MediaBox[0 0 64 48]/Contents 4 0 R>>\nendobj\n4 0 obj\n<</Length {}>>stream\n\
                 {content}\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
                content.len()
            );
            drawn += u32::from(draw(&text, Format::Pdf));
        }
    }
    assert!(drawn > 400, "only {drawn}");
}
