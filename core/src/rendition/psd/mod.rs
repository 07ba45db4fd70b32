//! Photoshop's PSD and PSB, by the merged picture at the end of the file. Layers are not read. Adobe Photoshop
//! File Formats Specification.

mod channels;
mod pixels;
mod sections;

use self::channels::Channels;
use self::pixels::Pixels;
use self::sections::Sections;
use super::budget::Budget;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::kernel::Cpu;
use super::picture::Picture;
use crate::warning::Warning;

/// Decodes the merged picture.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    let sections = Sections::read(data)?;
    let mut channels = Channels::new(&sections)?;
    let profile = sections.icc.map_or(0, <[u8]>::len) as u64;
    let scratch_bytes = Pixels::memory(&sections).saturating_add(profile);
    let mut sink = RowSink::new(cpu, budget, sections.size, sections.layout(), scratch_bytes)?
        .with_profile(sections.profile(), budget);
    if sections.has_spot_colours {
        budget.warn(Warning::SpotColours);
    }
    let mut pixels = Pixels::new(&sections);
    for _ in 0..sections.size.height {
        for channel in 0..sections.kept_channels() {
            pixels.put(channel, channels.next_row(channel)?);
        }
        sink.push(pixels.convert());
    }
    sink.finish()
}
