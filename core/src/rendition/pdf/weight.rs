//! How much content a page has once the forms, patterns, masks and glyphs that it uses are followed, found without
//! drawing. Forms that use forms are as long as they like in a file of a few kilobytes; the renderer bounds only how deep
//! they nest.

use std::collections::HashMap;

use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::{
    Array, Dict, Name, Object, ObjectIdentifier, Rect, Stream, String,
};
use hayro::hayro_syntax::page::{Page, Resources};

use crate::rendition::decode_error::DecodeError;

/// Bytes of content, each as often as it is drawn: some five seconds.
const MAX_BYTES: f64 = 200e6;
/// Streams inside each other. The renderer stops at 50.
const MAX_DEPTH: u32 = 52;
/// What each use of a stream weighs beside its bytes.
const USE: f64 = 200.0;

/// Refuses a page whose content is too much.
pub(super) fn check(page: &Page<'_>) -> Result<(), DecodeError> {
    let mut weights = Weights { known: HashMap::new() };
    let mut bytes = weights.content(page.page_stream().unwrap_or_default(), page.resources(), 0);
    if let Some(annotations) = page.raw().get::<Array<'_>>("Annots") {
        for annotation in annotations.iter::<Dict<'_>>() {
            bytes += weights.appearance(&annotation, page.resources());
        }
    }
    if bytes <= MAX_BYTES {
        Ok(())
    } else {
        Err(DecodeError::unsupported("drawing it would take too long"))
    }
}

struct Weights {
    /// Of streams and fonts. What is being weighed counts as nothing: it uses itself.
    known: HashMap<ObjectIdentifier, f64>,
}

impl Weights {
    /// The weight of content, which is drawn once.
    fn content(&mut self, content: &[u8], resources: &Resources<'_>, depth: u32) -> f64 {
        if depth > MAX_DEPTH {
            return 0.0;
        }
        let mut bytes = content.len() as f64 + USE;
        // What the next painting and the next glyph draw.
        let (mut pattern, mut glyph) = (0.0_f64, 0.0_f64);
        let mut operations = TypedIter::new(content);
        while let Some(operation) = operations.next() {
            match operation {
                TypedInstruction::XObject(object) => {
                    if let Some(stream) = resources.get_x_object(object.0) {
                        bytes += self.stream(&stream, resources, depth);
                    }
                }
                TypedInstruction::SetGraphicsState(state) => {
                    let mask = resources.get_ext_g_state(state.0);
                    let mask = mask.and_then(|state| state.get::<Dict<'_>>("SMask"));
                    if let Some(group) = mask.and_then(|mask| mask.get::<Stream<'_>>("G")) {
                        bytes += self.stream(&group, resources, depth);
                    }
                }
                TypedInstruction::NonStrokeColorNamed(colour) => {
                    pattern = pattern.max(self.pattern(colour.1, resources, depth));
                }
                TypedInstruction::StrokeColorNamed(colour) => {
                    pattern = pattern.max(self.pattern(colour.1, resources, depth));
                }
                TypedInstruction::TextFont(font) => {
                    let font = resources.get_font(font.0);
                    glyph = font.map_or(0.0, |font| self.font(&font, resources, depth));
                }
                TypedInstruction::ShowText(text) => {
                    bytes += text.0.as_bytes().len() as f64 * (glyph + pattern + 16.0);
                }
                TypedInstruction::NextLineAndShowText(text) => {
                    bytes += text.0.as_bytes().len() as f64 * (glyph + pattern + 16.0);
                }
                TypedInstruction::ShowTextWithParameters(text) => {
                    bytes += text.2.as_bytes().len() as f64 * (glyph + pattern + 16.0);
                }
                TypedInstruction::ShowTexts(texts) => {
                    let texts = texts.0.iter::<Object<'_>>().filter_map(Object::into_string);
                    let length: usize = texts.map(|text: String<'_>| text.as_bytes().len()).sum();
                    bytes += length as f64 * (glyph + pattern + 16.0);
                }
                TypedInstruction::FillPathNonZero(_)
                | TypedInstruction::FillPathNonZeroCompatibility(_)
                | TypedInstruction::FillPathEvenOdd(_)
                | TypedInstruction::StrokePath(_)
                | TypedInstruction::CloseAndStrokePath(_)
                | TypedInstruction::FillAndStrokeNonZero(_)
                | TypedInstruction::FillAndStrokeEvenOdd(_)
                | TypedInstruction::CloseFillAndStrokeNonZero(_)
                | TypedInstruction::CloseFillAndStrokeEvenOdd(_)
                | TypedInstruction::InlineImage(_) => bytes += pattern,
                TypedInstruction::Shading(name) => {
                    let length = match resources.get_shading(name.0) {
                        Some(Object::Stream(stream)) => decoded_length(&stream),
                        _ => 0.0,
                    };
                    bytes += length + USE;
                }
                _ => {}
            }
            if bytes > MAX_BYTES {
                return bytes;
            }
        }
        bytes
    }

    /// The weight of a form, the content of a pattern or a glyph. A picture is weighed when it is drawn.
    fn stream(&mut self, stream: &Stream<'_>, above: &Resources<'_>, depth: u32) -> f64 {
        let id = stream.obj_id();
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        if stream.dict().get::<Name<'_>>("Subtype").is_some_and(|name| *name == *b"Image") {
            return USE;
        }
        self.known.insert(id, 0.0);
        let own = stream.dict().get::<Dict<'_>>("Resources").map(Resources::new);
        let weight = match stream.decoded_data() {
            Ok(content) => self.content(&content, own.as_ref().unwrap_or(above), depth + 1),
            Err(_) => USE,
        };
        self.known.insert(id, weight);
        weight
    }

    /// The weight of a pattern for each painting.
    fn pattern(&mut self, name: Option<&Name<'_>>, resources: &Resources<'_>, depth: u32) -> f64 {
        match name.and_then(|name| resources.get_pattern(name)) {
            Some(Object::Stream(stream)) => {
                let dictionary = stream.dict();
                let step = |key| f64::from(dictionary.get::<f32>(key).unwrap_or(1.0).abs());
                let copies = dictionary.get::<Rect>("BBox").map_or(1.0, |bounds| {
                    let across = (bounds.width() / step("XStep")).abs().ceil() + 1.0;
                    let down = (bounds.height() / step("YStep")).abs().ceil() + 1.0;
                    across * down
                });
                copies * self.stream(&stream, resources, depth)
            }
            Some(Object::Dict(dictionary)) => match dictionary.get::<Object<'_>>("Shading") {
                Some(Object::Stream(stream)) => decoded_length(&stream),
                _ => USE,
            },
            _ => 0.0,
        }
    }

    /// The most that a glyph of a font weighs, if content draws its glyphs (Type 3).
    fn font(&mut self, font: &Dict<'_>, above: &Resources<'_>, depth: u32) -> f64 {
        let Some(glyphs) = font.get::<Dict<'_>>("CharProcs") else { return 0.0 };
        let id = font.obj_id();
        if let Some(known) = id.and_then(|id| self.known.get(&id)) {
            return *known;
        }
        if let Some(id) = id {
            self.known.insert(id, 0.0);
        }
        let own = font.get::<Dict<'_>>("Resources").map(Resources::new);
        let resources = own.as_ref().unwrap_or(above);
        let names: Vec<_> = glyphs.keys().collect();
        let glyphs = names.iter().filter_map(|name| glyphs.get::<Stream<'_>>(&**name));
        let weight = glyphs.map(|glyph| self.stream(&glyph, resources, depth)).fold(0.0, f64::max);
        if let Some(id) = id {
            self.known.insert(id, weight);
        }
        weight
    }

    /// The weight of what an annotation shows.
    fn appearance(&mut self, annotation: &Dict<'_>, resources: &Resources<'_>) -> f64 {
        let shown = annotation.get::<Dict<'_>>("AP").and_then(|shown| shown.get::<Object<'_>>("N"));
        match shown {
            Some(Object::Stream(stream)) => self.stream(&stream, resources, 0),
            Some(Object::Dict(states)) => {
                let names: Vec<_> = states.keys().collect();
                let states = names.iter().filter_map(|name| states.get::<Stream<'_>>(&**name));
                states.map(|state| self.stream(&state, resources, 0)).fold(0.0, f64::max)
            }
            _ => 0.0,
        }
    }
}

fn decoded_length(stream: &Stream<'_>) -> f64 {
    stream.decoded_data().map_or(0.0, |data| data.len() as f64)
}
