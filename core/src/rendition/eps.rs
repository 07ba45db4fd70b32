//! Encapsulated PostScript, by the TIFF preview of its DOS wrapper (Adobe Technical Note 5002, section 5.2).
//! PostScript is a programming language, and is not run.

use memchr::memmem;

use super::budget::Budget;
use super::decode_error::DecodeError;
use super::kernel::Cpu;
use super::picture::Picture;
use super::source::Source;
use super::tiff;
use crate::container::source::Source as Bytes;
use crate::warning::Warning;

const DOS: &[u8] = b"\xC5\xD0\xD3\xC6";

/// Decodes the preview. It may have more or fewer pixels than the artwork has points.
pub(super) fn decode(
    cpu: Cpu,
    source: &Source<'_>,
    budget: &Budget,
) -> Result<Picture, DecodeError> {
    let preview = preview(source.data)?;
    let picture = tiff::decode(cpu, preview, budget)?;
    if has_custom_colours(source.data) {
        budget.warn(Warning::SpotColours);
    }
    Ok(Picture { full: source.stored_size, ..picture })
}

/// The TIFF file in a DOS wrapper.
fn preview(mut data: &[u8]) -> Result<&[u8], DecodeError> {
    const METAFILE_LENGTH: u64 = 16;
    const TIFF: u64 = 20;
    const TIFF_LENGTH: u64 = 24;
    if !data.starts_with(DOS) {
        return Err(DecodeError::unsupported(
            "it has no preview, and PostScript is not run: save it with a TIFF preview, or as PDF",
        ));
    }
    let (start, length) = (data.le32(TIFF)? as usize, data.le32(TIFF_LENGTH)? as usize);
    if length == 0 {
        return Err(DecodeError::unsupported(if data.le32(METAFILE_LENGTH)? > 0 {
            "its preview is a Windows metafile, and PostScript is not run: save it with a TIFF preview, or as PDF"
        } else {
            "its wrapper has no preview, and PostScript is not run: save it with a TIFF preview, or as PDF"
        }));
    }
    start
        .checked_add(length)
        .and_then(|end| data.get(start..end))
        .ok_or_else(|| "the file ends inside its preview".into())
}

/// Whether the comments of the PostScript name inks beside those of CMYK (Adobe Technical Note 5001).
fn has_custom_colours(data: &[u8]) -> bool {
    const COMMENT: &[u8] = b"%%DocumentCustomColors:";
    memmem::find_iter(data, COMMENT).any(|at| {
        let rest = data.get(at + COMMENT.len()..).unwrap_or_default();
        let line = rest.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
        // One that states "at the end" is not the one with the names.
        !matches!(line.trim_ascii(), b"" | b"(atend)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::geometry::Size;
    use crate::rendition::{RenderError, Standard, StandardOptions, render_source};

    /// A TIFF of one strip of grey.
    fn tiff(width: u16, height: u16) -> Vec<u8> {
        let fields: [(u16, u16, u32); 8] = [
            (256, 3, width.into()),
            (257, 3, height.into()),
            (258, 3, 8),
            (259, 3, 1),
            (262, 3, 1),
            (273, 4, 8 + 2 + 8 * 12 + 4),
            (278, 3, height.into()),
            (279, 4, u32::from(width) * u32::from(height)),
        ];
        let mut file = b"II\x2A\0\x08\0\0\0\x08\0".to_vec();
        for (tag, kind, value) in fields {
            file.extend([tag.to_le_bytes(), kind.to_le_bytes()].concat());
            file.extend([1_u32.to_le_bytes(), value.to_le_bytes()].concat());
        }
        file.extend([0; 4]);
        file.resize(file.len() + usize::from(width) * usize::from(height), 128);
        file
    }

    fn wrapped(metafile: u32, tiff: &[u8]) -> Vec<u8> {
        let mut file = DOS.to_vec();
        let length = u32::try_from(tiff.len()).unwrap();
        for number in [30, 4, if metafile > 0 { 30 } else { 0 }, metafile, 34, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(*b"\xFF\xFF%!PS");
        file.extend(tiff);
        file
    }

    fn render(file: &[u8], points: Size) -> Result<Standard, RenderError> {
        let source = Source::new(file, Format::Eps, points);
        render_source(&source, &StandardOptions::default(), 1 << 28)
    }

    #[test]
    fn the_preview_is_never_enlarged_and_no_larger_than_the_artwork() {
        let file = wrapped(0, &tiff(400, 200));
        assert_eq!(render(&file, Size::new(200, 100)).unwrap().size, Size::new(200, 100));
        assert_eq!(render(&file, Size::new(2000, 1000)).unwrap().size, Size::new(400, 200));
        let large = wrapped(0, &tiff(3000, 1500));
        assert_eq!(render(&large, Size::new(2000, 1000)).unwrap().size, Size::new(1024, 512));
    }

    #[test]
    fn inks_in_the_comments_are_warned_of() {
        for (comment, warns) in [
            ("", false),
            ("%%DocumentCustomColors: (atend)\r", false),
            ("%%DocumentCustomColors:\n", false),
            ("%%DocumentCustomColors: (PANTONE 186 C)\n", true),
            ("%%DocumentCustomColors: (atend)\n%%Trailer\n%%DocumentCustomColors: (Gold)", true),
        ] {
            let mut file = wrapped(0, &tiff(40, 20));
            file.extend(comment.bytes());
            let standard = render(&file, Size::new(40, 20)).unwrap();
            assert_eq!(standard.warnings.contains(&Warning::SpotColours), warns, "{comment}");
        }
    }

    #[test]
    fn without_a_preview_the_reason_is_given() {
        let reason = |file: &[u8]| {
            let error = render(file, Size::new(9, 9)).unwrap_err();
            assert!(matches!(error, RenderError::UnsupportedCoding { .. }), "{error}");
            error.to_string()
        };
        assert!(reason(b"%!PS-Adobe-3.0 EPSF-3.0\n").contains("it has no preview"));
        assert!(reason(&wrapped(0, &[])).contains("its wrapper has no preview"));
        assert!(reason(&wrapped(8, &[])).contains("Windows metafile"));
    }

    #[test]
    fn every_cut_is_an_error() {
        let file = wrapped(0, &tiff(40, 20));
        for cut in 0..file.len() {
            assert!(render(&file[..cut], Size::new(40, 20)).is_err(), "cut at {cut}");
        }
    }
}
