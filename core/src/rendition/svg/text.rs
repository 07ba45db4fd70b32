//! The text of an SVG file, in whichever encoding and whether compressed or not.

use std::borrow::Cow;
use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use crate::rendition::decode_error::DecodeError;

/// The longest text, in bytes. It bounds the time that reading it takes.
const MAX_TEXT: usize = 32 << 20;
/// The first bytes of a compressed file (RFC 1952, section 2.3.1).
const GZIP: &[u8] = b"\x1F\x8B";
const DAMAGED: &str = "the compressed text is damaged";

/// The length of the text in bytes, found without keeping it.
pub(super) fn length(data: &[u8]) -> Result<u64, DecodeError> {
    let length = if data.starts_with(GZIP) {
        let mut decoder = MultiGzDecoder::new(data).take(MAX_TEXT as u64 + 1);
        io::copy(&mut decoder, &mut io::sink()).map_err(|_| DAMAGED)?
    } else {
        data.len() as u64
    };
    if length > MAX_TEXT as u64 {
        return Err(DecodeError::unsupported(format!("its text is over {MAX_TEXT} bytes long")));
    }
    Ok(length)
}

/// The text of `data`, whose [`length`] is checked.
pub(super) fn text(data: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    if data.starts_with(GZIP) {
        let mut text = Vec::new();
        let mut decoder = MultiGzDecoder::new(data).take(MAX_TEXT as u64);
        decoder.read_to_end(&mut text).map_err(|_| DAMAGED)?;
        return Ok(Cow::Owned(characters(&text)?.into_owned()));
    }
    characters(data)
}

/// The characters of a file in UTF-8, UTF-16 or, where that is declared, Latin-1 (XML 1.0, section 4.3.3).
fn characters(bytes: &[u8]) -> Result<Cow<'_, str>, DecodeError> {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.as_chunks().0.iter().map(|pair| read(*pair)).collect();
        String::from_utf16(&units).map(Cow::Owned).map_err(|_| "the text is not UTF-16".into())
    };
    match bytes {
        [0xFF, 0xFE, text @ ..] => utf16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => utf16(text, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0, b'<', ..] => utf16(bytes, u16::from_be_bytes),
        _ => {
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            match std::str::from_utf8(text) {
                Ok(text) => Ok(Cow::Borrowed(text)),
                Err(_) if is_declared_latin1(text) => {
                    Ok(Cow::Owned(text.iter().copied().map(char::from).collect()))
                }
                Err(_) => Err("the text is not UTF-8".into()),
            }
        }
    }
}

/// Whether the XML declaration names an encoding of one byte a character. The characters of Windows beyond Latin-1
/// are only punctuation.
fn is_declared_latin1(text: &[u8]) -> bool {
    let line = text.split(|byte| *byte == b'>').next().unwrap_or_default();
    let line = line.to_ascii_lowercase();
    let names = |name: &&[u8]| line.windows(name.len()).any(|window| window == *name);
    let encodings: [&[u8]; 3] = [b"iso-8859-1", b"latin1", b"windows-1252"];
    line.starts_with(b"<?xml") && encodings.iter().any(names)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn every_encoding() {
        let want = "<?xml version='1.0' encoding='ISO-8859-1'?><a b='ä'/>";
        let utf16 = |write: fn(u16) -> [u8; 2]| -> Vec<u8> {
            want.encode_utf16().flat_map(write).collect()
        };
        let latin1: Vec<u8> = want.chars().map(|c| u8::try_from(c).unwrap()).collect();
        for file in [
            want.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", want.as_bytes()].concat(),
            [b"\xFF\xFE", &utf16(u16::to_le_bytes)[..]].concat(),
            [b"\xFE\xFF", &utf16(u16::to_be_bytes)[..]].concat(),
            utf16(u16::to_le_bytes),
            latin1,
        ] {
            assert_eq!(text(&file).unwrap(), want);
        }
        assert!(text(b"<a b='\xE4'/>").is_err());
    }

    #[test]
    fn compressed_text_is_bounded_and_complete() {
        let pack = |text: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        };
        let file = pack(b"<svg/>");
        assert_eq!(text(&file).unwrap(), "<svg/>");
        for cut in 2..file.len() {
            assert!(text(&file[..cut]).is_err(), "cut at {cut}");
        }
        let long = pack(&vec![b' '; 40 << 20]);
        assert!(matches!(length(&long), Err(DecodeError::Unsupported(_))));
        assert_eq!(length(&file).unwrap(), 6);
        assert_eq!(length(b"<svg/>").unwrap(), 6);
    }
}
