//! What drawing a document costs, found without drawing it: time, and the memory of layers and lines. Refuses shapes that
//! the renderer cannot draw.
//!
//! All references are resolved, but patterns, masks and clips are shared, and drawn as often as they are used. The
//! count ends at its limit, so it takes no longer than drawing what is under it.

use resvg::tiny_skia::{Path, PathSegment, Point, Rect, Transform};
use resvg::usvg::filter::{Filter, Kind, Primitive};
use resvg::usvg::{
    BaseGradient, BlendMode, ClipPath, Group, Image, ImageKind, Mask, Node, Paint, Pattern, Stroke,
    Tree,
};

use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;

/// The most that drawing may take, in nanoseconds by the rates below. They are those of a slow machine, so most files at
/// the limit take less.
const MAX_NANOSECONDS: f64 = 5e9;
/// For each node.
const NODE: f64 = 500.0;
/// For each segment of a path.
const SEGMENT: f64 = 100.0;
/// For each row of pixels that a segment crosses.
const CROSSED_ROW: f64 = 20.0;
/// Bytes for each line that a path is drawn with.
const LINE: f64 = 60.0;
/// Pixels from the picture's corner beyond which nothing may reach. The renderer computes in 32 bits, and ends the process
/// where that is not enough: from some ten million pixels on.
const MAX_REACH: f32 = 1e6;
/// For each pixel that is filled with one colour, or copied from a layer.
const PIXEL: f64 = 2.0;
/// For each pixel of a gradient or pattern.
const SHADED_PIXEL: f64 = 10.0;
/// For each pixel of a gradient, and each of its stops.
const STOP: f64 = 0.2;
/// For each pair of lines of a path that may cross: the lines of a row are kept in the order in which they cross it.
const PAIR: f64 = 2.6;
/// For each pixel of a picture that is decoded.
const DECODED_PIXEL: f64 = 15.0;

/// The memory that layers take at a time, in bytes. Refuses a document that takes too long.
pub(super) fn check(tree: &Tree, transform: Transform, size: Size) -> Result<u64, DecodeError> {
    let canvas = Canvas { width: size.width as f32, height: size.height as f32 };
    let mut cost = Cost { nanoseconds: 0.0, most_bytes: 0.0 };
    cost.group(tree.root(), transform, canvas, 0.0)?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "conversions of numbers that are too large saturate"
    )]
    Ok(cost.most_bytes as u64)
}

/// The pixels that are drawn on.
#[derive(Clone, Copy)]
struct Canvas {
    width: f32,
    height: f32,
}

impl Canvas {
    fn pixels(self) -> f64 {
        f64::from(self.width) * f64::from(self.height)
    }

    /// The pixels of a rectangle that are on the canvas.
    fn covered(self, rect: Option<Rect>) -> f64 {
        let Some(rect) = rect else { return self.pixels() };
        let width = rect.right().min(self.width) - rect.left().max(0.0);
        let height = rect.bottom().min(self.height) - rect.top().max(0.0);
        // A pixel on each side that is partly covered.
        f64::from((width + 2.0).max(0.0)) * f64::from((height + 2.0).max(0.0))
    }
}

struct Cost {
    nanoseconds: f64,
    most_bytes: f64,
}

impl Cost {
    fn spend(&mut self, nanoseconds: f64) -> Result<(), DecodeError> {
        self.nanoseconds += nanoseconds;
        // Also if it is no number.
        if self.nanoseconds <= MAX_NANOSECONDS {
            Ok(())
        } else {
            Err(DecodeError::unsupported("drawing it would take too long"))
        }
    }

    /// Notes that layers take `bytes`.
    fn hold(&mut self, bytes: f64) {
        self.most_bytes = self.most_bytes.max(bytes);
    }

    /// A group, on a canvas above layers of `held` bytes.
    fn group(
        &mut self,
        group: &Group,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        self.spend(NODE)?;
        let transform = transform.pre_concat(group.transform());
        let mut held = held;
        if is_layer(group) {
            let bounds = group.layer_bounding_box().to_rect().transform(transform);
            let mut pixels = canvas.covered(bounds);
            if !group.filters().is_empty() {
                // Filters see three canvases in each direction.
                let large = Canvas { width: canvas.width * 5.0, height: canvas.height * 5.0 };
                pixels = large.covered(bounds.and_then(|bounds| {
                    let (dx, dy) = (canvas.width * 2.0, canvas.height * 2.0);
                    bounds.transform(Transform::from_translate(dx, dy))
                }));
            }
            held += pixels * 4.0;
            self.hold(held);
            self.spend(pixels * PIXEL * 3.0)?;
            for filter in group.filters() {
                held = self.filter(filter, pixels, transform, canvas, held)?;
            }
            if let Some(clip) = group.clip_path() {
                self.clip(clip, transform, canvas, pixels, held)?;
            }
            if let Some(mask) = group.mask() {
                self.mask(mask, transform, canvas, pixels, held)?;
            }
        }
        for node in group.children() {
            match node {
                Node::Group(group) => self.group(group, transform, canvas, held)?,
                Node::Path(path) => self.path(path, transform, canvas, held)?,
                Node::Image(image) => self.image(image, transform, canvas, held)?,
                Node::Text(text) => self.group(text.flattened(), transform, canvas, held)?,
            }
        }
        Ok(())
    }

    fn clip(
        &mut self,
        clip: &ClipPath,
        transform: Transform,
        canvas: Canvas,
        pixels: f64,
        held: f64,
    ) -> Result<(), DecodeError> {
        let held = held + pixels * 4.0;
        self.hold(held);
        self.spend(NODE + pixels * PIXEL * 3.0)?;
        self.group(clip.root(), transform.pre_concat(clip.transform()), canvas, held)?;
        match clip.clip_path() {
            Some(clip) => self.clip(clip, transform, canvas, pixels, held),
            None => Ok(()),
        }
    }

    fn mask(
        &mut self,
        mask: &Mask,
        transform: Transform,
        canvas: Canvas,
        pixels: f64,
        held: f64,
    ) -> Result<(), DecodeError> {
        let held = held + pixels * 8.0;
        self.hold(held);
        self.spend(NODE + pixels * PIXEL * 6.0)?;
        self.group(mask.root(), transform, canvas, held)?;
        match mask.mask() {
            Some(mask) => self.mask(mask, transform, canvas, pixels, held),
            None => Ok(()),
        }
    }

    /// A filter of a layer of `pixels`. Returns what is held with the results of its primitives.
    fn filter(
        &mut self,
        filter: &Filter,
        pixels: f64,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<f64, DecodeError> {
        // The source, its alpha, a result for each primitive, and one or two on the way.
        let held = held + pixels * 4.0 * (filter.primitives().len() as f64 + 4.0);
        self.hold(held);
        for primitive in filter.primitives() {
            let per_pixel = per_pixel(primitive, transform, canvas);
            self.spend(NODE + pixels * per_pixel)?;
            if let Kind::Image(image) = primitive.kind() {
                self.group(image.root(), transform, canvas, held)?;
            }
        }
        Ok(held)
    }

    fn path(
        &mut self,
        path: &resvg::usvg::Path,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        check_reach(path, transform)?;
        let outline = Outline::new(path.data(), transform, canvas);
        self.hold(held + outline.segments * LINE);
        self.spend(NODE + outline.segments * SEGMENT + outline.crossed_rows * CROSSED_ROW)?;
        self.spend(outline.segments * outline.most_side_by_side() * PAIR)?;
        if let Some(fill) = path.fill() {
            let covered = canvas.covered(path.data().bounds().transform(transform));
            self.paint(fill.paint(), covered, transform, canvas, held)?;
        }
        if let Some(stroke) = path.stroke() {
            self.stroke(stroke, &outline, transform, canvas, held)?;
        }
        Ok(())
    }

    fn stroke(
        &mut self,
        stroke: &Stroke,
        outline: &Outline,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        /// Of the outline of a segment, with its joins and caps.
        const SEGMENTS: f64 = 24.0;
        let dashes = stroke.dasharray().map_or(0.0, |dashes| {
            let period: f32 = dashes.iter().sum();
            outline.length / f64::from(period.max(f32::MIN_POSITIVE)) * dashes.len() as f64
        });
        let (x_scale, y_scale) = scales(transform);
        let width = f64::from(stroke.width().get()) * x_scale.max(y_scale);
        let length = outline.drawn_length;
        let lines = (outline.segments + dashes) * SEGMENTS;
        self.hold(held + lines * LINE);
        // Joins are as tall as the line is wide.
        let rows = outline.crossed_rows * 2.0 + lines * width.min(f64::from(canvas.height));
        self.spend(lines * SEGMENT + rows * CROSSED_ROW)?;
        // A line has two sides.
        self.spend(outline.segments * outline.most_side_by_side() * 4.0 * PAIR)?;
        let covered = (length * (width + 2.0)).min(canvas.pixels());
        self.paint(stroke.paint(), covered, transform, canvas, held)
    }

    fn paint(
        &mut self,
        paint: &Paint,
        covered: f64,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        match paint {
            Paint::Color(_) => self.spend(covered * PIXEL),
            Paint::LinearGradient(gradient) => self.gradient(gradient, covered),
            Paint::RadialGradient(gradient) => self.gradient(gradient, covered),
            Paint::Pattern(pattern) => {
                self.spend(covered * SHADED_PIXEL)?;
                self.pattern(pattern, transform, canvas, held)
            }
        }
    }

    fn gradient(&mut self, gradient: &BaseGradient, covered: f64) -> Result<(), DecodeError> {
        self.spend(covered * (SHADED_PIXEL + gradient.stops().len() as f64 * STOP))
    }

    /// A pattern, which is drawn once for each use, on a canvas of its own.
    #[expect(clippy::cast_possible_truncation, reason = "an estimate, and resvg's own precision")]
    fn pattern(
        &mut self,
        pattern: &Pattern,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        let transform = transform.pre_concat(pattern.transform());
        let (x_scale, y_scale) = scales(transform);
        let rect = pattern.rect();
        let (width, height) =
            (f64::from(rect.width()) * x_scale, f64::from(rect.height()) * y_scale);
        let held = held + width * height * 4.0;
        self.hold(held);
        self.spend(NODE + width * height * PIXEL)?;
        // Not larger than a drawing of all of the canvas, for the nodes that are drawn.
        let tile = Canvas {
            width: (width.min(f64::from(canvas.width) * 8.0)) as f32,
            height: (height.min(f64::from(canvas.height) * 8.0)) as f32,
        };
        let scaled = Transform::from_scale(x_scale as f32, y_scale as f32)
            .pre_translate(-rect.x(), -rect.y());
        self.group(pattern.root(), scaled, tile, held)
    }

    fn image(
        &mut self,
        image: &Image,
        transform: Transform,
        canvas: Canvas,
        held: f64,
    ) -> Result<(), DecodeError> {
        if let ImageKind::SVG(tree) = image.kind() {
            let held = held + canvas.pixels() * 4.0;
            self.hold(held);
            self.spend(NODE + canvas.pixels() * PIXEL * 3.0)?;
            return self.group(tree.root(), transform, canvas, held);
        }
        let size = image.size();
        let pixels = f64::from(size.width()) * f64::from(size.height());
        let bounds = Rect::from_xywh(0.0, 0.0, size.width(), size.height());
        let covered = canvas.covered(bounds.and_then(|bounds| bounds.transform(transform)));
        // Decoded to 4 bytes a pixel, from rows that are held as well.
        self.hold(held + pixels * 8.0);
        self.spend(NODE + pixels * DECODED_PIXEL + covered * SHADED_PIXEL)
    }
}

/// Refuses a path that reaches too far, with its line and the corners of that.
fn check_reach(path: &resvg::usvg::Path, transform: Transform) -> Result<(), DecodeError> {
    let line = path
        .stroke()
        .map_or(0.0, |stroke| stroke.width().get() * stroke.miterlimit().get().max(1.5));
    let bounds = path.data().bounds();
    let reach = Rect::from_ltrb(
        bounds.left() - line,
        bounds.top() - line,
        bounds.right() + line,
        bounds.bottom() + line,
    );
    let is_near = |reach: Rect| {
        [reach.left(), reach.top(), reach.right(), reach.bottom()]
            .iter()
            .all(|side| side.abs() <= MAX_REACH)
    };
    match reach.and_then(|reach| reach.transform(transform)) {
        Some(reach) if is_near(reach) => Ok(()),
        _ => Err(DecodeError::unsupported("a shape reaches too far out of the picture")),
    }
}

fn is_layer(group: &Group) -> bool {
    group.opacity().get() != 1.0
        || group.clip_path().is_some()
        || group.mask().is_some()
        || !group.filters().is_empty()
        || group.blend_mode() != BlendMode::Normal
        || group.isolate()
}

/// Nanoseconds that a primitive of a filter takes for a pixel.
fn per_pixel(primitive: &Primitive, transform: Transform, canvas: Canvas) -> f64 {
    match primitive.kind() {
        Kind::Flood(_) | Kind::Offset(_) | Kind::Tile(_) => 5.0,
        Kind::Merge(merge) => 10.0 * (1.0 + merge.inputs().len() as f64),
        Kind::Blend(_) | Kind::Composite(_) | Kind::Image(_) => 30.0,
        Kind::ColorMatrix(_) | Kind::ComponentTransfer(_) | Kind::DisplacementMap(_) => 60.0,
        Kind::GaussianBlur(_) | Kind::DropShadow(_) => 200.0,
        Kind::DiffuseLighting(_) | Kind::SpecularLighting(_) => 150.0,
        Kind::ConvolveMatrix(matrix) => {
            let matrix = matrix.matrix();
            20.0 + f64::from(matrix.columns()) * f64::from(matrix.rows()) * 5.0
        }
        Kind::Morphology(morphology) => {
            let (x_scale, y_scale) = scales(transform);
            let columns = f64::from(morphology.radius_x().get()) * x_scale * 2.0 + 2.0;
            let rows = f64::from(morphology.radius_y().get()) * y_scale * 2.0 + 2.0;
            let (width, height) = (f64::from(canvas.width), f64::from(canvas.height));
            20.0 + columns.min(width * 5.0) * rows.min(height * 5.0) * 4.0
        }
        Kind::Turbulence(turbulence) => 50.0 + f64::from(turbulence.num_octaves()) * 400.0,
    }
}

/// How much a transform enlarges across and down.
fn scales(transform: Transform) -> (f64, f64) {
    let (x, y) = transform.get_scale();
    (f64::from(x), f64::from(y))
}

/// The measures of a path.
struct Outline {
    segments: f64,
    /// Along the control points, before the transform.
    length: f64,
    /// The same after it, of what is near the canvas.
    drawn_length: f64,
    /// Rows of pixels that segments cross, together.
    crossed_rows: f64,
    /// Segments that begin in each band of the canvas, and those that end in it, from the top.
    begun: [f64; BANDS],
    ended: [f64; BANDS],
}

/// Bands of rows, in which segments that lie side by side are counted.
const BANDS: usize = 64;

impl Outline {
    fn new(path: &Path, transform: Transform, canvas: Canvas) -> Self {
        let mut outline = Self {
            segments: 0.0,
            length: 0.0,
            drawn_length: 0.0,
            crossed_rows: 0.0,
            begun: [0.0; BANDS],
            ended: [0.0; BANDS],
        };
        let (mut start, mut last) = (Point::zero(), Point::zero());
        for segment in path.segments() {
            // As many lines as a curve is drawn with, about.
            let (lines, points) = match segment {
                PathSegment::MoveTo(to) => {
                    (start, last) = (to, to);
                    (1.0, [to; 3])
                }
                PathSegment::LineTo(to) => (1.0, [to; 3]),
                PathSegment::QuadTo(middle, to) => (4.0, [middle, to, to]),
                PathSegment::CubicTo(first, second, to) => (8.0, [first, second, to]),
                PathSegment::Close => (1.0, [start; 3]),
            };
            outline.segments += lines;
            for to in points {
                outline.add_line(last, to, transform, canvas);
                last = to;
            }
        }
        outline
    }

    fn add_line(&mut self, from: Point, to: Point, transform: Transform, canvas: Canvas) {
        if from == to {
            return;
        }
        self.length += f64::from(to.distance(from));
        let mut ends = [from, to];
        transform.map_points(&mut ends);
        let [from, to] = ends;
        let longest = canvas.width + canvas.height;
        self.drawn_length += f64::from(to.distance(from).min(longest));
        let (top, bottom) = (from.y.min(to.y).max(0.0), from.y.max(to.y).min(canvas.height));
        self.crossed_rows += f64::from((bottom - top).max(0.0)) + 1.0;
        if top <= bottom {
            count(&mut self.begun, top, canvas);
            count(&mut self.ended, bottom, canvas);
        }
    }

    /// The most segments that one band of the canvas has.
    fn most_side_by_side(&self) -> f64 {
        let (mut open, mut most) = (0.0, 0.0_f64);
        for (begun, ended) in self.begun.iter().zip(self.ended) {
            open += begun;
            most = most.max(open);
            open -= ended;
        }
        most
    }
}

/// Counts in the band of a row.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to an index")]
fn count(bands: &mut [f64; BANDS], row: f32, canvas: Canvas) {
    let band = row / canvas.height.max(1.0) * BANDS as f32;
    if let Some(count) = bands.get_mut(band.clamp(0.0, (BANDS - 1) as f32) as usize) {
        *count += 1.0;
    }
}
