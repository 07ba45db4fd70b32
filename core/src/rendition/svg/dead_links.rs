//! Paints and filters that lead nowhere: to another file, or to no such element. The renderer paints black or leaves the
//! shape out. By SVG 2, section 13.2, the fallback is painted, else nothing; by Filter Effects 1, section 5, there is no filter.

use std::collections::HashMap;
use std::ops::Range;

use resvg::usvg::roxmltree::{Attribute, Document, Node};

/// The text of the document without them. `None` if it has none.
pub(super) fn without(document: &Document<'_>) -> Option<String> {
    let links = Links::new(document);
    let mut edits: Vec<(Range<usize>, String)> = Vec::new();
    for node in document.descendants() {
        for attribute in node.attributes() {
            if let Some(value) = links.in_attribute(&attribute) {
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

/// Whether a node is the text of a style sheet.
fn is_sheet(node: Node<'_, '_>) -> bool {
    node.is_text() && node.parent().is_some_and(|parent| parent.tag_name().name() == "style")
}

fn escaped(value: &str) -> String {
    value.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&apos;")
}

/// The names of elements by their ids.
struct Links<'a>(HashMap<&'a str, &'a str>);

impl<'a> Links<'a> {
    fn new(document: &'a Document<'_>) -> Self {
        let mut names = HashMap::new();
        for node in document.descendants().filter(Node::is_element) {
            if let Some(id) = node.attribute("id") {
                names.entry(id).or_insert_with(|| node.tag_name().name());
            }
        }
        Self(names)
    }

    fn in_attribute(&self, attribute: &Attribute<'_, '_>) -> Option<String> {
        match attribute.name() {
            "style" => self.in_declarations(attribute.value()),
            name => self.in_property(name, attribute.value()),
        }
    }

    /// The declarations of a `style` attribute or a style sheet, if any of them changes.
    fn in_declarations(&self, text: &str) -> Option<String> {
        let mut changed = None;
        let mut done = String::new();
        for part in text.split_inclusive([';', '{', '}']) {
            let end = part.trim_end_matches([';', '{', '}']).len();
            let (declaration, end) = part.split_at_checked(end)?;
            let value = declaration.split_once(':').and_then(|(name, value)| {
                let fixed = self.in_property(name.trim(), value)?;
                Some(format!("{name}:{fixed}"))
            });
            changed = changed.or(value.is_some().then_some(()));
            done += value.as_deref().unwrap_or(declaration);
            done += end;
        }
        changed.map(|()| done)
    }

    /// The value of a property, if it changes.
    fn in_property(&self, name: &str, value: &str) -> Option<String> {
        match name {
            "fill" | "stroke" => {
                let (url, fallback) = url(value.trim_start())?;
                let servers = ["linearGradient", "radialGradient", "pattern"];
                if self.leads_to(url, &servers) {
                    return None;
                }
                let fallback = fallback.trim();
                let is_left_out = fallback.is_empty() || fallback.starts_with('!');
                Some(format!("{}{fallback}", if is_left_out { "none " } else { "" }))
            }
            "filter" => {
                let lower = value.to_ascii_lowercase();
                let mut urls =
                    lower.match_indices("url(").filter_map(|(at, _)| url(value.get(at..)?));
                let is_dead = urls.any(|(url, _)| !self.leads_to(url, &["filter"]));
                is_dead.then(|| "none".to_owned())
            }
            _ => None,
        }
    }

    fn leads_to(&self, url: &str, names: &[&str]) -> bool {
        let name = url.strip_prefix('#').and_then(|id| self.0.get(id));
        name.is_some_and(|name| names.contains(name))
    }
}

/// The URL at the start of a value, and what is behind it.
fn url(value: &str) -> Option<(&str, &str)> {
    let (function, inner) = value.split_at_checked(4)?;
    if !function.eq_ignore_ascii_case("url(") {
        return None;
    }
    let inner = inner.trim_start();
    for quote in ['"', '\''] {
        if let Some(quoted) = inner.strip_prefix(quote) {
            let (url, rest) = quoted.split_once(quote)?;
            return Some((url.trim(), rest.trim_start().strip_prefix(')')?));
        }
    }
    let (url, rest) = inner.split_once(')')?;
    Some((url.trim(), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(body: &str) -> Option<String> {
        let start = "<svg><pattern id='p'/><filter id='f'/><rect id='r'/>";
        let text = format!("{start}{body}</svg>");
        let text = without(&Document::parse(&text).unwrap())?;
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
        assert_eq!(without(&document), Some(want));
    }

    #[test]
    fn a_filter_is_left_out() {
        assert_eq!(fixed("<g filter='blur(2px) url(#r)'/>").unwrap(), "<g filter='none'/>");
    }
}
