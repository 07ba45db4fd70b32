//! The descriptive fields of an EXIF block: `kamadak-exif` on the block that the probe found.

use exif::{Exif, In, Reader, Tag, Value};

use super::identify::probe;

/// Characters of a text that are kept.
const MAX_TEXT: usize = 256;

/// How a picture was made, by EXIF. Texts are as the camera wrote them, trimmed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExifDetails {
    /// The camera's maker.
    pub make: Option<String>,
    /// The camera.
    pub model: Option<String>,
    /// The lens.
    pub lens: Option<String>,
    /// The software that wrote the file.
    pub software: Option<String>,
    /// When the picture was taken, else when the file was changed: `YYYY:MM:DD HH:MM:SS`, in the camera's
    /// time zone.
    pub time: Option<String>,
    /// Whether the file states where the picture was taken.
    pub has_position: bool,
}

/// The descriptive fields of the EXIF block of `data`, or of a TIFF's first directories. `None` if there is
/// none that parses.
///
/// Unlike [`probe`] this copies the block. EXIF that a PNG holds as text, or a JPEG XL compressed, is not read.
#[must_use]
pub fn exif_details(data: &[u8]) -> Option<ExifDetails> {
    let exif = read(data)?;
    let text = |tags: &[Tag]| tags.iter().find_map(|&tag| text(&exif, tag));
    Some(ExifDetails {
        make: text(&[Tag::Make]),
        model: text(&[Tag::Model]),
        lens: text(&[Tag::LensModel]),
        software: text(&[Tag::Software]),
        time: text(&[Tag::DateTimeOriginal, Tag::DateTimeDigitized, Tag::DateTime]),
        has_position: [Tag::GPSLatitude, Tag::GPSLongitude]
            .iter()
            .all(|&tag| exif.get_field(tag, In::PRIMARY).is_some()),
    })
}

/// As much of the block as parses.
fn read(data: &[u8]) -> Option<Exif> {
    let (at, len) = probe(data).ok()?.exif_block?;
    let at = usize::try_from(at).ok()?;
    let block = data.get(at..)?;
    let block = block.get(..usize::try_from(len).ok()?).unwrap_or(block);
    let mut reader = Reader::new();
    reader.continue_on_error(true);
    reader.read_raw(block.to_vec()).or_else(|error| error.distill_partial_result(drop)).ok()
}

fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(parts) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let text = String::from_utf8_lossy(parts.first()?);
    let clean: String = text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect();
    let clean = clean.trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_absent_ones_are_none() {
        let mut data = b"II\x2A\0\x08\0\0\0\x04\0\
            \0\x01\x03\0\x01\0\0\0\x07\0\0\0\
            \x01\x01\x03\0\x01\0\0\0\x05\0\0\0\
            \x0F\x01\x02\0\x06\0\0\0\x3E\0\0\0\
            \x31\x01\x02\0\x04\0\0\0   \0\
            \0\0\0\0"
            .to_vec();
        data.extend(b" Acme\0");
        let details = exif_details(&data).unwrap();
        assert_eq!(details.make.as_deref(), Some("Acme"));
        assert_eq!((details.software, details.time), (None, None));
        assert!(!details.has_position);
        assert_eq!(exif_details(b"GIF89a\x01\0\x01\0\0\0\0"), None);
    }
}
