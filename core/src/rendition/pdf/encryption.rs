//! Whether a file is encrypted: by its trailers, and the dictionaries of its streams of cross-references (ISO 32000-1,
//! sections 7.5.5 and 7.5.8), neither of which is compressed itself.

use memchr::memmem;

use super::repair::{is_regular, literal_string, skip_space, skip_while};
use crate::rendition::decode_error::DecodeError;

/// Bytes read for each byte of a file. Dictionaries that end are read once.
const MAX_READS: usize = 6;
/// Bytes read beside that.
const MAX_MORE: usize = 16 << 20;

/// Refuses a file that is encrypted.
pub(super) fn check(data: &[u8]) -> Result<(), DecodeError> {
    let most = data.len().saturating_mul(MAX_READS).saturating_add(MAX_MORE);
    let mut read = 0_usize;
    for (word, is_trailer) in [(&b"trailer"[..], true), (b"obj", false)] {
        let mut behind = 0;
        for at in memmem::find_iter(data, word) {
            let start = at + word.len();
            // A trailer begins a line; a text that mentions one seldom does.
            let before = at.checked_sub(1).and_then(|before| data.get(before));
            let is_line = matches!(before, None | Some(b'\r' | b'\n'));
            if start < behind || (is_trailer && !is_line) {
                continue;
            }
            let Some(dictionary) = Dictionary::read(data, start) else { continue };
            read += dictionary.end - start;
            if read > most {
                return Err(DecodeError::unsupported("its objects do not end"));
            }
            if dictionary.is_whole {
                behind = dictionary.end;
            }
            if dictionary.is_encrypted && (is_trailer || dictionary.is_table) {
                return Err(DecodeError::unsupported("it is encrypted"));
            }
        }
    }
    Ok(())
}

/// What a dictionary has.
struct Dictionary {
    end: usize,
    /// Whether it ends there as it should.
    is_whole: bool,
    is_encrypted: bool,
    /// Whether it is that of cross-references.
    is_table: bool,
}

impl Dictionary {
    /// Reads a dictionary. `None` if there is another object.
    fn read(data: &[u8], start: usize) -> Option<Self> {
        let mut at = skip_space(data, start);
        if !data.get(at..)?.starts_with(b"<<") {
            return None;
        }
        let (mut is_encrypted, mut is_table) = (false, false);
        // Brackets that are open.
        let mut open = 0_usize;
        loop {
            let end = match data.get(at..).unwrap_or_default() {
                [b'<', b'<', ..] => {
                    open += 1;
                    Some(at + 2)
                }
                [b'[', ..] => {
                    open += 1;
                    Some(at + 1)
                }
                [b'>', b'>', ..] => {
                    open -= 1;
                    Some(at + 2)
                }
                [b']', ..] => {
                    open -= 1;
                    Some(at + 1)
                }
                [b'(', ..] => literal_string(data, at),
                [b'<', ..] => {
                    let end = skip_while(data, at, |byte| byte != b'>');
                    (end < data.len()).then_some(end + 1)
                }
                [b'/', ..] => {
                    let end = skip_while(data, at + 1, is_regular);
                    if open == 1 {
                        let name = unescaped(data.get(at + 1..end).unwrap_or_default());
                        let value = data.get(skip_space(data, end)..).unwrap_or_default();
                        is_encrypted |= name == b"Encrypt" && !value.starts_with(b"null");
                        is_table |= name == b"XRef";
                    }
                    Some(end)
                }
                [byte, ..] if is_regular(*byte) => Some(skip_while(data, at, is_regular)),
                _ => None,
            };
            let is_whole = open == 0;
            match end {
                Some(end) if !is_whole => at = skip_space(data, end),
                _ => {
                    // A string without an end is read to that of the file.
                    let is_string = matches!(data.get(at), Some(b'(' | b'<'));
                    let end = end.unwrap_or(if is_string { data.len() } else { at });
                    return Some(Self { end, is_whole, is_encrypted, is_table });
                }
            }
        }
    }
}

/// A name without the digits that stand for its characters (section 7.3.5).
fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = name;
    while let Some((&byte, behind)) = rest.split_first() {
        let digit =
            |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        match (byte, behind) {
            (b'#', &[high, low, ref behind @ ..])
                if let (Some(high), Some(low)) = (digit(high), digit(low)) =>
            {
                out.push(high << 4 | low);
                rest = behind;
            }
            _ => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn is_encrypted(data: &[u8]) -> bool {
        check(data).is_err()
    }

    #[test]
    fn trailers_state_encryption() {
        for (entry, expected) in [
            ("", false),
            ("/Encrypt 9 0 R", true),
            ("/Encrypt<</Filter/Standard>>", true),
            ("/#45ncrypt 9 0 R", true),
            ("/Encryp#74<</Filter/Standard>>", true),
            ("/Encrypt null", false),
            ("/ID[(/Encrypt 9 0 R)<2F>]", false),
            ("/Info<</Encrypt 9 0 R>>", false),
            ("/EncryptMetadata true", false),
            ("%/Encrypt 9 0 R\n", false),
        ] {
            let file = sample::with_trailer("/MediaBox[0 0 9 9]", "", &[], entry);
            assert_eq!(is_encrypted(&file), expected, "{entry}");
        }
    }

    #[test]
    fn streams_of_cross_references_state_encryption() {
        let file = |entries: &str| format!("7 0 obj\n<<{entries}/Length 0>>\nstream\n\nendstream");
        for (entries, expected) in [
            ("/Type/XRef/Encrypt 9 0 R", true),
            ("/Encrypt 9 0 R/W[1 2 1]/Type /XRe#66", true),
            ("/#45#6E#63rypt<</V 4>>/Type/XRef", true),
            ("/Type/XRef/W[1 2 1]", false),
            ("/Type/Font/Encrypt 9 0 R", false),
        ] {
            assert_eq!(is_encrypted(file(entries).as_bytes()), expected, "{entries}");
        }
    }

    #[test]
    fn texts_state_none() {
        let title = "<</Title(How to use /Encrypt 5 0 R in PDF: trailer <</Encrypt 5 0 R>>)>>";
        let text = "BT (see /Encrypt 5) Tj ET";
        assert!(!is_encrypted(&sample::pdf(
            "/MediaBox[0 0 9 9]",
            text,
            &["<</Title(/Encrypt 5)>>"]
        )));
        assert!(!is_encrypted(&sample::pdf("/MediaBox[0 0 9 9]", text, &[title])));
    }

    #[test]
    fn dictionaries_that_do_not_end_are_refused() {
        for unit in ["1 0 obj<<(", "obj<</A[", "\ntrailer<<<", "\ntrailer<</A "] {
            let error = check(unit.repeat(100_000).as_bytes()).unwrap_err();
            assert!(format!("{error:?}").contains("do not end"), "{unit}");
        }
    }
}
