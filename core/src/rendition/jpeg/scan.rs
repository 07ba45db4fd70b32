//! The order of a scan: its MCUs, and its restart intervals (ITU-T T.81, annexes A.2 and E.2.4).

use std::ops::Range;

use super::bits::Bits;
use super::frame::{Frame, Grid};
use super::pieces::{Pieces, ScanEnd};
use super::scan_header::Scan;
use super::slots::LANES;
use crate::rendition::decode_error::Damaged;

/// The most bytes of a block: 64 codes of 16 bits, and 15 bits of a coefficient behind each.
const BLOCK_BYTES: usize = 256;

/// The MCUs of a scan: of one component, its blocks that are not only padding; of several, `h` times `v` blocks
/// of each.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mcus {
    pub(super) across: usize,
    pub(super) down: usize,
    /// Blocks of an MCU.
    pub(super) blocks: usize,
}

impl Mcus {
    pub(super) fn new(frame: &Frame, scan: &Scan) -> Self {
        let components = scan.components.iter().filter_map(|c| frame.components.get(c.index));
        if let [_] = scan.components.as_slice() {
            let grid = components.map(|c| Grid::new(frame, c.h, c.v)).next();
            let (across, down) = grid.map_or((0, 0), |grid| (grid.used_across, grid.used_down));
            return Self { across, down, blocks: 1 };
        }
        Self {
            across: frame.width.div_ceil(8 * frame.h_max()),
            down: frame.height.div_ceil(8 * frame.v_max()),
            blocks: components.map(|c| c.h * c.v).sum(),
        }
    }
}

/// What reads the blocks of a scan.
pub(super) trait ReadMcus {
    /// Reads the MCUs `columns` of row `row`, which are of one group of sixteen.
    fn read(
        &mut self,
        bits: &mut Bits<'_>,
        row: usize,
        columns: Range<usize>,
    ) -> Result<(), Damaged>;

    /// Forgets what is carried from block to block.
    fn restart(&mut self);

    /// The sixteen MCUs from column `first` on are read, or those that the row has.
    fn finish_group(&mut self, _first: usize) {}

    /// A row of MCUs is read.
    fn finish_row(&mut self) {}
}

/// Reads the scan whose data lie at the offset `at` of `file`. `restart_interval` is in MCUs, or 0.
pub(super) fn read_scan(
    file: &[u8],
    at: usize,
    restart_interval: usize,
    mcus: Mcus,
    reader: &mut impl ReadMcus,
) -> Result<ScanEnd, Damaged> {
    let mut pieces = Pieces::new(file, at);
    let mut until_restart = if restart_interval == 0 { usize::MAX } else { restart_interval };
    let mut restarts = 0u8;
    for row in 0..mcus.down {
        let mut column = 0;
        while column < mcus.across {
            if until_restart == 0 {
                pieces.restart(restarts)?;
                reader.restart();
                restarts = restarts.wrapping_add(1);
                until_restart = restart_interval;
            }
            let first = column / LANES * LANES;
            let group_end = mcus.across.min(first + LANES);
            let end = group_end.min(column.saturating_add(until_restart));
            let mut bits = pieces.bits((end - column) * mcus.blocks * BLOCK_BYTES);
            let read = reader.read(&mut bits, row, column..end);
            let cursor = bits.cursor;
            // Behind the end of the data, whatever else is wrong follows from that.
            pieces.resume(cursor)?;
            read?;
            until_restart -= end - column;
            column = end;
            if column == group_end {
                reader.finish_group(first);
            }
        }
        reader.finish_row();
    }
    Ok(pieces.end())
}
