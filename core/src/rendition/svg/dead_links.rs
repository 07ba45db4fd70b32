//! Paints and filters that lead nowhere: to another file, or to no such element. The renderer paints black or leaves the
//! shape out. By SVG 2, section 13.2, the fallback is painted, else nothing; by Filter Effects 1, section 5, there is no filter.

use std::collections::HashMap;

use resvg::usvg::roxmltree::{Attribute, Document, Node};

/// The names of elements by their ids.
pub(super) struct Links<'a>(HashMap<&'a str, &'a str>);

impl<'a> Links<'a> {
    pub(super) fn new(document: &'a Document<'_>) -> Self {
        let mut names = HashMap::new();
        for node in document.descendants().filter(Node::is_element) {
            if let Some(id) = node.attribute("id") {
                names.entry(id).or_insert_with(|| node.tag_name().name());
            }
        }
        Self(names)
    }

    /// The value of an attribute without dead links, if it has some.
    pub(super) fn in_attribute(&self, attribute: &Attribute<'_, '_>) -> Option<String> {
        match attribute.name() {
            "style" => self.in_declarations(attribute.value()),
            name => self.in_property(name, attribute.value()),
        }
    }

    /// The declarations of a `style` attribute or a style sheet, if any of them changes.
    pub(super) fn in_declarations(&self, text: &str) -> Option<String> {
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
