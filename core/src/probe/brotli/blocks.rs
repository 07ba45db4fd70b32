//! Block types, and the maps from contexts to codes: RFC 7932, sections 6 and 7.3.

use super::bits::Bits;
use super::damaged;
use super::prefix::{Code, Codes};
use crate::container::error::ProbeError;
use crate::container::source::Source;

/// The types of blocks of one category: literals, commands or distances.
#[derive(Default)]
pub(super) struct Blocks {
    pub(super) types: usize,
    /// The codes of types and lengths, if there is more than one type.
    codes: Option<(Code, Code)>,
    pub(super) current: usize,
    previous: usize,
    /// What is left of the present block.
    left: u32,
}

impl Blocks {
    pub(super) fn read<S: Source>(
        bits: &mut Bits<'_, S>,
        codes: &mut Codes,
    ) -> Result<Self, ProbeError> {
        const LENGTHS: usize = 26;
        let types = bits.count()?;
        let mut blocks = Self { types, codes: None, current: 0, previous: 1, left: u32::MAX };
        if types > 1 {
            let of_types = codes.read(bits, types + 2)?;
            let of_lengths = codes.read(bits, LENGTHS)?;
            blocks.left = read_length(bits, codes, of_lengths)?;
            blocks.codes = Some((of_types, of_lengths));
        }
        Ok(blocks)
    }

    /// Goes to the next element. Returns the type of its block.
    pub(super) fn next<S: Source>(
        &mut self,
        bits: &mut Bits<'_, S>,
        codes: &Codes,
    ) -> Result<usize, ProbeError> {
        if self.left == 0
            && let Some((of_types, of_lengths)) = self.codes
        {
            let next = match codes.symbol(bits, of_types)? {
                0 => self.previous,
                1 => (self.current + 1) % self.types,
                symbol => symbol - 2,
            };
            (self.previous, self.current) = (self.current, next);
            self.left = read_length(bits, codes, of_lengths)?;
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.current)
    }
}

/// The length of a block.
fn read_length<S: Source>(
    bits: &mut Bits<'_, S>,
    codes: &Codes,
    code: Code,
) -> Result<u32, ProbeError> {
    const EXTRA_BITS: [u32; 26] =
        [2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 7, 8, 9, 10, 11, 12, 13, 24];
    let symbol = codes.symbol(bits, code)?;
    let (least, extra) = of_symbol(&EXTRA_BITS, 1, symbol).ok_or_else(damaged)?;
    Ok(least + bits.read(extra)?)
}

/// The least number of a symbol, and its extra bits: numbers from `first` on have the symbols in their order.
pub(super) fn of_symbol(extra_bits: &[u32], first: u32, symbol: usize) -> Option<(u32, u32)> {
    let least = extra_bits.get(..symbol)?.iter().map(|extra| 1 << extra).sum::<u32>();
    Some((first + least, *extra_bits.get(symbol)?))
}

/// From contexts to codes.
pub(super) struct ContextMap<const N: usize> {
    codes: [u8; N],
    pub(super) first: Code,
}

impl<const N: usize> ContextMap<N> {
    /// For `contexts` contexts, to codes of which the first will be [`first`](Self::first). Returns also how many
    /// codes there are.
    pub(super) fn read<S: Source>(
        bits: &mut Bits<'_, S>,
        codes: &mut Codes,
        contexts: usize,
    ) -> Result<(Self, usize), ProbeError> {
        let mut map = Self { codes: [0; N], first: Code::default() };
        let count = bits.count()?;
        if count > 1 {
            let room = map.codes.get_mut(..contexts).ok_or_else(damaged)?;
            fill(bits, codes, count, room)?;
        }
        Ok((map, count))
    }

    pub(super) fn code(&self, context: usize) -> Code {
        self.first.plus(self.codes.get(context).copied().unwrap_or_default().into())
    }
}

fn fill<S: Source>(
    bits: &mut Bits<'_, S>,
    codes: &mut Codes,
    count: usize,
    map: &mut [u8],
) -> Result<(), ProbeError> {
    let longest_run = if bits.flag()? { bits.read(4)? as usize + 1 } else { 0 };
    let code = codes.read(bits, count + longest_run)?;
    let mut at = 0;
    while at < map.len() {
        match codes.symbol(bits, code)? {
            0 => at += 1,
            symbol if symbol <= longest_run => {
                // Zeros.
                at += (1 << symbol) + bits.read(symbol.to_le_bytes()[0].into())? as usize;
                if at > map.len() {
                    return Err(damaged());
                }
            }
            symbol => {
                let value = u8::try_from(symbol - longest_run).map_err(|_| damaged())?;
                if let Some(to) = map.get_mut(at) {
                    *to = value;
                }
                at += 1;
            }
        }
    }
    if bits.flag()? {
        move_to_front(map);
    }
    Ok(())
}

/// Replaces each number by the value at that place of a list, in which that value then becomes the first.
fn move_to_front(map: &mut [u8]) {
    let mut list = [0; 256];
    for (value, to) in (0..=255).zip(&mut list) {
        *to = value;
    }
    for number in map {
        if let Some(front) = list.get_mut(..=usize::from(*number)) {
            front.rotate_right(1);
            *number = front.first().copied().unwrap_or_default();
        }
    }
}
