//! The document as the renderer is to read it, where it draws otherwise than SVG asks.

use std::collections::HashSet;
use std::ops::Range;

use resvg::usvg::roxmltree::{Attribute, Document, Node};

use super::dead_links::Links;

/// The corrected text. `None` if nothing is to be corrected.
pub(super) fn corrected(document: &Document<'_>) -> Option<String> {
    let links = Links::new(document);
    let mut ids = HashSet::new();
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for node in document.descendants() {
        for attribute in node.attributes() {
            // Browsers refer to the first element with an id, the renderer mostly to the last. The weight is that of the first.
            if attribute.name() == "id" && !ids.insert(attribute.value()) {
                edits.push((attribute.range(), String::new()));
                continue;
            }
            let value = match attribute.name() {
                "scale" => single_scale(node, &attribute),
                _ => links.in_attribute(&attribute),
            };
            if let Some(value) = value {
                edits.push((attribute.range_value(), escaped(&value)));
            }
        }
        if is_sheet(node)
            && let Some(sheet) = document.input_text().get(node.range())
            && let Some(sheet) = links.in_declarations(sheet)
        {
            edits.push((node.range(), sheet));
        }
    }
    if edits.is_empty() {
        return None;
    }
    // From the last to the first, so that the offsets before stay right. What an entity has is met at each of its uses.
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    edits.dedup_by_key(|(range, _)| range.start);
    let mut text = document.input_text().to_owned();
    for (range, value) in edits {
        if text.get(range.clone()).is_some() {
            text.replace_range(range, &value);
        }
    }
    Some(text)
}

/// The scale of a displacement, which the renderer multiplies by itself. Its sign is lost.
fn single_scale(node: Node<'_, '_>, attribute: &Attribute<'_, '_>) -> Option<String> {
    if node.tag_name().name() != "feDisplacementMap" {
        return None;
    }
    let scale: f32 = attribute.value().trim().parse().ok()?;
    let root = scale.abs().sqrt();
    (root != scale && root.is_finite()).then(|| root.to_string())
}

/// Whether a node is the text of a style sheet.
fn is_sheet(node: Node<'_, '_>) -> bool {
    node.is_text() && node.parent().is_some_and(|parent| parent.tag_name().name() == "style")
}

fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(body: &str) -> Option<String> {
        let start = "<svg><pattern id='p'/><filter id='f'/><rect id='r'/>";
        let text = format!("{start}{body}</svg>");
        let text = corrected(&Document::parse(&text).unwrap())?;
        // What is written can be read.
        Document::parse(&text).unwrap();
        Some(text.strip_prefix(start).unwrap().strip_suffix("</svg>").unwrap().to_owned())
    }

    #[test]
    fn what_leads_somewhere_stays() {
        for body in [
            "<g fill='url(#p) red' stroke=\"url('#p')\" filter='blur(2px) url( #f )'/>",
            "<g style='fill:url(#p);mask:url(a.svg#m)'/><style>g{stroke:url(&quot;#p&quot;) lime}</style>",
            "<g fill='red'/><text fill='#p'>fill:url(a.svg#b)</text>",
            "<g clip-path='url(#none)' mask='url(a.svg#m)'/>",
        ] {
            assert_eq!(fixed(body), None, "{body}");
        }
    }

    #[test]
    fn a_paint_becomes_its_fallback() {
        for (value, want) in [
            ("url(#none)", "none "),
            ("url(a.svg#p)", "none "),
            ("url(&quot;https://example.com/a.svg#p&quot;) red", "red"),
            (" url(#r) currentColor", "currentColor"),
            ("url() #0f0", "#0f0"),
            ("url(data:image/svg+xml;base64,AAAA#p) none", "none"),
        ] {
            for name in ["fill", "stroke"] {
                let want = Some(format!("<g {name}='{want}'/>"));
                assert_eq!(fixed(&format!("<g {name}='{value}'/>")), want, "{value}");
            }
        }
    }

    #[test]
    fn style_sheets_and_entities_too() {
        assert_eq!(
            fixed("<g style='opacity:.5;fill:url(a#b) !important;stroke : url(#p)'/>").unwrap(),
            "<g style='opacity:.5;fill:none !important;stroke : url(#p)'/>"
        );
        assert_eq!(
            fixed(
                "<style><![CDATA[ .a > b { fill: url(x#y) red }\n.c{filter:url(#none)}]]></style>"
            )
            .unwrap(),
            "<style><![CDATA[ .a > b { fill:red}\n.c{filter:none}]]></style>"
        );
        let text = "<!DOCTYPE svg [<!ENTITY a 'fill:url(x#y) red'>]><svg><g style='&a;'/><g style='&a;'/></svg>";
        let options =
            resvg::usvg::roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = Document::parse_with_options(text, options).unwrap();
        let want = text.replace("&a;", "fill:red");
        assert_eq!(corrected(&document), Some(want));
    }

    #[test]
    fn a_filter_is_left_out() {
        assert_eq!(fixed("<g filter='blur(2px) url(#r)'/>").unwrap(), "<g filter='none'/>");
    }

    #[test]
    fn the_scale_of_a_displacement_is_taken_once() {
        let map = |scale: &str| format!("<feDisplacementMap in2='a' scale='{scale}'/>");
        assert_eq!(fixed(&map("16")).unwrap(), map("4"));
        assert_eq!(fixed(&map("-2.25")).unwrap(), map("1.5"));
        for unchanged in ["0", "1", "a"] {
            assert_eq!(fixed(&map(unchanged)), None, "{unchanged}");
        }
    }

    #[test]
    fn of_elements_with_one_id_the_first_keeps_it() {
        let body = "<mask id='a'/><g id='p'/><mask x='1' id='a' y='2'/><g mask='url(#a)'/>";
        let want = "<mask id='a'/><g /><mask x='1'  y='2'/><g mask='url(#a)'/>";
        assert_eq!(fixed(body).unwrap(), want);
        let text = "<!DOCTYPE svg [<!ENTITY a '<mask id=\"a\"/>'>]><svg>&a;&a;</svg>";
        let document = super::super::document(text).unwrap();
        let corrected = corrected(&document).unwrap();
        let document = super::super::document(&corrected).unwrap();
        assert!(document.descendants().all(|node| !node.has_attribute("id")));
    }
}
