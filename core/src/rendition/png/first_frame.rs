//! Which chunks hold the first picture of a PNG, and where on the canvas it lies.

use super::header::Header;
use super::pixel_data::PixelChunks;
use crate::container::png::{Chunk, Chunks};
use crate::geometry::Size;
use crate::rendition::decode_error::DecodeError;

/// The first picture, as a browser shows it: the default picture, or the first frame of an animation that does
/// not begin with that.
pub(super) struct FirstFrame<'a> {
    pub(super) size: Size,
    /// Where it lies on the canvas.
    pub(super) x: u32,
    pub(super) y: u32,
    pub(super) chunks: PixelChunks<'a>,
}

impl<'a> FirstFrame<'a> {
    /// Finds it in the file that begins with `header`.
    pub(super) fn new(data: &'a [u8], header: &Header<'_>) -> Result<Self, DecodeError> {
        let (mut src, mut chunks) = (data, Chunks::new());
        let first = loop {
            let chunk = chunks.next(&mut src)?;
            if &chunk.kind == b"IDAT" {
                break chunk;
            }
        };
        let canvas = Size::new(header.info.width, header.info.height);
        if header.has_frames_apart()
            && let Some(frame) = apart(data, chunks, canvas)?
        {
            return Ok(frame);
        }
        let chunks = PixelChunks::new(data, chunks, first);
        Ok(Self { size: canvas, x: 0, y: 0, chunks })
    }
}

/// The first valid frame behind the default picture. `None` if the file has no such frame: it is a still picture.
fn apart(
    data: &[u8],
    mut chunks: Chunks,
    canvas: Size,
) -> Result<Option<FirstFrame<'_>>, DecodeError> {
    let mut src = data;
    let mut control = None;
    loop {
        let chunk = chunks.next(&mut src).map_err(|_| ENDS_BEFORE)?;
        match (&chunk.kind, control) {
            (b"fcTL", None) => control = Some(position(data, chunk)?),
            (b"fdAT", Some((x, y, size))) => {
                let fits = |at: u32, side: u32, of: u32| {
                    side > 0 && at.checked_add(side).is_some_and(|end| end <= of)
                };
                let is_inside =
                    fits(x, size.width, canvas.width) && fits(y, size.height, canvas.height);
                let chunks = PixelChunks::new(data, chunks, chunk);
                return Ok(is_inside.then_some(FirstFrame { size, x, y, chunks }));
            }
            (b"IEND" | b"fcTL", _) => return Ok(None),
            _ => {}
        }
    }
}

const ENDS_BEFORE: &str = "the file ends before its first frame";

/// Offset and size of a frame, from its fcTL chunk: a number, width, height, x and y.
fn position(data: &[u8], chunk: Chunk) -> Result<(u32, u32, Size), DecodeError> {
    let body = usize::try_from(chunk.at).ok().and_then(|at| data.get(at..));
    let numbers = body.and_then(<[u8]>::first_chunk::<20>).ok_or(ENDS_BEFORE)?;
    let mut values = [0; 5];
    for (value, &bytes) in values.iter_mut().zip(numbers.as_chunks().0) {
        *value = u32::from_be_bytes(bytes);
    }
    let [_, width, height, x, y] = values;
    Ok((x, y, Size::new(width, height)))
}
