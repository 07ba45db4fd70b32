//! The entropy-coded data of a scan: its blocks in the order of the file, and its restart markers (ITU-T
//! T.81, annexes A.2 and E.2.4).

use super::bits::Bits;
use super::coding::{SHORT, State};
use super::frame::{Frame, Grid};
use super::scan_header::{Scan, ScanComponent};
use crate::rendition::decode_error::Damaged;

/// Unread bytes before a marker that are not taken for damage: some encoders fill up words.
const MAX_UNREAD: usize = 8;

/// Where a block belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    /// The component's index in the scan.
    pub(super) slot: usize,
    /// The block's index in the component's grid.
    pub(super) block: usize,
}

/// The entropy-coded data of a scan, read from block to block.
pub(super) struct EntropyData<'a> {
    data: &'a [u8],
    pub(super) bits: Bits<'a>,
    pub(super) state: State,
    /// MCUs between two restart markers; 0 without restart markers.
    restart_interval: usize,
    until_restart: usize,
    restarts: u8,
}

impl<'a> EntropyData<'a> {
    /// Those at the offset `at` of the file `data`.
    pub(super) fn new(data: &'a [u8], at: usize, restart_interval: usize) -> Self {
        Self {
            data,
            bits: Bits::new(data, at),
            state: State::default(),
            restart_interval,
            until_restart: restart_interval,
            restarts: 0,
        }
    }

    /// Calls `read` for each block of the scan, in the order of the file. Returns the offset of the marker
    /// that follows the scan.
    pub(super) fn read_blocks(
        mut self,
        frame: &Frame,
        scan: &Scan,
        mut read: impl FnMut(&mut Self, Position) -> Result<(), Damaged>,
    ) -> Result<usize, Damaged> {
        if let [only] = scan.components.as_slice() {
            self.read_single(frame, *only, &mut read)?;
        } else {
            self.read_interleaved(frame, scan, &mut read)?;
        }
        Ok(self.bits.finish().1)
    }

    /// The blocks of a lone component, without those that are only padding. Each is an MCU.
    fn read_single(
        &mut self,
        frame: &Frame,
        only: ScanComponent,
        read: &mut impl FnMut(&mut Self, Position) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let component = frame.components.get(only.index).ok_or(SHORT)?;
        let grid = Grid::new(frame, component.h, component.v);
        for row in 0..grid.used_down {
            for column in 0..grid.used_across {
                read(self, Position { slot: 0, block: row * grid.across + column })?;
                self.end_mcu(row + 1 == grid.used_down && column + 1 == grid.used_across)?;
            }
        }
        Ok(())
    }

    /// The blocks of several components: in each MCU, `h` times `v` blocks of each.
    fn read_interleaved(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        read: &mut impl FnMut(&mut Self, Position) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let components = scan.components.iter().filter_map(|c| frame.components.get(c.index));
        let grids: Vec<(usize, usize, usize)> =
            components.map(|c| (c.h, c.v, Grid::new(frame, c.h, c.v).across)).collect();
        let across = frame.width.div_ceil(8 * frame.h_max());
        let down = frame.height.div_ceil(8 * frame.v_max());
        for row in 0..down {
            for column in 0..across {
                for (slot, &(h, v, blocks_across)) in grids.iter().enumerate() {
                    for y in row * v..(row + 1) * v {
                        for x in column * h..(column + 1) * h {
                            read(self, Position { slot, block: y * blocks_across + x })?;
                        }
                    }
                }
                self.end_mcu(row + 1 == down && column + 1 == across)?;
            }
        }
        Ok(())
    }

    /// After an MCU: checks that its bits were all in the file, and reads a restart marker if one is due.
    fn end_mcu(&mut self, is_last: bool) -> Result<(), Damaged> {
        if self.bits.overrun() {
            return Err(SHORT);
        }
        self.until_restart = self.until_restart.wrapping_sub(1);
        if self.until_restart == 0 && !is_last { self.restart() } else { Ok(()) }
    }

    fn restart(&mut self) -> Result<(), Damaged> {
        let bits = std::mem::replace(&mut self.bits, Bits::new(&[], 0));
        let (unread, at) = bits.finish();
        if unread > MAX_UNREAD {
            return Err(Damaged("data are left over before a restart marker"));
        }
        match self.data.get(at..) {
            Some([0xff, marker, ..]) if *marker == 0xd0 | self.restarts & 7 => {}
            _ => return Err(Damaged("a restart marker is missing")),
        }
        self.restarts = self.restarts.wrapping_add(1);
        self.bits = Bits::new(self.data, at + 2);
        self.state = State::default();
        self.until_restart = self.restart_interval;
        Ok(())
    }
}
