//! What laying out texts takes. The renderer shapes each chunk, the text from one absolute position to the next (SVG 2,
//! section 11.1), once for each of its spans, and looks at all of it for each character.

use resvg::usvg::roxmltree::Node;

/// Nanoseconds for each character of a chunk, for each span.
const SPAN_CHARACTER: f64 = 250.0;
/// Nanoseconds for each pair of characters of a chunk.
const PAIR: f64 = 3.0;

/// The nanoseconds that laying out a `text` element takes.
pub(super) fn nanoseconds(text: Node<'_, '_>) -> f64 {
    let (mut total, mut spans, mut characters) = (0.0, 0.0, 0.0);
    for node in text.descendants() {
        if node.is_text() {
            spans += 1.0;
            characters += node.text().unwrap_or_default().chars().count() as f64;
        } else if begins_chunk(node) {
            total += of_chunk(spans, characters);
            (spans, characters) = (0.0, 0.0);
        }
    }
    total + of_chunk(spans, characters)
}

fn begins_chunk(node: Node<'_, '_>) -> bool {
    node.has_attribute("x") || node.has_attribute("y") || node.tag_name().name() == "textPath"
}

fn of_chunk(spans: f64, characters: f64) -> f64 {
    spans * characters * SPAN_CHARACTER + characters * characters * PAIR
}

#[cfg(test)]
mod tests {
    use resvg::usvg::roxmltree::Document;

    use super::*;

    fn seconds(body: &str) -> f64 {
        let text = format!("<svg><text>{body}</text></svg>");
        let document = Document::parse(&text).unwrap();
        nanoseconds(document.root_element().first_child().unwrap()) / 1e9
    }

    #[test]
    fn a_chunk_is_read_for_each_span_and_each_character() {
        let spans = |count: usize, span: &str| seconds(&span.repeat(count));
        assert!(spans(2000, "<tspan>x</tspan>") > 1.0);
        assert!(seconds(&"x".repeat(40_000)) > 4.0);
        // Lines of an ordinary text have positions of their own.
        assert!(
            spans(2000, "<tspan x='0' y='9'>A line of an ordinary text, set by a program.</tspan>")
                < 0.1
        );
        assert!(seconds(&"x".repeat(1000)) < 0.01);
    }
}
