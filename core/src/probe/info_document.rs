//! The JSON document of a file's facts.

use serde::{Deserialize, Serialize, Serializer};

use super::colour::{Colour, ColourModel};
use super::density::{Density, DpiSource};
use super::info::ImageInfo;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// A document does not have the facts of an image.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidInfo(#[from] Damage);

#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("the facts of an image are not readable: {0}")]
    Unreadable(#[source] serde_json::Error),
    #[error("the facts of an image are damaged: {0} has an impossible value")]
    Impossible(&'static str),
}

impl Serialize for ImageInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (size, stored, print) = (self.size(), self.stored_size, self.print_size());
        let axes = |density: Density| [density.x, density.y];
        Document {
            format: self.format.name(),
            mime_type: self.format.mime_type(),
            extension: self.format.extension(),
            width: size.map(|size| size.width),
            height: size.map(|size| size.height),
            stored_width: stored.map(|size| size.width),
            stored_height: stored.map(|size| size.height),
            orientation: self.orientation.to_exif(),
            dpi: self.dpi().map(axes),
            stored_dpi: self.stored_dpi.map(axes),
            dpi_source: self.dpi_source().map(DpiSource::name),
            colour_model: self.colour_model().map(ColourModel::name),
            colour_bits: self.colour_bits(),
            has_alpha: self.has_alpha(),
            frames: self.frames,
            has_icc: self.has_icc,
            has_exif: self.has_exif,
            has_xmp: self.has_xmp,
            has_gps: self.has_gps,
            print_size: print.map(|print| [print.width_inches, print.height_inches]),
        }
        .serialize(serializer)
    }
}

/// The JSON document, as it is written.
#[derive(Serialize)]
struct Document {
    format: &'static str,
    mime_type: &'static str,
    extension: &'static str,
    width: Option<u32>,
    height: Option<u32>,
    stored_width: Option<u32>,
    stored_height: Option<u32>,
    orientation: u8,
    dpi: Option<[f64; 2]>,
    stored_dpi: Option<[f64; 2]>,
    dpi_source: Option<&'static str>,
    colour_model: Option<&'static str>,
    colour_bits: Option<u16>,
    has_alpha: Option<bool>,
    frames: Option<u32>,
    has_icc: bool,
    has_exif: bool,
    has_xmp: bool,
    has_gps: bool,
    print_size: Option<[f64; 2]>,
}

/// The facts of the document that do not follow from others.
#[derive(Deserialize)]
struct Facts {
    format: String,
    stored_width: Option<u32>,
    stored_height: Option<u32>,
    orientation: u32,
    stored_dpi: Option<[f64; 2]>,
    dpi_source: Option<String>,
    colour_model: Option<String>,
    colour_bits: Option<u16>,
    has_alpha: Option<bool>,
    frames: Option<u32>,
    has_icc: bool,
    has_exif: bool,
    has_xmp: bool,
    has_gps: bool,
}

pub(super) fn read(document: &str) -> Result<ImageInfo, InvalidInfo> {
    let facts: Facts = serde_json::from_str(document).map_err(Damage::Unreadable)?;
    let format: Format = facts.format.parse().map_err(|_| Damage::Impossible("format"))?;
    let mut info = ImageInfo::new(format);
    info.stored_size = match (facts.stored_width, facts.stored_height) {
        (Some(width), Some(height)) => Some(Size::new(width, height)),
        (None, None) => None,
        _ => return Err(Damage::Impossible("stored_width").into()),
    };
    info.orientation = match facts.orientation {
        number @ 1..=8 => Orientation::from_exif(number),
        _ => return Err(Damage::Impossible("orientation").into()),
    };
    info.stored_dpi = match (facts.stored_dpi, facts.dpi_source) {
        (Some([x, y]), Some(name)) if x > 0.0 && y > 0.0 => {
            let source = DpiSource::ALL.into_iter().find(|source| source.name() == name);
            let source = source.ok_or(Damage::Impossible("dpi_source"))?;
            Some(Density { x, y, source })
        }
        (None, None) => None,
        _ => return Err(Damage::Impossible("stored_dpi").into()),
    };
    info.colour = match (facts.colour_model, facts.colour_bits, facts.has_alpha) {
        (Some(name), Some(bits), Some(alpha)) => {
            let model = ColourModel::ALL.into_iter().find(|model| model.name() == name);
            let model = model.ok_or(Damage::Impossible("colour_model"))?;
            Some(Colour { model, bits, alpha })
        }
        (None, None, None) => None,
        _ => return Err(Damage::Impossible("colour_model").into()),
    };
    info.frames = facts.frames;
    info.has_icc = facts.has_icc;
    info.has_exif = facts.has_exif;
    info.has_xmp = facts.has_xmp;
    info.has_gps = facts.has_gps;
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_as_it_was_written() {
        let mut info = ImageInfo::new(Format::Tiff);
        assert_eq!(read(&info.to_json()).unwrap(), info);
        info.stored_size = Some(Size::new(1600, u32::MAX));
        info.orientation = Orientation::Rotate90;
        info.colour = Some(Colour { model: ColourModel::DeviceN, bits: 16, alpha: true });
        info.frames = Some(3);
        (info.has_icc, info.has_exif, info.has_xmp, info.has_gps) = (true, false, true, false);
        // The last digit of these is lost by a reader that is not exact.
        for (x, y) in [(96.012, 72.009 / 2.54), (1e-300, f64::MAX), (1.0 / 3.0, 118.11 * 2.54)] {
            for source in DpiSource::ALL {
                info.stored_dpi = Some(Density { x, y, source });
                assert_eq!(ImageInfo::from_json(&info.to_json()).unwrap(), info);
            }
        }
    }

    #[test]
    fn a_damaged_document_is_refused() {
        let good = ImageInfo::new(Format::Png).to_json();
        for (from, to) in [
            ("\"png\"", "\"bmq\""),
            ("\"orientation\":1", "\"orientation\":9"),
            ("\"stored_width\":null", "\"stored_width\":5"),
            ("\"stored_dpi\":null", "\"stored_dpi\":[1.0,1.0]"),
            ("\"dpi_source\":null", "\"dpi_source\":\"phys\""),
            ("\"colour_model\":null", "\"colour_model\":\"rgb\""),
            ("\"has_icc\":false,", ""),
            ("{", "["),
        ] {
            assert!(good.contains(from), "{from}");
            read(&good.replacen(from, to, 1)).unwrap_err();
        }
    }
}
