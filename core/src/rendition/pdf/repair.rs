//! How much of a file the renderer reads to find its objects when their table is damaged. At each position where an object
//! may begin, it reads to the end of the object. If the object does not end, it starts again from the next position: a file
//! of a few hundred kilobytes could take hours.

use crate::rendition::decode_error::DecodeError;

/// Bytes read for each byte of a file. An object is read twice where it is found.
const MAX_READS: usize = 6;
/// Bytes read beside that, for what a small file has that is no object.
const MAX_MORE: usize = 16 << 20;
/// Arrays and dictionaries inside each other that the renderer reads.
const MAX_DEPTH: usize = 512;

/// Refuses a file in which finding the objects would take too long.
pub(super) fn check(data: &[u8]) -> Result<(), DecodeError> {
    let most = data.len().saturating_mul(MAX_READS).saturating_add(MAX_MORE);
    let (mut at, mut read) = (0, 0_usize);
    while at < data.len() {
        let next = match data.get(at..).unwrap_or_default() {
            [b'0'..=b'9', ..] => {
                let header = object_header(data, at);
                read += header.end - at;
                if header.is_whole {
                    read += object(data, header.end).end - header.end;
                    header.end
                } else {
                    next_space(data, at)
                }
            }
            [b'<', b'<', ..] => {
                let found = object(data, at);
                read += found.end - at;
                if found.is_whole { found.end } else { next_space(data, at) }
            }
            _ => next_space(data, at),
        };
        at = next.max(at + 1);
        if read > most {
            return Err(DecodeError::unsupported("its objects do not end"));
        }
    }
    Ok(())
}

/// How far something is read.
struct Extent {
    end: usize,
    /// Whether it ends there as it should.
    is_whole: bool,
}

/// `7 0 obj`.
fn object_header(data: &[u8], at: usize) -> Extent {
    let number = |at| skip_while(data, at, |byte| byte.is_ascii_digit());
    let after_first = number(at);
    let second = skip_space(data, after_first);
    let after_second = number(second);
    let word = skip_space(data, after_second);
    let is_whole =
        after_second > second && data.get(word..).is_some_and(|rest| rest.starts_with(b"obj"));
    Extent { end: if is_whole { word + b"obj".len() } else { word }, is_whole }
}

/// An object, its end found by its brackets alone.
fn object(data: &[u8], start: usize) -> Extent {
    let mut open = Vec::new();
    let mut at = skip_space(data, start);
    loop {
        let rest = data.get(at..).unwrap_or_default();
        let end = match rest {
            [b'(', ..] => literal_string(data, at),
            [b'<', b'<', ..] | [b'[', ..] if open.len() == MAX_DEPTH => None,
            [b'<', b'<', ..] => {
                open.push(b'<');
                Some(at + 2)
            }
            [b'[', ..] => {
                open.push(b'[');
                Some(at + 1)
            }
            [b'<', ..] => {
                let is_digit = |byte: u8| byte.is_ascii_hexdigit() || is_space(byte);
                let end = skip_while(data, at + 1, is_digit);
                at = end;
                (data.get(end) == Some(&b'>')).then_some(end + 1)
            }
            [b'>', b'>', ..] if open.pop_if(|last| *last == b'<').is_some() => Some(at + 2),
            [b']', ..] if open.pop_if(|last| *last == b'[').is_some() => Some(at + 1),
            [b'/', ..] => Some(skip_while(data, at + 1, is_regular)),
            [byte, ..] if is_regular(*byte) => Some(skip_while(data, at, is_regular)),
            _ => None,
        };
        let Some(end) = end else {
            // A string without an end is read to that of the file.
            let end = if rest.first() == Some(&b'(') { data.len() } else { at };
            return Extent { end, is_whole: false };
        };
        if open.is_empty() {
            return Extent { end, is_whole: true };
        }
        at = skip_space(data, end);
    }
}

/// The end of a string in parentheses, which may have others in it.
pub(super) fn literal_string(data: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match data.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

fn next_space(data: &[u8], at: usize) -> usize {
    skip_while(data, at, |byte| !is_space(byte))
}

/// Behind white space and comments.
pub(super) fn skip_space(data: &[u8], mut at: usize) -> usize {
    loop {
        at = skip_while(data, at, is_space);
        if data.get(at) != Some(&b'%') {
            return at;
        }
        at = skip_while(data, at, |byte| !matches!(byte, b'\r' | b'\n'));
    }
}

pub(super) fn skip_while(data: &[u8], at: usize, matches: impl Fn(u8) -> bool) -> usize {
    let rest = data.get(at..).unwrap_or_default();
    at + rest.iter().position(|byte| !matches(*byte)).unwrap_or(rest.len())
}

/// ISO 32000-1, section 7.2.2.
fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0C | b'\r' | b' ')
}

pub(super) fn is_regular(byte: u8) -> bool {
    !is_space(byte)
        && !matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_ends_with_its_last_bracket() {
        for (text, end) in [
            ("<</A(x\\)(y))/B[1 <4 1> (]) /C]/D<</E 1>>>> 9", Some(42)),
            ("% a comment (\n[ true ]]", Some(22)),
            ("(a(b)c)d", Some(7)),
            ("/Name/Next", Some(5)),
            ("-.5 6", Some(3)),
            ("<<[>>]", None),
            ("[1 2", None),
            ("<</A (b)", None),
            ("<41x>", None),
            ("{}", None),
        ] {
            let found = object(text.as_bytes(), 0);
            assert_eq!(found.is_whole.then_some(found.end), end, "{text}");
        }
        assert!(!object("[".repeat(MAX_DEPTH + 1).as_bytes(), 0).is_whole);
    }

    #[test]
    fn what_begins_objects_that_do_not_end_is_refused() {
        let page = "7 0 obj\n<</Type/Page/MediaBox[0 0 9 9]/A<</B(text)/C[1 2 R]>>>>\nendobj\n";
        check(page.repeat(100_000).as_bytes()).unwrap();
        for unit in [" <</A(", "1 0 obj ( ", "1 0 obj % ", "1 % ", "<</A ", "1 0 obj [ <</A "] {
            let file = unit.repeat(200_000);
            assert!(check(file.as_bytes()).is_err(), "{unit}");
        }
    }
}
