//! SVG and svgz, drawn at the size of the rendition.
//!
//! Nothing outside the file is read: no link is followed, scripts are never run, fonts come from the host alone. What a
//! drawing may cost is found before it is drawn: [`entities`] and [`markup`] before the XML is parsed, [`weight`] and [`reach`]
//! before its references are followed, [`cost`] before pixels are drawn.

mod active;
mod corrections;
mod cost;
mod dead_links;
mod entities;
mod images;
mod markup;
mod options;
mod reach;
mod references;
mod root;
mod style;
mod text;
mod text_chunks;
mod weight;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::{Document, ParsingOptions};
use resvg::usvg::{Options, Tree};

use self::options::Resources;
use super::budget::Budget;
use super::canvas;
use super::decode_error::DecodeError;
use super::kernel::Cpu;
use super::own_stack::on_own_stack;
use super::picture::{Layout, Picture};
use super::source::Source;
use crate::geometry::Size;
use crate::warning::Warning;

/// Bytes that a document takes for each byte of its text, parsed and converted. The most that was measured, of short
/// elements without attributes, is 60.
const BYTES_PER_CHARACTER: u64 = 64;
/// Bytes that entities expand to, which are budgeted before they are counted.
const ENTITIES: u64 = 4096;
/// Layers of a drawing, each as large as it, that are budgeted before they are counted.
const LAYERS: u64 = 8;
/// Elements and texts of a document, references not followed.
const MAX_NODES: u32 = 1_000_000;

/// Draws the document.
pub(super) fn draw(cpu: Cpu, source: &Source<'_>, budget: &Budget) -> Result<Picture, DecodeError> {
    let size = budget.target(source.stored_size);
    let canvas = size.pixels() * 4;
    let base = |characters: u64| {
        characters.saturating_mul(BYTES_PER_CHARACTER).saturating_add(canvas * (1 + LAYERS))
    };
    let length = text::length(source.data)?.saturating_add(ENTITIES);
    budget.check_rows(source.stored_size, Layout::Rgba, base(length))?;
    let text = text::text(source.data)?;
    let expanded = entities::expanded_bytes(&text).saturating_add(text.len() as u64);
    let base = base(length.max(expanded));
    budget.check_rows(source.stored_size, Layout::Rgba, base)?;
    markup::check(&text)?;

    let resources = Resources::new(budget.fonts());
    let (allow_active, stored) = (source.allow_active, source.stored_size);
    let tree = on_own_stack(|| parse(&text, allow_active, stored, &resources))?;
    if let Some(failure) = resources.image_failure() {
        return Err(failure);
    }
    if resources.is_font_missing() {
        budget.warn(Warning::FontsMissing);
    }
    budget.check_cancelled()?;

    let (width, height) = (tree.size().width(), tree.size().height());
    let transform = Transform::from_scale(size.width as f32 / width, size.height as f32 / height);
    let layers = on_own_stack(|| cost::check(&tree, transform, size))?;
    let more = layers.saturating_add(resources.image_bytes()).saturating_sub(canvas * LAYERS);
    let scratch_bytes = base.saturating_add(more);
    budget.check_rows(source.stored_size, Layout::Rgba, scratch_bytes)?;

    let mut drawing = Pixmap::new(size.width, size.height).ok_or("the picture has no pixels")?;
    on_own_stack(|| {
        resvg::render(&tree, transform, &mut drawing.as_mut());
        Ok(())
    })?;
    budget.check_cancelled()?;
    canvas::picture(cpu, budget, source.stored_size, drawing.data(), scratch_bytes)
}

/// Reads the document, follows its references and lays out its texts.
fn parse(
    text: &str,
    allow_active: bool,
    stored: Size,
    resources: &Resources,
) -> Result<Tree, DecodeError> {
    let document = document(text)?;
    weight::check(&document)?;
    if !allow_active && let Some(reason) = active::found(&document) {
        return Err(DecodeError::Active(reason));
    }
    let options = resources.options();
    match corrections::corrected(&document) {
        None => laid_out(text, &document, stored, &options),
        Some(text) => {
            drop(document);
            laid_out(&text, &self::document(&text)?, stored, &options)
        }
    }
}

/// The drawing, in the size by which the probe knows it. The renderer reads some units otherwise.
fn laid_out(
    text: &str,
    document: &Document<'_>,
    stored: Size,
    options: &Options<'_>,
) -> Result<Tree, DecodeError> {
    if root::is_stated(document) {
        let tree = Tree::from_xmltree(document, options).map_err(DecodeError::damaged)?;
        if !canvas::differs(tree.size().width(), stored.width)
            && !canvas::differs(tree.size().height(), stored.height)
        {
            return Ok(tree);
        }
    }
    let text = root::with_size(text, document)?;
    Tree::from_xmltree(&self::document(&text)?, options).map_err(DecodeError::damaged)
}

/// The elements. Entities of other files are not read.
fn document(text: &str) -> Result<Document<'_>, DecodeError> {
    let options =
        ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(DecodeError::damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancellation::Cancellation;
    use crate::format::Format;
    use crate::rendition::fonts::Fonts;
    use crate::rendition::{Renderer, Standard, StandardOptions};

    fn render(body: &str, renderer: &Renderer) -> Standard {
        let text =
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>{body}</svg>");
        let source = Source::new(text.as_bytes(), Format::Svg, Size::new(64, 48));
        let options = StandardOptions::default();
        renderer.render(&source, &options, 1 << 28, &Cancellation::new()).unwrap()
    }

    /// Whether the pixels of a square in the middle are drawn.
    fn is_drawn(standard: &Standard) -> bool {
        let decoder = png::Decoder::new(std::io::Cursor::new(&standard.bytes));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels.iter().any(|value| *value != 0)
    }

    #[test]
    fn the_size_is_that_of_the_probe_also_where_the_renderer_reads_another() {
        for sides in [
            "width='64' height='48'",
            "width=' 64 ' height='\n48px'",
            "width='64PX' height='0.5IN'",
        ] {
            let text = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' {sides}><rect width='32' height='48'/></svg>"
            );
            let source = Source::new(text.as_bytes(), Format::Svg, Size::new(64, 48));
            let options = StandardOptions::default();
            let made = Renderer::default().render(&source, &options, 1 << 28, &Cancellation::new());
            let made = made.unwrap();
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&made.bytes));
            decoder.set_transformations(
                png::Transformations::normalize_to_color8() | png::Transformations::ALPHA,
            );
            let mut reader = decoder.read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            reader.next_frame(&mut pixels).unwrap();
            // The left half is black, the right one clear.
            let channels = reader.output_color_type().0.samples();
            let pixels = pixels.chunks_exact(channels);
            let drawn = pixels.filter(|pixel| pixel.last() == Some(&255)).count();
            assert_eq!(drawn, 32 * 48, "{sides}");
        }
    }

    #[test]
    fn texts_are_drawn_in_the_host_s_fonts_alone() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/fonts");
        let with_fonts = Renderer::default().with_fonts(Fonts::from_dir(folder).unwrap());
        let text = |family: &str| {
            format!("<text x='8' y='40' font-size='32' font-family='{family}'>A</text>")
        };
        assert!(is_drawn(&render(&text("Square"), &with_fonts)));
        // In another font than its own.
        assert!(is_drawn(&render(&text("Helvetica"), &with_fonts)));
        assert!(!is_drawn(&render(&text("Square"), &Renderer::default())));
    }

    #[test]
    fn missing_fonts_are_noted() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/fonts");
        let fonts = Fonts::from_dir(folder).unwrap();
        let is_missing = |fonts: &Fonts, body: &str| {
            let text = format!(
                "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{body}</svg>"
            );
            let resources = Resources::new(fonts);
            on_own_stack(|| parse(&text, false, Size::new(9, 9), &resources)).unwrap();
            resources.is_font_missing()
        };
        assert!(!is_missing(&fonts, "<text font-family='Square'>A</text>"));
        assert!(!is_missing(&fonts, "<text font-family='None, Square'>A</text>"));
        assert!(!is_missing(&fonts, "<text font-family='sans-serif'>A</text>"));
        assert!(!is_missing(&fonts, "<text>A</text><rect width='9' height='9'/>"));
        assert!(is_missing(&fonts, "<text font-family='None'>A</text>"));
        // The font has no such character.
        assert!(is_missing(&fonts, "<text font-family='Square'>B</text>"));
        assert!(is_missing(&Fonts::default(), "<text>A</text>"));
        assert!(!is_missing(&Fonts::default(), "<rect width='9' height='9'/>"));
    }

    fn try_render(body: &str) -> Result<Standard, String> {
        let text =
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='64' height='48'>{body}</svg>");
        let source = Source::new(text.as_bytes(), Format::Svg, Size::new(64, 48));
        let options = StandardOptions::default();
        let made = Renderer::default().render(&source, &options, 1 << 28, &Cancellation::new());
        made.map_err(|error| error.to_string())
    }

    #[test]
    fn a_picture_that_is_not_drawn_is_an_error() {
        let image = |data: &str| format!("<image width='9' height='9' href='data:image/{data}'/>");
        for (body, reason) in [
            (image("jpeg,%ff%d8%ff"), "ends"),
            (image("bmp,BM%ff"), "is not a JPEG, PNG, GIF, WebP or SVG"),
        ] {
            let error = try_render(&body).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
        // A place without a picture, and a link to one, which is not followed.
        try_render(&image("png,")).unwrap();
        try_render("<image width='9' height='9' href='https://example.com/a.png'/>").unwrap();
    }

    #[test]
    fn photos_are_upright() {
        let photo = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/fixtures/files/jpeg-phone-orientation6.jpg"
        );
        let data: String =
            std::fs::read(photo).unwrap().iter().map(|byte| format!("%{byte:02x}")).collect();
        let made =
            try_render(&format!("<image width='48' height='48' href='data:image/jpeg,{data}'/>"));
        let decoder = png::Decoder::new(std::io::Cursor::new(made.unwrap().bytes));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        let alpha = |x: usize, y: usize| pixels[(y * 64 + x) * 4 + 3];
        // Of 1200 x 1600 pixels: it leaves room at its sides, and none above it.
        assert_eq!((alpha(1, 24), alpha(24, 1)), (0, 255));
    }
}
