//! What drawing a page costs, found by a drawing that draws nothing: time, and memory.

use std::collections::HashSet;

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::pattern::{Pattern, ShadingPattern, TilingPattern};
use hayro::hayro_interpret::shading::{ShadingType, Triangle};
use hayro::hayro_interpret::{
    BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint,
    SoftMask,
};
use hayro::hayro_syntax::Filter;
use hayro::hayro_syntax::object::{Dict, Name, Object, Stream};
use hayro::kurbo::{Affine, BezPath, PathEl, Point, Rect, Shape};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;

use super::{jbig2, streams};
use crate::rendition::decode_error::DecodeError;
use crate::rendition::jpeg2000::code_stream::{self, CodeStream};

/// The most that drawing may take, in nanoseconds by the rates below: those of a slow machine.
const MAX_NANOSECONDS: f64 = 8e9;
/// For each operation.
const OPERATION: f64 = 2000.0;
/// For each element of a path.
const ELEMENT: f64 = 200.0;
/// For each pixel that is filled with one colour.
const PIXEL: f64 = 2.0;
/// For each pixel that is blended, beside that: by a mode that whole numbers compute, and by any other.
const BLENDED_PIXEL: f64 = 6.0;
const SLOWLY_BLENDED_PIXEL: f64 = 24.0;
/// For each pixel of a layer.
const LAYER_PIXEL: f64 = 8.0;
/// For each pixel of a pattern or gradient.
const SHADED_PIXEL: f64 = 30.0;
/// For each pixel of a picture.
const DECODED_PIXEL: f64 = 40.0;
/// For each sample of JPEG 2000, beside that of a picture.
const JPEG2000_SAMPLE: f64 = 60.0;
/// For each byte that its blocks take.
const BLOCK_BYTE: f64 = 2.0;
/// For each byte of a function that computes colours, each time that it is computed.
const FUNCTION_BYTE: f64 = 5.0;

/// Pixels from the picture's corner beyond which no curve and no line may reach: the renderer draws them in pieces, of
/// which there are more the longer they are.
const MAX_REACH: f64 = 1e6;
/// Bytes for each dash of a line.
const DASH: f64 = 200.0;
/// For each pixel of an edge: a line that is drawn has two.
const EDGE_PIXEL: f64 = 15.0;
/// Bytes for each element of a path, and for each pixel of an edge, while it is drawn.
const ELEMENT_BYTES: f64 = 150.0;
const EDGE_BYTES: f64 = 5.0;
/// Bytes that the renderer keeps until the page ends: for each shape, for each pixel of an edge, and at most for each pixel.
const KEPT_SHAPE: f64 = 200.0;
const KEPT_EDGE: f64 = 8.0;
const KEPT_PIXEL: f64 = 2.0;

/// Patterns and masks inside each other that are followed.
const MAX_DEPTH: u32 = 8;

/// Counts what a page draws.
pub(super) struct Cost {
    canvas: Rect,
    /// The longest function of the file, in bytes.
    function: f64,
    nanoseconds: f64,
    /// Of layers now, and of shapes until the page ends.
    held: f64,
    kept: f64,
    /// The most of these, pictures, patterns and edges at a time.
    most_bytes: f64,
    masks: HashSet<u128>,
    /// Patterns and masks inside each other.
    depth: u32,
    refused: Option<DecodeError>,
}

impl Cost {
    pub(super) fn new(width: f64, height: f64, function: u64) -> Self {
        Self {
            canvas: Rect::new(0.0, 0.0, width, height),
            function: function as f64,
            nanoseconds: 0.0,
            held: 0.0,
            kept: 0.0,
            most_bytes: 0.0,
            masks: HashSet::new(),
            depth: 0,
            refused: None,
        }
    }

    /// The memory that drawing takes beside the canvas, in bytes. Refuses a page that takes too long.
    pub(super) fn result(self) -> Result<u64, DecodeError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        if self.is_over() {
            return Err(DecodeError::unsupported("drawing it would take too long"));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "conversions of numbers that are too large saturate"
        )]
        Ok(self.most_bytes as u64)
    }

    /// Also if the sum is no number.
    fn is_over(&self) -> bool {
        self.nanoseconds > MAX_NANOSECONDS || self.nanoseconds.is_nan()
    }

    fn hold_for_now(&mut self, bytes: f64) {
        self.most_bytes = self.most_bytes.max(self.held + self.kept + bytes);
    }

    fn covered(&self, bounds: Rect) -> f64 {
        let shown = bounds.inflate(1.0, 1.0).intersect(self.canvas);
        shown.width().max(0.0) * shown.height().max(0.0)
    }

    fn shape(&mut self, outline: &Outline, props: &DrawProps<'_>, mode: &DrawMode) {
        self.nanoseconds += OPERATION;
        let bounds = outline.bounds;
        let mut covered = match mode {
            DrawMode::Fill(_) => self.covered(bounds),
            DrawMode::Stroke(_) | DrawMode::FillAndStroke(..) => self
                .canvas
                .area()
                .min(self.covered(bounds.inflate(self.canvas.width(), self.canvas.height()))),
            DrawMode::Invisible => 0.0,
        };
        let mut edges = 1.0;
        if let DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) = mode {
            edges = if matches!(mode, DrawMode::Stroke(_)) { 2.0 } else { 3.0 };
            let scale = props.transform.determinant().abs().sqrt();
            let width = f64::from(stroke.line_width) * scale + 2.0;
            covered = covered.min(outline.length * width).max(self.covered(bounds).min(covered));
            let period: f32 = stroke.dash_array.iter().sum();
            let dashes = if stroke.dash_array.is_empty() {
                0.0
            } else {
                outline.length / (f64::from(period) * scale).max(1e-9)
                    * stroke.dash_array.len() as f64
            };
            self.nanoseconds += (outline.elements + dashes) * ELEMENT * 10.0;
            self.hold_for_now(dashes * DASH);
        }
        let drawn = self.edges(outline, edges);
        self.kept += KEPT_SHAPE + (drawn * KEPT_EDGE).min(self.canvas.area() * KEPT_PIXEL);
        self.paint(&props.paint, covered);
        self.nanoseconds += covered * blending(props.blend_mode);
    }

    /// Counts how often edges along an outline are drawn. Returns their pixels.
    fn edges(&mut self, outline: &Outline, edges: f64) -> f64 {
        let drawn = outline.drawn_length * edges;
        self.nanoseconds += outline.elements * ELEMENT + drawn * EDGE_PIXEL;
        self.hold_for_now(outline.elements * edges * ELEMENT_BYTES + drawn * EDGE_BYTES);
        drawn
    }

    /// Refuses curves and lines that reach too far. What is filled between straight lines may have no end.
    fn check_reach(&mut self, path: &BezPath, transform: Affine, mode: &DrawMode) {
        let [a, b, c, d, _, _] = transform.as_coeffs();
        let line = match mode {
            DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) => {
                f64::from(stroke.line_width) * (a.hypot(b) + c.hypot(d))
            }
            _ if path.elements().iter().any(is_curve) => 0.0,
            _ => return,
        };
        let bounds = (transform * path.control_box().to_path(0.1)).bounding_box();
        self.check_near(bounds.inflate(line, line));
    }

    fn check_near(&mut self, reach: Rect) {
        let is_near = |side: f64| side.abs() <= MAX_REACH;
        if ![reach.x0, reach.y0, reach.x1, reach.y1].into_iter().all(is_near) {
            self.refuse(DecodeError::unsupported("a shape reaches too far out of the page"));
        }
    }

    fn paint(&mut self, paint: &Paint<'_>, covered: f64) {
        match paint {
            Paint::Color(_) => self.nanoseconds += covered * PIXEL,
            Paint::Pattern(pattern) => match &**pattern {
                Pattern::Shading(shading) => self.shading(shading, covered),
                Pattern::Tiling(tiling) => {
                    self.nanoseconds += covered * SHADED_PIXEL;
                    self.tiling(tiling);
                }
            },
        }
    }

    fn shading(&mut self, shading: &ShadingPattern, covered: f64) {
        self.nanoseconds += covered * (SHADED_PIXEL + self.function * FUNCTION_BYTE);
        let mut samples = 0.0;
        let mut add = |triangles: &[Triangle]| {
            for triangle in triangles {
                let corner = |point| shading.matrix * point;
                let first = Rect::from_points(corner(triangle.p0.point), corner(triangle.p1.point));
                let bounds = first.union_pt(corner(triangle.p2.point));
                // The renderer's coordinates have 16 bits.
                let bounds = bounds.intersect(Rect::new(0.0, 0.0, 65_536.0, 65_536.0));
                samples += (bounds.width() + 1.0).max(1.0) * (bounds.height() + 1.0).max(1.0);
            }
        };
        let mut triangles = Vec::new();
        match &*shading.shading.shading_type {
            ShadingType::TriangleMesh { triangles, .. } => add(triangles),
            ShadingType::CoonsPatchMesh { patches, .. } => {
                for patch in patches {
                    triangles.clear();
                    patch.to_triangles(&mut triangles);
                    add(&triangles);
                }
            }
            ShadingType::TensorProductPatchMesh { patches, .. } => {
                for patch in patches {
                    triangles.clear();
                    patch.to_triangles(&mut triangles);
                    add(&triangles);
                }
            }
            _ => {}
        }
        self.nanoseconds += samples * 60.0;
        self.hold_for_now(samples.min(f64::from(u32::MAX)) * 64.0);
    }

    /// A cell of a pattern, which the renderer draws on a canvas of its own.
    fn tiling(&mut self, tiling: &TilingPattern<'_>) {
        let [a, b, c, d, _, _] = tiling.matrix.as_coeffs();
        let (across, down) = (a.hypot(b), c.hypot(d));
        let (x_step, y_step) = (f64::from(tiling.x_step.abs()), f64::from(tiling.y_step.abs()));
        let side = |step: f64, scale: f64, canvas: f64| {
            // A step that is larger than what is painted is drawn as far as it is seen.
            (step * scale).clamp(1.0, 65_535.0).min((canvas * 4.0).max(64.0))
        };
        let pixels =
            side(x_step, across, self.canvas.width()) * side(y_step, down, self.canvas.height());
        let copies = (tiling.bbox.width() / x_step).abs().ceil().max(1.0)
            * (tiling.bbox.height() / y_step).abs().ceil().max(1.0);
        self.nanoseconds += OPERATION * copies + pixels * LAYER_PIXEL * copies.min(64.0);
        self.hold_for_now(pixels * 8.0);
    }

    /// A mask, which the renderer draws once and keeps.
    fn soft_mask<'a>(&mut self, mask: Option<&SoftMask<'a>>) {
        let Some(mask) = mask else { return };
        if !self.masks.insert(mask.cache_key()) {
            return;
        }
        self.nanoseconds += OPERATION + self.canvas.area() * LAYER_PIXEL * 2.0;
        self.held += self.canvas.area() * 5.0;
        self.hold_for_now(0.0);
        if self.depth < MAX_DEPTH && !self.is_over() {
            self.depth += 1;
            mask.interpret(self);
            self.depth -= 1;
        }
    }

    fn refuse(&mut self, error: DecodeError) {
        self.refused.get_or_insert(error);
    }

    /// The pixels of JPEG 2000, whose time and memory are added.
    fn jpeg2000(&mut self, data: &[u8]) -> f64 {
        let read = code_stream::find(data).and_then(|stream| {
            let (headers, needs) = CodeStream::checked(stream)?;
            Ok((headers.samples() as f64, needs.memory() as f64))
        });
        match read {
            Ok((samples, blocks)) => {
                self.nanoseconds += samples * JPEG2000_SAMPLE + blocks * BLOCK_BYTE;
                // In floating point, once more as they are transformed, and as bytes.
                self.hold_for_now(samples * 12.0 + blocks);
                samples
            }
            Err(error) => {
                self.refuse(error);
                0.0
            }
        }
    }

    /// The pixels of JBIG2, with those that several pictures share.
    fn jbig2(&mut self, stream: &Stream<'_>, filters: &[Filter]) -> f64 {
        let shared = parameters(stream.dict())
            .iter()
            .filter_map(|values| values.get::<Stream<'_>>("JBIG2Globals"))
            .filter_map(|shared| shared.decoded_data().ok().map(|data| jbig2::pixels(&data)))
            .try_fold(0_u64, |sum, pixels| Ok(sum.saturating_add(pixels?)));
        let own = jbig2::pixels(&without_coding(&stream.raw_data(), filters));
        match shared.and_then(|shared| Ok(own?.saturating_add(shared))) {
            Ok(pixels) => pixels as f64,
            Err(error) => {
                self.refuse(error);
                0.0
            }
        }
    }

    /// A picture, and its masks.
    fn picture(&mut self, stream: &Stream<'_>, covered: f64) {
        let filters = stream.filters();
        let dictionary = stream.dict();
        let number = |long: &str, short: &str| {
            f64::from(
                dictionary.get::<u32>(long).or_else(|| dictionary.get::<u32>(short)).unwrap_or(0),
            )
        };
        let mut pixels = number("Width", "W") * number("Height", "H");
        if filters.contains(&Filter::DctDecode) {
            // A JPEG has a size of its own.
            match jpeg_pixels(&without_coding(&stream.raw_data(), &filters)) {
                Some(own) => pixels = pixels.max(own),
                None => self.refuse("a picture in it is damaged".into()),
            }
        }
        if filters.contains(&Filter::JpxDecode) {
            pixels = pixels.max(self.jpeg2000(&without_coding(&stream.raw_data(), &filters)));
        }
        if filters.contains(&Filter::Jbig2Decode) {
            pixels = pixels.max(self.jbig2(stream, &filters));
        }
        if filters.contains(&Filter::CcittFaxDecode) {
            let parameters = parameters(dictionary);
            let side = |key: &str| parameters.iter().find_map(|values| values.get::<u32>(key));
            let (columns, rows) = (side("Columns").unwrap_or(1728), side("Rows").unwrap_or(0));
            if columns > 65_535 || rows > 65_535 {
                self.refuse(DecodeError::unsupported("a fax in it is too wide or too tall"));
            }
            pixels = pixels.max(f64::from(columns) * f64::from(rows));
        }
        let function = if has_function(dictionary.get::<Object<'_>>("ColorSpace")) {
            self.function
        } else {
            0.0
        };
        self.nanoseconds += OPERATION
            + stream.raw_data().len() as f64 * 20.0
            + pixels * (DECODED_PIXEL + function * FUNCTION_BYTE)
            + covered * SHADED_PIXEL;
        self.hold_for_now(pixels * 12.0);
    }
}

/// What blending a pixel takes.
const fn blending(mode: BlendMode) -> f64 {
    match mode {
        BlendMode::Normal => 0.0,
        BlendMode::Multiply
        | BlendMode::Screen
        | BlendMode::Overlay
        | BlendMode::Darken
        | BlendMode::Lighten
        | BlendMode::HardLight
        | BlendMode::Difference
        | BlendMode::Exclusion => BLENDED_PIXEL,
        BlendMode::ColorDodge
        | BlendMode::ColorBurn
        | BlendMode::SoftLight
        | BlendMode::Hue
        | BlendMode::Saturation
        | BlendMode::Color
        | BlendMode::Luminosity => SLOWLY_BLENDED_PIXEL,
    }
}

/// The parameters of all filters of a stream.
fn parameters<'a>(dictionary: &Dict<'a>) -> Vec<Dict<'a>> {
    let found = dictionary.get::<Object<'_>>("DecodeParms").or_else(|| dictionary.get("DP"));
    match found {
        Some(Object::Dict(values)) => vec![values],
        Some(Object::Array(all)) => {
            all.iter::<Object<'_>>().filter_map(Object::into_dict).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether colours of a space are computed by a function of the file.
fn has_function(space: Option<Object<'_>>) -> bool {
    match space {
        Some(Object::Array(space)) => {
            let first = space.iter::<Name<'_>>().next();
            first.is_some_and(|name| matches!(&*name, b"Separation" | b"DeviceN"))
        }
        _ => false,
    }
}

/// The data of a picture that is coded once more, as text or by deflate.
fn without_coding(data: &[u8], filters: &[Filter]) -> Vec<u8> {
    /// No stream is longer.
    const MAX_LENGTH: usize = 64 << 20;
    let mut data = data.to_vec();
    for filter in filters {
        data = match filter {
            Filter::Ascii85Decode => streams::ascii85(&data),
            Filter::AsciiHexDecode => streams::ascii_hex(&data),
            Filter::FlateDecode => {
                let inflated = decompress_to_vec_zlib_with_limit(&data, MAX_LENGTH);
                inflated.unwrap_or_else(|error| error.output)
            }
            _ => break,
        };
    }
    data
}

/// The pixels of a JPEG, by its frame header (T.81, section B.2.2). `None` if it has none.
fn jpeg_pixels(data: &[u8]) -> Option<f64> {
    let mut rest = data.get(2..).unwrap_or_default();
    loop {
        match rest {
            // Fill bytes.
            [0xFF, 0xFF, ..] => rest = rest.get(1..).unwrap_or_default(),
            [
                0xFF,
                0xC0..=0xC3 | 0xC5..=0xC7 | 0xC9..=0xCB | 0xCD..=0xCF,
                _,
                _,
                _,
                h1,
                h2,
                w1,
                w2,
                ..,
            ] => {
                let side = |pair| f64::from(u16::from_be_bytes(pair));
                return Some(side([*h1, *h2]) * side([*w1, *w2]));
            }
            [0xFF, _, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(2 + length..).unwrap_or_default();
            }
            _ => return None,
        }
    }
}

impl<'a> Device<'a> for Cost {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, draw_mode: &DrawMode) {
        self.check_reach(path, props.transform, draw_mode);
        self.shape(&Outline::of(path, props.transform, self.canvas), &props, draw_mode);
        if let Paint::Pattern(pattern) = &props.paint
            && let Pattern::Tiling(tiling) = &**pattern
        {
            self.interpret_tiling(tiling, draw_mode);
        }
        self.soft_mask(props.soft_mask.as_ref());
    }

    fn push_clip_path(&mut self, clip_path: &ClipPath) {
        self.nanoseconds += OPERATION;
        self.edges(&Outline::of(&clip_path.path, Affine::IDENTITY, self.canvas), 1.0);
        self.check_reach(&clip_path.path, Affine::IDENTITY, &DrawMode::Invisible);
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, mode: BlendMode) {
        self.nanoseconds += OPERATION + self.canvas.area() * (LAYER_PIXEL + blending(mode));
        self.held += self.canvas.area() * 4.0;
        self.hold_for_now(0.0);
        self.soft_mask(mask.as_ref());
    }

    fn draw_glyph_run(
        &mut self,
        run: &GlyphRun<'_, 'a>,
        props: DrawProps<'a>,
        draw_mode: &DrawMode,
    ) {
        self.soft_mask(props.soft_mask.as_ref());
        for glyph in run.glyphs() {
            match &**glyph {
                Glyph::Type3(drawn) => {
                    drawn.interpret(self, props.transform, glyph.transform(), &props.paint);
                }
                Glyph::Outline(_) => {
                    let em = Rect::new(-200.0, -300.0, 1200.0, 1200.0);
                    let transform = props.transform * glyph.transform();
                    let bounds = (transform * em.to_path(0.1)).bounding_box();
                    self.check_near(bounds);
                    let length = bounds.width() * 4.0;
                    let drawn_length = length.min(self.canvas.area());
                    let outline = Outline { bounds, elements: 30.0, length, drawn_length };
                    self.shape(&outline, &props, draw_mode);
                }
            }
            if self.is_over() {
                return;
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let size = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let covered = self.covered((props.transform * size.to_path(0.1)).bounding_box());
        let stream = match &image {
            Image::Stencil(stencil) => stencil.stream(),
            Image::Raster(raster) => raster.stream(),
        };
        self.picture(stream, covered);
        self.nanoseconds += covered * blending(props.blend_mode);
        for key in ["SMask", "Mask"] {
            if let Some(mask) = stream.dict().get::<Stream<'_>>(key) {
                self.picture(&mask, 0.0);
            }
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {
        self.held = (self.held - self.canvas.area() * 4.0).max(0.0);
    }
}

impl Cost {
    /// Counts what a cell of a pattern draws.
    fn interpret_tiling<'a>(&mut self, tiling: &TilingPattern<'a>, mode: &DrawMode) {
        if self.depth < MAX_DEPTH && !self.is_over() {
            self.depth += 1;
            let is_stroke = matches!(mode, DrawMode::Stroke(_));
            tiling.interpret(self, tiling.matrix, is_stroke);
            self.depth -= 1;
        }
    }
}

const fn is_curve(element: &PathEl) -> bool {
    matches!(element, PathEl::QuadTo(..) | PathEl::CurveTo(..))
}

/// What a path is, in pixels, along its control points.
struct Outline {
    bounds: Rect,
    elements: f64,
    length: f64,
    /// The most of it that is on the canvas.
    drawn_length: f64,
}

impl Outline {
    fn of(path: &BezPath, transform: Affine, canvas: Rect) -> Self {
        let bounds = (transform * path.control_box().to_path(0.1)).bounding_box();
        let across = canvas.width().hypot(canvas.height());
        let (mut last, mut length, mut drawn_length) = (None, 0.0, 0.0);
        let mut to = |point: Point| {
            let point = transform * point;
            if let Some(last) = last.replace(point) {
                let part = point.distance(last);
                length += part;
                drawn_length += part.min(across);
            }
        };
        for element in path.elements() {
            match element {
                PathEl::MoveTo(point) | PathEl::LineTo(point) => to(*point),
                PathEl::QuadTo(middle, end) => {
                    [middle, end].into_iter().for_each(|point| to(*point));
                }
                PathEl::CurveTo(first, second, end) => {
                    [first, second, end].into_iter().for_each(|point| to(*point));
                }
                PathEl::ClosePath => {}
            }
        }
        Self { bounds, elements: path.elements().len() as f64, length, drawn_length }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;

    #[test]
    fn blending_takes_time() {
        let drawn = |state: &str, count: usize| {
            let page = format!("/MediaBox[0 0 1000 1000]/Resources<</ExtGState<</M<<{state}>>>>>>");
            let content = "/M gs 1 0 0 rg ".to_owned() + &"0 0 1000 1000 re f ".repeat(count);
            sample::file(&sample::pdf(&page, &content, &[])).cost(false).is_ok()
        };
        assert!(drawn("/BM/Normal/ca .5", 3500));
        assert!(drawn("/BM/Multiply", 800) && !drawn("/BM/Multiply", 2000));
        for mode in ["SoftLight", "ColorDodge", "ColorBurn", "Hue", "Luminosity"] {
            let state = format!("/BM/{mode}/ca .5");
            assert!(drawn(&state, 200), "{mode}");
            assert!(!drawn(&state, 400), "{mode}");
        }
    }

    #[test]
    fn blending_a_group_takes_time() {
        let form =
            "<</Subtype/Form/BBox[0 0 9 9]/Group<</S/Transparency>>/Length 0>>stream\n\nendstream";
        let drawn = |mode: &str, count: usize| {
            let page = format!(
                "/MediaBox[0 0 1000 1000]/Resources<</ExtGState<</M<</BM/{mode}>>>>/XObject<</X 5 0 R>>>>"
            );
            let content = "/M gs /X Do ".repeat(count);
            sample::file(&sample::pdf(&page, &content, &[form])).cost(false).is_ok()
        };
        assert!(drawn("Normal", 500));
        assert!(drawn("Hue", 150) && !drawn("Hue", 500));
    }
}
