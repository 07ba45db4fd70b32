//! The rules of the style sheets of an SVG, and which elements they may match.

use resvg::usvg::roxmltree::{Document, Node};

/// A rule of a style sheet.
pub(super) struct Rule<'a> {
    selector: &'a str,
    pub(super) declarations: &'a str,
}

/// The rules of all style sheets.
pub(super) fn rules<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Rule<'a>> {
    document
        .descendants()
        .filter(|node| node.tag_name().name() == "style")
        .flat_map(|style| style.children().filter_map(|child| child.text()))
        .flat_map(in_sheet)
}

/// Also those in blocks, as of `@media`.
fn in_sheet(sheet: &str) -> impl Iterator<Item = Rule<'_>> {
    sheet.split('}').filter_map(|rule| {
        let (before, declarations) = rule.rsplit_once('{')?;
        let selector = before.rsplit_once('{').map_or(before, |(_, selector)| selector);
        Some(Rule { selector, declarations })
    })
}

/// The names and values of declarations.
pub(super) fn declarations(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        Some((name.trim(), value))
    })
}

impl Rule<'_> {
    /// Whether the selector names the element by its name, a class or its id, or names none of these.
    pub(super) fn may_match(&self, node: Node<'_, '_>) -> bool {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '#');
        let classes = node.attribute("class").unwrap_or_default();
        self.selector.contains(['*', ':', '[', '@'])
            || self.selector.split(|c| !is_word(c)).any(|word| {
                word.split_inclusive(['.', '#']).map(|part| part.trim_end_matches(['.', '#'])).any(
                    |part| {
                        part == node.tag_name().name()
                            || classes.split_ascii_whitespace().any(|class| class == part)
                            || node.attribute("id") == Some(part)
                    },
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_blocks_have_their_own_selectors() {
        let text = "<svg><style>a{b:c}@media (d){.e{f:g}}@keyframes h{from{i:j}50%{k:l}}</style><m class='e'/></svg>";
        let document = Document::parse(text).unwrap();
        let found: Vec<_> =
            rules(&document).map(|rule| (rule.selector.trim(), rule.declarations)).collect();
        assert_eq!(found, [("a", "b:c"), (".e", "f:g"), ("from", "i:j"), ("50%", "k:l")]);
        let element = document.root_element().last_element_child().unwrap();
        let matching = rules(&document).filter(|rule| rule.may_match(element));
        assert_eq!(matching.map(|rule| rule.declarations).collect::<Vec<_>>(), ["f:g"]);
    }
}
