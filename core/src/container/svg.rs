//! The size of the root element of SVG 1.1 and 2 (sections 5.1.2 and 8).

/// The size of the root, in CSS pixels.
#[derive(Default)]
pub(crate) struct RootSize {
    width: Option<f64>,
    height: Option<f64>,
    view_box: Option<(f64, f64)>,
}

impl RootSize {
    /// Takes an attribute of the root.
    pub(crate) fn set(&mut self, name: &[u8], value: &str) {
        match name {
            b"width" => self.width = length(value),
            b"height" => self.height = length(value),
            b"viewBox" => self.view_box = view_box(value),
            _ => {}
        }
    }

    /// Whether both sides are stated.
    #[cfg(feature = "svg")]
    pub(crate) fn is_stated(&self) -> bool {
        self.width.is_some() && self.height.is_some()
    }

    /// Both sides; one of them and the aspect of the view box; else the view box itself, as in renderers
    /// for a picture that fills its page.
    pub(crate) fn pixels(&self) -> Option<(f64, f64)> {
        match (self.width, self.height, self.view_box) {
            (Some(width), Some(height), _) => Some((width, height)),
            (Some(width), None, Some((w, h))) => Some((width, width * h / w)),
            (None, Some(height), Some((w, h))) => Some((height * w / h, height)),
            (None, None, Some(view_box)) => Some(view_box),
            _ => None,
        }
    }
}

/// CSS pixels in a unit. Units of a font's size are unknown, like percentages.
const UNITS: [(&str, f64); 8] = [
    ("", 1.0),
    ("px", 1.0),
    ("in", 96.0),
    ("cm", 96.0 / 2.54),
    ("mm", 96.0 / 25.4),
    ("q", 96.0 / 101.6),
    ("pt", 96.0 / 72.0),
    ("pc", 16.0),
];

/// A length in CSS pixels (CSS Values, section 6). `None` for percentages, which are relative to the page,
/// and for anything else.
fn length(text: &str) -> Option<f64> {
    let (number, unit) = number(text.trim())?;
    let unit = unit.trim();
    UNITS.iter().find(|(name, _)| unit.eq_ignore_ascii_case(name)).map(|(_, px)| number * px)
}

/// Width and height of a view box, if both are above zero. As in browsers, a sign separates numbers too, and
/// units are skipped, though the specification has none here.
fn view_box(text: &str) -> Option<(f64, f64)> {
    let between = |c: char| c == ',' || c.is_ascii_whitespace() || c.is_ascii_alphabetic();
    let mut rest = text;
    let mut numbers = [0.0; 4];
    for value in &mut numbers {
        (*value, rest) = number(rest.trim_start_matches(between))?;
    }
    let [_, _, width, height] = numbers;
    (width > 0.0 && height > 0.0).then_some((width, height))
}

/// The number at the start of a text, and what follows it. An `e` belongs to the number only if digits
/// follow: `1em` is a length.
fn number(text: &str) -> Option<(f64, &str)> {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut end = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    end = digits(end);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let behind = digits(end + 1 + sign);
        if behind > end + 1 + sign {
            end = behind;
        }
    }
    let value = text.get(..end)?.parse::<f64>().ok()?;
    Some((value, text.get(end..)?))
}
