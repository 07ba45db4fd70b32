//! The entropy-coded blocks of a scan (T.81, annexes F.2 and G.2).

use super::Damage;
use super::bits::{Bits, Huffman};
use super::markers::{Codes, Frame, Scan, ScanComponent, Tables, ZIGZAG};

const SHORT: Damage = "the file ends before its last pixel";
const OVERFULL: Damage = "a block has more than 64 coefficients";

/// Padding that is no sign of damage: some encoders fill up words.
const LEFT_OVER: usize = 8;

pub(super) type Block = [i16; 64];

/// Where a component's blocks lie: whole MCUs, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// Blocks across and down, padded to whole MCUs.
    pub(super) across: usize,
    pub(super) down: usize,
    /// Blocks that hold pixels of the picture.
    pub(super) used_across: usize,
    pub(super) used_down: usize,
}

impl Grid {
    pub(super) fn new(frame: &Frame, h: usize, v: usize) -> Self {
        let (h_max, v_max) = (frame.h_max(), frame.v_max());
        Self {
            across: frame.width.div_ceil(8 * h_max) * h,
            down: frame.height.div_ceil(8 * v_max) * v,
            used_across: (frame.width * h).div_ceil(8 * h_max),
            used_down: (frame.height * v).div_ceil(8 * v_max),
        }
    }
}

/// Calls `block` for each block of a scan in the order of the file, with its component's place in the
/// scan and its place in the component's grid, and follows the restart markers. Gives the position of
/// the marker behind the scan.
pub(super) fn walk<'a>(
    data: &'a [u8],
    position: usize,
    frame: &Frame,
    scan: &Scan,
    restart_interval: usize,
    mut block: impl FnMut(&mut Bits<'a>, usize, usize, &mut State) -> Result<(), Damage>,
) -> Result<usize, Damage> {
    let mut bits = Bits::new(data, position);
    let mut state = State::default();
    let (mut until_restart, mut restarts) = (restart_interval, 0u8);
    // One MCU is over: is all of it from the file, and is a restart due?
    let mut mcu_done = |bits: &mut Bits<'a>, state: &mut State, last: bool| {
        if bits.overrun() {
            return Err(SHORT);
        }
        until_restart = until_restart.wrapping_sub(1);
        if until_restart == 0 && !last {
            let (unread, at) = std::mem::replace(bits, Bits::new(&[], 0)).finish();
            if unread > LEFT_OVER {
                return Err("data are left over before a restart marker");
            }
            match data.get(at..) {
                Some([0xff, marker, ..]) if *marker == 0xd0 | restarts & 7 => {}
                _ => return Err("a restart marker is missing"),
            }
            restarts = restarts.wrapping_add(1);
            *bits = Bits::new(data, at + 2);
            *state = State::default();
            until_restart = restart_interval;
        }
        Ok(())
    };

    if let [only] = scan.components.as_slice() {
        let component = frame.components.get(only.index).ok_or(SHORT)?;
        let grid = Grid::new(frame, component.h, component.v);
        for row in 0..grid.used_down {
            for column in 0..grid.used_across {
                block(&mut bits, 0, row * grid.across + column, &mut state)?;
                let last = row + 1 == grid.used_down && column + 1 == grid.used_across;
                mcu_done(&mut bits, &mut state, last)?;
            }
        }
    } else {
        let grids: Vec<(usize, usize, usize)> = scan
            .components
            .iter()
            .filter_map(|c| frame.components.get(c.index))
            .map(|c| (c.h, c.v, Grid::new(frame, c.h, c.v).across))
            .collect();
        let mcus_across = frame.width.div_ceil(8 * frame.h_max());
        let mcus_down = frame.height.div_ceil(8 * frame.v_max());
        for row in 0..mcus_down {
            for column in 0..mcus_across {
                for (place, &(h, v, across)) in grids.iter().enumerate() {
                    for y in row * v..(row + 1) * v {
                        for x in column * h..(column + 1) * h {
                            block(&mut bits, place, y * across + x, &mut state)?;
                        }
                    }
                }
                mcu_done(&mut bits, &mut state, row + 1 == mcus_down && column + 1 == mcus_across)?;
            }
        }
    }
    Ok(bits.finish().1)
}

/// What is carried from block to block within a restart interval.
#[derive(Default)]
pub(super) struct State {
    /// The last DC value of each component of the scan.
    predictions: [i32; 4],
    /// Blocks to come that have no new coefficients.
    end_of_band_run: u32,
}

fn table_of<'t>(tables: &'t [Option<Codes<'_>>; 4], index: usize) -> Result<&'t Huffman, Damage> {
    let table = tables.get(index).and_then(Option::as_ref);
    table.ok_or("a scan uses a missing Huffman table")?.ready()
}

/// The tables of each component of a scan; the ones it does not use may be absent.
pub(super) struct Coding<'t> {
    dc: Vec<Option<&'t Huffman>>,
    ac: Vec<Option<&'t Huffman>>,
    first: usize,
    last: usize,
    high: u32,
    low: u32,
}

impl<'t> Coding<'t> {
    pub(super) fn new(tables: &'t Tables<'_>, scan: &Scan) -> Result<Self, Damage> {
        let needs_dc = scan.first == 0 && scan.high == 0;
        let get =
            |needed: bool, from: &'t [Option<Codes<'_>>; 4], index: fn(&ScanComponent) -> usize| {
                scan.components
                    .iter()
                    .map(|c| if needed { table_of(from, index(c)).map(Some) } else { Ok(None) })
                    .collect::<Result<Vec<_>, _>>()
            };
        Ok(Self {
            dc: get(needs_dc, &tables.dc, |c| c.dc)?,
            ac: get(scan.last > 0, &tables.ac, |c| c.ac)?,
            first: scan.first,
            last: scan.last,
            high: scan.high,
            low: scan.low,
        })
    }

    fn dc(&self, place: usize) -> Result<&'t Huffman, Damage> {
        self.dc.get(place).copied().flatten().ok_or(SHORT)
    }

    fn ac(&self, place: usize) -> Result<&'t Huffman, Damage> {
        self.ac.get(place).copied().flatten().ok_or(SHORT)
    }

    /// A whole block of a sequential scan. `block` is all zero before; the answer is whether it has
    /// no coefficient but the DC.
    #[inline]
    pub(super) fn sequential(
        &self,
        bits: &mut Bits<'_>,
        place: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<bool, Damage> {
        let dc = next_dc(bits, self.dc(place)?, place, state)?;
        let [first, ..] = block;
        *first = saturate(dc);
        let table = self.ac(place)?;
        let mut k = 1;
        let mut only_dc = true;
        while k < 64 {
            let short = bits.short_coefficient(table);
            let value = if short != 0 {
                k += (short >> 8 & 15).cast_unsigned() as usize;
                short >> 16
            } else {
                let symbol = bits.symbol(table)?;
                let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
                if size == 0 {
                    if run < 15 {
                        break;
                    }
                    k += 16;
                    continue;
                }
                k += run;
                bits.value(size)
            };
            *at(block, k)? = saturate(value);
            only_dc = false;
            k += 1;
        }
        Ok(only_dc)
    }

    /// The part of a block that a progressive scan brings.
    pub(super) fn progressive(
        &self,
        bits: &mut Bits<'_>,
        place: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damage> {
        match (self.first, self.high) {
            (0, 0) => {
                let dc = next_dc(bits, self.dc(place)?, place, state)?;
                let [first, ..] = block;
                *first = saturate(dc << self.low);
                Ok(())
            }
            (0, _) => {
                if bits.take(1) == 1 {
                    let [first, ..] = block;
                    *first |= 1 << self.low;
                }
                Ok(())
            }
            (_, 0) => self.first_of_band(bits, place, state, block),
            _ => self.refine_band(bits, place, state, block),
        }
    }

    fn first_of_band(
        &self,
        bits: &mut Bits<'_>,
        place: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damage> {
        if state.end_of_band_run > 0 {
            state.end_of_band_run -= 1;
            return Ok(());
        }
        let table = self.ac(place)?;
        let mut k = self.first;
        while k <= self.last {
            let symbol = bits.symbol(table)?;
            let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 {
                if run < 15 {
                    state.end_of_band_run = (1 << run) - 1 + bits.take(run);
                    break;
                }
                k += 16;
                continue;
            }
            k += run as usize;
            *at(block, k)? = saturate(bits.value(size) << self.low);
            k += 1;
        }
        Ok(())
    }

    fn refine_band(
        &self,
        bits: &mut Bits<'_>,
        place: usize,
        state: &mut State,
        block: &mut Block,
    ) -> Result<(), Damage> {
        let table = self.ac(place)?;
        let mut k = self.first;
        if state.end_of_band_run == 0 {
            while k <= self.last {
                let symbol = bits.symbol(table)?;
                let mut run = u32::from(symbol >> 4);
                let value = match symbol & 15 {
                    0 if run < 15 => {
                        state.end_of_band_run = (1 << run) + bits.take(run);
                        break;
                    }
                    0 => 0,
                    1 if bits.take(1) == 1 => 1i16 << self.low,
                    1 => -(1i16 << self.low),
                    _ => return Err("a refinement of more than one bit"),
                };
                // Known coefficients get one more bit, and `run` unknown ones stay zero.
                while k <= self.last {
                    let coefficient = at(block, k)?;
                    if *coefficient != 0 {
                        self.refine(bits, coefficient);
                    } else if run == 0 {
                        *coefficient = value;
                        k += 1;
                        break;
                    } else {
                        run -= 1;
                    }
                    k += 1;
                }
            }
        }
        if state.end_of_band_run > 0 {
            while k <= self.last {
                let coefficient = at(block, k)?;
                if *coefficient != 0 {
                    self.refine(bits, coefficient);
                }
                k += 1;
            }
            state.end_of_band_run -= 1;
        }
        Ok(())
    }

    fn refine(&self, bits: &mut Bits<'_>, coefficient: &mut i16) {
        let bit = 1i16 << self.low;
        if bits.take(1) == 1 && *coefficient & bit == 0 {
            *coefficient = coefficient.saturating_add(if *coefficient > 0 { bit } else { -bit });
        }
    }
}

/// The coefficient at place `k` of the zigzag.
#[inline]
fn at(block: &mut Block, k: usize) -> Result<&mut i16, Damage> {
    let natural = ZIGZAG.get(k).ok_or(OVERFULL)?;
    block.get_mut(usize::from(*natural)).ok_or(OVERFULL)
}

#[inline]
fn next_dc(
    bits: &mut Bits<'_>,
    table: &Huffman,
    place: usize,
    state: &mut State,
) -> Result<i32, Damage> {
    let size = bits.symbol(table)?;
    if size > 15 {
        return Err("a DC difference has over 15 bits");
    }
    let difference = bits.value(size.into());
    let prediction = state.predictions.get_mut(place).ok_or(SHORT)?;
    *prediction = prediction.wrapping_add(difference);
    Ok(*prediction)
}

#[inline]
fn saturate(value: i32) -> i16 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let value = value.clamp(-32768, 32767) as i16;
    value
}
