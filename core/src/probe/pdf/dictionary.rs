//! The entries of dictionaries that lead to the size of the first page.

use super::bytes::Bytes;
use super::lexer::{Lexer, Value, whole};
use crate::container::error::ProbeError;

/// What a dictionary describes, by its `Type`.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Catalog,
    Pages,
    Page,
    #[default]
    Other,
}

/// How a stream is coded.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Filter {
    #[default]
    None,
    Flate,
    Other,
}

/// A value that may be another object.
#[derive(Clone, Copy)]
pub(super) enum Entry<T> {
    Direct(T),
    Object(u32),
}

/// Lower left and upper right corner, in points.
pub(super) type Rectangle = [f64; 4];

/// Pages of a node that are looked at. All but the first matter only where that has no page.
pub(super) const MAX_KIDS: usize = 8;
/// Sections of a cross-reference stream: pairs of a first number and a count.
const MAX_INDEX: usize = 2 * 16;

/// The entries of any dictionary that are read.
pub(super) struct Dictionary {
    pub(super) kind: Kind,
    // Of a trailer.
    pub(super) root: Option<u32>,
    pub(super) is_encrypted: bool,
    pub(super) previous: Option<u64>,
    pub(super) hybrid: Option<u64>,
    // Of a catalog, and a node of the tree of pages.
    pub(super) pages: Option<u32>,
    pub(super) kids: Option<Entry<[Option<u32>; MAX_KIDS]>>,
    pub(super) media_box: Option<Entry<Rectangle>>,
    pub(super) crop_box: Option<Entry<Rectangle>>,
    pub(super) rotate: Option<Entry<f64>>,
    pub(super) user_unit: Option<Entry<f64>>,
    // Of a stream.
    pub(super) filter: Filter,
    pub(super) predictor: u32,
    pub(super) columns: u32,
    // Of a stream of cross-references.
    pub(super) widths: Option<[u32; 3]>,
    pub(super) index: ([f64; MAX_INDEX], usize),
    // Of a stream of objects.
    pub(super) count: u32,
    pub(super) first: u64,
}

impl Dictionary {
    fn new() -> Self {
        Self {
            kind: Kind::default(),
            root: None,
            is_encrypted: false,
            previous: None,
            hybrid: None,
            pages: None,
            kids: None,
            media_box: None,
            crop_box: None,
            rotate: None,
            user_unit: None,
            filter: Filter::None,
            predictor: 1,
            columns: 1,
            widths: None,
            index: ([0.0; MAX_INDEX], 0),
            count: 0,
            first: 0,
        }
    }

    /// Reads the entries behind `<<`.
    pub(super) fn read(lexer: &mut Lexer<impl Bytes>) -> Result<Self, ProbeError> {
        let mut dictionary = Self::new();
        loop {
            match lexer.value()? {
                Value::Name(key) => dictionary.entry(key.bytes(), lexer)?,
                Value::End => return Ok(dictionary),
                other => lexer.skip(&other)?,
            }
        }
    }

    fn entry(&mut self, key: &[u8], lexer: &mut Lexer<impl Bytes>) -> Result<(), ProbeError> {
        let value = lexer.value()?;
        match (key, &value) {
            (b"Type", Value::Name(name)) => {
                self.kind = match name.bytes() {
                    b"Catalog" => Kind::Catalog,
                    b"Pages" => Kind::Pages,
                    b"Page" => Kind::Page,
                    _ => Kind::Other,
                };
            }
            (b"Root", Value::Reference(number)) => self.root = Some(*number),
            (b"Encrypt", Value::Reference(_)) => self.is_encrypted = true,
            (b"Encrypt", Value::DictionaryStart) => {
                self.is_encrypted = true;
                lexer.skip(&value)?;
            }
            (b"Prev", Value::Number(at)) => self.previous = whole(*at).map(u64::from),
            (b"XRefStm", Value::Number(at)) => self.hybrid = whole(*at).map(u64::from),
            (b"Pages", Value::Reference(number)) => self.pages = Some(*number),
            (b"Kids", Value::Reference(number)) => self.kids = Some(Entry::Object(*number)),
            (b"Kids", Value::ArrayStart) => {
                self.kids = Some(Entry::Direct(Array::read(lexer)?.references));
            }
            (b"MediaBox", _) => self.media_box = rectangle(&value, lexer)?,
            (b"CropBox", _) => self.crop_box = rectangle(&value, lexer)?,
            (b"Rotate", Value::Number(degrees)) => self.rotate = Some(Entry::Direct(*degrees)),
            (b"Rotate", Value::Reference(number)) => self.rotate = Some(Entry::Object(*number)),
            (b"UserUnit", Value::Number(points)) => self.user_unit = Some(Entry::Direct(*points)),
            (b"UserUnit", Value::Reference(number)) => {
                self.user_unit = Some(Entry::Object(*number));
            }
            (b"Filter", Value::Name(name)) => self.filter = filter(name.bytes()),
            (b"Filter", Value::ArrayStart) => self.filter = only_filter(lexer)?,
            (b"DecodeParms" | b"DP", Value::DictionaryStart) => {
                (self.predictor, self.columns) = Self::parameters(lexer)?;
            }
            (b"DecodeParms" | b"DP", Value::ArrayStart) => loop {
                // Of several filters, the stream is not read.
                match lexer.value()? {
                    Value::End => break,
                    Value::DictionaryStart => {
                        (self.predictor, self.columns) = Self::parameters(lexer)?;
                    }
                    other => lexer.skip(&other)?,
                }
            },
            (b"W", Value::ArrayStart) => {
                let (widths, count) = lexer.numbers::<3>()?;
                let [kind, second, third] = widths.map(whole);
                self.widths = match (count, kind, second, third) {
                    (3, Some(kind), Some(second), Some(third)) => Some([kind, second, third]),
                    _ => None,
                };
            }
            (b"Index", Value::ArrayStart) => self.index = lexer.numbers()?,
            (b"N", Value::Number(count)) => self.count = whole(*count).unwrap_or(0),
            (b"First", Value::Number(at)) => self.first = whole(*at).unwrap_or(0).into(),
            (_, Value::End) => return Err(ProbeError::Truncated),
            _ => lexer.skip(&value)?,
        }
        Ok(())
    }

    /// Predictor and columns, behind the `<<` of the parameters of a filter.
    fn parameters(lexer: &mut Lexer<impl Bytes>) -> Result<(u32, u32), ProbeError> {
        let (mut predictor, mut columns) = (1, 1);
        loop {
            let key = lexer.value()?;
            let Value::Name(key) = key else {
                match key {
                    Value::End => return Ok((predictor, columns)),
                    other => lexer.skip(&other)?,
                }
                continue;
            };
            let value = lexer.value()?;
            match (key.bytes(), &value) {
                (b"Predictor", Value::Number(number)) => predictor = whole(*number).unwrap_or(0),
                (b"Columns", Value::Number(number)) => columns = whole(*number).unwrap_or(0),
                (_, Value::End) => return Err(ProbeError::Truncated),
                _ => lexer.skip(&value)?,
            }
        }
    }
}

fn filter(name: &[u8]) -> Filter {
    match name {
        b"FlateDecode" | b"Fl" => Filter::Flate,
        _ => Filter::Other,
    }
}

/// The only filter of an array, behind its start.
fn only_filter(lexer: &mut Lexer<impl Bytes>) -> Result<Filter, ProbeError> {
    let (mut found, mut count) = (Filter::None, 0_u32);
    loop {
        match lexer.value()? {
            Value::End => return Ok(if count > 1 { Filter::Other } else { found }),
            Value::Name(name) => found = filter(name.bytes()),
            other => {
                lexer.skip(&other)?;
                found = Filter::Other;
            }
        }
        count = count.saturating_add(1);
    }
}

fn rectangle(
    value: &Value,
    lexer: &mut Lexer<impl Bytes>,
) -> Result<Option<Entry<Rectangle>>, ProbeError> {
    match value {
        Value::Reference(number) => Ok(Some(Entry::Object(*number))),
        Value::ArrayStart => Ok(Array::read(lexer)?.rectangle().map(Entry::Direct)),
        _ => {
            lexer.skip(value)?;
            Ok(None)
        }
    }
}

/// The first numbers and references of an array.
pub(super) struct Array {
    numbers: [f64; 4],
    count: usize,
    pub(super) references: [Option<u32>; MAX_KIDS],
}

impl Array {
    /// Reads what follows the start.
    fn read(lexer: &mut Lexer<impl Bytes>) -> Result<Self, ProbeError> {
        let mut array = Self { numbers: [0.0; 4], count: 0, references: [None; MAX_KIDS] };
        loop {
            match lexer.value()? {
                Value::End => return Ok(array),
                Value::Number(number) => {
                    if let Some(slot) = array.numbers.get_mut(array.count) {
                        *slot = number;
                    }
                    array.count = array.count.saturating_add(1);
                }
                Value::Reference(number) => {
                    if let Some(slot) = array.references.iter_mut().find(|slot| slot.is_none()) {
                        *slot = Some(number);
                    }
                }
                other => lexer.skip(&other)?,
            }
        }
    }

    /// The array as a rectangle, if it has four numbers.
    pub(super) fn rectangle(&self) -> Option<Rectangle> {
        (self.count == 4).then_some(self.numbers)
    }
}

/// An object, as far as it is read.
#[expect(clippy::large_enum_variant, reason = "the probe does not use the heap")]
pub(super) enum Object {
    Dictionary(Dictionary),
    Array(Array),
    Number(f64),
    Other,
}

impl Object {
    pub(super) fn read(lexer: &mut Lexer<impl Bytes>) -> Result<Self, ProbeError> {
        Ok(match lexer.value()? {
            Value::DictionaryStart => Self::Dictionary(Dictionary::read(lexer)?),
            Value::ArrayStart => Self::Array(Array::read(lexer)?),
            Value::Number(number) => Self::Number(number),
            _ => Self::Other,
        })
    }
}
