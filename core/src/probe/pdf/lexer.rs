//! The tokens of PDF (ISO 32000-1, sections 7.2 and 7.3), without a heap.

use super::super::short::Short;
use super::bytes::Bytes;
use crate::container::error::ProbeError;

/// The longest name, number or keyword that is compared.
const MAX_WORD: usize = 24;

pub(super) type Word = Short<MAX_WORD>;

pub(super) enum Token {
    Number(f64),
    Name(Word),
    /// A keyword: `obj`, `R`, `null`, ...
    Keyword(Word),
    ArrayStart,
    ArrayEnd,
    DictionaryStart,
    DictionaryEnd,
    /// A string, or a character that begins nothing.
    Other,
    End,
}

/// A value. Of an array and a dictionary, only the start is read.
pub(super) enum Value {
    Number(f64),
    /// The number of another object.
    Reference(u32),
    Name(Word),
    ArrayStart,
    DictionaryStart,
    /// The end of an array or a dictionary.
    End,
    Other,
}

/// Splits bytes into tokens.
pub(super) struct Lexer<B> {
    bytes: B,
    peeked: Option<u8>,
    /// Tokens that were read ahead, the next one last.
    ahead: [Option<Token>; 2],
}

impl<B: Bytes> Lexer<B> {
    pub(super) fn new(bytes: B) -> Self {
        Self { bytes, peeked: None, ahead: [None, None] }
    }

    /// Where the bytes come from, and whether one of them is read too many.
    pub(super) fn into_bytes(self) -> (B, bool) {
        (self.bytes, self.peeked.is_some())
    }

    fn byte(&mut self) -> Result<Option<u8>, ProbeError> {
        match self.peeked.take() {
            Some(byte) => Ok(Some(byte)),
            None => self.bytes.next(),
        }
    }

    /// The next byte beyond white space and comments.
    fn visible(&mut self) -> Result<Option<u8>, ProbeError> {
        loop {
            match self.byte()? {
                Some(byte) if is_space(byte) => {}
                Some(b'%') => while !matches!(self.byte()?, None | Some(b'\r' | b'\n')) {},
                other => return Ok(other),
            }
        }
    }

    pub(super) fn token(&mut self) -> Result<Token, ProbeError> {
        if let Some(token) = self.ahead.iter_mut().rev().find_map(Option::take) {
            return Ok(token);
        }
        let Some(first) = self.visible()? else { return Ok(Token::End) };
        Ok(match first {
            b'[' => Token::ArrayStart,
            b']' => Token::ArrayEnd,
            b'/' => Token::Name(self.word(None)?),
            b'(' => self.string()?,
            b'<' => match self.byte()? {
                Some(b'<') => Token::DictionaryStart,
                // A string in hexadecimal digits.
                mut digit => {
                    while !matches!(digit, None | Some(b'>')) {
                        digit = self.byte()?;
                    }
                    Token::Other
                }
            },
            b'>' => match self.byte()? {
                Some(b'>') => Token::DictionaryEnd,
                other => {
                    self.peeked = other;
                    Token::Other
                }
            },
            b')' | b'{' | b'}' => Token::Other,
            first => {
                let word = self.word(Some(first))?;
                match number(word.text()) {
                    Some(number) => Token::Number(number),
                    None => Token::Keyword(word),
                }
            }
        })
    }

    /// The regular characters from here on.
    fn word(&mut self, first: Option<u8>) -> Result<Word, ProbeError> {
        let mut word = Word::default();
        first.into_iter().for_each(|first| word.push(first));
        loop {
            match self.byte()? {
                Some(byte) if !is_space(byte) && !is_delimiter(byte) => word.push(byte),
                other => {
                    self.peeked = other;
                    return Ok(word);
                }
            }
        }
    }

    /// The rest of a string in parentheses, which may nest.
    fn string(&mut self) -> Result<Token, ProbeError> {
        let mut depth = 1_u32;
        while depth > 0 {
            match self.byte()? {
                Some(b'\\') => drop(self.byte()?),
                Some(b'(') => depth = depth.saturating_add(1),
                Some(b')') => depth -= 1,
                Some(_) => {}
                None => return Ok(Token::End),
            }
        }
        Ok(Token::Other)
    }

    pub(super) fn value(&mut self) -> Result<Value, ProbeError> {
        Ok(match self.token()? {
            Token::Number(number) => self.reference(number)?,
            Token::Name(name) => Value::Name(name),
            Token::ArrayStart => Value::ArrayStart,
            Token::DictionaryStart => Value::DictionaryStart,
            Token::ArrayEnd | Token::DictionaryEnd => Value::End,
            // Arrays and dictionaries end before the file does.
            Token::End => return Err(ProbeError::Truncated),
            Token::Keyword(_) | Token::Other => Value::Other,
        })
    }

    /// `number`, or the reference that begins with it: `12 0 R`.
    fn reference(&mut self, number: f64) -> Result<Value, ProbeError> {
        let second = self.token()?;
        if !matches!(second, Token::Number(_)) {
            self.ahead = [Some(second), None];
            return Ok(Value::Number(number));
        }
        let third = self.token()?;
        if matches!(&third, Token::Keyword(word) if word.bytes() == b"R") {
            return Ok(whole(number).map_or(Value::Other, Value::Reference));
        }
        self.ahead = [Some(third), Some(second)];
        Ok(Value::Number(number))
    }

    /// Skips what is left of a value.
    pub(super) fn skip(&mut self, value: &Value) -> Result<(), ProbeError> {
        let mut depth = u32::from(matches!(value, Value::ArrayStart | Value::DictionaryStart));
        while depth > 0 {
            match self.token()? {
                Token::ArrayStart | Token::DictionaryStart => depth = depth.saturating_add(1),
                Token::ArrayEnd | Token::DictionaryEnd => depth -= 1,
                Token::End => return Err(ProbeError::Truncated),
                _ => {}
            }
        }
        Ok(())
    }

    /// The numbers of an array, behind its start: as many as there are and fit. Others count as 0.
    pub(super) fn numbers<const N: usize>(&mut self) -> Result<([f64; N], usize), ProbeError> {
        let (mut numbers, mut count) = ([0.0; N], 0);
        loop {
            let value = self.value()?;
            match value {
                Value::End => return Ok((numbers, count)),
                Value::Number(number) => {
                    if let Some(slot) = numbers.get_mut(count) {
                        *slot = number;
                    }
                }
                _ => self.skip(&value)?,
            }
            count = (count + 1).min(N);
        }
    }

    /// The number of the object that begins here: `12 0 obj`.
    pub(super) fn object(&mut self) -> Result<u32, ProbeError> {
        let (number, generation, keyword) = (self.token()?, self.token()?, self.token()?);
        match (number, generation, keyword) {
            (Token::Number(number), Token::Number(_), Token::Keyword(word))
                if word.bytes() == b"obj" =>
            {
                whole(number).ok_or(ProbeError::Truncated)
            }
            _ => Err(ProbeError::Truncated),
        }
    }
}

/// A whole number that is not negative, as a `u32`.
pub(super) fn whole(number: f64) -> Option<u32> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked"
    )]
    (number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number))
        .then_some(number as u32)
}

/// Only digits, signs and a point: `inf` and `1e5` are no numbers of PDF.
fn number(text: &str) -> Option<f64> {
    let is_numeric = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.');
    text.bytes().all(is_numeric).then(|| text.parse().ok()).flatten()
}

fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}
