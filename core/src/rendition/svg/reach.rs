//! How far the numbers of an SVG reach, found before it is laid out. The renderer computes the outlines of lines in 32 bits as
//! it reads a document, and does not end where that is not enough: from some hundred million on.
//!
//! Numbers are taken by their size alone, so this is more than what is drawn.

use resvg::usvg::roxmltree::{Document, Node};

use super::style::Styles;

/// What reaches farther is refused, as it is stated and with its transforms.
pub(super) const MAX: f64 = 2e7;

/// Attributes with lengths and coordinates.
const LENGTHS: [&str; 26] = [
    "x",
    "y",
    "x1",
    "y1",
    "x2",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "fx",
    "fy",
    "width",
    "height",
    "points",
    "font-size",
    "stroke-width",
    "stroke-miterlimit",
    "stroke-dashoffset",
    "stroke-dasharray",
    "textLength",
    "markerWidth",
    "markerHeight",
    "refX",
    "refY",
];
/// Attributes whose numbers count for each character.
const SPACINGS: [&str; 2] = ["letter-spacing", "word-spacing"];
/// Characters of a text with spacing that are counted.
const CHARACTERS: f64 = 1000.0;
/// Of what a viewBox is fitted into where no size is stated.
const SIDE: f64 = 4096.0;

/// What the reach of an element depends on beside its attributes.
pub(super) struct Lengths {
    /// The widest line of the document, in whose width markers are measured.
    line: f64,
    /// The largest font, in which `em` is measured.
    font: f64,
}

impl Lengths {
    pub(super) fn of<'a>(document: &'a Document<'a>, styles: &Styles<'a>) -> Self {
        let mut lengths = Self { line: 1.0, font: 16.0 };
        for node in document.descendants().filter(Node::is_element) {
            let (mut line, mut font) = (lengths.line, lengths.font);
            for (name, value) in styles.properties(node) {
                match name {
                    "stroke-width" => line = line.max(greatest(value, font)),
                    "font-size" | "font" => font = font.max(greatest(value, 1.0)),
                    _ => {}
                }
            }
            (lengths.line, lengths.font) = (line, font);
        }
        lengths
    }

    /// How far an element with these properties reaches, without its own transform.
    pub(super) fn own(&self, properties: &[(&str, &str)]) -> f64 {
        let lengths = properties.iter().map(|&(name, value)| match name {
            "dx" | "dy" => sum(value, self.font),
            "d" if is_relative(value) => sum(value, self.font),
            "d" => greatest(value, self.font),
            _ if SPACINGS.contains(&name) => greatest(value, self.font) * CHARACTERS,
            _ if LENGTHS.contains(&name) => greatest(value, self.font),
            _ => 0.0,
        });
        lengths.fold(0.0, f64::max)
    }

    /// How much an element enlarges what is in it.
    pub(super) fn enlargement(&self, node: Node<'_, '_>, properties: &[(&str, &str)]) -> f64 {
        let (mut transform, mut pattern, mut font, mut view) = (None, 1.0, 1.0_f64, 1.0);
        for &(name, value) in properties {
            match name {
                // One of a style sheet may count, or not.
                "transform" => {
                    let scale = scale(value);
                    transform = Some(transform.map_or(scale, |other: f64| other.max(scale)));
                }
                "patternTransform" => pattern = scale(value),
                "font-size" | "font" => font = font.max(relative_size(value)),
                "viewBox" => view = self.fitted(node, value),
                _ => {}
            }
        }
        transform.unwrap_or(1.0) * pattern * font * view
    }

    /// How much a viewBox is enlarged.
    fn fitted(&self, node: Node<'_, '_>, view_box: &str) -> f64 {
        let sides = numbers(view_box).skip(2).map(|(number, _)| number);
        let side = |name| node.attribute(name).map_or(SIDE, |text| greatest(text, self.font));
        side("width").max(side("height")).max(SIDE) / sides.fold(f64::INFINITY, f64::min)
    }

    /// How much an element enlarges what it refers to as a marker.
    pub(super) const fn marker(&self) -> f64 {
        self.line
    }
}

/// Whether the content of an element is measured in the shape that uses it.
pub(super) fn is_in_shape(node: Node<'_, '_>) -> bool {
    ["clipPathUnits", "maskContentUnits", "patternContentUnits"]
        .iter()
        .any(|name| node.attribute(*name) == Some("objectBoundingBox"))
}

/// How much a relative size of fonts enlarges those inside.
fn relative_size(size: &str) -> f64 {
    let relative = numbers(size).map(|(number, unit)| match unit {
        "em" | "ex" | "rem" | "ch" => number,
        "%" => number / 100.0,
        _ => 1.0,
    });
    relative.fold(if size.contains("larger") { 1.2 } else { 1.0 }, f64::max)
}

fn greatest(text: &str, font: f64) -> f64 {
    numbers(text).map(|(number, unit)| number * unit_size(unit, font)).fold(0.0, f64::max)
}

fn sum(text: &str, font: f64) -> f64 {
    numbers(text).map(|(number, unit)| number * unit_size(unit, font)).sum()
}

/// Whether the points of a path are stated from each other.
fn is_relative(path: &str) -> bool {
    path.bytes().any(|byte| byte.is_ascii_lowercase() && !matches!(byte, b'e' | b'z'))
}

fn unit_size(unit: &str, font: f64) -> f64 {
    match unit {
        "em" | "ex" | "rem" | "ch" => font,
        "in" => 96.0,
        "cm" | "mm" => 38.0,
        "pt" | "pc" => 16.0,
        // Of a side, which is a length as well.
        "%" => SIDE / 100.0,
        _ => 1.0,
    }
}

/// How much the transforms of a text enlarge: the most of a column of each.
fn scale(text: &str) -> f64 {
    let functions = text.split(')').filter_map(|function| {
        let (name, values) = function.rsplit_once('(')?;
        let name = name.trim_end();
        let values: Vec<f64> = numbers(values).map(|(number, _)| number).collect();
        let value = |at: usize| values.get(at).copied().unwrap_or(0.0);
        if name.ends_with("matrix") {
            Some((value(0) + value(1)).max(value(2) + value(3)))
        } else if name.contains("scale") {
            Some(value(0).max(value(1)))
        } else if name.contains("skew") {
            // At least one and the tangent.
            Some(1.0 + 1.0 / (90.0 - value(0) % 180.0).abs().to_radians().max(1e-9))
        } else {
            None
        }
    });
    functions.product()
}

/// The numbers in a text, without their signs, each with the letters behind it. Colours and names behind `#` are no numbers.
fn numbers(text: &str) -> impl Iterator<Item = (f64, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let end_of = |from: usize, is: fn(&u8) -> bool| {
            let rest = bytes.get(from..).unwrap_or_default();
            from + rest.iter().position(|byte| !is(byte)).unwrap_or(rest.len())
        };
        loop {
            match bytes.get(at)? {
                b'#' => {
                    at =
                        end_of(at + 1, |byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
                }
                b'0'..=b'9' | b'.' => break,
                _ => at += 1,
            }
        }
        let mut end = end_of(at, u8::is_ascii_digit);
        if bytes.get(end) == Some(&b'.') {
            end = end_of(end + 1, u8::is_ascii_digit);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let digits = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(digits).is_some_and(u8::is_ascii_digit) {
                end = end_of(digits, u8::is_ascii_digit);
            }
        }
        let number = text.get(at..end).and_then(|number| number.parse().ok()).unwrap_or(0.0);
        at = end;
        let unit = end_of(end, |byte| byte.is_ascii_alphabetic() || *byte == b'%');
        Some((number, text.get(end..unit).unwrap_or_default()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_as_svg_writes_them() {
        let found = |text| numbers(text).map(|(number, _)| number).collect::<Vec<_>>();
        assert_eq!(found("M-1.5.5e2L3,4e-1z"), [1.5, 50.0, 3.0, 0.4]);
        assert_eq!(found("fill:#1e9999;stroke:url(#a1e9);stroke-width:2"), [2.0]);
        assert_eq!(found("1e999 ."), [f64::INFINITY, 0.0]);
        assert_eq!(numbers("2em 5%").map(|(_, unit)| unit).collect::<Vec<_>>(), ["em", "%"]);
    }

    #[test]
    fn transforms_enlarge() {
        assert_eq!(scale("translate(1e9 5) scale(2) rotate(40)"), 2.0);
        assert_eq!(scale("scale(2, 3) matrix(1 0 0 -4 5e9 6)"), 12.0);
        assert!(scale("skewX(89.9999)") > 1e5);
        assert_eq!(relative_size(" 200%"), 2.0);
        assert_eq!(relative_size("20px"), 1.0);
    }

    #[test]
    fn what_elements_and_style_sheets_say_is_multiplied() {
        let text = "<svg viewBox='0 0 64 48'><style>.a{transform:scale(3);stroke-width:2em}@keyframes b{to{transform:scale(9)}}</style>
            <g class='a' transform='scale(.5)' style='font-size:40px'><path d='M9 9l-5 5'/></g></svg>";
        let document = Document::parse(text).unwrap();
        let styles = Styles::of(&document).unwrap();
        let lengths = Lengths::of(&document, &styles);
        let group = document.descendants().find(|node| node.tag_name().name() == "g").unwrap();
        let found = |node| {
            let properties: Vec<_> = styles.properties(node).collect();
            (lengths.own(&properties), lengths.enlargement(node, &properties))
        };
        assert_eq!(found(group), (80.0, 3.0));
        assert_eq!(found(group.first_element_child().unwrap()), (28.0, 1.0));
        assert_eq!(found(document.root_element()).1, SIDE / 48.0);
        assert_eq!(lengths.marker(), 80.0);
    }
}
