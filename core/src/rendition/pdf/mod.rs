//! The first page of PDF, and of Illustrator's files that are PDF, drawn on white at the size of the rendition: ISO
//! 32000-1.
//!
//! Nothing is run and nothing outside the file is read. The renderer decodes a stream whenever it is used and bounds no
//! time, so what a page may cost is found before: [`repair`] and [`streams`] by the bytes of the file, [`functions`] by its
//! objects, [`weight`] by its operators, [`cost`] by a drawing that draws nothing.

mod active;
mod cost;
mod encryption;
mod functions;
mod jbig2;
mod repair;
#[cfg(test)]
mod sample;
mod spot;
mod standard_font;
mod streams;
mod weight;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hayro::hayro_interpret::font::FontQuery;
use hayro::hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, InterpreterWarning, interpret_page,
};
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{LoadPdfError, Pdf};
use hayro::kurbo::{Affine, Rect};
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use memchr::memmem;

use self::cost::Cost;
use super::budget::Budget;
use super::canvas;
use super::decode_error::DecodeError;
use super::kernel::Cpu;
use super::own_stack::on_own_stack;
use super::picture::{Layout, Picture};
use super::source::Source;
use crate::container::pdf::{HEAD, is_cut};
use crate::geometry::Size;
use crate::warning::Warning;

/// Bytes of the end of a file in which its end is marked, as readers have it (annex H.3, note 18).
const TAIL: usize = 1024;
/// Layers of a page that are budgeted before they are counted.
const LAYERS: u64 = 4;

/// Draws the first page.
pub(super) fn draw(cpu: Cpu, source: &Source<'_>, budget: &Budget) -> Result<Picture, DecodeError> {
    check_file(source.data)?;
    repair::check(source.data)?;
    let lengths = streams::check(source.data)?;
    let size = budget.target(source.stored_size);
    if u16::try_from(size.width).is_err() || u16::try_from(size.height).is_err() {
        return Err(DecodeError::unsupported("the drawing is over 65535 pixels wide or tall"));
    }
    // The renderer keeps the file, what of its streams is used, and the canvas.
    let canvas = size.pixels() * 4;
    let base = (source.data.len() as u64)
        .saturating_add(lengths.all)
        .saturating_add(lengths.longest)
        .saturating_add(canvas * LAYERS);
    budget.check_rows(source.stored_size, Layout::Rgba, base)?;

    let file = File {
        data: Arc::new(source.data.to_vec()),
        longest: lengths.longest,
        stored: source.stored_size,
        size,
    };
    let found = on_own_stack(|| file.cost(source.allow_active))?;
    if found.has_spot_colours {
        budget.warn(Warning::SpotColours);
    }
    let scratch_bytes = base.saturating_add(found.bytes.saturating_sub(canvas * LAYERS));
    budget.check_rows(source.stored_size, Layout::Rgba, scratch_bytes)?;
    budget.check_cancelled()?;

    let (pixels, is_font_missing) = on_own_stack(|| file.draw())?;
    if found.is_font_missing || is_font_missing {
        budget.warn(Warning::FontsMissing);
    }
    budget.check_cancelled()?;
    canvas::picture(cpu, budget, source.stored_size, &pixels, scratch_bytes)
}

/// Refuses what is cut short, or encrypted.
fn check_file(data: &[u8]) -> Result<(), DecodeError> {
    let tail = data.get(data.len().saturating_sub(TAIL)..).unwrap_or_default();
    let head = data.get(..HEAD).unwrap_or(data);
    if is_cut(head, data.len() as u64) || memmem::find(tail, b"%%EOF").is_none() {
        return Err("the end of the file is missing".into());
    }
    encryption::check(data)
}

struct File {
    data: Arc<Vec<u8>>,
    /// The longest stream, decoded.
    longest: u64,
    stored: Size,
    size: Size,
}

/// What is found before a page is drawn.
struct Found {
    /// The memory that drawing takes.
    bytes: u64,
    /// Whether there are inks beside those of CMYK.
    has_spot_colours: bool,
    /// Whether a text's font is not in the file.
    is_font_missing: bool,
}

impl File {
    fn open(&self) -> Result<Pdf, DecodeError> {
        let pdf = Pdf::new(Arc::clone(&self.data)).map_err(|error| match error {
            LoadPdfError::Decryption(_) => DecodeError::unsupported("it is encrypted"),
            LoadPdfError::Invalid => "its objects or its pages are not found".into(),
        })?;
        // One that is not where the table states makes the renderer look for all. Later that would change what has been
        // checked.
        pdf.objects().into_iter().for_each(drop);
        Ok(pdf)
    }

    /// What drawing takes, and what is to be known of it. Refuses what must not be in the file, and what takes too long.
    fn cost(&self, allow_active: bool) -> Result<Found, DecodeError> {
        let pdf = self.open()?;
        if !allow_active && let Some(reason) = active::found(&pdf) {
            return Err(DecodeError::Active(reason));
        }
        let page = pdf.pages().first().ok_or("it has no page")?;
        let transform = self.transform(page)?;
        let function = functions::longest(&pdf)?;
        let is_font_missing = weight::check(page, self.longest)?;
        let (width, height) = (f64::from(self.size.width), f64::from(self.size.height));
        let mut cost = Cost::new(width, height, function);
        let cache = InterpreterCache::new();
        let canvas = Rect::new(0.0, 0.0, width, height);
        let mut context =
            Context::new(transform, canvas, &cache, page.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut cost);
        let bytes = cost.result()?;
        Ok(Found { bytes, has_spot_colours: spot::found(&pdf), is_font_missing })
    }

    /// The pixels, and whether a font in the file is replaced.
    fn draw(&self) -> Result<(Vec<u8>, bool), DecodeError> {
        let pdf = self.open()?;
        let page = pdf.pages().first().ok_or("it has no page")?;
        let (width, height) = page.render_dimensions();
        let is_font_missing = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&is_font_missing);
        let is_picture_damaged = Arc::new(AtomicBool::new(false));
        let failed = Arc::clone(&is_picture_damaged);
        let settings = InterpreterSettings {
            warning_sink: Arc::new(move |warning| {
                if matches!(warning, InterpreterWarning::ImageDecodeFailure) {
                    failed.store(true, Ordering::Relaxed);
                }
            }),
            font_resolver: Arc::new(move |query| match query {
                FontQuery::Standard(font) => Some(font.get_font_data()),
                FontQuery::Fallback(font) => {
                    noted.store(true, Ordering::Relaxed);
                    Some(font.pick_standard_font().get_font_data())
                }
            }),
            ..InterpreterSettings::default()
        };
        let drawing = hayro::render(
            page,
            &RenderCache::new(),
            &settings,
            // Glyphs are drawn as they are designed, as for print.
            &RenderSettings { hinting: false, ..RenderSettings::default() },
            &PixmapSettings {
                // A little more, as the renderer cuts fractions of the last pixel off.
                x_scale: (self.size.width as f32 + 0.01) / width,
                y_scale: (self.size.height as f32 + 0.01) / height,
                bg_color: WHITE,
            },
        );
        if (u32::from(drawing.width()), u32::from(drawing.height()))
            != (self.size.width, self.size.height)
        {
            return Err("the page has another size than the header states".into());
        }
        if is_picture_damaged.load(Ordering::Relaxed) {
            return Err("a picture in it is damaged".into());
        }
        let mut pixels = drawing.data_as_u8_slice().to_vec();
        pixels.as_chunks_mut().0.iter_mut().for_each(put_on_white);
        Ok((pixels, is_font_missing.load(Ordering::Relaxed)))
    }

    /// From points of the page to pixels.
    fn transform(&self, page: &Page<'_>) -> Result<Affine, DecodeError> {
        let (width, height) = page.render_dimensions();
        let unit = user_unit(page);
        if canvas::differs(width * unit, self.stored.width)
            || canvas::differs(height * unit, self.stored.height)
        {
            return Err("the page has another size than the header states".into());
        }
        let scale = Affine::scale_non_uniform(
            f64::from(self.size.width) / f64::from(width),
            f64::from(self.size.height) / f64::from(height),
        );
        Ok(scale * Affine::new(page.initial_transform(true).as_coeffs()))
    }
}

/// Points of a unit of a page (table 30). Of what is no size, one, as in the probe.
fn user_unit(page: &Page<'_>) -> f32 {
    let unit = page.raw().get::<f32>("UserUnit");
    unit.filter(|unit| unit.is_finite() && *unit > 0.0).unwrap_or(1.0)
}

/// Makes a pixel opaque whose alpha is multiplied in. White is drawn below everything, but blending rounds.
fn put_on_white(pixel: &mut [u8; 4]) {
    let [red, green, blue, alpha] = pixel;
    let white = 255 - *alpha;
    for value in [red, green, blue] {
        *value = value.saturating_add(white);
    }
    *alpha = 255;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe;

    /// The size of a page, and the colour of a pixel of it.
    fn drawn(page: &str, at: usize) -> (Size, [u8; 4]) {
        let data = sample::pdf(page, "1 0 0 rg 10 0 10 20 re f", &["3", "null"]);
        let file = sample::file(&data);
        file.cost(false).unwrap();
        let (pixels, _) = file.draw().unwrap();
        (file.size, pixels.as_chunks().0[at])
    }

    #[test]
    fn a_page_is_as_large_as_its_unit_states() {
        let media = "/MediaBox[0 0 20 20]";
        for (unit, side) in [
            ("", 20),
            ("/UserUnit 1", 20),
            ("/UserUnit 3", 60),
            ("/UserUnit 5 0 R", 60),
            ("/UserUnit 1.5", 30),
            ("/UserUnit .5", 10),
            ("/UserUnit 0", 20),
            ("/UserUnit -3", 20),
            ("/UserUnit/Name", 20),
            ("/UserUnit 6 0 R", 20),
        ] {
            let page = format!("{media}{unit}");
            let (size, left) = drawn(&page, 0);
            assert_eq!((size, left), (Size::new(side, side), [255; 4]), "{unit}");
            let (_, right) = drawn(&page, side as usize - 1);
            assert_eq!(right, [255, 0, 0, 255], "{unit}");
        }
        let (size, _) = drawn("/MediaBox[0 0 20 30]/CropBox[0 0 10 30]/Rotate 90/UserUnit 2", 0);
        assert_eq!(size, Size::new(60, 20));
    }

    #[test]
    fn a_unit_that_leaves_no_size_of_pixels_gives_none() {
        for unit in ["99999999999999999999", "0.00001"] {
            let data = sample::pdf(&format!("/MediaBox[0 0 20 20]/UserUnit {unit}"), "", &[]);
            let size = probe::probe(&data).ok().and_then(|info| info.stored_size);
            assert_eq!(size, None, "{unit}");
        }
    }
}
