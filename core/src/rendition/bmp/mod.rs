//! BMP: uncompressed rows of every kind, read from the file as they are needed; run lengths, by `image`.

mod parts;
mod pixels;
mod run_lengths;

use self::parts::Parts;
use self::pixels::Pixels;
use super::ratio::check_compression_ratio;
use crate::container::bmp::Header;
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::{DecodeError, catch_codec_panic};
use crate::rendition::fit::RowSink;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Layout, Picture, Profile};

/// Decodes a BMP file.
pub(super) fn decode(cpu: Cpu, data: &[u8], budget: &Budget) -> Result<Picture, DecodeError> {
    if data.starts_with(b"BA") {
        return Err(DecodeError::unsupported("an OS/2 bitmap array"));
    }
    let header = Header::read(&mut &*data, 0)?;
    let parts = Parts::read(data, &header)?;
    let icc = icc(data, &header)?;
    if parts.is_run_length() {
        let decode = || run_lengths::decode(data, &header, &parts, icc, budget);
        return catch_codec_panic(decode)?.fit(cpu, budget);
    }
    let size = Size::new(header.width, header.height);
    let bits = size.pixels().saturating_mul(header.bits.into());
    check_compression_ratio(bits, data, 8)?;
    let rows = parts.rows(data)?;
    let mut pixels = Pixels::read(data, &header, &parts)?;
    // Writers without alpha leave it 0: a picture that is transparent everywhere is shown opaque.
    if pixels.has_alpha() && rows.clone().all(|row| pixels.is_transparent(row)) {
        pixels.drop_alpha();
    }
    let layout = if pixels.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let profile = icc.map_or(0, <[u8]>::len) as u64;
    let scratch_bytes = u64::from(size.width) * 5 + profile + (8 << 10);
    let mut sink = RowSink::new(cpu, budget, size, layout, scratch_bytes)?
        .with_profile(icc.map_or(Profile::Srgb, |icc| Profile::Icc(icc.to_vec())), budget);
    let mut converted = vec![0; size.width as usize * layout.channels()];
    for row in rows {
        pixels.convert(cpu, row, &mut converted);
        sink.push(&converted);
    }
    sink.finish()
}

/// The profile in the file, which only version 5 of the header has. One that is not in the file is ignored as
/// a damaged one is: some writers count its offset from the start of the file. But the file may be cut.
fn icc<'d>(data: &'d [u8], header: &Header) -> Result<Option<&'d [u8]>, DecodeError> {
    let Some((at, len)) = header.profile(&mut &*data)? else { return Ok(None) };
    let tail = usize::try_from(at).ok().and_then(|at| data.get(at..));
    let icc = tail.and_then(|tail| tail.get(..usize::try_from(len).ok()?));
    let is_cut = header.file_len(&mut &*data)? > data.len() as u64;
    if icc.is_none() && is_cut { Err("the file ends inside its profile".into()) } else { Ok(icc) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::conversion::Conversions;
    use crate::rendition::{StandardOptions, colour};

    /// A file of one pixel of 24 bits, with a header of version 5 that names a profile behind it.
    fn with_profile(icc: &[u8]) -> Vec<u8> {
        let mut info = vec![0; 124];
        let mut put =
            |at: usize, value: u32| info[at..at + 4].copy_from_slice(&value.to_le_bytes());
        let length = u32::try_from(icc.len()).unwrap();
        for (at, value) in [(0, 124), (4, 1), (8, 1), (12, 1 | 24 << 16), (112, 128), (116, length)]
        {
            put(at, value);
        }
        info[56..60].copy_from_slice(b"DEBM");
        let mut file = b"BM".to_vec();
        for value in [0u32, 0, 138] {
            file.extend(value.to_le_bytes());
        }
        file.extend(&info);
        // Blue, green, red.
        file.extend([50, 100, 200, 0]);
        file.extend(icc);
        file
    }

    fn decoded(file: &[u8]) -> Vec<u8> {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        let picture = decode(Cpu::detect(), file, &budget).unwrap();
        let picture = colour::to_srgb(picture, &Conversions::default()).unwrap();
        picture.planes.iter().flat_map(|plane| plane.samples.clone()).collect()
    }

    #[test]
    fn a_profile_in_the_file_is_applied() {
        let icc = moxcms::ColorProfile::new_display_p3().encode().unwrap();
        let file = with_profile(&icc);
        let pixel = decoded(&file);
        // As in LittleCMS 2, of Display P3.
        for (got, want) in pixel.iter().zip([215u8, 93, 31]) {
            assert!(got.abs_diff(want) <= 1, "{pixel:?}");
        }
        // Without one where it should be, or cut.
        let mut short = file[..file.len() - 1].to_vec();
        assert_eq!(decoded(&short), [200, 100, 50]);
        short[2..6].copy_from_slice(&u32::try_from(file.len()).unwrap().to_le_bytes());
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        assert!(decode(Cpu::detect(), &short, &budget).is_err());
    }
}
