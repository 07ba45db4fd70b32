//! Recognizing the format, and reading its header.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::Path;

use super::info::ImageInfo;
use super::{bmp, eps, gif, heif, ico, jp2, jpeg, jxl, pdf, png, psd, svg, tiff, webp};
use crate::container::error::ProbeError;
use crate::container::png::SIGNATURE;
use crate::container::source::{Source, Stream};

/// Identifies the image `data` from its header alone: format, size, orientation, DPI, and more.
///
/// ```
/// use userimage::{Format, Size, probe};
///
/// // A BMP header: 640 x 480 pixels of 24 bits, 3780 pixels per metre.
/// let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
/// for field in [640, 480, 1 | 24 << 16, 0, 0, 3780, 3780, 0, 0_u32] {
///     bmp.extend(field.to_le_bytes());
/// }
///
/// let info = probe(&bmp)?;
/// assert_eq!((info.format, info.size()), (Format::Bmp, Some(Size::new(640, 480))));
/// assert_eq!(info.dpi().map(|dpi| dpi.x.round()), Some(96.0));
/// assert!(probe(b"<html>").is_err());
/// # Ok::<(), userimage::ProbeError>(())
/// ```
///
/// It decodes no pixels, allocates nothing and ends on every input.
///
/// | format | size | DPI, in this order | orientation | also |
/// |---|---|---|---|---|
/// | JPEG, MPO | `SOFn` | EXIF, JFIF, Photoshop 8BIM | EXIF | ICC, XMP, GPS, pictures of an MPO |
/// | PNG, APNG | `IHDR` | `pHYs`, EXIF (`eXIf`, or text) | EXIF | ICC, XMP, GPS, frames |
/// | GIF | logical screen; where a side of it is 0 or the first frame reaches beyond it, the extent of the first frame | – | – | |
/// | BMP | header | header | – | ICC |
/// | TIFF, BigTIFF | first IFD | first IFD | first IFD | ICC, XMP, GPS, whether one page |
/// | WebP | canvas, else frame | EXIF | EXIF | ICC, XMP, GPS, whether animated |
/// | HEIF, HEIC, AVIF | primary item: `ispe`, `clap` | EXIF | `irot`, `imir` | ICC, XMP, GPS |
/// | PSD, PSB | header | Photoshop 8BIM | EXIF | ICC, XMP, GPS |
/// | JPEG 2000 | `SIZ` | capture, display | EXIF | ICC, XMP, GPS |
/// | JPEG XL | header | EXIF | header | ICC, XMP, GPS, whether animated |
/// | ICO, CUR | largest entry | – | – | pictures |
/// | SVG | width, height, `viewBox` | – | – | |
/// | EPS | bounding box, in points | – | – | |
/// | PDF | first page: crop box, rotated, in points | – | – | |
///
/// A DPI counts if both axes are finite and above 0 and their unit is a length; else the next source
/// is read. Colour is read of every format whose header states it.
///
/// # How often it is right
///
/// Of 206 well-formed real files, against the values that mature tools agree on
/// (`tests/agreement/measure.py`; exiftool is one of these tools):
///
/// | | format | size | orientation | DPI | DPI where there is one |
/// |---|---|---|---|---|---|
/// | this probe | 100 % | 100 % | 99.5 % | 100 % | 100 % |
/// | exiftool's default tags | 96.1 % | 98.5 % | 100 % | 97.6 % | 94.4 % |
/// | Pillow | 86.9 % | 90.6 % | 91.8 % | 73.8 % | 76.4 % |
/// | `image` and `kamadak-exif` | 70.9 % | 71.8 % | 69.6 % | 56.3 % | 49.4 % |
/// | `imagesize` (Python) | – | 75.7 % | – | 64.6 % | 32.6 % |
///
/// The one file that differs is an AVIF whose orientation is only in EXIF: the second case below.
///
/// # Where tools disagree
///
/// * HEIF of several pictures: the EXIF that describes the displayed picture counts, not the first.
/// * HEIF, AVIF and JPEG XL: EXIF's orientation is not used. Writers repeat the format's own in it, or
///   describe the file that was converted; exiftool shows it, decoders ignore it.
/// * Photoshop's resolution is per inch, whatever unit it is displayed in; some readers convert it.
/// * A JFIF segment without a unit overrides Photoshop's resources in front of it: they were copied
///   from the original of these pixels.
/// * JPEG, PNG: a file that is cut before its pixels is [`ProbeError::Truncated`] even if its size is
///   there: DPI or orientation may be cut off. The same holds for parts that a header announces and
///   the file lacks: the EXIF of a WebP or HEIF, the resolution of a TIFF.
/// * An SVG that fills its page has the size of its `viewBox`, as in renderers.
/// * Camera raw files with the structure of TIFF (DNG, NEF) are TIFFs with the size of their first
///   IFD, which is often a preview, and have no rendition. Canon's CR2 and CR3 are not known formats.
///
/// # Errors
///
/// [`ProbeError`] if no known format begins with these bytes, or the header is cut or malformed.
pub fn probe(mut data: &[u8]) -> Result<ImageInfo, ProbeError> {
    probe_source(&mut data)
}

/// As [`probe`], for a stream, from its beginning. It reads little more than the header, in small
/// pieces, and needs no buffer around the reader.
///
/// It reads 1 KiB of most files, and 64 bytes for each jump: to a segment of a JPEG, a chunk of a PNG
/// or WebP, a directory of a TIFF, an item of a HEIF. It reads 4 KiB of a JPEG of 20 MB with 2.6 MB of
/// metadata, and 100 KiB of a PNG of 13 MB in chunks of 8 KiB. It searches at most 64 KiB of an EPS
/// for the bounding box, and 256 KiB of an SVG for the root. It reads the cross-references of a PDF up to the objects of the
/// first page, and searches the file for these where the cross-references are broken.
///
/// # Errors
///
/// As [`probe`], and [`ProbeError::Io`] if the reader fails.
pub fn probe_reader(reader: impl Read + Seek) -> Result<ImageInfo, ProbeError> {
    probe_source(&mut Stream::new(reader)?)
}

/// As [`probe_reader`], for the file at `path`.
///
/// # Errors
///
/// As [`probe_reader`], and [`ProbeError::Io`] if the path is not a regular file: a pipe could block
/// for ever.
pub fn probe_path(path: impl AsRef<Path>) -> Result<ImageInfo, ProbeError> {
    let path = path.as_ref();
    // Before it is opened: opening a pipe waits for its writer.
    if !fs::metadata(path).map_err(ProbeError::Io)?.is_file() {
        let error = io::Error::new(ErrorKind::InvalidInput, "it is not a regular file");
        return Err(ProbeError::Io(error));
    }
    probe_reader(File::open(path).map_err(ProbeError::Io)?)
}

/// The bytes by which the formats are recognized.
const HEAD: usize = 16;

fn probe_source(src: &mut impl Source) -> Result<ImageInfo, ProbeError> {
    let head = src.get_up_to(0, HEAD)?;
    let len = head.len();
    let mut copy = [0; HEAD];
    for (to, from) in copy.iter_mut().zip(head) {
        *to = *from;
    }
    let head = copy.get(..len).unwrap_or_default();
    if head.starts_with(b"\xFF\xD8\xFF") {
        jpeg::probe(src)
    } else if head.starts_with(SIGNATURE) {
        png::probe(src)
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        gif::probe(src)
    } else if webp::matches(head) {
        webp::probe(src)
    } else if tiff::matches(head) {
        tiff::probe(src)
    } else if bmp::matches(head) {
        bmp::probe(src, head)
    } else {
        probe_uncommon(src, head)
    }
}

/// The less common formats, in a function of their own to keep the first six short. Formats without
/// a signature come last.
#[inline(never)]
fn probe_uncommon(src: &mut impl Source, head: &[u8]) -> Result<ImageInfo, ProbeError> {
    if heif::matches(head) {
        heif::probe(src)
    } else if head.starts_with(psd::SIGNATURE) {
        psd::probe(src)
    } else if jp2::matches(head) {
        jp2::probe(src)
    } else if jp2::matches_code_stream(head) {
        jp2::probe_code_stream(src)
    } else if jxl::matches(head) {
        jxl::probe(src)
    } else if jxl::matches_code_stream(head) {
        jxl::probe_code_stream(src)
    } else if ico::matches(head) {
        ico::probe(src)
    } else if eps::matches(head) {
        eps::probe(src)
    } else if head.starts_with(svg::GZIP) {
        svg::probe_gzipped(src)
    } else {
        match svg::probe(src) {
            Err(ProbeError::NotAnImage) => pdf::probe(src),
            result => result,
        }
    }
}
