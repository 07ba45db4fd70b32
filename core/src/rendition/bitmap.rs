//! A picture that its decoder holds whole.

use super::budget::Budget;
use super::decode_error::DecodeError;
use super::fit::RowSink;
use super::kernel::Cpu;
use super::picture::{Layout, Picture, Profile};
use crate::geometry::Size;

/// All pixels of a picture, for formats and kinds whose rows do not come one after the other.
pub(super) struct Bitmap {
    pub(super) size: Size,
    pub(super) layout: Layout,
    /// Row by row, without padding; alpha not multiplied in.
    pub(super) pixels: Vec<u8>,
    pub(super) profile: Profile,
}

impl Bitmap {
    /// The picture as small as the rendition.
    pub(super) fn fit(self, cpu: Cpu, budget: &Budget) -> Result<Picture, DecodeError> {
        let bytes = self.pixels.len() as u64;
        let mut sink = RowSink::new(cpu, budget, self.size, self.layout, bytes)?
            .with_profile(self.profile, budget);
        let row = self.size.width as usize * self.layout.channels();
        for row in self.pixels.chunks_exact(row.max(1)) {
            sink.push(row);
        }
        sink.finish()
    }
}
