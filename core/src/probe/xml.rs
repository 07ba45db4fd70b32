//! XML up to the end of the root's tag: XML 1.0 sections 2.8 (prolog) and 3.1 (start tags), appendix
//! F (encodings). Read in pieces, without a heap.

use super::short::Short;
use crate::container::error::ProbeError;
use crate::container::source::Source;

/// Bytes of a file that are read to find the end of the root's tag.
const MAX_PROLOG: u64 = 256 * 1024;
/// The longest element or attribute name, and the longest value, that are compared.
const MAX_NAME: usize = 32;
const MAX_VALUE: usize = 128;

/// The encoding of characters. Only ASCII is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8,
    Utf16Le,
    Utf16Be,
}

/// The characters of a file, in order.
pub(super) struct Text<'a, S> {
    src: &'a mut S,
    at: u64,
    end: u64,
    encoding: Encoding,
}

impl<'a, S: Source> Text<'a, S> {
    /// Reads the encoding: a byte order mark, or the encoding of the first `<` (XML 1.0 appendix F).
    pub(super) fn new(src: &'a mut S) -> Result<Self, ProbeError> {
        let (at, encoding) = match src.get_up_to(0, 3)? {
            [0xEF, 0xBB, 0xBF] => (3, Encoding::Utf8),
            [0xFF, 0xFE, ..] => (2, Encoding::Utf16Le),
            [0xFE, 0xFF, ..] => (2, Encoding::Utf16Be),
            [b'<', 0, ..] => (0, Encoding::Utf16Le),
            [0, b'<', ..] => (0, Encoding::Utf16Be),
            _ => (0, Encoding::Utf8),
        };
        let end = src.len().min(MAX_PROLOG);
        Ok(Self { src, at, end, encoding })
    }

    /// The next character, `None` at the end. One beyond ASCII is a byte above 127.
    // Inlined into its loops, the offset stays in a register: a third of the time.
    #[inline(always)]
    fn next(&mut self) -> Result<Option<u8>, ProbeError> {
        let size = if self.encoding == Encoding::Utf8 { 1 } else { 2 };
        if self.at + size > self.end {
            return Ok(None);
        }
        let code = match self.encoding {
            Encoding::Utf8 => u8::from_be_bytes(self.src.array(self.at)?).into(),
            Encoding::Utf16Le => self.src.le16(self.at)?,
            Encoding::Utf16Be => self.src.be16(self.at)?,
        };
        self.at += size;
        Ok(Some(u8::try_from(code).unwrap_or(u8::MAX)))
    }

    fn next_beyond_space(&mut self) -> Result<Option<u8>, ProbeError> {
        loop {
            match self.next()? {
                Some(byte) if byte.is_ascii_whitespace() => {}
                other => return Ok(other),
            }
        }
    }

    /// Moves past the next `end`. `None` if `end` does not occur again.
    fn skip_behind(&mut self, end: &[u8]) -> Result<Option<()>, ProbeError> {
        let mut seen = [0; 3];
        while let Some(byte) = self.next()? {
            seen.rotate_left(1);
            if let Some(last) = seen.last_mut() {
                *last = byte;
            }
            if seen.ends_with(end) {
                return Ok(Some(()));
            }
        }
        Ok(None)
    }

    /// Reads to behind the name of the root element, and returns it. `None` if there is no element.
    pub(super) fn root(&mut self) -> Result<Option<Short<MAX_NAME>>, ProbeError> {
        loop {
            if self.next_beyond_space()? != Some(b'<') {
                return Ok(None);
            }
            let skipped = match self.next()? {
                Some(b'?') => self.skip_behind(b"?>")?,
                Some(b'!') => self.declaration()?,
                Some(first) => return self.name(first).map(Some),
                None => None,
            };
            if skipped.is_none() {
                return Ok(None);
            }
        }
    }

    /// A comment, or a document type with or without an internal subset.
    fn declaration(&mut self) -> Result<Option<()>, ProbeError> {
        if self.next()? == Some(b'-') {
            return self.skip_behind(b"-->");
        }
        let (mut depth, mut opened) = (0_u32, [0; 3]);
        while let Some(byte) = self.next()? {
            match byte {
                b'"' | b'\'' if self.skip_behind(&[byte])?.is_none() => return Ok(None),
                b'[' => depth += 1,
                b']' => depth = depth.saturating_sub(1),
                b'>' if depth == 0 => return Ok(Some(())),
                // A comment in the subset, in which quotes have no meaning.
                b'-' if &opened == b"<!-" && self.skip_behind(b"-->")?.is_none() => {
                    return Ok(None);
                }
                _ => {}
            }
            opened = [opened[1], opened[2], byte];
        }
        Ok(None)
    }

    /// The rest of an element's name.
    fn name(&mut self, first: u8) -> Result<Short<MAX_NAME>, ProbeError> {
        let mut name = Short::default();
        name.push(first);
        while let Some(byte) = self.next()? {
            if byte.is_ascii_whitespace() || byte == b'>' || byte == b'/' {
                // The end of the tag, if this is it, is read again.
                self.at -= if self.encoding == Encoding::Utf8 { 1 } else { 2 };
                break;
            }
            name.push(byte);
        }
        Ok(name)
    }

    /// The next attribute of the tag. `None` at its end, or at anything else.
    #[inline(always)]
    pub(super) fn attribute(&mut self) -> Result<Option<Attribute>, ProbeError> {
        let mut name = Short::default();
        match self.next_beyond_space()?.ok_or(ProbeError::Truncated)? {
            b'>' | b'/' => return Ok(None),
            byte => name.push(byte),
        }
        loop {
            match self.next()?.ok_or(ProbeError::Truncated)? {
                b'=' => break,
                b'>' => return Ok(None),
                byte if byte.is_ascii_whitespace() => {}
                byte => name.push(byte),
            }
        }
        let quote = self.next_beyond_space()?.ok_or(ProbeError::Truncated)?;
        if quote != b'"' && quote != b'\'' {
            return Ok(None);
        }
        let mut value = Short::default();
        loop {
            match self.next()?.ok_or(ProbeError::Truncated)? {
                byte if byte == quote => return Ok(Some(Attribute { name, value })),
                byte => value.push(byte),
            }
        }
    }
}

/// An attribute, as far as it is compared.
pub(super) struct Attribute {
    pub(super) name: Short<MAX_NAME>,
    pub(super) value: Short<MAX_VALUE>,
}
