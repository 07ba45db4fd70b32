//! How long the streams of a file are when they are decoded, found without keeping what is decoded. The renderer decodes
//! a stream whenever it is used, and bounds none.

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

use crate::rendition::decode_error::DecodeError;

/// The longest stream, decoded.
const MAX_STREAM: u64 = 64 << 20;
/// All streams together.
const MAX_ALL: u64 = 256 << 20;
/// Bytes that are read to find that, beside those that are decoded.
const MAX_READ: u64 = 256 << 20;
/// Bytes before a stream in which its dictionary is looked for.
const MAX_DICTIONARY: usize = 64 * 1024;

/// What the streams of a file take, decoded.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) longest: u64,
    pub(super) all: u64,
}

/// Refuses a file whose streams are too long.
pub(super) fn check(data: &[u8]) -> Result<Lengths, DecodeError> {
    let mut lengths = Lengths::default();
    let (mut before, mut read) = (0, 0);
    for at in memmem::find_iter(data, b"stream") {
        let is_end = data.get(..at).is_some_and(|front| front.ends_with(b"end"));
        let start = at + b"stream".len();
        if is_end || at < before {
            continue;
        }
        let dictionary = dictionary_before(data.get(before..at).unwrap_or_default());
        let start = match data.get(start..) {
            Some([b'\r', b'\n', ..]) => start + 2,
            Some([b'\r' | b'\n', ..]) => start + 1,
            _ => continue,
        };
        let rest = data.get(start..).unwrap_or_default();
        let length = decoded_length(rest, dictionary, &mut read)?;
        lengths.longest = lengths.longest.max(length);
        lengths.all = lengths.all.saturating_add(length);
        if lengths.longest > MAX_STREAM || lengths.all > MAX_ALL || read > MAX_READ {
            return Err(DecodeError::unsupported("its streams are too long when they are decoded"));
        }
        before = start;
    }
    Ok(lengths)
}

/// The text of the dictionary at the end of what is before a stream.
fn dictionary_before(before: &[u8]) -> &[u8] {
    let start = before.len().saturating_sub(MAX_DICTIONARY);
    let text = before.get(start..).unwrap_or_default();
    memmem::rfind(text, b" obj").and_then(|object| text.get(object..)).unwrap_or(text)
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Filter {
    Flate,
    Lzw,
    RunLength,
    Ascii85,
    AsciiHex,
    /// Of pictures, which state their size.
    Picture,
    /// Named elsewhere, or unknown.
    Unknown,
}

/// The filters that a dictionary names, in their order.
fn filters(dictionary: &[u8]) -> Vec<Filter> {
    let Some(at) = memmem::find(dictionary, b"/Filter") else { return Vec::new() };
    let text = dictionary.get(at + b"/Filter".len()..).unwrap_or_default();
    let text = text.trim_ascii_start();
    match text.first() {
        Some(b'[') => {
            let end = text.iter().position(|byte| *byte == b']').unwrap_or(text.len());
            names(text.get(1..end).unwrap_or_default())
        }
        Some(b'/') => names(text).into_iter().take(1).collect(),
        _ => vec![Filter::Unknown],
    }
}

fn names(text: &[u8]) -> Vec<Filter> {
    let is_regular = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'#';
    text.split(|byte| *byte == b'/')
        .skip(1)
        .map(|name| {
            let end = name.iter().position(|byte| !is_regular(byte)).unwrap_or(name.len());
            match name.get(..end).unwrap_or_default() {
                b"FlateDecode" | b"Fl" => Filter::Flate,
                b"LZWDecode" | b"LZW" => Filter::Lzw,
                b"RunLengthDecode" | b"RL" => Filter::RunLength,
                b"ASCII85Decode" | b"A85" => Filter::Ascii85,
                b"ASCIIHexDecode" | b"AHx" => Filter::AsciiHex,
                b"DCTDecode" | b"DCT" | b"JPXDecode" | b"JBIG2Decode" | b"CCITTFaxDecode"
                | b"CCF" => Filter::Picture,
                _ => Filter::Unknown,
            }
        })
        .collect()
}

/// The length of a stream, decoded. `data` begins with it, and goes on behind it. Adds what is read to `read`.
fn decoded_length(data: &[u8], dictionary: &[u8], read: &mut u64) -> Result<u64, DecodeError> {
    let mut end = || {
        let end = memmem::find(data, b"endstream").unwrap_or(data.len());
        *read += end as u64;
        end
    };
    let mut filters = filters(dictionary);
    let text;
    let mut data = data;
    // Texts of bytes are no longer than what they are made of.
    if let Some((first @ (Filter::Ascii85 | Filter::AsciiHex), rest)) = filters.split_first() {
        let end = end().min(data.len());
        if rest.iter().any(|filter| matches!(filter, Filter::Ascii85 | Filter::AsciiHex)) {
            return Err(coded_twice());
        }
        let source = data.get(..end).unwrap_or_default();
        text = if *first == Filter::Ascii85 { ascii85(source) } else { ascii_hex(source) };
        filters = rest.to_vec();
        data = &text;
    }
    let (length, more) = match filters.as_slice() {
        [] | [Filter::Picture] => (end().min(data.len()) as u64, 0),
        [Filter::Flate] | [Filter::Flate, Filter::Picture] => inflated(data),
        [Filter::Lzw] | [Filter::Lzw, Filter::Picture] => expanded_lzw(data),
        [Filter::RunLength] | [Filter::RunLength, Filter::Picture] => run_lengths(data),
        [Filter::Unknown] => {
            let all = [inflated(data), expanded_lzw(data), run_lengths(data)];
            all.into_iter().fold((0, 0), |most, one| (most.0.max(one.0), most.1 + one.1))
        }
        _ => return Err(coded_twice()),
    };
    *read += more;
    Ok(length)
}

fn coded_twice() -> DecodeError {
    DecodeError::unsupported("a stream of it is compressed more than once")
}

/// The bytes that are decoded, and those that are read for it. Stops soon after the longest stream.
fn inflated(data: &[u8]) -> (u64, u64) {
    // Readers accept a stream without the header of zlib.
    let count = |mut decoder: Decompress| {
        let (mut rest, mut out) = (data, vec![0; 32 * 1024]);
        loop {
            let before = (decoder.total_in(), decoder.total_out());
            let status = decoder.decompress(rest, &mut out, FlushDecompress::None);
            let read = usize::try_from(decoder.total_in() - before.0).unwrap_or(0);
            rest = rest.get(read..).unwrap_or_default();
            let is_stuck = read == 0 && decoder.total_out() == before.1;
            let has_ended = !matches!(status, Ok(Status::Ok | Status::BufError));
            if has_ended || is_stuck || decoder.total_out() > MAX_STREAM {
                return (decoder.total_out(), decoder.total_in());
            }
        }
    };
    match count(Decompress::new(true)) {
        (0, read) => {
            let (length, more) = count(Decompress::new(false));
            (length, read + more)
        }
        counted => counted,
    }
}

/// The length of LZW with codes of 9 to 12 bits (ISO 32000-1, section 7.4.4), by the lengths of its strings, and the
/// bytes that are read for it.
fn expanded_lzw(data: &[u8]) -> (u64, u64) {
    const CLEAR: usize = 256;
    const END: usize = 257;
    let mut lengths = vec![1_u64; 4096];
    let (mut next, mut width, mut last) = (258_usize, 9_u32, 0);
    let (mut bits, mut count, mut total, mut read) = (0_u32, 0_u32, 0_u64, 0_u64);
    for byte in data {
        read += 1;
        bits = bits << 8 | u32::from(*byte);
        count += 8;
        if count < width {
            continue;
        }
        count -= width;
        let code = (bits >> count) as usize & ((1 << width) - 1);
        match code {
            CLEAR => (next, width, last) = (258, 9, 0),
            END => break,
            _ => {
                if last > 0
                    && let Some(slot) = lengths.get_mut(next)
                {
                    *slot = last + 1;
                    next += 1;
                }
                last = lengths.get(code).copied().unwrap_or(1);
                total = total.saturating_add(last);
                // As early as any writer changes.
                width = match next + 1 {
                    0..512 => 9,
                    512..1024 => 10,
                    1024..2048 => 11,
                    _ => 12,
                };
            }
        }
        if total > MAX_STREAM {
            break;
        }
    }
    (total, read)
}

/// The bytes that are decoded, and those that are read for it.
fn run_lengths(mut data: &[u8]) -> (u64, u64) {
    let all = data.len();
    let mut total = 0_u64;
    while let Some((&length, rest)) = data.split_first() {
        let (bytes, repeated) = match length {
            0..128 => (usize::from(length) + 1, usize::from(length) + 1),
            128 => break,
            129.. => (1, 257 - usize::from(length)),
        };
        total += repeated as u64;
        data = rest.get(bytes..).unwrap_or_default();
    }
    (total, (all - data.len()) as u64)
}

pub(super) fn ascii85(data: &[u8]) -> Vec<u8> {
    let (mut out, mut group, mut count) = (Vec::new(), 0_u32, 0);
    for byte in data {
        match byte {
            b'z' if count == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                count += 1;
                if count == 5 {
                    out.extend(group.to_be_bytes());
                    (group, count) = (0, 0);
                }
            }
            b'~' => break,
            _ => {}
        }
    }
    if count > 1 {
        for _ in count..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        out.extend(group.to_be_bytes().iter().take(count - 1));
    }
    out
}

pub(super) fn ascii_hex(data: &[u8]) -> Vec<u8> {
    let digits = data.iter().take_while(|byte| **byte != b'>');
    let digits: Vec<u8> = digits
        .filter_map(|byte| {
            char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
        })
        .collect();
    digits.chunks(2).map(|pair| pair.iter().fold(0, |value, digit| value << 4 | digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(filter: &str, data: &[u8]) -> Vec<u8> {
        let head = format!("1 0 obj\n<</Length {}{filter}>>\nstream\n", data.len());
        [head.as_bytes(), data, b"\nendstream\nendobj\n"].concat()
    }

    fn length(filter: &str, data: &[u8]) -> u64 {
        check(&file(filter, data)).unwrap().all
    }

    #[test]
    fn the_length_in_every_coding() {
        let text = b"abcabcabcabcabc".repeat(100);
        let flate = miniz_oxide::deflate::compress_to_vec_zlib(&text, 6);
        assert_eq!(length("/Filter/FlateDecode", &flate), 1500);
        assert_eq!(length("/Filter [ /FlateDecode ] ", &flate), 1500);
        let raw = miniz_oxide::deflate::compress_to_vec(&text, 6);
        assert_eq!(length("/Filter/FlateDecode", &raw), 1500);
        let hex: String = flate.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(length("/Filter[/ASCIIHexDecode/FlateDecode]", hex.as_bytes()), 1500);
        assert_eq!(length("/Filter/RunLengthDecode", b"\x02abc\xFFd\x80"), 5);
        let lzw = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        let lzw = { lzw }.encode(&text).unwrap();
        assert_eq!(length("/Filter/LZWDecode", &lzw), 1500);
        assert_eq!(ascii85(b"87cURD]i,\"Ebo80~>"), b"Hello World!");
        assert_eq!(ascii85(b"87cURDZ~>"), b"Hello");
    }

    #[test]
    fn bombs_are_refused() {
        let zeros = vec![0; 200 << 20];
        let flate = miniz_oxide::deflate::compress_to_vec_zlib(&zeros, 6);
        assert!(check(&file("/Filter/FlateDecode", &flate)).is_err());
        assert!(check(&file("/Filter 9 0 R", &flate)).is_err());
        let twice = miniz_oxide::deflate::compress_to_vec_zlib(&flate, 6);
        assert!(check(&file("/Filter[/FlateDecode/FlateDecode]", &twice)).is_err());
        let lzw = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        let lzw = { lzw }.encode(&zeros).unwrap();
        assert!(check(&file("/Filter/LZWDecode", &lzw)).is_err());
    }

    #[test]
    fn streams_that_hold_each_other_are_refused() {
        // Each is read to the end of the file, and has no data.
        for filter in ["[/ASCIIHexDecode/FlateDecode]", "[/ASCII85Decode/LZWDecode]"] {
            let unit = format!("1 0 obj<</Filter{filter}>>stream\n");
            assert!(check(unit.repeat(5000).as_bytes()).is_err(), "{filter}");
        }
        // Blocks of deflate without data, and codes of LZW that clear the table.
        let flate = [&b"\x78\x9C"[..], &b"\0\0\0\xFF\xFF".repeat(1 << 20)].concat();
        let lzw = [0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01, 0x00].repeat(1 << 18);
        for (filter, data) in [("/FlateDecode", flate), ("/LZWDecode", lzw)] {
            let unit = format!("1 0 obj<</Filter{filter}>>stream\n");
            check(&[unit.as_bytes(), &data].concat()).unwrap();
            let each: Vec<u8> = (0..200).flat_map(|_| [unit.as_bytes(), &data].concat()).collect();
            assert!(check(&each).is_err(), "{filter}");
        }
    }
}
