//! The targets by their names.

mod encode;
mod lzw;
mod multipart;
mod png_rows;
mod rendition;
mod vp8;

use userimage::Format;

use crate::http::check_request;
use crate::png::with_checksums;
use crate::rendition::{check_decoder, with_magic};
use crate::{check, check_container, check_exif};

const JP2: &[u8] = b"\0\0\0\x0CjP  \r\n\x87\n";
const J2K: &[u8] = b"\xFF\x4F\xFF\x51";
const JXL: &[u8] = b"\xFF\x0A";
const JXL_BOXES: &[u8] = b"\0\0\0\x0CJXL \r\n\x87\n";
const TIFF: [&[u8]; 4] = [b"II\x2A\0", b"MM\0\x2A", b"II\x2B\0\x08\0\0\0", b"MM\0\x2B\0\x08\0\0"];

/// The name of each target, and what it does with any bytes.
#[rustfmt::skip]
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    // The probe.
    ("probe", check),
    ("exif", check_exif),
    ("jpeg", |data| check_container(b"\xFF\xD8\xFF", data)),
    ("png", |data| check_container(b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR", data)),
    ("gif", |data| check_container(b"GIF89a", data)),
    ("bmp", |data| check_container(b"BM", data)),
    ("tiff", |data| check_container(b"II\x2A\0", data)),
    ("bigtiff", |data| check_container(b"MM\0\x2B", data)),
    ("webp", |data| check_container(b"RIFF\xFF\xFF\0\0WEBP", data)),
    ("heif", |data| check_container(b"\0\0\0\x14ftypheic\0\0\0\0mif1", data)),
    ("psd", |data| check_container(b"8BPS\0\x01", data)),
    ("jp2", |data| check_container(JP2, data)),
    ("j2k", |data| check_container(J2K, data)),
    ("jxl", |data| {
        check_container(&[JXL_BOXES, b"\0\0\0\x14ftypjxl \0\0\0\0jxl "].concat(), data);
        check_container(JXL, data);
    }),
    ("ico", |data| check_container(b"\0\0\x01\0", data)),
    ("svg", |data| check_container(b"<", data)),
    ("svgz", |data| check_container(b"\x1F\x8B\x08", data)),
    ("eps", |data| check_container(b"%!PS", data)),
    ("pdf", |data| check_container(b"%PDF-", data)),
    // The decoders, each behind the first bytes of its format.
    ("rendition", rendition::run),
    ("decode_jpeg", |data| check_decoder(Format::Jpeg, &with_magic(&[b"\xFF\xD8\xFF"], data))),
    ("decode_png", |data| check_decoder(Format::Png, &with_checksums(data))),
    ("decode_gif", |data| check_decoder(Format::Gif, &with_magic(&[b"GIF89a", b"GIF87a"], data))),
    ("decode_bmp", |data| check_decoder(Format::Bmp, &with_magic(&[b"BM"], data))),
    ("decode_tiff", |data| check_decoder(Format::Tiff, &with_magic(&TIFF, data))),
    ("decode_webp", |data| check_decoder(Format::WebP, &with_magic(&[b"RIFF"], data))),
    ("decode_heic", |data| check_decoder(Format::Heic, &with_magic(&[b"\0\0\0\x18ftypheic"], data))),
    ("decode_psd", |data| check_decoder(Format::Psd, &with_magic(&[b"8BPS\0\x01", b"8BPS\0\x02"], data))),
    ("decode_jxl", |data| check_decoder(Format::Jxl, &with_magic(&[JXL, JXL_BOXES], data))),
    ("decode_jp2", |data| {
        let data = with_magic(&[JP2, J2K], data);
        check_decoder(if data.starts_with(JP2) { Format::Jp2 } else { Format::J2k }, &data);
    }),
    ("decode_svg", |data| check_decoder(Format::Svg, data)),
    ("decode_eps", |data| check_decoder(Format::Eps, &with_magic(&[b"\xC5\xD0\xD3\xC6"], data))),
    ("decode_pdf", |data| check_decoder(Format::Pdf, &with_magic(&[b"%PDF-1.4\n"], data))),
    ("vp8", vp8::run),
    // Codecs, beside others.
    ("lzw", lzw::run),
    ("png_rows", png_rows::run),
    ("encode", encode::run),
    // Requests.
    ("multipart", multipart::run),
    ("request", check_request),
];
