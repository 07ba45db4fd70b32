//! The pictures in a document, as `data:` URLs. They are decoded by this library, within its limits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use resvg::usvg::{FontResolver, ImageHrefResolver, ImageKind, Options, Tree};
use sha2::{Digest, Sha256};

use super::weight::{self, MAX_ELEMENTS};
use super::{corrections, entities, markup};
use crate::format::Format;
use crate::geometry::{Orientation, Size};
use crate::probe::probe;
use crate::rendition::StandardOptions;
use crate::rendition::budget::Budget;
use crate::rendition::conversion::Conversions;
use crate::rendition::decode::decode;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;
use crate::rendition::orient::apply_orientation;
use crate::rendition::picture::{Layout, Picture};
use crate::rendition::source::Source;
use crate::rendition::{colour, ycbcr};

/// The longest side that a picture is decoded to.
const MAX_SIDE: u32 = 2048;
/// The memory that decoding one may take.
const MAX_MEMORY: u64 = 256 << 20;
/// All pixels of all pictures of a document, as stored: as many as a photo may have by default.
const MAX_STORED: u64 = 120_000_000;
/// The same, as decoded.
const MAX_PIXELS: u64 = 64_000_000;
/// Pictures of a document, the same one as often as it is used.
const MAX_COUNT: u32 = 1000;
/// Bytes that the entities of a document among them expand to.
const MAX_EXPANDED: u64 = 1 << 20;

/// Decodes pictures, and counts them.
#[derive(Default)]
pub(super) struct Images(Mutex<Count>);

#[derive(Default)]
struct Count {
    images: u32,
    /// The pictures that were decoded, as PNG, by the SHA-256 of their data.
    decoded: HashMap<[u8; 32], Arc<Vec<u8>>>,
    stored: u64,
    pixels: u64,
    bytes: u64,
    /// Of the documents among them.
    elements: f64,
    /// Why a picture is not drawn.
    failure: Option<DecodeError>,
}

impl Images {
    /// The bytes of the pictures that were decoded.
    pub(super) fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Why a picture is not drawn, if one is not.
    pub(super) fn failure(&self) -> Option<DecodeError> {
        self.lock().failure.take()
    }

    /// The picture of a `data:` URL.
    pub(super) fn resolve(&self, data: &[u8], options: &Options<'_>) -> Option<ImageKind> {
        // A place for a picture, without one.
        if data.is_empty() {
            return None;
        }
        match self.read(data, options) {
            Ok(picture) => Some(picture),
            Err(failure) => self.fail(failure),
        }
    }

    fn fail(&self, failure: DecodeError) -> Option<ImageKind> {
        self.lock().failure.get_or_insert(failure);
        None
    }

    fn read(&self, data: &[u8], options: &Options<'_>) -> Result<ImageKind, DecodeError> {
        self.count("pictures", |count| {
            count.images += 1;
            count.images <= MAX_COUNT
        })?;
        let Some(format) = format_of(data) else { return self.document(data, options) };
        let key = Sha256::digest(data).into();
        if let Some(file) = self.lock().decoded.get(&key) {
            return Ok(ImageKind::PNG(Arc::clone(file)));
        }
        let info = probe(data)?;
        let size = info.stored_size.ok_or("a picture in it has no size")?;
        self.count("pixels in pictures", |count| {
            count.stored = count.stored.saturating_add(size.pixels());
            count.stored <= MAX_STORED && count.pixels <= MAX_PIXELS
        })?;
        let picture = apply_orientation(picture(data, format)?, info.orientation);
        let pixels = picture.size.pixels();
        let file = Arc::new(png(&picture).ok_or("a picture in it is not drawn")?);
        self.count("pixels in pictures", |count| {
            count.pixels = count.pixels.saturating_add(pixels);
            count.bytes = count.bytes.saturating_add(file.len() as u64 + pixels * 4);
            count.pixels <= MAX_PIXELS
        })?;
        self.lock().decoded.insert(key, Arc::clone(&file));
        Ok(ImageKind::PNG(file))
    }

    /// A document in the document. Links in it lead nowhere. Browsers run no script of it.
    fn document(&self, data: &[u8], options: &Options<'_>) -> Result<ImageKind, DecodeError> {
        let text = std::str::from_utf8(data).map_err(|_| {
            DecodeError::unsupported("a picture in it is not a JPEG, PNG, GIF, WebP or SVG")
        })?;
        let options = Options {
            image_href_resolver: ImageHrefResolver {
                resolve_data: Box::new(|_, data, options| {
                    if format_of(&data).is_none() && !data.is_empty() {
                        let reason = "a document in it has pictures that are no photos";
                        return self.fail(DecodeError::unsupported(reason));
                    }
                    self.resolve(&data, options)
                }),
                resolve_string: Box::new(|_, _| None),
            },
            font_resolver: FontResolver {
                select_font: Box::new(|font, fonts| {
                    (options.font_resolver.select_font)(font, fonts)
                }),
                select_fallback: Box::new(|character, used, fonts| {
                    (options.font_resolver.select_fallback)(character, used, fonts)
                }),
            },
            fontdb: Arc::clone(&options.fontdb),
            ..Options::default()
        };
        let weigh = |elements| {
            self.count("elements in its pictures", |count| {
                count.elements += elements;
                count.elements <= MAX_ELEMENTS
            })
        };
        // None is read after one that was too much.
        weigh(0.0)?;
        let expanded = entities::expanded_bytes(text);
        if expanded > MAX_EXPANDED {
            return Err(too_many("entities in its pictures"));
        }
        markup::check(text)?;
        self.count("bytes in its pictures", |count| {
            let characters = expanded + text.len() as u64;
            count.bytes = count.bytes.saturating_add(characters * super::BYTES_PER_CHARACTER);
            true
        })?;
        let document = super::document(text)?;
        weigh(weight::check(&document).unwrap_or(f64::INFINITY))?;
        let tree = match corrections::corrected(&document) {
            None => Tree::from_xmltree(&document, &options),
            Some(text) => Tree::from_xmltree(&super::document(&text)?, &options),
        };
        tree.map(ImageKind::SVG).map_err(DecodeError::damaged)
    }

    /// Counts a picture. Refuses one that is beyond a limit.
    fn count(&self, what: &str, add: impl FnOnce(&mut Count) -> bool) -> Result<(), DecodeError> {
        if add(&mut self.lock()) { Ok(()) } else { Err(too_many(what)) }
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_many(what: &str) -> DecodeError {
    DecodeError::unsupported(format!("it has too many {what}"))
}

fn format_of(data: &[u8]) -> Option<Format> {
    match data {
        [0xFF, 0xD8, 0xFF, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', ..] => Some(Format::Png),
        [b'G', b'I', b'F', b'8', ..] => Some(Format::Gif),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Format::WebP),
        _ => None,
    }
}

/// The picture in sRGB.
fn picture(data: &[u8], format: Format) -> Result<Picture, DecodeError> {
    let options = StandardOptions::default()
        .with_max_size(Size::new(MAX_SIDE, MAX_SIDE))
        .map_err(DecodeError::damaged)?;
    let budget = Budget::new(MAX_MEMORY, &options, Orientation::Upright);
    let source = Source::new(data, format, Size::new(u32::MAX, u32::MAX));
    let picture = decode(Cpu::detect(), &source, &budget)?;
    Ok(ycbcr::to_rgb(colour::to_srgb(picture, &Conversions::default())?))
}

/// A PNG of the picture, which is what the renderer reads.
fn png(picture: &Picture) -> Option<Vec<u8>> {
    let colour = match picture.layout {
        Layout::Grey => png::ColorType::Grayscale,
        Layout::GreyAlpha => png::ColorType::GrayscaleAlpha,
        Layout::Rgb => png::ColorType::Rgb,
        Layout::Rgba => png::ColorType::Rgba,
        Layout::YCbCr | Layout::Cmyk | Layout::CmykAlpha => return None,
    };
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, picture.size.width, picture.size.height);
    encoder.set_color(colour);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(&picture.interleaved()).ok()?;
    writer.finish().ok()?;
    Some(file)
}
