//! The size of the root element, where the document leaves it to the page.

use resvg::usvg::roxmltree::Document;

use crate::container::svg::RootSize;
use crate::rendition::decode_error::DecodeError;

/// The document with the size by which the probe knows it, in pixels, where its root does not state both sides.
/// Renderers each have their own rule for these. `None` if it states both.
pub(super) fn with_size(
    text: &str,
    document: &Document<'_>,
) -> Result<Option<String>, DecodeError> {
    let root = document.root_element();
    let mut stated = RootSize::default();
    for attribute in root.attributes().filter(|attribute| attribute.namespace().is_none()) {
        stated.set(attribute.name().as_bytes(), attribute.value());
    }
    if stated.is_stated() {
        return Ok(None);
    }
    let (width, height) = stated.pixels().ok_or("it has no size")?;
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
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sized(text: &str) -> Option<String> {
        let document = Document::parse(text).unwrap();
        with_size(text, &document).unwrap()
    }

    #[test]
    fn a_missing_side_is_put_in() {
        assert_eq!(sized("<svg width='1in' height='20'/>"), None);
        assert_eq!(
            sized("<!-- ä --><svg viewBox='0 0 20 10'/>").unwrap(),
            "<!-- ä --><svg width=\"20\" height=\"10\" viewBox='0 0 20 10'/>"
        );
        assert_eq!(
            sized("<svg height='50%' viewBox='0 0 3 1'\nwidth='100%'><a width='1'/></svg>")
                .unwrap(),
            "<svg width=\"3\" height=\"1\"  viewBox='0 0 3 1'\n><a width='1'/></svg>"
        );
        assert_eq!(
            sized("<s:svg xmlns:s='x' width='6' viewBox='0 0 3 1'/>").unwrap(),
            "<s:svg width=\"6\" height=\"2\" xmlns:s='x'  viewBox='0 0 3 1'/>"
        );
    }
}
