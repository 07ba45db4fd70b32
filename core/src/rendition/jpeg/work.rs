//! The limit of work on a file, which keeps a small one from occupying the decoder for long.

use super::frame::{Frame, Grid};
use super::scan_header::Scan;
use crate::rendition::decode_error::DecodeError;

/// More scans than any encoder writes.
const MAX_SCANS: usize = 100;

/// Visits of each block, on average, beside one for each bit of the file. The usual script of a progressive
/// JPEG takes about 25, the finest ones 40.
const MAX_VISITS: u64 = 64;

/// All blocks of a picture that hold pixels.
pub(super) fn blocks(frame: &Frame) -> u64 {
    frame.components.iter().map(|c| Grid::new(frame, c.h, c.v).used()).sum()
}

/// The work on a file so far.
#[derive(Default)]
pub(super) struct Work {
    scans: usize,
    /// Visits of blocks.
    visits: u64,
}

impl Work {
    /// Adds a scan of a file of `length` bytes.
    pub(super) fn add(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        length: usize,
    ) -> Result<(), DecodeError> {
        self.scans += 1;
        self.visits += visits(frame, scan);
        if self.scans > MAX_SCANS || self.visits > MAX_VISITS * blocks(frame) + 8 * length as u64 {
            return Err(DecodeError::unsupported("too many scans for its size"));
        }
        Ok(())
    }
}

/// Visits of blocks that a scan takes even if it codes no bits for them. A refining scan looks at each
/// coefficient, which takes longer.
fn visits(frame: &Frame, scan: &Scan) -> u64 {
    let refined = if scan.high > 0 { u64::from(scan.last - scan.first) / 8 } else { 0 };
    let components = scan.components.iter().filter_map(|c| frame.components.get(c.index));
    components.map(|c| Grid::new(frame, c.h, c.v).used() * (1 + refined)).sum()
}
