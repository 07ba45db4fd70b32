//! The arithmetic decoder of a partition (RFC 6386 section 7).

/// Bits of the value that are compared at a time.
const WINDOW: i32 = 8;

/// Decodes one bit after the other, each with the probability (of 256) that it is 0.
#[derive(Clone, Copy)]
pub(super) struct BoolDecoder<'a> {
    /// The bytes that are not loaded yet.
    rest: &'a [u8],
    /// How many zeros were loaded behind their end.
    padding: u32,
    /// What is left of the coded number, from the topmost bit.
    value: u64,
    /// How many bits of `value` are loaded beyond the window; negative when it must be refilled.
    spare: i32,
    /// The width of the interval that `value` lies in: 128 to 255 between two bits.
    range: u32,
}

impl<'a> BoolDecoder<'a> {
    pub(super) fn new(data: &'a [u8]) -> Self {
        Self { rest: data, padding: 0, value: 0, spare: -WINDOW, range: 255 }
    }

    /// Whether more bits were read than the data have. As in libwebp, the window may reach one byte beyond
    /// the end.
    pub(super) fn is_past_end(&self) -> bool {
        let left = (self.spare + WINDOW).cast_unsigned();
        u64::from(self.padding) * 8 > u64::from(left) + 7
    }

    /// Loads bytes until at least 48 bits are spare.
    #[inline(always)]
    fn refill(&mut self) {
        let loaded = (self.spare + WINDOW).cast_unsigned() & 63;
        let bytes = (63 - loaded) >> 3;
        let word = if let Some((word, _)) = self.rest.split_first_chunk() {
            self.rest = self.rest.get(bytes as usize..).unwrap_or_default();
            u64::from_be_bytes(*word)
        } else {
            let (word, rest, padding) = last_bytes(self.rest, bytes as usize);
            self.rest = rest;
            self.padding = self.padding.saturating_add(padding);
            word
        };
        // The next refill sets the bits past the counted ones again, to the same values.
        self.value |= word >> loaded;
        self.spare += 8 * bytes.cast_signed();
    }

    /// Makes four bits readable by [`ready_bit`](Self::ready_bit): each takes at most seven bits of the
    /// value.
    #[inline(always)]
    pub(super) fn make_ready(&mut self) {
        if self.spare < 3 * 7 {
            self.refill();
        }
    }

    /// The next bit.
    #[inline(always)]
    pub(super) fn bit(&mut self, probability: u8) -> bool {
        if self.spare < 0 {
            self.refill();
        }
        self.ready_bit(probability)
    }

    /// The next bit, after [`make_ready`](Self::make_ready).
    #[inline(always)]
    pub(super) fn ready_bit(&mut self, probability: u8) -> bool {
        // 1 + ((range - 1) * probability >> 8), with less to wait for.
        let probability = u32::from(probability);
        let split = (self.range * probability + (256 - probability)) >> 8;
        let border = u64::from(split) << 56;
        let bit = self.value >= border;
        if bit {
            self.range -= split;
            self.value -= border;
        } else {
            self.range = split;
        }
        self.normalise();
        bit
    }

    /// `value`, or with the opposite sign if the next bit, of even probability, is set; after
    /// [`make_ready`](Self::make_ready).
    #[inline(always)]
    pub(super) fn signed(&mut self, value: i32) -> i32 {
        let split = (self.range + 1) >> 1;
        let border = u64::from(split) << 56;
        let bit = self.value >= border;
        self.range = if bit { self.range - split } else { split };
        self.value = if bit { self.value - border } else { self.value };
        self.normalise();
        if bit { -value } else { value }
    }

    /// Doubles the interval until it is at least half of 256 wide.
    #[inline(always)]
    fn normalise(&mut self) {
        let shift = self.range.leading_zeros().wrapping_sub(24);
        self.range = self.range.wrapping_shl(shift);
        self.value = self.value.wrapping_shl(shift);
        self.spare -= shift.cast_signed();
    }

    pub(super) fn flag(&mut self) -> bool {
        self.bit(128)
    }

    /// A number of `bits` bits, at most 8, the topmost first.
    pub(super) fn literal(&mut self, bits: u32) -> u8 {
        let mut value = 0;
        for _ in 0..bits {
            value = value << 1 | u8::from(self.flag());
        }
        value
    }

    /// A flag, and where it is set a number of `bits` bits and its sign; else `None`.
    pub(super) fn optional_signed(&mut self, bits: u32) -> Option<i32> {
        self.flag().then(|| {
            let value = i32::from(self.literal(bits));
            if self.flag() { -value } else { value }
        })
    }
}

/// Fewer than eight bytes with zeros behind them, what is left of them after `count`, and how many of `count`
/// are zeros. Not a method: a decoder whose address is taken cannot stay in registers.
#[cold]
#[inline(never)]
fn last_bytes(data: &[u8], count: usize) -> (u64, &[u8], u32) {
    let mut bytes = [0; 8];
    for (byte, &last) in bytes.iter_mut().zip(data) {
        *byte = last;
    }
    let rest = data.get(count..).unwrap_or_default();
    let padding = u32::try_from(count.saturating_sub(data.len())).unwrap_or(0);
    (u64::from_be_bytes(bytes), rest, padding)
}
