//! SVG: the root element, plain or gzipped.

use super::inflate::{Wrapper, inflate};
use super::info::ImageInfo;
use super::xml::Text;
use crate::container::error::ProbeError;
use crate::container::source::Source;
use crate::container::svg::RootSize;
use crate::format::Format;
use crate::geometry::Size;

/// Bytes of a gzipped file that are unpacked to find the end of the root's tag.
const MAX_UNPACKED: usize = 32 * 1024;

pub(super) const GZIP: &[u8] = b"\x1F\x8B\x08";

/// A gzipped SVG: RFC 1952 section 2.3.
#[inline(never)]
pub(super) fn probe_gzipped(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    const FLAGS: u64 = 3;
    const HEADER_CRC: u8 = 0x02;
    const EXTRA: u8 = 0x04;
    const NAME: u8 = 0x08;
    const COMMENT: u8 = 0x10;
    const MAX_TEXT: u64 = 1024;
    let [flags] = src.array(FLAGS)?;
    let mut at = 10;
    if flags & EXTRA != 0 {
        at += 2 + u64::from(src.le16(at)?);
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            let end = at + MAX_TEXT;
            while src.array(at)? != [0] && at < end {
                at += 1;
            }
            at += 1;
        }
    }
    if flags & HEADER_CRC != 0 {
        at += 2;
    }
    let mut unpacked = [0; MAX_UNPACKED];
    let len = src.len().saturating_sub(at);
    let filled = inflate(src, at, len, Wrapper::Raw, &mut unpacked)?;
    probe(&mut unpacked.get(..filled).unwrap_or_default())
}

pub(super) fn probe(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let mut text = Text::new(src)?;
    let name = text.root()?.ok_or(ProbeError::NotAnImage)?;
    // In any namespace.
    if name.bytes().rsplit(|&byte| byte == b':').next() != Some(b"svg") {
        return Err(ProbeError::NotAnImage);
    }
    let mut root = RootSize::default();
    while let Some(attribute) = text.attribute()? {
        root.set(attribute.name.bytes(), attribute.value.text());
    }
    let mut info = ImageInfo::new(Format::Svg);
    info.stored_size = root.pixels().and_then(|(width, height)| Size::rounded(width, height));
    info.frames = Some(1);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::probe;

    fn size(text: &str) -> Option<(u32, u32)> {
        probe(text.as_bytes()).unwrap().stored_size.map(|size| (size.width, size.height))
    }

    #[test]
    fn lengths_in_every_unit() {
        for (width, pixels) in [
            ("10", 10),
            ("10px", 10),
            (" 1.5in ", 144),
            ("2.54cm", 96),
            ("25.4MM", 96),
            ("72pt", 96),
            ("6pc", 96),
            ("1e2", 100),
            ("+.5e1px", 5),
            ("744.09448819", 744),
        ] {
            let text = format!("<svg width='{width}' height=\"7\"/>");
            assert_eq!(size(&text), Some((pixels, 7)), "{width}");
        }
        for width in ["0", "-5", "x", "", "1e999", "5furlong", "2em"] {
            assert_eq!(size(&format!("<svg width='{width}' height='7'/>")), None, "{width}");
        }
    }

    #[test]
    fn a_missing_side_comes_from_the_view_box() {
        assert_eq!(size("<svg viewBox='0 0 20 10' width='100'>"), Some((100, 50)));
        assert_eq!(size("<svg viewBox='0,0,20,10' height='100' width='50%'>"), Some((200, 100)));
        assert_eq!(size("<svg viewBox='-.5-5 20px 10px'>"), Some((20, 10)));
        assert_eq!(size("<svg viewBox='0 0 20'>"), None);
        assert_eq!(size("<svg viewBox='-5 -5 20 10' width='100%' height='100%'>"), Some((20, 10)));
        assert_eq!(size("<svg width='100%' height='100%'>"), None);
        assert_eq!(size("<svg>"), None);
    }

    #[test]
    fn the_root_behind_declarations_comments_and_doctypes() {
        let text = "\u{FEFF}<?xml version='1.0'?>\n<!-- it's <svg width='1'> -->\
            <!DOCTYPE svg [ <!ENTITY a \"]><svg width='2'>\"> <!-- don't ]> --> ]>\n\
            <s:svg xmlns:s='http://www.w3.org/2000/svg' data-width='3' onclick='a>b' width = '7' \
            height='5'>";
        assert_eq!(size(text), Some((7, 5)));
        for (bom, bytes) in [
            (
                &b"\xFF\xFE"[..],
                text[3..].encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
            ),
            (b"\xFE\xFF", text[3..].encode_utf16().flat_map(u16::to_be_bytes).collect()),
            (b"", text[3..].encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ] {
            let info = probe(&[bom, &bytes].concat()).unwrap();
            assert_eq!(info.stored_size, Some(Size::new(7, 5)));
        }
        for cut in 0..text.len() {
            assert!(probe(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn other_xml_is_not_svg() {
        for text in ["<html><svg width='1'>", "<svgx>", "text <svg>", "<!DOCTYPE html><html>", "<"]
        {
            assert_eq!(probe(text.as_bytes()), Err(ProbeError::NotAnImage), "{text}");
        }
    }

    #[test]
    fn gzipped_with_a_name_in_the_header() {
        let packed = miniz_oxide::deflate::compress_to_vec(b"<svg width='7' height='5'>", 6);
        let data = [b"\x1F\x8B\x08\x08\0\0\0\0\0\x03a.svg\0", &packed[..]].concat();
        assert_eq!(probe(&data).unwrap().stored_size, Some(Size::new(7, 5)));
        let other = miniz_oxide::deflate::compress_to_vec(b"hello", 6);
        let data = [b"\x1F\x8B\x08\0\0\0\0\0\0\x03", &other[..]].concat();
        assert_eq!(probe(&data), Err(ProbeError::NotAnImage));
    }
}
