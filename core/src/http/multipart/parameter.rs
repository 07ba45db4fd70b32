//! The parameters of a header's value: `; name=value; name="value"`.

use super::header::is_token;

/// A parameter, undecoded.
#[derive(Debug, PartialEq)]
pub(super) struct Parameter<'a> {
    pub(super) name: &'a [u8],
    pub(super) value: Value<'a>,
}

/// A parameter's value, undecoded.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A value without quotation marks. Clients also send characters that a token must not have.
    Bare(&'a [u8]),
    /// The text between quotation marks, with its escapes.
    Quoted(&'a [u8]),
}

/// The parameters are ambiguous: another parser might find other ones.
#[derive(Debug, PartialEq)]
pub(super) struct Malformed;

/// The remaining parameters. The iterator ends after an error.
pub(super) struct Parameters<'a>(&'a [u8]);

impl<'a> Parameters<'a> {
    /// Splits a header's value into the text before its parameters, and the parameters.
    pub(super) fn of(value: &'a [u8]) -> (&'a [u8], Self) {
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let (first, rest) = value.split_at_checked(end).unwrap_or_default();
        (first.trim_ascii(), Self(rest))
    }

    /// What follows the parameters that are read.
    pub(super) fn unread(&self) -> &'a [u8] {
        self.0
    }

    fn read(mut rest: &'a [u8]) -> Result<Option<(Parameter<'a>, &'a [u8])>, Malformed> {
        rest = rest.trim_ascii_start();
        // A trailing or repeated `;` is allowed.
        while let Some(after) = rest.strip_prefix(b";") {
            rest = after.trim_ascii_start();
            if !rest.is_empty() && !rest.starts_with(b";") {
                return Self::read_one(rest).map(Some);
            }
        }
        if rest.is_empty() { Ok(None) } else { Err(Malformed) }
    }

    fn read_one(rest: &'a [u8]) -> Result<(Parameter<'a>, &'a [u8]), Malformed> {
        let equals = memchr::memchr(b'=', rest).ok_or(Malformed)?;
        let (name, value) = rest.split_at_checked(equals).unwrap_or_default();
        let name = name.trim_ascii_end();
        if !is_token(name) {
            return Err(Malformed);
        }
        let value = value.get(1..).unwrap_or_default().trim_ascii_start();
        if let Some(quoted) = value.strip_prefix(b"\"") {
            let end = closing_quote(quoted).ok_or(Malformed)?;
            let (text, after) = quoted.split_at_checked(end).unwrap_or_default();
            let parameter = Parameter { name, value: Value::Quoted(text) };
            return Ok((parameter, after.get(1..).unwrap_or_default()));
        }
        let end = memchr::memchr(b';', value).unwrap_or(value.len());
        let (text, after) = value.split_at_checked(end).unwrap_or_default();
        if text.contains(&b'"') {
            return Err(Malformed);
        }
        Ok((Parameter { name, value: Value::Bare(text.trim_ascii_end()) }, after))
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Result<Parameter<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = Self::read(std::mem::take(&mut self.0)).transpose()?;
        Some(read.map(|(parameter, rest)| {
            self.0 = rest;
            parameter
        }))
    }
}

/// The offset of the closing quotation mark: the first that no backslash escapes, else the last byte.
/// Old browsers send a path, `C:\photos\`, without escaping it.
fn closing_quote(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'"' if !escaped => return Some(at),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.strip_suffix(b"\"").map(<[u8]>::len)
}
