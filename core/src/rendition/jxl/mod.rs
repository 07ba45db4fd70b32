//! JPEG XL, by the crate `jxl`, the decoder in Rust of the format's authors. Layers are merged; of an animation, the first
//! frame is decoded.

mod head;
mod work;

use jxl::api::{Event, JxlDecoder, JxlOutputBuffer};
use jxl::error::Error;

use self::head::Head;
use self::work::Work;
use super::bitmap::Bitmap;
use super::budget::Budget;
use super::decode_error::{Damaged, DecodeError};
use super::kernel::Cpu;
use super::picture::{Layout, Picture};
use crate::warning::Warning;

const CUT: Damaged = Damaged("the file ends before its pixels");

/// Decodes the first picture, as stored.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let head = Head::read(data)?;
    budget.check_bitmap(head.size, head.layout, head.memory(data.len()))?;
    if head.has_spot_colours() {
        budget.warn(Warning::SpotColours);
    }
    let mut work = Work::new(budget, &head, data.len());
    match decode_frame(data, &head, &mut work) {
        Ok(bitmap) => bitmap.fit(cpu, budget),
        Err(error) => Err(work.reason(error)),
    }
}

/// The first frame that is shown, on those below it.
fn decode_frame(data: &[u8], head: &Head, work: &mut Work<'_>) -> Result<Bitmap, DecodeError> {
    let mut decoder = JxlDecoder::new(head.options());
    let mut rest = data;
    expect(decoder.process(&mut rest, None, Some(work)), Event::BasicInfo)?;
    decoder.set_pixel_format(head.pixel_format()).map_err(damaged)?;
    let profile = Head::profile(&decoder);
    expect(decoder.process(&mut rest, None, Some(work)), Event::FrameHeader)?;
    work.begin_shown();

    let (width, rows) = (head.size.width as usize, head.size.height as usize);
    // The transparency of inks comes in a plane of its own.
    let planes = usize::from(head.layout == Layout::CmykAlpha);
    let row = width * (head.layout.channels() - planes);
    let (mut pixels, mut alpha) = (vec![0; row * rows], vec![0; width * rows * planes]);
    let mut buffers = vec![JxlOutputBuffer::new(&mut pixels, rows, row)];
    if planes > 0 {
        buffers.push(JxlOutputBuffer::new(&mut alpha, rows, width));
    }
    let event = decoder.process(&mut rest, Some(&mut buffers), Some(work));
    drop(buffers);
    let Event::FrameComplete { .. } = event.map_err(damaged)? else { return Err(CUT.into()) };

    if matches!(head.layout, Layout::Cmyk | Layout::CmykAlpha) {
        // 0 is full ink.
        pixels.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    if planes > 0 {
        let inks = pixels.as_chunks::<4>().0.iter().zip(&alpha);
        pixels = inks.flat_map(|(&[c, m, y, k], &alpha)| [c, m, y, k, alpha]).collect();
    }
    Ok(Bitmap { size: head.size, layout: head.layout, pixels, profile })
}

/// Goes on only after this event.
fn expect(event: Result<Event, Error>, expected: Event) -> Result<(), DecodeError> {
    match event.map_err(damaged)? {
        event if event == expected => Ok(()),
        _ => Err(CUT.into()),
    }
}

fn damaged(error: Error) -> DecodeError {
    match error {
        Error::LevelLimitExceeded { .. } => DecodeError::unsupported(error.to_string()),
        Error::OutOfMemory(_) | Error::ImageOutOfMemory(..) => DecodeError::TooMuchMemory(u64::MAX),
        error => DecodeError::damaged(error),
    }
}
