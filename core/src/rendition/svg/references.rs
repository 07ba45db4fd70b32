//! Which elements of an SVG an element refers to: by `href`, and by `url(#...)` in attributes and style sheets.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Document, Node, NodeId};

/// The attributes in which elements below inherit a reference.
const INHERITED: [&str; 6] =
    ["fill", "stroke", "marker", "marker-start", "marker-mid", "marker-end"];

/// How a referenced element is used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Once for the element itself.
    Once,
    /// For each shape at or below the element.
    EachShape,
    /// For each vertex of each shape at or below the element.
    EachVertex,
}

/// The elements by their id.
pub(super) struct References<'a>(HashMap<&'a str, NodeId>);

impl<'a> References<'a> {
    pub(super) fn new(document: &'a Document<'a>) -> Self {
        let mut by_id = HashMap::new();
        for node in document.descendants().filter(Node::is_element) {
            if let Some(id) = node.attribute("id") {
                by_id.entry(id).or_insert(node.id());
            }
        }
        Self(by_id)
    }

    /// The references of an element with these properties.
    pub(super) fn of(&self, properties: &[(&str, &str)]) -> Vec<(NodeId, Use)> {
        let mut found = Vec::new();
        let mut add = |id: &str, kind: Use| {
            if let Some(target) = self.0.get(id) {
                found.push((*target, kind));
            }
        };
        for (name, value) in properties {
            match *name {
                "href" => {
                    if let Some(id) = value.trim().strip_prefix('#') {
                        add(id, Use::Once);
                    }
                }
                name => in_property(name, value, &mut add),
            }
        }
        found
    }
}

/// The elements that `url(#...)` in the value of a property names.
fn in_property(name: &str, value: &str, add: &mut impl FnMut(&str, Use)) {
    let kind = match name {
        _ if name.starts_with("marker") => Use::EachVertex,
        _ if INHERITED.contains(&name) => Use::EachShape,
        _ => Use::Once,
    };
    for rest in value.split("url(").skip(1) {
        let Some((url, _)) = rest.split_once(')') else { continue };
        let url = url.trim().trim_matches(['"', '\'']).trim();
        if let Some(id) = url.strip_prefix('#') {
            add(id, kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::Styles;
    use super::*;

    /// The ids that the element `id` refers to, with `*` for each shape and `+` for each vertex.
    fn found(text: &str, id: &str) -> Vec<String> {
        let document = Document::parse(text).unwrap();
        let styles = Styles::of(&document).unwrap();
        let references = References::new(&document);
        let node = document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap();
        let properties: Vec<_> = styles.properties(node).collect();
        let found = references.of(&properties).into_iter().map(|(target, kind)| {
            let target = document.get_node(target).unwrap().attribute("id").unwrap();
            let mark = match kind {
                Use::Once => "",
                Use::EachShape => "*",
                Use::EachVertex => "+",
            };
            format!("{target}{mark}")
        });
        found.collect()
    }

    #[test]
    fn every_kind_of_reference() {
        let text = "<svg id='z'><style>.c, #z > rect { fill: url( '#p' ); mask:url(#m) } g{stroke:url(#q)}</style>
            <p id='p'/><m id='m'/><q id='q'/>
            <use id='a' href='#p'/>
            <rect id='b' fill='url(#p)' style=\"clip-path:url(&quot;#m&quot;);marker-mid:url(#q)\"/>
            <path id='d' class='x c'/><g id='e' filter='blur(2px) url(#p) url(#m)'/><line id='f' fill='#p'/></svg>";
        assert_eq!(found(text, "a"), ["p"]);
        assert_eq!(found(text, "b"), ["p*", "m", "q+", "p*", "m"]);
        assert_eq!(found(text, "d"), ["p*", "m"]);
        assert_eq!(found(text, "e"), ["p", "m", "q*"]);
        assert!(found(text, "f").is_empty());
    }
}
