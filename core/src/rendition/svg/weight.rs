//! How many elements an SVG has once its references are followed, found without following them.
//!
//! `use`, patterns, masks, clips, filters and markers may each refer to elements that refer to others: a file of a few
//! kilobytes can have as many elements as there are atoms. What refers to itself counts once, as renderers skip it.

use resvg::usvg::roxmltree::{Document, Node};

use super::reach::{self, Lengths};
use super::references::{References, Use};
use super::style::Styles;
use super::text_chunks;
use crate::rendition::decode_error::DecodeError;

/// Elements of an expanded document: some three seconds to read and draw small ones.
pub(super) const MAX_ELEMENTS: f64 = 500_000.0;
/// The time that an element takes, by that.
const ELEMENT_NANOSECONDS: f64 = 6000.0;
/// Elements inside each other, references included. The stack that drawing has is measured for it.
const MAX_DEPTH: u32 = 200;
/// Bytes of attributes and text that weigh as an element.
const BYTES: f64 = 64.0;

/// Bytes of a picture, read from Base64 wherever it is used, that weigh as an element.
const DATA_BYTES: f64 = 2048.0;
/// Pairs of a filter's primitives that weigh as an element.
const PRIMITIVES: f64 = 1000.0;

/// What is at and below an element when it is drawn.
#[derive(Clone, Copy, Default)]
struct Weight {
    elements: f64,
    shapes: f64,
    vertices: f64,
    depth: u32,
    /// How far it reaches.
    reach: f64,
}

#[derive(Clone, Copy)]
enum State {
    Unknown,
    /// It is above the element that is looked at: a loop.
    Open,
    Known(Weight),
}

/// The elements of a document when its references are followed. Refuses one that is too large, or too deep.
pub(super) fn check(document: &Document<'_>) -> Result<f64, DecodeError> {
    check_depth(document)?;
    let styles = Styles::of(document)?;
    let states = vec![State::Unknown; document.descendants().count() + 1];
    let (references, lengths) = (References::new(document), Lengths::of(document, &styles));
    let mut weighing = Weighing {
        document,
        styles: &styles,
        references,
        lengths,
        states,
        paints: 0,
        has_loop: false,
    };
    let mut root = weighing.weigh(document.root_element(), 0)?;
    root.elements += styles.weight();
    weighing.check_loops()?;
    styles.check()?;
    if root.elements > MAX_ELEMENTS {
        let reason =
            format!("it has more than {MAX_ELEMENTS} elements when its references are followed");
        return Err(DecodeError::unsupported(reason));
    }
    if root.depth > MAX_DEPTH {
        return Err(too_deep());
    }
    check_reach(root.reach)?;
    Ok(root.elements)
}

/// Refuses elements that are nested too deep, without a call for each level.
fn check_depth(document: &Document<'_>) -> Result<(), DecodeError> {
    let mut depths = vec![0_u32; document.descendants().count() + 1];
    for node in document.descendants() {
        let above = node.parent().and_then(|parent| depths.get(parent.id().get_usize()));
        let depth = above.map_or(0, |above| above + 1);
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        if let Some(slot) = depths.get_mut(node.id().get_usize()) {
            *slot = depth;
        }
    }
    Ok(())
}

fn check_reach(reach: f64) -> Result<(), DecodeError> {
    if reach <= reach::MAX {
        Ok(())
    } else {
        Err(DecodeError::unsupported("a shape reaches too far out of the picture"))
    }
}

fn too_deep() -> DecodeError {
    DecodeError::unsupported(format!("its elements are nested over {MAX_DEPTH} deep"))
}

/// What weighs elements, each once.
struct Weighing<'a> {
    document: &'a Document<'a>,
    styles: &'a Styles<'a>,
    references: References<'a>,
    lengths: Lengths,
    states: Vec<State>,
    /// References to patterns, clips, masks and filters.
    paints: usize,
    /// Whether anything refers to what it is in.
    has_loop: bool,
}

impl<'a> Weighing<'a> {
    fn weigh(&mut self, node: Node<'a, 'a>, depth: u32) -> Result<Weight, DecodeError> {
        // Loops aside, a chain of references is as deep as the document has elements.
        if depth > 4 * MAX_DEPTH {
            return Err(too_deep());
        }
        match self.states.get(node.id().get_usize()) {
            Some(State::Known(weight)) => return Ok(*weight),
            Some(State::Open) => {
                self.has_loop = true;
                return Ok(Weight::default());
            }
            _ => {}
        }
        self.set(node, State::Open);
        let (properties, styles) = self.styles.weighed(node);
        let mut weight = own(node);
        weight.elements += styles;
        // Lines are computed before they are scaled down, too.
        weight.reach = self.lengths.own(&properties);
        check_reach(weight.reach)?;
        let enlargement = self.lengths.enlargement(node, &properties);
        let targets = self.references.of(&properties);
        drop(properties);
        for child in node.children().filter(Node::is_element) {
            let below = self.weigh(child, depth + 1)?;
            weight.reach = weight.reach.max(below.reach);
            weight.elements += below.elements;
            weight.shapes += below.shapes;
            weight.vertices += below.vertices;
            weight.depth = weight.depth.max(below.depth);
        }
        let mut added = 0.0;
        for (target, kind) in targets {
            let Some(target) = self.document.get_node(target) else { continue };
            let name = target.tag_name().name();
            self.paints += usize::from(matches!(name, "pattern" | "clipPath" | "mask" | "filter"));
            let referenced = self.weigh(target, depth + 1)?;
            weight.depth = weight.depth.max(referenced.depth);
            let by = match kind {
                Use::EachVertex => self.lengths.marker(),
                _ if reach::is_in_shape(target) => weight.reach.max(1.0),
                _ => 1.0,
            };
            weight.reach = weight.reach.max(referenced.reach * by);
            match kind {
                Use::Once => {
                    added += referenced.elements;
                    weight.shapes += referenced.shapes;
                    weight.vertices += referenced.vertices;
                }
                Use::EachShape => added += referenced.elements * weight.shapes.max(1.0),
                Use::EachVertex => added += referenced.elements * weight.vertices.max(1.0),
            }
        }
        weight.elements += added;
        weight.depth = weight.depth.saturating_add(1);
        weight.reach *= enlargement;
        self.set(node, State::Known(weight));
        Ok(weight)
    }

    /// Refuses loops that take too long to open: for each reference in one, the renderer searches the document.
    fn check_loops(&self) -> Result<(), DecodeError> {
        const MAX_SEARCHED: usize = 20_000_000;
        if self.has_loop && self.paints.saturating_mul(self.states.len()) > MAX_SEARCHED {
            return Err(DecodeError::unsupported("too many of its elements refer to themselves"));
        }
        Ok(())
    }

    fn set(&mut self, node: Node<'a, 'a>, state: State) {
        if let Some(slot) = self.states.get_mut(node.id().get_usize()) {
            *slot = state;
        }
    }
}

/// The weight of an element alone.
fn own(node: Node<'_, '_>) -> Weight {
    let is_shape = matches!(
        node.tag_name().name(),
        "path" | "rect" | "circle" | "ellipse" | "line" | "polyline" | "polygon" | "text" | "image"
    );
    // The pixels of pictures are bounded when they are decoded.
    let is_data = |value: &&str| value.starts_with("data:");
    let values = || node.attributes().map(|attribute| attribute.value());
    let bytes: usize = values().filter(|value| !is_data(value)).map(str::len).sum();
    let data: usize = values().filter(is_data).map(str::len).sum();
    let text: usize = node.children().filter_map(|child| child.text()).map(str::len).sum();
    // Every vertex takes two numbers, of at least a digit and a separator each.
    let path: usize =
        ["d", "points"].iter().filter_map(|name| node.attribute(*name)).map(str::len).sum();
    // Each primitive of a filter looks for its input among all.
    let is_filter = node.tag_name().name() == "filter";
    let primitives = if is_filter { node.children().count() as f64 } else { 0.0 };
    let is_text = node.tag_name().name() == "text";
    let layout = if is_text { text_chunks::nanoseconds(node) } else { 0.0 };
    Weight {
        elements: 1.0
            + (bytes + text) as f64 / BYTES
            + data as f64 / DATA_BYTES
            + primitives * primitives / PRIMITIVES
            + layout / ELEMENT_NANOSECONDS,
        shapes: if is_shape { 1.0 } else { 0.0 },
        vertices: if is_shape { 4.0 + path as f64 / 4.0 } else { 0.0 },
        depth: 0,
        reach: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(body: &str) -> bool {
        let text = format!("<svg xmlns='http://www.w3.org/2000/svg'>{body}</svg>");
        check(&Document::parse(&text).unwrap()).is_ok()
    }

    /// Ten elements of `element`, which refer to level `level`, by levels.
    fn levels(count: u32, element: impl Fn(u32) -> String) -> String {
        (1..=count)
            .map(|level| format!("<g id='l{level}'>{}</g>", element(level - 1).repeat(10)))
            .collect()
    }

    #[test]
    fn bombs_of_every_kind_of_reference() {
        let leaf = "<rect id='l0' width='1' height='1'/>";
        for kind in ["fill", "stroke", "mask", "clip-path", "filter", "marker-mid", "href"] {
            let uses = |level: u32| match kind {
                "href" => format!("<use href='#l{level}'/>"),
                _ => format!("<rect {kind}='url(#l{level})'/>"),
            };
            let bomb = levels(8, uses);
            assert!(!is_accepted(&format!("{leaf}{bomb}{}", uses(8))), "{kind}");
            assert!(is_accepted(&format!("{leaf}{}{}", levels(3, uses), uses(3))), "{kind}");
        }
        let by_style = |level: u32| format!("<rect class='c{level}'/>");
        let sheet: String =
            (0..9).map(|level| format!(".c{level}{{fill:url(#l{level})}}")).collect();
        assert!(!is_accepted(&format!(
            "<style>{sheet}</style>{leaf}{}{}",
            levels(8, by_style),
            by_style(8)
        )));
    }

    #[test]
    fn what_is_inherited_counts_for_each_shape() {
        let pattern = format!("<pattern id='p'>{}</pattern>", "<rect/>".repeat(1000));
        let shapes = |count| "<rect/>".repeat(count);
        assert!(is_accepted(&format!("{pattern}<g fill='url(#p)'>{}</g>", shapes(100))));
        assert!(!is_accepted(&format!("{pattern}<g fill='url(#p)'>{}</g>", shapes(1000))));
        // A clip of the group is used once.
        assert!(is_accepted(&format!("{pattern}<g clip-path='url(#p)'>{}</g>", shapes(1000))));
    }

    #[test]
    fn loops_end() {
        assert!(is_accepted("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"));
        assert!(is_accepted("<pattern id='p' fill='url(#p)'><rect fill='url(#p)'/></pattern>"));
        // Loops, and as many references that lead elsewhere.
        for (kind, property) in [("pattern", "fill"), ("clipPath", "clip-path"), ("mask", "mask")] {
            let servers = |count: u32, target: fn(u32) -> u32| -> String {
                let server = |i| {
                    format!("<{kind} id='p{i}'><rect {property}='url(#p{})'/></{kind}>", target(i))
                };
                (0..count).map(server).collect()
            };
            assert!(is_accepted(&servers(1000, |i| i)), "{kind}");
            assert!(!is_accepted(&servers(5000, |i| i)), "{kind}");
            assert!(is_accepted(&servers(5000, |i| i / 2 * 2 + 5000)), "{kind}");
        }
    }

    #[test]
    fn primitives_of_a_filter_are_searched() {
        let filter = |count| format!("<filter>{}</filter>", "<feOffset/>".repeat(count));
        assert!(is_accepted(&filter(1000)) && !is_accepted(&filter(25_000)));
        assert!(is_accepted(&filter(100).repeat(250)));
    }

    #[test]
    fn depth_is_bounded_by_elements_and_by_references() {
        let nested = |depth| format!("{}{}", "<g>".repeat(depth), "</g>".repeat(depth));
        assert!(is_accepted(&nested(190)) && !is_accepted(&nested(210)));
        assert!(!is_accepted(&nested(100_000)));
        let chain = |count| -> String {
            (0..count).map(|i| format!("<g id='c{i}'><use href='#c{}'/></g>", i + 1)).collect()
        };
        assert!(is_accepted(&chain(80)) && !is_accepted(&chain(2000)));
    }
}
