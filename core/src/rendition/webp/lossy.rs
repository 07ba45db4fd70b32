//! Lossy pictures without alpha.
//!
//! Where they are made smaller, each plane of VP8 is fitted on its own, so that they stay YCbCr. Those that keep their
//! size, or have a profile, are converted to RGB as in libwebp: YCbCr of 8 bits has no values for some of their colours,
//! and fitting averages these away.

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

use super::rgb_rows::RgbRows;
use super::vp8::{Frame, Rows};
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::fit::{Columns, Extent, Fitting, PlaneFit, RowSink};
use crate::rendition::kernel::{Cpu, kernel};
use crate::rendition::picture::{Layout, Picture, Profile};

/// Rows that are fitted at once: what VP8 gives out is a multiple, except at the end.
const BAND: usize = 4;

/// Decodes the data of a VP8 chunk.
pub(super) fn decode(
    cpu: Cpu,
    data: &[u8],
    profile: Profile,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let frame = Frame::new(data)?;
    let (width, height) = frame.size();
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let full = Size::new(side(width), side(height));
    if budget.target(full) != full && matches!(profile, Profile::Srgb) {
        planes(cpu, frame, full, budget)
    } else {
        rgb(cpu, frame, full, profile, budget)
    }
}

/// A picture in RGB.
fn rgb(
    cpu: Cpu,
    mut frame: Frame<'_>,
    full: Size,
    profile: Profile,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let (width, height) = frame.size();
    let memory = frame.memory().saturating_add(RgbRows::memory(width));
    let mut sink =
        RowSink::new(cpu, budget, full, Layout::Rgb, memory)?.with_profile(profile, budget);
    let mut rows = RgbRows::new(width, height);
    while let Some(planes) = frame.next_rows(cpu)? {
        rows.push(cpu, planes, |row| sink.push(row));
    }
    sink.finish()
}

/// A picture whose planes are fitted apart.
fn planes(
    cpu: Cpu,
    mut frame: Frame<'_>,
    full: Size,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let (width, height) = frame.size();
    let size = budget.target(full);
    let half = |side: usize| (side.div_ceil(2), side as f64 / 2.0);
    let (across, down) = (half(width), half(height));
    let luma = Extent { samples: (width, height), size: (width as f64, height as f64) };
    let chroma = Extent { samples: (across.0, down.0), size: (across.1, down.1) };
    let fittings = [luma, chroma, chroma].map(|extent| Fitting {
        extent,
        target: (size.width as usize, size.height as usize),
        layout: Layout::Grey,
        columns: Columns::InOrder,
        band: BAND,
    });
    let memory = fittings.iter().map(Fitting::memory).fold(0, u64::saturating_add);
    budget.check_rows(full, Layout::YCbCr, memory.saturating_add(frame.memory()))?;

    let mut fits = fittings.map(PlaneFit::new);
    while let Some(planes) = frame.next_rows(cpu)? {
        let ranges = [LUMA, CHROMA, CHROMA];
        for ((fit, rows), range) in fits.iter_mut().zip(planes).zip(ranges) {
            push(cpu, fit, rows, range);
        }
    }
    let mut planes = Vec::with_capacity(3);
    for fit in fits {
        planes.extend(fit.finish()?);
    }
    Ok(Picture { full, size, layout: Layout::YCbCr, planes, profile: Profile::Srgb })
}

fn push(cpu: Cpu, fit: &mut PlaneFit, rows: Rows<'_>, range: Range) {
    for band in rows.samples.chunks(BAND * rows.stride) {
        let (to, stride) = fit.next_band();
        for (row, to) in band.chunks(rows.stride).zip(to.chunks_mut(stride)) {
            widen(cpu, row, to, range);
        }
        fit.advance(cpu);
    }
}

/// How values are widened to those of JFIF (ITU-R BT.601, section 2.5).
#[derive(Clone, Copy)]
struct Range {
    /// The value that stays where it is.
    origin: i16,
    /// What the distance from it is multiplied with, less 1, in units of 1 / 32768.
    gain: i32,
    /// Its new value, centred on 0, times 64.
    new_origin: i16,
}

/// Black is 16 and white is 235; of JFIF 0 and 255.
const LUMA: Range = Range { origin: 16, gain: 5387, new_origin: -128 * 64 };
/// Chroma ends at 112 on either side of 128; of JFIF at 127.5.
const CHROMA: Range = Range { origin: 128, gain: 4535, new_origin: 0 };

kernel!(
    /// Centres samples on 0, times 64, in the range of JFIF.
    fn widen(samples: &[u8], to: &mut [i16], range: Range) = widen_body
);

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a seventh of 16 bits")]
fn widen_body(samples: &[u8], to: &mut [i16], range: Range) {
    let count = samples.len().min(to.len());
    let (samples, to) = (&samples[..count], &mut to[..count]);
    for i in 0..count {
        let distance = (i16::from(samples[i]) - range.origin) << 6;
        let more = ((i32::from(distance) * range.gain + (1 << 14)) >> 15) as i16;
        to[i] = distance + more + range.new_origin;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_jfif() {
        let samples: Vec<u8> = (0..=255).collect();
        for cpu in [Cpu::detect(), Cpu::baseline()] {
            for (range, scale, origin, new_origin) in
                [(LUMA, 255.0 / 219.0, 16.0, -128.0), (CHROMA, 255.0 / 224.0, 128.0, 0.0)]
            {
                let mut wide = vec![0; 256];
                widen(cpu, &samples, &mut wide, range);
                for (value, wide) in wide.into_iter().enumerate() {
                    let exact = ((value as f64 - origin) * scale + new_origin) * 64.0;
                    assert!((f64::from(wide) - exact).abs() < 0.75, "{value}: {wide} {exact}");
                }
            }
        }
    }
}
