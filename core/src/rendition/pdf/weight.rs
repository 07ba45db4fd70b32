//! How much content a page has once the forms, patterns, masks and glyphs that it uses are followed, found without
//! drawing. Forms that use forms are as long as they like in a file of a few kilobytes; the renderer bounds only how deep
//! they nest. Also whether a text in it has a font that is missing, which the renderer does
//! not report.

use std::borrow::Cow;
use std::collections::HashMap;

use hayro::hayro_interpret::CacheKey as _;
use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Rect, Stream, String};
use hayro::hayro_syntax::page::{Page, Resources};

use super::functions::Pieces;
use super::standard_font;
use crate::rendition::decode_error::DecodeError;

/// Bytes of content, each as often as it is drawn: some five seconds.
const MAX_BYTES: f64 = 200e6;
/// Bytes that are read to find that. Content is read once for each depth and each resources with which it is used.
const MAX_READ: f64 = 200e6;
/// Streams inside each other. The renderer follows forms 50 deep, and glyphs and patterns as deep as they go.
const MAX_DEPTH: u32 = 52;
/// What each use of a stream weighs beside its bytes.
const USE: f64 = 200.0;

/// The mode of texts that are not drawn, as those that were recognised in a scan (table 106).
const INVISIBLE: i64 = 3;

/// Refuses a page whose content is too much. No stream of the file is longer than `longest`, decoded. Returns whether a
/// text has a font that is neither in the file nor one that every reader has.
pub(super) fn check(page: &Page<'_>, longest: u64) -> Result<bool, DecodeError> {
    let mut weights = Weights {
        known: HashMap::new(),
        fonts: HashMap::new(),
        pieces: Pieces::default(),
        read: 0.0,
        longest,
        texts: Texts::default(),
        is_font_missing: false,
    };
    let names = Names::new(page.resources().clone(), 0);
    let mut bytes = weights.content(page.page_stream().unwrap_or_default(), &names, 0);
    if let Some(annotations) = page.raw().get::<Array<'_>>("Annots") {
        for annotation in annotations.iter::<Dict<'_>>() {
            bytes += weights.appearance(&annotation, &names);
            if bytes > MAX_BYTES || weights.read > MAX_READ {
                break;
            }
        }
    }
    if bytes <= MAX_BYTES && weights.read <= MAX_READ {
        Ok(weights.is_font_missing)
    } else {
        Err(DecodeError::unsupported("drawing it would take too long"))
    }
}

/// What the names in content mean.
struct Names<'a> {
    resources: Resources<'a>,
    /// The same for equal resources.
    key: u128,
    /// Bytes of the dictionaries, which the renderer reads at each use.
    length: f64,
}

impl<'a> Names<'a> {
    /// Of resources, whose own dictionary has so many bytes.
    fn new(resources: Resources<'a>, own_length: usize) -> Self {
        let dictionaries = [
            &resources.ext_g_states,
            &resources.fonts,
            &resources.properties,
            &resources.color_spaces,
            &resources.x_objects,
            &resources.patterns,
            &resources.shadings,
        ];
        let length: usize = dictionaries.into_iter().map(|names| names.data().len()).sum();
        Self { key: resources.cache_key(), length: (own_length + length) as f64, resources }
    }
}

/// A use of a stream or of a font, which weighs the same wherever all of these are the same.
#[derive(PartialEq, Eq, Hash)]
struct Use {
    object: u128,
    names: u128,
    depth: u32,
}

/// How the next text is drawn.
#[derive(Clone, Copy, Default)]
struct Texts {
    is_missing: bool,
    is_invisible: bool,
}

struct Weights {
    known: HashMap<Use, f64>,
    /// Whether fonts are missing.
    fonts: HashMap<u128, bool>,
    pieces: Pieces,
    /// Bytes read so far.
    read: f64,
    longest: u64,
    texts: Texts,
    is_font_missing: bool,
}

impl Weights {
    /// The weight of content, which is drawn once.
    fn content(&mut self, content: &[u8], names: &Names<'_>, depth: u32) -> f64 {
        let resources = &names.resources;
        let mut bytes = self.read(content.len()) + names.length + USE;
        // What the next painting and the next glyph draw.
        let (mut pattern, mut glyph) = (0.0_f64, 0.0_f64);
        let (outer, mut saved) = (self.texts, Vec::new());
        let mut operations = TypedIter::new(content);
        while let Some(operation) = operations.next() {
            match operation {
                TypedInstruction::XObject(object) => {
                    if let Some(stream) = resources.get_x_object(object.0) {
                        bytes += self.stream(&stream, names, depth);
                    }
                }
                TypedInstruction::SetGraphicsState(state) => {
                    let state = resources.get_ext_g_state(state.0).unwrap_or_default();
                    bytes += self.read(state.data().len());
                    let mask = state.get::<Dict<'_>>("SMask");
                    let transfer = mask.as_ref().and_then(|mask| mask.get::<Object<'_>>("TR"));
                    bytes += self.pieces.count(transfer) * USE;
                    if let Some(group) = mask.and_then(|mask| mask.get::<Stream<'_>>("G")) {
                        bytes += self.stream(&group, names, depth);
                    }
                }
                TypedInstruction::SaveState(_) => saved.push(self.texts),
                TypedInstruction::RestoreState(_) => {
                    self.texts = saved.pop().unwrap_or(self.texts);
                }
                TypedInstruction::TextRenderingMode(mode) => {
                    self.texts.is_invisible = mode.0.as_i64() == INVISIBLE;
                }
                TypedInstruction::NonStrokeColorNamed(colour) => {
                    let (chosen, painted) = self.pattern(colour.1, names, depth);
                    bytes += chosen;
                    pattern = pattern.max(painted);
                }
                TypedInstruction::StrokeColorNamed(colour) => {
                    let (chosen, painted) = self.pattern(colour.1, names, depth);
                    bytes += chosen;
                    pattern = pattern.max(painted);
                }
                TypedInstruction::TextFont(font) => {
                    let font = resources.get_font(font.0).unwrap_or_default();
                    bytes += self.read(font.data().len());
                    glyph = self.font(&font, names, depth);
                    self.texts.is_missing = self.is_missing(&font);
                }
                TypedInstruction::ShowText(text) => {
                    bytes += self.shown(text.0.as_bytes().len(), glyph + pattern);
                }
                TypedInstruction::NextLineAndShowText(text) => {
                    bytes += self.shown(text.0.as_bytes().len(), glyph + pattern);
                }
                TypedInstruction::ShowTextWithParameters(text) => {
                    bytes += self.shown(text.2.as_bytes().len(), glyph + pattern);
                }
                TypedInstruction::ShowTexts(texts) => {
                    let texts = texts.0.iter::<Object<'_>>().filter_map(Object::into_string);
                    let length: usize = texts.map(|text: String<'_>| text.as_bytes().len()).sum();
                    bytes += self.shown(length, glyph + pattern);
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
                    bytes += self.shading(resources.get_shading(name.0));
                }
                _ => {}
            }
            if bytes > MAX_BYTES || self.read > MAX_READ {
                return f64::INFINITY;
            }
        }
        self.texts = outer;
        bytes
    }

    /// Whether the program of a font is not in the file, and the font none that every reader has.
    fn is_missing(&mut self, font: &Dict<'_>) -> bool {
        let key = font.cache_key();
        if let Some(known) = self.fonts.get(&key) {
            return *known;
        }
        let is_missing = match font.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Type3") => false,
            Some(b"Type0") => {
                let inner = font.get::<Array<'_>>("DescendantFonts");
                self.read(inner.as_ref().map_or(0, |fonts| fonts.data().len()));
                let inner = inner.and_then(|fonts| fonts.iter::<Dict<'_>>().next());
                inner.is_none_or(|inner| !self.has_program(&inner))
            }
            _ => !self.has_program(font),
        };
        let is_missing = is_missing
            && !font.get::<Name<'_>>("BaseFont").is_some_and(|name| standard_font::is_one(&name));
        self.fonts.insert(key, is_missing);
        is_missing
    }

    fn has_program(&mut self, font: &Dict<'_>) -> bool {
        let descriptor = font.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        self.read(font.data().len() + descriptor.data().len());
        ["FontFile", "FontFile2", "FontFile3"].iter().any(|key| descriptor.contains_key(key))
    }

    /// The weight of a text of so many characters at most. Notes whether its font is missing.
    fn shown(&mut self, characters: usize, each: f64) -> f64 {
        if characters == 0 {
            return 0.0;
        }
        self.is_font_missing |= self.texts.is_missing && !self.texts.is_invisible;
        characters as f64 * (each + 16.0)
    }

    /// The weight of a form, the content of a pattern or a glyph. A picture is weighed when it is drawn.
    fn stream(&mut self, stream: &Stream<'_>, above: &Names<'_>, depth: u32) -> f64 {
        let dictionary = stream.dict();
        let own_length = self.read(dictionary.data().len());
        if dictionary.get::<Name<'_>>("Subtype").is_some_and(|name| *name == *b"Image") {
            return own_length + USE;
        }
        let own = self.own_names(dictionary);
        let names = own.as_ref().unwrap_or(above);
        let used = Use { object: stream.cache_key(), names: names.key, depth };
        if let Some(known) = self.known.get(&used) {
            return *known;
        }
        let (data, length) = self.decoded(stream);
        let weight = match data {
            Some(content) if depth < MAX_DEPTH => {
                length.max(self.content(&content, names, depth + 1))
            }
            _ => length + names.length,
        };
        self.known.insert(used, own_length + weight);
        own_length + weight
    }

    /// The weight of a pattern when it is chosen, and for each painting.
    fn pattern(&mut self, name: Option<&Name<'_>>, names: &Names<'_>, depth: u32) -> (f64, f64) {
        match name.and_then(|name| names.resources.get_pattern(name)) {
            Some(Object::Stream(_)) if depth >= MAX_DEPTH => (USE, f64::INFINITY),
            Some(Object::Stream(stream)) => {
                let dictionary = stream.dict();
                let step = |key| f64::from(dictionary.get::<f32>(key).unwrap_or(1.0).abs());
                let copies = dictionary.get::<Rect>("BBox").map_or(1.0, |bounds| {
                    let across = (bounds.width() / step("XStep")).abs().ceil() + 1.0;
                    let down = (bounds.height() / step("YStep")).abs().ceil() + 1.0;
                    across * down
                });
                (USE, copies * self.stream(&stream, names, depth))
            }
            Some(Object::Dict(dictionary)) => {
                let weight = self.shading(dictionary.get("Shading"));
                (weight, weight)
            }
            _ => (0.0, 0.0),
        }
    }

    fn shading(&mut self, shading: Option<Object<'_>>) -> f64 {
        match shading {
            Some(Object::Stream(stream)) => {
                let pieces = self.pieces.count(stream.dict().get("Function"));
                self.decoded(&stream).1 + pieces * USE
            }
            Some(Object::Dict(shading)) => {
                self.read(shading.data().len()) + self.pieces.count(shading.get("Function")) * USE
            }
            _ => USE,
        }
    }

    /// The most that a glyph of a font weighs, if content draws its glyphs (Type 3).
    fn font(&mut self, font: &Dict<'_>, above: &Names<'_>, depth: u32) -> f64 {
        let Some(glyphs) = font.get::<Dict<'_>>("CharProcs") else { return 0.0 };
        if depth >= MAX_DEPTH {
            return f64::INFINITY;
        }
        let own = self.own_names(font);
        let names = own.as_ref().unwrap_or(above);
        let used = Use { object: font.cache_key(), names: names.key, depth };
        if let Some(known) = self.known.get(&used) {
            return *known;
        }
        let keys: Vec<_> = glyphs.keys().collect();
        let glyphs = keys.iter().filter_map(|key| glyphs.get::<Stream<'_>>(&**key));
        let weight = glyphs.map(|glyph| self.stream(&glyph, names, depth)).fold(0.0, f64::max);
        self.known.insert(used, weight);
        weight
    }

    /// The weight of what an annotation shows.
    fn appearance(&mut self, annotation: &Dict<'_>, names: &Names<'_>) -> f64 {
        let shown = annotation.get::<Dict<'_>>("AP").and_then(|shown| shown.get::<Object<'_>>("N"));
        match shown {
            Some(Object::Stream(stream)) => self.stream(&stream, names, 0),
            Some(Object::Dict(states)) => {
                let keys: Vec<_> = states.keys().collect();
                let states = keys.iter().filter_map(|key| states.get::<Stream<'_>>(&**key));
                states.map(|state| self.stream(&state, names, 0)).fold(0.0, f64::max)
            }
            _ => 0.0,
        }
    }

    /// The data of a stream, if it is not damaged, and what a use weighs: its bytes as stored or decoded.
    fn decoded<'a>(&mut self, stream: &Stream<'a>) -> (Option<Cow<'a, [u8]>>, f64) {
        let stored = self.read(stream.raw_data().len());
        if self.read > MAX_READ {
            return (None, f64::INFINITY);
        }
        let data = stream.decoded_data().ok();
        // What is damaged may be decoded for long before that is found.
        let decoded = data.as_ref().map_or(self.longest, |data| data.len() as u64) as f64;
        self.read += decoded;
        (data, stored.max(decoded) + USE)
    }

    /// The names that a stream or a font has of its own.
    fn own_names<'a>(&mut self, owner: &Dict<'a>) -> Option<Names<'a>> {
        let own = owner.get::<Dict<'_>>("Resources")?;
        let length = own.data().len();
        let names = Names::new(Resources::new(own), length);
        self.read += names.length;
        Some(names)
    }

    /// Counts bytes that are read.
    fn read(&mut self, bytes: usize) -> f64 {
        self.read += bytes as f64 + USE;
        bytes as f64
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    fn is_font_missing(font: &str, content: &str) -> bool {
        let page = format!(
            "/MediaBox[0 0 99 99]/Resources<</Font<</F<</Type/Font{font}>>/H<</Type/Font/Subtype/Type1\
             /BaseFont/Helvetica>>>>/XObject<</X 5 0 R>>>>"
        );
        let form = "<</Subtype/Form/BBox[0 0 9 9]/Length 17>>stream\nBT (Text) Tj ET  \nendstream";
        let file = sample::pdf(&page, content, &[form]);
        sample::file(&file).cost(false).unwrap().is_font_missing
    }

    #[test]
    fn a_font_that_is_not_in_the_file_is_missing() {
        let descendant = "/Subtype/Type0/BaseFont/KozMinPro-Regular/Encoding/Identity-H/DescendantFonts[<<\
                          /Type/Font/Subtype/CIDFontType0/BaseFont/KozMinPro-Regular/FontDescriptor<<";
        for (font, expected) in [
            ("/Subtype/Type1/BaseFont/Helvetica", false),
            ("/Subtype/TrueType/BaseFont/Arial,Bold", false),
            ("/Subtype/Type1/BaseFont/Myriad#20Pro", true),
            (
                "/Subtype/TrueType/BaseFont/Gotham-Bold/FontDescriptor<</FontName/Gotham-Bold>>",
                true,
            ),
            ("/Subtype/Type1/BaseFont/Gotham/FontDescriptor<</FontFile 9 0 R>>", false),
            ("/Subtype/TrueType/BaseFont/Gotham/FontDescriptor<</FontFile2 9 0 R>>", false),
            ("/Subtype/Type1", true),
            (&format!("{descendant}/Flags 4>>>>]"), true),
            (&format!("{descendant}/FontFile3 9 0 R>>>>]"), false),
            ("/Subtype/Type3/FontBBox[0 0 1 1]/FontMatrix[1 0 0 1 0 0]/CharProcs<<>>", false),
        ] {
            assert_eq!(is_font_missing(font, "BT /F 9 Tf (Text) Tj ET"), expected, "{font}");
        }
    }

    #[test]
    fn only_texts_that_are_drawn_have_a_font() {
        let font = "/Subtype/Type1/BaseFont/Gotham";
        for (content, expected) in [
            ("BT /F 9 Tf [(Te) 3 (xt)] TJ ET", true),
            ("BT /F 9 Tf (Text) ' ET", true),
            ("BT /F 9 Tf ET", false),
            ("BT /F 9 Tf () Tj ET", false),
            ("BT /H 9 Tf (Text) Tj ET", false),
            ("BT /F 9 Tf 3 Tr (Text) Tj ET", false),
            ("BT /F 9 Tf 3 Tr (Text) Tj 0 Tr (Text) Tj ET", true),
            ("BT /H 9 Tf ET q BT /F 9 Tf ET Q BT (Text) Tj ET", false),
            ("BT /F 9 Tf ET /X Do", true),
            ("BT /H 9 Tf ET /X Do", false),
        ] {
            assert_eq!(is_font_missing(font, content), expected, "{content}");
        }
    }
}
