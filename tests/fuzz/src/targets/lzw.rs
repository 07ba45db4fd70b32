//! LZW as in TIFF and GIF: the same bytes as `weezl`, in pieces of any length.

use weezl::{BitOrder, LzwStatus, decode};

/// What the source below needs of its crate.
mod decode_error {
    #[derive(Clone, Copy, Debug)]
    pub(super) struct Damaged(#[allow(dead_code, reason = "not compared")] pub(super) &'static str);
}
#[allow(dead_code, reason = "the library calls the rest")]
#[path = "../../../../core/src/rendition/lzw.rs"]
mod lzw;

use lzw::{Coding, Decoder};

const MOST: usize = 1 << 16;

fn with_weezl(coding: Coding, data: &[u8]) -> Vec<u8> {
    let mut decoder = match coding {
        Coding::Tiff => decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
        Coding::Gif { bits } => decode::Decoder::new(BitOrder::Lsb, bits as u8),
    };
    let mut out = vec![0; MOST];
    let (mut read, mut written, mut idle) = (0, 0, 0);
    // A clear code behind another one makes no progress by these numbers.
    while written < MOST && idle < 64 {
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

pub(super) fn run(data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else { return };
    // `weezl` widens codes of pixels of one bit later than other decoders do.
    let coding = match choice % 8 {
        0 => Coding::of_tiff(data),
        bits @ 2..=7 => Coding::Gif { bits: bits.into() },
        _ => Coding::Gif { bits: 8 },
    };
    let want = with_weezl(coding, data);
    let mut decoder = Decoder::new(coding);
    let mut got = Vec::new();
    let mut count = [1, 7, 100, 5000][usize::from(choice >> 6)];
    while got.len() < want.len() {
        count = count.min(want.len() - got.len());
        got.extend_from_slice(decoder.next(data, count).expect("as many bytes"));
    }
    assert!(got == want);
    assert!(want.len() == MOST || decoder.next(data, 1).is_err());
}
