//! The size of the root element, where the document leaves it to the page.

use resvg::usvg::roxmltree::Document;

use crate::container::svg::RootSize;
use crate::rendition::decode_error::DecodeError;

/// Whether the root states both sides.
pub(super) fn is_stated(document: &Document<'_>) -> bool {
    stated(document).is_stated()
}

fn stated(document: &Document<'_>) -> RootSize {
    let mut stated = RootSize::default();
    let attributes = document.root_element().attributes();
    for attribute in attributes.filter(|attribute| attribute.namespace().is_none()) {
        stated.set(attribute.name().as_bytes(), attribute.value());
    }
    stated
}

/// The document with the size by which the probe knows it, in pixels. Renderers each have their own rule where its root
/// does not state both sides.
pub(super) fn with_size(text: &str, document: &Document<'_>) -> Result<String, DecodeError> {
    let root = document.root_element();
    let (width, height) = stated(document).pixels().ok_or("it has no size")?;
    // From the last to the first, so that the offsets before stay right.
    let mut ranges: Vec<_> = root
        .attributes()
        .filter(|attribute| attribute.namespace().is_none())
        .filter(|attribute| matches!(attribute.name(), "width" | "height"))
        .map(|attribute| attribute.range())
        .collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.start));
    let mut text = text.to_owned();
    for range in ranges {
        text.replace_range(range, "");
    }
    // Behind the name of the root, which begins with `<`.
    let start = root.range().start;
    let name = text.get(start..).unwrap_or_default();
    let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).unwrap_or(0);
    text.insert_str(start + end, &format!(" width=\"{width}\" height=\"{height}\""));
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(text: &str) -> String {
        with_size(text, &Document::parse(text).unwrap()).unwrap()
    }

    #[test]
    fn a_missing_side_is_put_in() {
        let is_stated = |text: &str| is_stated(&Document::parse(text).unwrap());
        assert!(is_stated("<svg width='1in' height='20'/>") && !is_stated("<svg width='1in'/>"));
        assert_eq!(
            sized("<svg width=' 1IN ' height='20'/>"),
            "<svg width=\"96\" height=\"20\"  />"
        );
        assert_eq!(
            sized("<!-- ä --><svg viewBox='0 0 20 10'/>"),
            "<!-- ä --><svg width=\"20\" height=\"10\" viewBox='0 0 20 10'/>"
        );
        assert_eq!(
            sized("<svg height='50%' viewBox='0 0 3 1'\nwidth='100%'><a width='1'/></svg>"),
            "<svg width=\"3\" height=\"1\"  viewBox='0 0 3 1'\n><a width='1'/></svg>"
        );
        assert_eq!(
            sized("<s:svg xmlns:s='x' width='6' viewBox='0 0 3 1'/>"),
            "<s:svg width=\"6\" height=\"2\" xmlns:s='x'  viewBox='0 0 3 1'/>"
        );
    }
}
