//! Own LZW against `weezl`, and what that does not do.

use super::*;
use weezl::{BitOrder, LzwStatus, decode, encode};

fn with_weezl(coding: Coding, data: &[u8], most: usize) -> Vec<u8> {
    let mut decoder = match coding {
        Coding::Tiff => decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
        Coding::Gif { bits } => decode::Decoder::new(BitOrder::Lsb, u8::try_from(bits).unwrap()),
    };
    let mut out = vec![0; most];
    let (mut read, mut written, mut idle) = (0, 0, 0);
    // A clear code behind another one makes no progress by these numbers.
    while written < most && idle < 64 {
        let result = decoder.decode_bytes(&data[read..], &mut out[written..]);
        read += result.consumed_in;
        written += result.consumed_out;
        idle = if result.consumed_in + result.consumed_out > 0 { 0 } else { idle + 1 };
        if !matches!(result.status, Ok(LzwStatus::Ok | LzwStatus::NoProgress)) {
            break;
        }
    }
    out.truncate(written);
    out
}

fn encoded(coding: Coding, pixels: &[u8]) -> Vec<u8> {
    let mut encoder = match coding {
        Coding::Tiff => encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8),
        Coding::Gif { bits } => encode::Encoder::new(BitOrder::Lsb, u8::try_from(bits).unwrap()),
    };
    encoder.encode(pixels).unwrap()
}

/// All bytes, up to `most`, in pieces of `count` where as many follow.
fn with_own(decoder: &mut Decoder, data: &[u8], mut count: usize, most: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while out.len() < most && count > 0 {
        match decoder.next(data, count.min(most - out.len())) {
            Ok(bytes) => out.extend_from_slice(bytes),
            Err(_) => count /= 2,
        }
    }
    out
}

struct Random(u64);

impl Random {
    #[expect(clippy::cast_possible_truncation, reason = "below a `usize`")]
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    /// Pixels of `colours` colours: noise, runs, steps, or what was there before.
    fn pixels(&mut self, count: usize, colours: usize) -> Vec<u8> {
        let (kind, longest) = (self.below(4), self.below(2000) + 1);
        let mut pixels: Vec<u8> = Vec::new();
        while pixels.len() < count {
            let colour = self.below(colours).to_le_bytes()[0];
            let run = match kind {
                0 => 1,
                1 => self.below(longest) + 1,
                2 => {
                    let last = usize::from(pixels.last().copied().unwrap_or_default());
                    pixels.push(((last + self.below(3)) % colours).to_le_bytes()[0]);
                    0
                }
                _ => {
                    let start = self.below(pixels.len() + 1);
                    let end = (start + self.below(40)).min(pixels.len());
                    pixels.extend_from_within(start..end);
                    1
                }
            };
            pixels.extend(std::iter::repeat_n(colour, run));
        }
        pixels.truncate(count);
        pixels
    }
}

#[test]
fn as_weezl_decodes_whole_and_damaged_data() {
    let mut random = Random(0x1234_5678_9ABC_DEF1);
    let mut decoder = Decoder::new(Coding::Tiff);
    for round in 0..1500 {
        let bits = u32::try_from(random.below(7)).unwrap() + 2;
        let coding = match random.below(3) {
            0 => Coding::Tiff,
            1 => Coding::Gif { bits: 8 },
            _ => Coding::Gif { bits },
        };
        let count = [10, 300, 20_000, 150_000][random.below(4)];
        let count = random.below(count) + 1;
        let pixels = random.pixels(count, 1 << coding.bits());
        let mut data = encoded(coding, &pixels);
        match round % 4 {
            0 => {
                let cut = random.below(data.len());
                data.truncate(cut);
            }
            1 => {
                for _ in 0..=random.below(3) {
                    let at = random.below(data.len());
                    data[at] ^= 1 << random.below(8);
                }
            }
            // Without clear codes the table stays full.
            2 => {
                for byte in &mut data {
                    if random.below(50) == 0 {
                        *byte = random.below(256).to_le_bytes()[0];
                    }
                }
            }
            _ => {}
        }
        let most = 2 * count + 100;
        let step = [1, 100, 3000, 200_000][random.below(4)];
        decoder.restart(coding);
        let own = with_own(&mut decoder, &data, step, most);
        assert!(own == with_weezl(coding, &data, most), "{round}: {coding:?}, {count} pixels");
        assert!(round % 4 != 3 || own == pixels);
    }
}

/// The codes of `bits` bits each, from the low end.
fn packed(codes: impl IntoIterator<Item = (u32, u32)>) -> Vec<u8> {
    let (mut bytes, mut buffer, mut count) = (Vec::new(), 0_u64, 0);
    for (code, bits) in codes {
        buffer |= u64::from(code) << count;
        count += bits;
        while count >= 8 {
            bytes.push(buffer.to_le_bytes()[0]);
            buffer >>= 8;
            count -= 8;
        }
    }
    bytes.push(buffer.to_le_bytes()[0]);
    bytes
}

/// Each code is the newest string: as long as any can be, and the buffer as large.
#[test]
fn memory_stays_within_the_bound() {
    let coding = Coding::Gif { bits: 8 };
    let width = |known: u32| (u32::BITS - known.leading_zeros()).clamp(9, 12);
    let newest = (258..4096).map(|code| (code, width(code)));
    let data = packed([(256, 9), (65, 9)].into_iter().chain(newest).chain([(4095, 12); 2000]));
    let mut decoder = Decoder::new(coding);
    let total = 3839 * 3840 / 2 + 2000 * 3839;
    let mut left = total;
    while left > 0 {
        let count = left.min(100_000);
        assert!(decoder.next(&data, count).unwrap().iter().all(|&byte| byte == 65));
        left -= count;
    }
    assert!(decoder.next(&data, 1).is_err());
    let used = decoder.buffer.capacity() as u64;
    assert!(used > 7 << 20 && used < Decoder::memory(u64::MAX), "{used}");
}

#[test]
fn clear_codes_may_follow_each_other_and_end_a_buffer() {
    let rounds = (0..100_u32).flat_map(|i| {
        let literals = (0..200).map(move |j| ((i + j) % 256, 9));
        [(256, 9), (256, 9)].into_iter().chain(literals)
    });
    let mut decoder = Decoder::new(Coding::Gif { bits: 8 });
    let bytes = decoder.next(&packed(rounds), 20_000).unwrap();
    let want = (0..100_u32).flat_map(|i| (0..200).map(move |j| ((i + j) % 256).to_le_bytes()[0]));
    assert!(bytes.iter().copied().eq(want));
}

/// Pixels of one bit: four codes are known from the start, so the second one has three bits, as in giflib.
#[test]
fn pixels_of_one_bit() {
    let data = packed([(2, 2), (1, 2), (0, 3), (4, 3), (1, 3), (3, 3)]);
    let mut decoder = Decoder::new(Coding::Gif { bits: 1 });
    assert_eq!(decoder.next(&data, 5).unwrap(), [1, 0, 1, 0, 1]);
    assert!(decoder.next(&data, 1).is_err());
}

#[test]
fn the_coding_of_old_tiff() {
    assert_eq!(Coding::of_tiff(&[0x80, 0, 0]), Coding::Tiff);
    assert_eq!(Coding::of_tiff(&[0, 1, 0]), Coding::Gif { bits: 8 });
    assert_eq!(Coding::of_tiff(&[0]), Coding::Tiff);
}
