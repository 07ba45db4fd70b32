//! Drawings with numbers of any size are drawn or refused: a renderer that fails may end the process, which no caller can
//! prevent.
#![cfg(all(feature = "svg", feature = "pdf"))]
#![allow(clippy::unwrap_used, reason = "a failure here is a failed test")]

use std::time::{Duration, Instant};

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

const SVG: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>";
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
fn paints_pictures_and_filters_of_svg() {
    const PNG: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
    let mut numbers = Numbers(0x1234_5678_9ABC_DEF1);
    let mut drawn = 0;
    for most in MAGNITUDES {
        for round in 0..360 {
            let mut number = || format!("{:e}", numbers.coordinate(most));
            let mut size = || number().replacen('-', "", 1);
            let (a, b, c, d) = (size(), size(), size(), size());
            let (e, f, g, h) = (number(), number(), number(), number());
            let rect = "<rect x='4' y='4' width='40' height='30'";
            let body = match round % 9 {
                0 => format!(
                    "<linearGradient id='p' gradientUnits='userSpaceOnUse' x1='{e}' y1='{f}' x2='{g}' y2='{h}' spreadMethod='repeat'><stop offset='0' stop-color='red'/><stop offset='1'/></linearGradient>{rect} fill='url(#p)'/>"
                ),
                1 => format!(
                    "<radialGradient id='p' gradientUnits='userSpaceOnUse' cx='{e}' cy='{f}' r='{a}' fx='{g}' fy='{h}' spreadMethod='reflect'><stop offset='0' stop-color='red'/><stop offset='1'/></radialGradient>{rect} fill='url(#p)'/>"
                ),
                2 => format!(
                    "<pattern id='p' patternUnits='userSpaceOnUse' x='{e}' y='{f}' width='{a}' height='{b}' patternTransform='scale({c} {d})'>{rect} fill='red'/></pattern>{rect} fill='url(#p)'/>"
                ),
                3 => format!(
                    "<image x='{e}' y='{f}' width='{a}' height='{b}' preserveAspectRatio='none' href='{PNG}'/>"
                ),
                4 => format!(
                    "<g transform='matrix({e} {f} {g} {h} 0 0)'><image width='9' height='9' href='{PNG}'/></g>"
                ),
                5 => format!(
                    "<filter id='p' filterUnits='userSpaceOnUse' x='{e}' y='{f}' width='{a}' height='{b}'><feOffset dx='{g}' dy='{h}'/><feGaussianBlur stdDeviation='{c} {d}'/></filter>{rect} filter='url(#p)'/>"
                ),
                6 => format!(
                    "<filter id='p'><feTurbulence baseFrequency='{a}'/><feDisplacementMap in='SourceGraphic' scale='{e}'/><feMorphology radius='{c} {d}'/><feDropShadow dx='{g}' dy='{h}'/></filter>{rect} filter='url(#p)'/>"
                ),
                7 => format!(
                    "<filter id='p'><feDiffuseLighting surfaceScale='{e}'><fePointLight x='{f}' y='{g}' z='{h}'/></feDiffuseLighting><feTile/></filter>{rect} filter='url(#p)'/>"
                ),
                _ => format!(
                    "<mask id='p' maskUnits='userSpaceOnUse' x='{e}' y='{f}' width='{a}' height='{b}'><rect width='{c}' height='{d}' fill='#fff'/></mask><clipPath id='q'><ellipse cx='{g}' cy='{h}' rx='{c}' ry='{d}'/></clipPath>{rect} mask='url(#p)' clip-path='url(#q)'/>"
                ),
            };
            let text = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>{body}</svg>"
            );
            drawn += u32::from(draw(&text, Format::Svg));
        }
    }
    assert!(drawn > 400, "only {drawn}");
}

#[test]
fn numbers_that_multiply_in_svg() {
    let curve = "<path d='M0 0C9 40 40 9 30 30' fill='none' stroke='red' stroke-width='3'/>";
    let round = "<circle r='9em' cx='9' cy='9' stroke='red'/>";
    let nested = |open: &str, count: usize, body: &str, close: &str| {
        format!("{}{body}{}", open.repeat(count), close.repeat(count))
    };
    let chain = (0..12).map(|i| {
        format!("<g id='c{i}' transform='skewX(30) scale(99)'><use href='#c{}'/></g>", i + 1)
    });
    let cases = [
        nested("<g transform='skewX(40) scale(50)'>", 20, curve, "</g>"),
        nested("<svg viewBox='0 0 .01 .01'>", 12, curve, "</svg>"),
        nested("<g style='font-size:9em'>", 40, round, "</g>"),
        nested("<g font-size='500%'>", 40, round, "</g>"),
        format!(
            "<style>g{{transform:rotate(9) scale(40)}}</style>{}",
            nested("<g>", 20, curve, "</g>")
        ),
        format!(
            "<style>.a{{stroke-width:1e20}}</style><g class='a'>{}</g>",
            curve.replace("stroke-width='3'", "")
        ),
        format!("{}<g id='c12'>{curve}</g>", chain.collect::<String>()),
        "<g transform='scale(1e-19)'><path d='M0 0A6 7e19 30 1 0 9 9' stroke='red'/></g>"
            .to_owned(),
        "<g transform='scale(0)'><path d='M0 0A6 7e19 30 1 0 9 9' stroke='red'/></g>".to_owned(),
        format!(
            "<path stroke='red' fill='none' d='M0 0{}'/>",
            "c1e6 9e6 3e6-4e6 8e6 1e6".repeat(99_000)
        ),
        format!(
            "<marker id='m' viewBox='0 0 1 1'>{curve}</marker><path marker-start='url(#m)' stroke='red' stroke-width='1e7' d='M0 0H9'/>"
        ),
        format!(
            "<pattern id='p' width='1' height='1' patternContentUnits='objectBoundingBox'>{curve}</pattern><rect width='1e7' height='1e7' fill='url(#p)'/>"
        ),
        format!(
            "<clipPath id='p' clipPathUnits='objectBoundingBox'>{curve}</clipPath><rect width='1e7' height='1e7' clip-path='url(#p)'/>"
        ),
    ];
    for body in cases {
        let text =
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>{body}</svg>");
        assert!(!draw(&text, Format::Svg), "{}", text.get(..300).unwrap_or(&text));
    }
    // Large numbers that become small.
    for body in [
        "<g transform='scale(1e-4)'><path d='M0 0C9e5 4e5 4e5 9e5 3e5 3e5z' stroke='red'/></g>"
            .to_owned(),
        "<g transform='translate(-5000000 -400000)'><path d='M5000000 400000l9 9 0 9z'/></g>"
            .to_owned(),
        format!(
            "<style>@keyframes a{{to{{transform:scale(9)}}}}</style>{}",
            nested("<g>", 50, curve, "</g>")
        ),
    ] {
        let text =
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>{body}</svg>");
        assert!(draw(&text, Format::Svg), "{text}");
    }
}

/// A picture is decoded once, however often it is used, and read from its text as often.
#[test]
fn pictures_that_are_used_again_in_svg() {
    let picture = |side: u32| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, side, side);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&vec![0; side as usize * side as usize * 3]).unwrap();
        writer.finish().unwrap();
        file
    };
    let body = |side, padding: usize, uses| {
        let mut file = picture(side);
        file.resize(file.len() + padding, 0);
        let data: String = file.iter().map(|byte| format!("%{byte:02x}")).collect();
        let image = format!("<image id='a' width='9' height='9' href='data:image/png,{data}'/>");
        format!("{SVG}{image}{}</svg>", "<use href='#a'/>".repeat(uses))
    };
    assert!(draw(&body(4000, 0, 10), Format::Svg));
    assert!(!draw(&body(4000, 0, 3000), Format::Svg));
    // More pixels than all may have.
    assert!(!draw(&body(11_000, 0, 3), Format::Svg));
    assert!(draw(&body(9, 0, 900), Format::Svg));
    assert!(!draw(&body(9, 0, 1100), Format::Svg));
    assert!(!draw(&body(9, 1_000_000, 900), Format::Svg));
}

/// Elements with one id: the one that is weighed is the one that is drawn.
#[test]
fn ids_that_come_again_in_svg() {
    let first: String = (0..9).map(|level| format!("<rect id='l{level}'/>")).collect();
    for (element, property) in
        [("mask", "mask"), ("clipPath", "clip-path"), ("marker", "marker-mid")]
    {
        let shape = |level: u32| {
            format!("<path d='M0 0L1 1 2 0 3 1 4 0 5 1 6 0 7 1' {property}='url(#l{level})'/>")
        };
        let bomb: String = (1..9)
            .map(|level| {
                format!("<{element} id='l{level}'>{}</{element}>", shape(level - 1).repeat(10))
            })
            .collect();
        assert!(draw(&format!("{SVG}{first}{bomb}{}</svg>", shape(8)), Format::Svg), "{element}");
        assert!(!draw(&format!("{SVG}{bomb}{first}{}</svg>", shape(8)), Format::Svg), "{element}");
    }
}

/// Drawings whose time grows with the square of what they have.
#[test]
fn time_of_svg() {
    const LARGE: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='1000' height='1000'>";
    let draw = |text: &str| {
        let source = Source::new(text.as_bytes(), Format::Svg, Size::new(1000, 1000));
        render_source(&source, &StandardOptions::default(), Policy::default().max_memory).is_ok()
    };
    let gradient = |stops: usize, uses: usize| {
        let stop = |n| format!("<stop offset='{}' stop-color='#{:03x}'/>", n as f64 / 1000.0, n);
        let stops: String = (0..stops).map(stop).collect();
        let rect = "<rect width='1000' height='1000' fill='url(#p)'/>".repeat(uses);
        format!("{LARGE}<linearGradient id='p'>{stops}</linearGradient>{rect}</svg>")
    };
    assert!(!draw(&gradient(800, 450)));
    assert!(draw(&gradient(5, 20)));
    // Lines from anywhere to anywhere, and a line of short ones, as a traced picture has.
    let mut seed = 1_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        seed >> 22
    };
    let lines: String = (0..60_000).map(|_| format!("L{} {}", random(), random())).collect();
    assert!(!draw(&format!("{LARGE}<path d='M0 0{lines}'/></svg>")));
    let short: String = (0..60_000).map(|n| format!("L{} {}", n % 300, n / 60)).collect();
    assert!(draw(&format!("{LARGE}<path d='M0 0{short}'/></svg>")));
    // Spans of one text, and lines of one.
    let spans = |span: &str| format!("{LARGE}<text>{}</text></svg>", span.repeat(20_000));
    assert!(!draw(&spans("<tspan>x</tspan>")));
    assert!(draw(&spans("<tspan x='0' y='9'>x</tspan>")));
}

/// Style sheets that a parser reads, repeats or compares for minutes, or until the stack ends.
#[test]
fn style_sheets_of_svg() {
    let nested = |sheet: String| {
        let (open, close) = ("<g>".repeat(150), "</g>".repeat(150));
        format!("<style>{sheet}</style>{open}<rect class='c' width='9' height='9'/>{close}")
    };
    let declarations = |count| "x:1;".repeat(count);
    let levels: String = (1..5)
        .map(|level| {
            let uses = format!("<use href='#l{}'/>", level - 1).repeat(10);
            format!("<g id='l{level}'>{uses}</g>")
        })
        .collect();
    let rules = |count| (0..count).map(|rule| format!("a{rule}{{x:1}}")).collect::<String>();
    let hostile = [
        // A selector is tried with each of the elements around.
        nested(format!("q {}rect{{x:1}}", "g ".repeat(8))),
        // The same, with elements that are before.
        format!("<style>{}a{{x:1}}</style><g>{}</g>", "a+".repeat(50_000), "<a/>".repeat(50_001)),
        // Lines are counted at each value.
        nested(format!("a{{{}}}", declarations(100_000))),
        nested("a{x:}".repeat(100_000)),
        nested("@{}".repeat(100_000)),
        format!("<rect width='9' height='9' style='{}'/>", declarations(100_000)),
        // Each selector of a list has all declarations.
        nested(format!("{}b{{{}}}", "a,".repeat(10_000), declarations(10_000))),
        nested(format!("{}b[c='}}']{{{}}}", "a,".repeat(10_000), declarations(10_000))),
        nested(format!("{}b/*}}*/{{{}}}", "a,".repeat(10_000), declarations(10_000))),
        // Long lists of classes, and what is between elements, are searched for each rule.
        format!("<style>{}</style><g class='{}'/>", ".b{x:1}".repeat(5000), "a ".repeat(300_000)),
        format!(
            "<style>{}</style><g>{}<b/></g>",
            "b:first-child{x:1}".repeat(2000),
            "<!---->".repeat(300_000)
        ),
        // All rules are compared with each copy.
        format!(
            "<style>{}</style><g id='l0'>{}</g>{levels}<use href='#l4'/>",
            rules(5000),
            "<rect/>".repeat(10)
        ),
    ];
    for body in hostile {
        let start = body.get(..80).unwrap_or(&body);
        assert!(!draw(&format!("{SVG}{body}</svg>"), Format::Svg), "{start}");
    }
    for body in [
        nested(rules(1000)),
        nested(".a, .b > g g rect.c { fill: red; stroke: url(#p); }".repeat(300)),
        nested(format!(
            "/* it's */{}@font-face{{src:url(data:a;base64,{})}}",
            rules(300),
            "Ab+/".repeat(100_000)
        )),
        format!(
            "<style>{}</style>{}",
            rules(200),
            "<path d='M0 0h9v9z' class='a b' style='fill:red;stroke:none'/>".repeat(5000)
        ),
    ] {
        let start = body.get(..80).unwrap_or(&body);
        assert!(draw(&format!("{SVG}{body}</svg>"), Format::Svg), "{start}");
    }
}

/// A document among the pictures is read as often as it is used: what its style sheet takes counts each time, also where
/// it is too much.
#[test]
fn style_sheets_of_documents_in_svg() {
    let used = |sheet: String, body: &str| {
        let document = format!("{SVG}<style>{sheet}</style>{body}</svg>");
        let data: String = document.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let image =
            format!("<image id='a' width='9' height='9' href='data:image/svg+xml,{data}'/>");
        let uses = "<use href='#a'/>".repeat(500);
        draw(&format!("{SVG}{image}{uses}<rect width='9' height='9'/></svg>"), Format::Svg)
    };
    let nested = format!("{}<rect class='c'/>{}", "<g>".repeat(150), "</g>".repeat(150));
    let start = Instant::now();
    assert!(!used(format!("a{{{}}}", "x:1;".repeat(11_000)), ""));
    assert!(!used(format!("q {}rect{{x:1}}", "g ".repeat(8)), &nested));
    assert!(used("a{x:1}".to_owned(), "<rect/>"));
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[test]
fn a_document_in_a_document_has_the_same_limits() {
    const HEAD: &str = "<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>";
    const RECT: &str = "<rect width='32' height='24'/>";
    let with_picture = |document: &str| {
        let data: String = document.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let image = format!("<image width='64' height='48' href='data:image/svg+xml,{data}'/>");
        draw(&format!("{HEAD}{image}</svg>"), Format::Svg)
    };
    assert!(with_picture(&format!("{HEAD}{RECT}</svg>")));

    let many = |name: &str, count: usize| {
        (0..count).map(|i| format!("{name}{i}='u' ")).collect::<String>()
    };
    let nested = format!("<g {}>", many("xmlns:n", 100)).repeat(100);
    for document in [
        format!("{HEAD}{RECT}<path d='M0 0A1e9 1e9 0 1 1 5 5'/></svg>"),
        format!("{HEAD}{RECT}<path d='M0 0A9 1e20 30 1 0 9 9' fill='none' stroke='red'/></svg>"),
        format!("{HEAD}{RECT}<rect {}/></svg>", many("a", 300)),
        format!("{HEAD}{nested}{RECT}{}</svg>", "</g>".repeat(100)),
        format!(
            "<!DOCTYPE svg [<!ENTITY a '{}'>]>{HEAD}{RECT}{}</svg>",
            " ".repeat(40_000),
            "&a;".repeat(40)
        ),
    ] {
        assert!(!with_picture(&document), "{}", document.get(..200).unwrap());
    }
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
            let content = match round / 6 % 7 {
                0 => format!("{path} f"),
                1 => format!("1 j 1 J {} w {path} S", number().replacen('-', "", 1)),
                2 => format!("{} 0 0 {} 0 0 cm {path} B*", number(), number()),
                3 => format!("{path} W n 0 0 64 48 re f"),
                4 => format!(
                    "BT /T {} Tf {} 0 0 {} 9 9 Tm (Text) Tj ET",
                    number(),
                    number(),
                    number()
                ),
                5 => format!("{} {} {} {} 0 0 cm /I Do", number(), number(), number(), number()),
                _ => "/Pattern cs /P scn 0 0 64 48 re f /S sh /R sh".to_owned(),
            };
            let ends = [number(), number(), number(), number()].join(" ");
            let colours = "/ColorSpace/DeviceGray/Extend[true true]/Function<</FunctionType 2/Domain[0 1]/N 1>>";
            let step = number();
            let text = format!(
                "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n\
                 <</Type/Pages/Count 1/Kids[3 0 R]>>\nendobj\n3 0 obj\n<</Type/Page/Parent 2 0 R\
                 /MediaBox[0 0 64 48]/Contents 4 0 R/Resources<</Font<</T<</Type/Font/Subtype/Type1\
                 /BaseFont/Helvetica>>>>/XObject<</I 5 0 R>>/Pattern<</P 6 0 R>>/Shading<</S<<\
                 /ShadingType 2/Coords[{ends}]{colours}>>/R<</ShadingType 3/Coords[{ends} 3 {}]{colours}>>\
                 >>>>>>\nendobj\n4 0 obj\n<</Length {}>>stream\n{content}\nendstream\nendobj\n5 0 obj\n\
                 <</Subtype/Image/Width 1/Height 1/BitsPerComponent 8/ColorSpace/DeviceGray/Length 1>>\
                 stream\na\nendstream\nendobj\n6 0 obj\n<</PatternType 1/PaintType 1/TilingType 1\
                 /XStep {step}/YStep {}/BBox[{ends}]/Matrix[{} 0 0 1 0 0]/Resources<<>>/Length 12>>stream\n\
                 0 0 9 9 re f\nendstream\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n",
                number(),
                content.len(),
                number(),
                number(),
            );
            drawn += u32::from(draw(&text, Format::Pdf));
        }
    }
    assert!(drawn > 400, "only {drawn}");
}
