//! The number of frames, where only the rest of the file states it.

use super::identify::probe;
#[cfg(feature = "jxl")]
use super::jxl;
use crate::container::error::{ProbeError, lenient};
use crate::container::source::Source;
use crate::container::tiff::Tiff;
use crate::container::{gif, riff};
use crate::format::Format;

/// Counts the frames, pages or pictures of `data`, whose format is `format` by [`probe`]: at least 1. It
/// stops at one above `limit`, so that a host can refuse more.
///
/// It reads GIF blocks, TIFF directories, WebP chunks and, with the feature `jxl`, frame headers of JPEG XL to the end of
/// the file, and decodes nothing. For other formats it returns the number that the header states.
#[must_use]
pub fn count_frames(data: &[u8], format: Format, limit: u32) -> u32 {
    let enough = limit.saturating_add(1);
    let mut src = data;
    let counted = match format {
        Format::Gif => gif(&mut src, enough).ok(),
        Format::Tiff => tiff(&mut src, enough).ok(),
        Format::WebP => webp(&mut src, enough).ok(),
        #[cfg(feature = "jxl")]
        Format::Jxl => animated_jxl(data, enough),
        _ => probe(data).ok().map(|info| info.frames.unwrap_or(1).min(enough)),
    };
    // A file that cannot be read counts as one picture here; others refuse it.
    counted.unwrap_or(1).max(1)
}

/// The frames of an animation.
#[cfg(feature = "jxl")]
fn animated_jxl(data: &[u8], enough: u32) -> Option<u32> {
    match probe(data).ok()?.frames {
        Some(frames) => Some(frames.min(enough)),
        None => jxl::frames::count(data, enough),
    }
}

/// The image blocks. Every block takes bytes of the file, so the loop ends with it; a limit on blocks
/// would let a file hide frames behind empty ones.
fn gif(src: &mut impl Source, enough: u32) -> Result<u32, ProbeError> {
    let mut blocks = gif::Blocks::new(src)?;
    let mut frames = 0;
    while frames < enough {
        let Some(block) = blocks.next(src)? else { break };
        frames += u32::from(block.is_image);
    }
    Ok(frames)
}

/// The chain of IFDs. A loop in it is found by Brent's algorithm, which remembers only two offsets.
fn tiff(src: &mut impl Source, enough: u32) -> Result<u32, ProbeError> {
    let len = src.len();
    let Some(tiff) = Tiff::open(src, 0, len)? else { return Ok(1) };
    let mut next = |offset| {
        let ifd = tiff.ifd(src, offset).ok()?;
        let following = tiff.next(src, ifd).ok()?;
        (following != 0 && tiff.ifd(src, following).is_ok()).then_some(following)
    };
    let (mut frames, mut at) = (1, tiff.first_ifd);
    let (mut turtle, mut steps, mut power) = (at, 0, 1);
    while frames < enough {
        let Some(following) = next(at) else { break };
        at = following;
        frames += 1;
        steps += 1;
        if at == turtle {
            // `steps` is the length of the loop: the frames before it are those until two
            // walkers, that far apart, meet.
            let (mut front, mut behind, mut before) = (tiff.first_ifd, tiff.first_ifd, 0);
            for _ in 0..steps {
                front = next(front).unwrap_or(0);
            }
            while front != behind && before < enough {
                front = next(front).unwrap_or(0);
                behind = next(behind).unwrap_or(0);
                before += 1;
            }
            return Ok(before + steps);
        }
        if steps == power {
            (turtle, power, steps) = (at, power * 2, 0);
        }
    }
    Ok(frames)
}

/// The ANMF chunks (RFC 9649 section 2.7.1.1); a still picture has none.
fn webp(src: &mut impl Source, enough: u32) -> Result<u32, ProbeError> {
    let mut chunks = riff::Chunks::new();
    let mut frames = 0;
    while frames < enough {
        let Some(chunk) = lenient(chunks.next(src))? else { break };
        frames += u32::from(&chunk.kind == b"ANMF");
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF whose `count` IFDs, each with no entry, are chained; the last points at `back`.
    fn pages(count: u32, back: u32) -> Vec<u8> {
        let at = |page: u32| (8 + page * 6).to_le_bytes();
        let mut data = b"II\x2A\0\x08\0\0\0".to_vec();
        for page in 1..=count {
            data.extend([0, 0]);
            data.extend(if page < count { at(page) } else { back.to_le_bytes() });
        }
        data
    }

    #[test]
    fn tiff_pages_are_counted_once_also_in_loops() {
        for count in 1..40 {
            assert_eq!(count_frames(&pages(count, 0), Format::Tiff, 1000), count);
            for back in 0..count {
                let data = pages(count, 8 + back * 6);
                assert_eq!(count_frames(&data, Format::Tiff, 1000), count, "{count} to {back}");
            }
        }
        assert_eq!(count_frames(&pages(30, 8), Format::Tiff, 5), 6);
        assert_eq!(count_frames(&pages(3, 9999), Format::Tiff, 5), 3);
        assert_eq!(count_frames(b"II\x2A\0", Format::Tiff, 5), 1);
    }

    #[test]
    fn gif_frames_behind_tables_and_extensions() {
        let mut data = b"GIF89a\x01\0\x01\0\x80\0\0".to_vec();
        data.extend([0; 6]);
        data.extend(b"\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0");
        for _ in 0..3 {
            data.extend(b"\x21\xF9\x04\0\0\0\0\0");
            data.extend(b"\x2C\0\0\0\0\x01\0\x01\0\x81");
            data.extend([0; 12]);
            data.extend(b"\x02\x02\x4C\x01\0");
        }
        data.push(0x3B);
        assert_eq!(count_frames(&data, Format::Gif, 100), 3);
        assert_eq!(count_frames(&data, Format::Gif, 1), 2);
        for cut in 0..data.len() {
            assert!((1..=3).contains(&count_frames(&data[..cut], Format::Gif, 100)));
        }
    }

    #[test]
    fn webp_frames_are_its_anmf_chunks() {
        let mut data = b"RIFF\xFF\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0\0\0\0\0\0\0".to_vec();
        for _ in 0..4 {
            data.extend(b"ANMF\x03\0\0\0abc\0");
        }
        assert_eq!(count_frames(&data, Format::WebP, 100), 4);
        assert_eq!(count_frames(&data, Format::WebP, 2), 3);
        assert_eq!(count_frames(&data[..30], Format::WebP, 2), 1);
    }
}
