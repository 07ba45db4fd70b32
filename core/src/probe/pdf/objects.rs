//! Finding the objects of a PDF: by its cross-references (ISO 32000-1, section 7.5), or by a search where these are
//! broken.

use super::bytes::{Bytes, FileBytes, Inflated, Work};
use super::dictionary::{Dictionary, Filter, Kind, Object};
use super::lexer::{Lexer, Token, whole};
use crate::container::error::ProbeError;
use crate::container::source::{Source, WINDOW};

/// Bytes of the end of a file in which `startxref` is looked for.
const TAIL: u64 = 2048;
/// Sections of cross-references: a file has one for each time that it was changed.
const MAX_SECTIONS: usize = 64;
/// Bytes of an entry of a cross-reference table (section 7.5.4).
const TABLE_ENTRY: u64 = 20;
/// The longest entry of a cross-reference stream that is read.
const MAX_ENTRY: usize = 32;

/// Where an object is.
#[derive(Clone, Copy)]
enum Location {
    At(u64),
    /// In the stream of objects of this number.
    InStream(u32),
}

/// How objects are found.
#[derive(Clone, Copy)]
enum Way {
    /// By the cross-references at this offset.
    Table(u64),
    /// By a search of the file.
    Search,
}

/// The objects of a file.
pub(super) struct Objects<'a, S> {
    src: &'a mut S,
    /// Where the header is. Offsets count from it, or from the start of the file.
    base: u64,
    way: Way,
    work: Work,
    pub(super) is_encrypted: bool,
    pub(super) root: Option<u32>,
}

impl<'a, S: Source> Objects<'a, S> {
    /// Reads the trailer that the end of the file refers to.
    pub(super) fn by_table(src: &'a mut S, base: u64) -> Result<Self, ProbeError> {
        let mut objects = Self::by_search(src, base);
        let start = objects.start_of_table()?;
        let at = objects.checked_section(start)?;
        let trailer = objects.section(at, None)?.0;
        objects.way = Way::Table(at);
        (objects.root, objects.is_encrypted) = (trailer.root, trailer.is_encrypted);
        Ok(objects)
    }

    /// Finds objects by a search. [`search_root`](Self::search_root) has to be called.
    pub(super) fn by_search(src: &'a mut S, base: u64) -> Self {
        let (way, work) = (Way::Search, Work::new());
        Self { src, base, way, work, is_encrypted: false, root: None }
    }

    /// Whether the end of the file is marked as such.
    pub(super) fn has_end(&mut self) -> Result<bool, ProbeError> {
        Ok(self.last_in_tail(b"%%EOF")?.is_some())
    }

    /// The offset that follows the last `startxref`.
    fn start_of_table(&mut self) -> Result<u64, ProbeError> {
        const WORD: &[u8] = b"startxref";
        let at = self.last_in_tail(WORD)?.ok_or(ProbeError::Truncated)?;
        match self.lexer(at + WORD.len() as u64).token()? {
            Token::Number(start) => whole(start).map(u64::from).ok_or(ProbeError::Truncated),
            _ => Err(ProbeError::Truncated),
        }
    }

    fn last_in_tail(&mut self, word: &[u8]) -> Result<Option<u64>, ProbeError> {
        let start = self.src.len().saturating_sub(TAIL);
        let tail = self.src.get_up_to(start, WINDOW)?;
        let last = tail.windows(word.len()).rposition(|window| window == word);
        Ok(last.map(|at| start + at as u64))
    }

    fn file(&mut self, at: u64) -> FileBytes<'_, S> {
        FileBytes { src: self.src, at, work: &mut self.work }
    }

    fn lexer(&mut self, at: u64) -> Lexer<FileBytes<'_, S>> {
        Lexer::new(self.file(at))
    }

    /// The offset of a section of cross-references that is stated as `start`.
    fn checked_section(&mut self, start: u64) -> Result<u64, ProbeError> {
        for at in [start.saturating_add(self.base), start] {
            let is_section = match self.lexer(at).token()? {
                Token::Keyword(word) => word.bytes() == b"xref",
                Token::Number(_) => self.lexer(at).object().is_ok(),
                _ => false,
            };
            if is_section {
                return Ok(at);
            }
        }
        Err(ProbeError::Truncated)
    }

    /// The dictionary of the section at `at`, and where object `wanted` is, if this section states it.
    fn section(
        &mut self,
        at: u64,
        wanted: Option<u32>,
    ) -> Result<(Dictionary, Option<Location>), ProbeError> {
        let mut lexer = self.lexer(at);
        if matches!(lexer.token()?, Token::Keyword(word) if word.bytes() == b"xref") {
            let at = end_of(lexer);
            self.table(at, wanted)
        } else {
            self.stream(at, wanted)
        }
    }

    /// A table, behind its keyword.
    fn table(
        &mut self,
        mut at: u64,
        wanted: Option<u32>,
    ) -> Result<(Dictionary, Option<Location>), ProbeError> {
        let mut found = None;
        loop {
            let mut lexer = self.lexer(at);
            let (first, count) = match (lexer.token()?, lexer.token()?) {
                (Token::Number(first), Token::Number(count)) => (whole(first), whole(count)),
                (Token::Keyword(word), Token::DictionaryStart) if word.bytes() == b"trailer" => {
                    return Ok((Dictionary::read(&mut lexer)?, found));
                }
                _ => return Err(ProbeError::Truncated),
            };
            let (Some(first), Some(count)) = (first, count) else {
                return Err(ProbeError::Truncated);
            };
            // The first entry begins with the next digit.
            let mut entries = end_of(lexer);
            loop {
                let [byte] = self.src.array(entries)?;
                if !byte.is_ascii_whitespace() {
                    break;
                }
                entries += 1;
                self.work.spend(1)?;
            }
            let index = wanted.and_then(|wanted| wanted.checked_sub(first));
            if let Some(index) = index.filter(|index| *index < count && found.is_none()) {
                found = self.table_entry(entries + u64::from(index) * TABLE_ENTRY)?;
            }
            at = entries + u64::from(count) * TABLE_ENTRY;
            self.work.spend(64)?;
        }
    }

    fn table_entry(&mut self, at: u64) -> Result<Option<Location>, ProbeError> {
        let mut lexer = self.lexer(at);
        match (lexer.token()?, lexer.token()?, lexer.token()?) {
            (Token::Number(at), Token::Number(_), Token::Keyword(word)) if word.bytes() == b"n" => {
                Ok(whole(at).map(|at| Location::At(at.into())))
            }
            (Token::Number(_), Token::Number(_), Token::Keyword(_)) => Ok(None),
            _ => Err(ProbeError::Truncated),
        }
    }

    /// A stream of cross-references (section 7.5.8).
    #[inline(never)]
    fn stream(
        &mut self,
        at: u64,
        wanted: Option<u32>,
    ) -> Result<(Dictionary, Option<Location>), ProbeError> {
        let (dictionary, data) = self.stream_at(at)?;
        let Some(widths) = dictionary.widths else { return Err(ProbeError::Truncated) };
        let Some(row) = wanted.and_then(|wanted| row_of(wanted, &dictionary)) else {
            return Ok((dictionary, None));
        };
        let file = self.file(data);
        let found = match dictionary.filter {
            Filter::None => entry_of_stream(file, row, widths, &dictionary)?,
            Filter::Flate => entry_of_stream(Inflated::new(file), row, widths, &dictionary)?,
            Filter::Other => return Err(ProbeError::Truncated),
        };
        Ok((dictionary, found))
    }

    /// The dictionary of the stream object at `at`, and the offset of its data.
    fn stream_at(&mut self, at: u64) -> Result<(Dictionary, u64), ProbeError> {
        let mut lexer = self.lexer(at);
        lexer.object()?;
        let Token::DictionaryStart = lexer.token()? else { return Err(ProbeError::Truncated) };
        let dictionary = Dictionary::read(&mut lexer)?;
        if !matches!(lexer.token()?, Token::Keyword(word) if word.bytes() == b"stream") {
            return Err(ProbeError::Truncated);
        }
        let at = end_of(lexer);
        let line_end = match self.src.array(at)? {
            [b'\r', b'\n'] => 2,
            [b'\r' | b'\n', _] => 1,
            _ => 0,
        };
        Ok((dictionary, at + line_end))
    }

    /// Where object `number` is, by the newest section that states it.
    fn locate(&mut self, number: u32) -> Result<Option<Location>, ProbeError> {
        let Way::Table(mut at) = self.way else {
            let found = self.search(|other, _| other == number)?;
            return Ok(found.map(|(_, at)| Location::At(at)));
        };
        for _ in 0..MAX_SECTIONS {
            let (dictionary, found) = self.section(at, Some(number))?;
            if found.is_some() {
                return Ok(found);
            }
            if let Some(hybrid) = dictionary.hybrid {
                let hybrid = self.checked_section(hybrid)?;
                let (_, found) = self.stream(hybrid, Some(number))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            let Some(previous) = dictionary.previous else { return Ok(None) };
            at = self.checked_section(previous)?;
        }
        Ok(None)
    }

    /// Reads object `number`.
    pub(super) fn object(&mut self, number: u32) -> Result<Object, ProbeError> {
        match self.locate(number)?.ok_or(ProbeError::Truncated)? {
            Location::At(at) => {
                let at = self.checked_object(at, number)?;
                self.object_at(at)
            }
            Location::InStream(stream) => self.object_in_stream(number, stream),
        }
    }

    /// The offset of object `number`, which is stated as `at`.
    fn checked_object(&mut self, at: u64, number: u32) -> Result<u64, ProbeError> {
        for at in [at.saturating_add(self.base), at] {
            if self.lexer(at).object().is_ok_and(|found| found == number) {
                return Ok(at);
            }
        }
        Err(ProbeError::Truncated)
    }

    fn object_at(&mut self, at: u64) -> Result<Object, ProbeError> {
        let mut lexer = self.lexer(at);
        lexer.object()?;
        Object::read(&mut lexer)
    }

    /// An object in a stream of objects (section 7.5.7).
    #[inline(never)]
    fn object_in_stream(&mut self, number: u32, stream: u32) -> Result<Object, ProbeError> {
        // What is encrypted cannot be inflated.
        let Some(Location::At(at)) = self.locate(stream)?.filter(|_| !self.is_encrypted) else {
            return Err(ProbeError::Truncated);
        };
        let at = self.checked_object(at, stream)?;
        let (dictionary, data) = self.stream_at(at)?;
        let file = self.file(data);
        match dictionary.filter {
            Filter::None => object_of_stream(file, number, &dictionary),
            Filter::Flate if dictionary.predictor <= 1 => {
                object_of_stream(Inflated::new(file), number, &dictionary)
            }
            Filter::Flate | Filter::Other => Err(ProbeError::Truncated),
        }
    }

    /// Finds the catalog of a file without cross-references: by its last trailer, else by its type.
    pub(super) fn search_root(&mut self) -> Result<(), ProbeError> {
        let catalog = self.search(|_, object| {
            matches!(object, Object::Dictionary(dictionary) if dictionary.kind == Kind::Catalog)
        })?;
        self.root = catalog.map(|(number, _)| number);
        Ok(())
    }

    /// The last object in the file for which `matches` holds, and its offset.
    fn search(
        &mut self,
        matches: impl Fn(u32, &Object) -> bool,
    ) -> Result<Option<(u32, u64)>, ProbeError> {
        const WORD: &[u8] = b" obj";
        let (mut at, mut found) = (self.base, None);
        loop {
            let window = self.src.get_up_to(at, WINDOW)?;
            let next = window.windows(WORD.len()).position(|window| window == WORD);
            let (read, is_last) = (window.len(), window.len() < WINDOW);
            let Some(next) = next else {
                if is_last {
                    return Ok(found);
                }
                self.work.spend(read)?;
                at += (read - WORD.len() + 1) as u64;
                continue;
            };
            self.work.spend(next + WORD.len())?;
            let word = at + next as u64;
            at = word + WORD.len() as u64;
            let start = self.start_of_object(word)?;
            let Ok(number) = self.lexer(start).object() else { continue };
            match self.object_at(start) {
                Ok(object) if matches(number, &object) => found = Some((number, start)),
                Err(error @ ProbeError::Io(_)) => return Err(error),
                _ => {}
            }
        }
    }

    /// The offset of the two numbers before `obj`, which `word` is the offset of.
    fn start_of_object(&mut self, word: u64) -> Result<u64, ProbeError> {
        const LONGEST: u64 = 20;
        let start = word.saturating_sub(LONGEST).max(self.base);
        let before = self.src.get_up_to(start, usize::try_from(word - start).unwrap_or(0))?;
        let digits =
            |text: &[u8]| text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        let generation = digits(before);
        let rest = before.get(..before.len() - generation).unwrap_or_default();
        let spaces = rest.iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = rest.get(..rest.len() - spaces).unwrap_or_default();
        let number = digits(rest);
        Ok(word - (generation + spaces + number) as u64)
    }
}

/// The offset behind the last token.
fn end_of<S: Source>(lexer: Lexer<FileBytes<'_, S>>) -> u64 {
    let (file, is_one_ahead) = lexer.into_bytes();
    file.at - u64::from(is_one_ahead)
}

/// The row of object `wanted` in a stream of cross-references.
fn row_of(wanted: u32, dictionary: &Dictionary) -> Option<u64> {
    let (index, count) = &dictionary.index;
    if *count == 0 {
        return Some(wanted.into());
    }
    let mut row = 0;
    for section in index.get(..*count)?.as_chunks::<2>().0 {
        let [first, count] = section.map(whole);
        let (first, count) = (first?, count?);
        if let Some(offset) = wanted.checked_sub(first).filter(|offset| *offset < count) {
            return Some(row + u64::from(offset));
        }
        row += u64::from(count);
    }
    None
}

/// The entry of a row of a stream of cross-references (section 7.5.8.3).
fn entry_of_stream(
    mut bytes: impl Bytes,
    row: u64,
    widths: [u32; 3],
    dictionary: &Dictionary,
) -> Result<Option<Location>, ProbeError> {
    let [kind_width, second_width, _] = widths.map(|width| width as usize);
    let width = widths.iter().fold(0, |sum: usize, width| sum.saturating_add(*width as usize));
    let mut entry = [0; MAX_ENTRY];
    let has_rows = dictionary.predictor >= 10;
    if width == 0 || width > MAX_ENTRY || (has_rows && dictionary.columns as usize != width) {
        return Err(ProbeError::Truncated);
    }
    if !has_rows && dictionary.predictor > 1 {
        return Err(ProbeError::Truncated);
    }
    let entry = entry.get_mut(..width).unwrap_or_default();
    for _ in 0..=row {
        let filter = if has_rows { bytes.required()? } else { 0 };
        let mut above_left = 0;
        for at in 0..width {
            let left = at.checked_sub(1).and_then(|at| entry.get(at).copied()).unwrap_or(0);
            let raw = bytes.required()?;
            let Some(slot) = entry.get_mut(at) else { break };
            let above = *slot;
            *slot = raw.wrapping_add(predicted(filter, left, above, above_left));
            above_left = above;
        }
    }
    let (kind, rest) = entry.split_at_checked(kind_width).unwrap_or_default();
    let (second, _) = rest.split_at_checked(second_width).unwrap_or_default();
    let number =
        |bytes: &[u8]| bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    Ok(match if kind.is_empty() { 1 } else { number(kind) } {
        1 => Some(Location::At(number(second))),
        2 => u32::try_from(number(second)).ok().map(Location::InStream),
        _ => None,
    })
}

/// The prediction of a byte by a filter of PNG (ISO/IEC 15948, section 9.2).
fn predicted(filter: u8, left: u8, above: u8, above_left: u8) -> u8 {
    match filter {
        1 => left,
        2 => above,
        3 => left.midpoint(above),
        4 => {
            let (a, b, c) = (i16::from(left), i16::from(above), i16::from(above_left));
            let estimate = a + b - c;
            let (da, db, dc) = ((estimate - a).abs(), (estimate - b).abs(), (estimate - c).abs());
            if da <= db && da <= dc {
                left
            } else if db <= dc {
                above
            } else {
                above_left
            }
        }
        _ => 0,
    }
}

/// Object `wanted` of a stream of objects: pairs of numbers and offsets, then the objects.
fn object_of_stream(
    bytes: impl Bytes,
    wanted: u32,
    dictionary: &Dictionary,
) -> Result<Object, ProbeError> {
    let mut bytes = Counted { bytes, count: 0 };
    let offset = offset_in_stream(&mut Lexer::new(&mut bytes), wanted, dictionary.count)?;
    let start = dictionary.first + u64::from(offset);
    while bytes.count < start {
        (&mut bytes).required()?;
    }
    Object::read(&mut Lexer::new(&mut bytes))
}

/// The offset of object `wanted`, by the pairs at the start of a stream of objects.
fn offset_in_stream(
    lexer: &mut Lexer<impl Bytes>,
    wanted: u32,
    count: u32,
) -> Result<u32, ProbeError> {
    for _ in 0..count {
        let (Token::Number(number), Token::Number(offset)) = (lexer.token()?, lexer.token()?)
        else {
            break;
        };
        if whole(number) == Some(wanted) {
            return whole(offset).ok_or(ProbeError::Truncated);
        }
    }
    Err(ProbeError::Truncated)
}

/// Counts the bytes that are read.
struct Counted<B> {
    bytes: B,
    count: u64,
}

impl<B: Bytes> Bytes for &mut Counted<B> {
    fn next(&mut self) -> Result<Option<u8>, ProbeError> {
        self.count += 1;
        self.bytes.next()
    }
}
