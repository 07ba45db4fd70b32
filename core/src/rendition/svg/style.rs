//! The style sheets of an SVG and its `style` attributes, read and compared with elements by `simplecss`, as the renderer does.
//!
//! What that takes is found before: the parser counts the lines above the end of each value, repeats declarations for each
//! selector of a list, and tries a selector with all elements around one.

use std::cell::Cell;

use resvg::usvg::roxmltree::{Document, Node};
use simplecss::{AttributeOperator, DeclarationTokenizer, Element, PseudoClass, StyleSheet};

use crate::rendition::decode_error::DecodeError;

/// Bytes above the ends of values, all together: a third of a second each time the document is read.
const MAX_ABOVE: u64 = 1 << 29;
/// Declarations that any document may have, each counted for every selector of its rule. A longer document may have one for
/// each of its bytes.
const DECLARATIONS: usize = 100_000;
/// Steps of comparing selectors with elements, each twice: a second each time.
const MAX_STEPS: u64 = 200_000_000;
/// Elements around and before one that a selector may lead to, each with a call.
const MAX_FAR: usize = 1000;
/// Steps that take as long as drawing a small element.
const STEPS_OF_ELEMENT: f64 = 512.0;

/// What declares properties of elements beside their attributes.
pub(super) struct Styles<'a> {
    sheet: StyleSheet<'a>,
    /// The bytes above the ends of its values.
    above: u64,
    steps: Cell<u64>,
}

impl<'a> Styles<'a> {
    /// Refuses what takes too long to read.
    pub(super) fn of(document: &'a Document<'a>) -> Result<Self, DecodeError> {
        let attributes = document.descendants().filter_map(|node| node.attribute("style"));
        let in_attributes: u64 = attributes.map(above_values).sum();
        let above: u64 = sheets(document).map(above_values).sum();
        let declarations: usize = sheets(document).map(most_declarations).sum();
        if above.saturating_add(in_attributes) > MAX_ABOVE
            || declarations > DECLARATIONS.max(document.input_text().len())
        {
            return Err(too_long());
        }
        let mut sheet = StyleSheet::new();
        sheets(document).for_each(|text| sheet.parse_more(text));
        Ok(Self { sheet, above, steps: Cell::new(0) })
    }

    /// The names and values of an element's other attributes, of its `style`, and of the rules that match it. Incomplete if
    /// comparing the rules takes too long, see [`Self::check`].
    pub(super) fn properties(
        &self,
        node: Node<'a, 'a>,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let attributes = node.attributes().filter(|attribute| attribute.name() != "style");
        let attributes = attributes.map(|attribute| (attribute.name(), attribute.value()));
        let style = node.attribute("style").into_iter().flat_map(DeclarationTokenizer::from);
        let compared = Compared { node, far: 0, steps: &self.steps };
        let rules = self.sheet.rules.iter().take_while(move |_| compared.step(1));
        let matching = rules.filter(move |rule| rule.selector.matches(&compared));
        let declared = matching.flat_map(|rule| rule.declarations.iter().copied());
        let declared = declared.take_while(move |_| compared.step(1));
        attributes.chain(style.chain(declared).map(|found| (found.name, found.value)))
    }

    /// The same, and the elements as which finding them weighs.
    pub(super) fn weighed(&self, node: Node<'a, 'a>) -> (Vec<(&'a str, &'a str)>, f64) {
        const ABOVE_OF_STEP: f64 = 16.0;
        let before = self.steps.get();
        let properties = self.properties(node).collect();
        let above = node.attribute("style").map_or(0, above_values);
        let steps = (self.steps.get() - before) as f64 + above as f64 / ABOVE_OF_STEP;
        (properties, steps / STEPS_OF_ELEMENT)
    }

    /// The elements as which reading the style sheets weighs.
    pub(super) fn weight(&self) -> f64 {
        const ABOVE_OF_ELEMENT: f64 = 2048.0;
        self.above as f64 / ABOVE_OF_ELEMENT
    }

    /// Refuses style sheets whose comparison with the elements so far took too long.
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        if self.steps.get() < MAX_STEPS { Ok(()) } else { Err(too_long()) }
    }
}

fn too_long() -> DecodeError {
    DecodeError::unsupported("its style sheets have too many rules for its elements")
}

/// The texts of the style sheets.
fn sheets<'a>(document: &'a Document<'a>) -> impl Iterator<Item = &'a str> {
    document
        .descendants()
        .filter(|node| node.has_tag_name("style"))
        .filter(|node| node.attribute("type").is_none_or(|kind| kind == "text/css"))
        .filter_map(|node| node.text())
}

/// The bytes above each end of a value, of a name and of a block, where the parser stops to count lines.
fn above_values(text: &str) -> u64 {
    text.match_indices([':', ';', '{', '}', '@', '!']).map(|(at, _)| at as u64).sum()
}

/// The declarations of a style sheet, each counted for every selector of its rule, or more.
fn most_declarations(sheet: &str) -> usize {
    let count = |text: &str, byte| text.bytes().filter(|other| *other == byte).count();
    let in_rule = |rule: &str| (count(rule, b',') + 1) * count(rule, b':');
    if hides_braces(sheet) { in_rule(sheet) } else { sheet.split('}').map(in_rule).sum() }
}

/// Whether a comment or a quotation contains a brace, which then neither begins nor ends a rule.
fn hides_braces(sheet: &str) -> bool {
    let mut rest = sheet;
    while let Some(start) = rest.find(['/', '"', '\'', '\\']) {
        let (_, quoted) = rest.split_at(start);
        let end = match quoted.as_bytes() {
            [b'/', b'*', ..] => "*/",
            [b'"', ..] => "\"",
            [b'\'', ..] => "'",
            [b'\\', ..] => return true,
            _ => {
                rest = quoted.get(1..).unwrap_or_default();
                continue;
            }
        };
        let inside = quoted.get(end.len()..).unwrap_or_default();
        let (inside, behind) = inside.split_once(end).unwrap_or((inside, ""));
        if inside.contains(['{', '}']) {
            return true;
        }
        rest = behind;
    }
    false
}

/// An element that selectors are compared with, until that takes too long.
#[derive(Clone, Copy)]
struct Compared<'s, 'a> {
    node: Node<'a, 'a>,
    /// How many elements lead to it.
    far: usize,
    steps: &'s Cell<u64>,
}

impl<'a> Compared<'_, 'a> {
    fn next(self, node: Node<'a, 'a>) -> Option<Self> {
        if self.far == MAX_FAR {
            self.steps.set(MAX_STEPS);
            return None;
        }
        Some(Self { node, far: self.far + 1, ..self })
    }

    /// Counts steps. Returns whether more may follow.
    fn step(self, count: usize) -> bool {
        self.steps.set(self.steps.get().saturating_add(count as u64));
        self.steps.get() < MAX_STEPS
    }
}

impl Element for Compared<'_, '_> {
    fn parent_element(&self) -> Option<Self> {
        self.next(self.node.parent_element().filter(|_| self.step(1))?)
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        let mut nodes = self.node.prev_siblings().skip(1).take_while(|_| self.step(1));
        self.next(nodes.find(Node::is_element)?)
    }

    fn has_local_name(&self, name: &str) -> bool {
        self.step(1) && self.node.tag_name().name() == name
    }

    fn attribute_matches(&self, name: &str, operator: AttributeOperator<'_>) -> bool {
        /// Attributes, and bytes of a list of classes, that are compared in a step.
        const AT_ONCE: usize = 4;
        let value = self.node.attribute(name);
        let steps = 1 + (self.node.attributes().len() + value.map_or(0, str::len)) / AT_ONCE;
        self.step(steps) && value.is_some_and(|value| operator.matches(value))
    }

    fn pseudo_class_matches(&self, class: PseudoClass<'_>) -> bool {
        class == PseudoClass::FirstChild && self.prev_sibling_element().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(text: &str) -> Vec<(String, String)> {
        let document = Document::parse(text).unwrap();
        let element = document.descendants().find(|node| node.has_tag_name("m")).unwrap();
        let styles = Styles::of(&document).unwrap();
        let found = styles.properties(element);
        found.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn declarations_are_those_that_the_renderer_reads() {
        let found = |sheet: &str, attributes: &str| {
            let text = format!("<svg><style>{sheet}</style><g><m {attributes}/></g></svg>");
            let found = properties(&text).into_iter();
            found.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let none: [&str; 0] = [];
        assert_eq!(found("m{a:b}", "c='d'"), ["c=d", "a=b"]);
        assert_eq!(found("x,m{/*}*/ a/* */:b/**/;*c:1e9}", ""), ["a=b", "c=1e9"]);
        assert_eq!(found("@media x{m{a:b}}g > m{c:d !important}", ""), ["c=d"]);
        assert_eq!(found("q m{a:b}g + m{a:b}m:hover{a:b}.x.y{a:b}", "class='x'"), ["class=x"]);
        assert_eq!(found("", "style='/*;*/a:b;;c : url(x;y)'"), ["a=b", "c=url(x;y)"]);
        assert_eq!(found("m:first-child[k~=w]{a:b}", "k='v w'"), ["k=v w", "a=b"]);
        assert_eq!(found("m[k=\"}\"]{a:b}", "k='}'"), ["k=}", "a=b"]);
        assert_eq!(found("m{a}", ""), none);
    }

    #[test]
    fn style_sheets_of_another_language_are_not_read() {
        for (kind, count) in [("", 1), ("type='text/css'", 1), ("type='text/less'", 0)] {
            let text = format!("<svg><style {kind}>m{{a:b}}</style><m/></svg>");
            assert_eq!(properties(&text).len(), count, "{kind}");
        }
    }

    #[test]
    fn declarations_count_for_each_selector() {
        assert_eq!(most_declarations("a,b{c:d;e:f}g{h:i}"), 2 * 2 + 1);
        assert_eq!(most_declarations("/* a,b */a[b='c,d']{c:d}e,f{g:h;i:j}"), 3 + 2 * 2);
        // Where braces may be hidden, any list may be that of any declaration.
        for hidden in ["/*}*/", "'{'", "\"}\"", "\\"] {
            assert_eq!(most_declarations(&format!("a,b{{c:d}}e{{f:g;{hidden}h:i}}")), 2 * 3);
        }
        assert_eq!(most_declarations("'"), 0);
    }
}
