//! What a file's header states.

use super::colour::{Colour, ColourModel};
use super::density::{Density, DpiSource};
use super::info_document::InvalidInfo;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// What a file's header states.
///
/// Plain names ([`size`](Self::size), [`dpi`](Self::dpi)) are as displayed, after
/// [`orientation`](Self::orientation); `stored_*` names are as the file stores its pixels.
///
/// Serialized, it is the document of [`to_json`](Self::to_json).
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ImageInfo {
    /// The format, from the bytes.
    pub format: Format,
    /// Width and height as stored, in pixels. `None` for a PDF without pages, an SVG without a size and an
    /// EPS without a bounding box.
    pub stored_size: Option<Size>,
    /// How the stored picture is turned to be displayed.
    pub orientation: Orientation,
    /// The file's own dots per inch, along the picture as stored. `None` where the file states none.
    pub stored_dpi: Option<Density>,
    /// How colour is stored. `None` where the header does not state it.
    pub colour: Option<Colour>,
    /// Frames, pages or pictures, if the header states their number;
    /// [`count_frames`](super::count_frames) reads the rest of the file for it.
    pub frames: Option<u32>,
    /// Whether an ICC profile is embedded.
    pub has_icc: bool,
    /// Whether there is an EXIF block that parses.
    pub has_exif: bool,
    /// Whether there is an XMP packet.
    pub has_xmp: bool,
    /// Whether EXIF states where the picture was taken: latitude and longitude.
    pub has_gps: bool,
    /// Offset and length of the EXIF block in the file; of a TIFF, the file itself.
    pub(super) exif_block: Option<(u64, u64)>,
}

impl ImageInfo {
    /// The facts of a `format` file with orientation 1 and nothing else known.
    #[must_use]
    pub(crate) const fn new(format: Format) -> Self {
        Self {
            format,
            stored_size: None,
            orientation: Orientation::Upright,
            stored_dpi: None,
            colour: None,
            frames: None,
            has_icc: false,
            has_exif: false,
            has_xmp: false,
            has_gps: false,
            exif_block: None,
        }
    }

    /// Width and height as displayed, in pixels.
    #[must_use]
    pub fn size(&self) -> Option<Size> {
        self.stored_size.map(|size| size.oriented(self.orientation))
    }

    /// The file's own dots per inch, along the picture as displayed.
    #[must_use]
    pub fn dpi(&self) -> Option<Density> {
        self.stored_dpi.map(|density| density.oriented(self.orientation))
    }

    /// The part of the file that states the DPI.
    #[must_use]
    pub fn dpi_source(&self) -> Option<DpiSource> {
        self.stored_dpi.map(|density| density.source)
    }

    /// What the colour channels are. `None` where the header does not state it.
    #[must_use]
    pub fn colour_model(&self) -> Option<ColourModel> {
        self.colour.map(|colour| colour.model)
    }

    /// Bits of one colour channel, or of a palette's index. `None` where the header does not state
    /// them.
    #[must_use]
    pub fn colour_bits(&self) -> Option<u16> {
        self.colour.map(|colour| colour.bits)
    }

    /// Whether there is transparency. `None` where the header does not state it.
    #[must_use]
    pub fn has_alpha(&self) -> Option<bool> {
        self.colour.map(|colour| colour.alpha)
    }

    /// All facts as a JSON object, `null` for what the file does not state: `format`, `mime_type`,
    /// `extension`, `width`, `height`, `stored_width`, `stored_height`, `orientation` (EXIF's number,
    /// 1 to 8), `dpi` and `stored_dpi` (across and down), `dpi_source`, `colour_model`,
    /// `colour_bits`, `has_alpha`, `frames`, `has_icc`, `has_exif`, `has_xmp`, `has_gps`,
    /// `print_size` (inches across and down, at the file's own DPI).
    ///
    /// ```
    /// let info = userimage::probe(b"GIF89a\x40\x00\x30\x00\x91\x00\x00")?;
    /// let json: serde_json::Value = serde_json::from_str(&info.to_json())?;
    /// assert_eq!(json["mime_type"], "image/gif");
    /// assert_eq!([&json["width"], &json["height"]], [64, 48]);
    /// assert!(json["dpi"].is_null());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_json(&self) -> String {
        // Names are texts and values are finite numbers: there is nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The facts of a document that [`to_json`](Self::to_json) has made. Facts that follow from others are
    /// not read.
    ///
    /// # Errors
    ///
    /// [`InvalidInfo`] when it is not such a document.
    pub fn from_json(document: &str) -> Result<Self, InvalidInfo> {
        super::info_document::read(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_are_as_displayed() {
        let mut info = ImageInfo::new(Format::Jpeg);
        info.stored_size = Some(Size::new(1600, 1200));
        info.stored_dpi = Some(Density { x: 200.0, y: 100.0, source: DpiSource::Exif });
        info.orientation = Orientation::Rotate90;
        info.colour = Some(Colour { model: ColourModel::Rgb, bits: 8, alpha: false });
        assert_eq!(info.size(), Some(Size::new(1200, 1600)));
        assert_eq!(info.dpi().map(|dpi| (dpi.x, dpi.y)), Some((100.0, 200.0)));
        assert_eq!(
            info.to_json(),
            concat!(
                r#"{"format":"jpeg","mime_type":"image/jpeg","extension":".jpg","#,
                r#""width":1200,"height":1600,"stored_width":1600,"stored_height":1200,"#,
                r#""orientation":6,"dpi":[100.0,200.0],"stored_dpi":[200.0,100.0],"#,
                r#""dpi_source":"exif","colour_model":"rgb","colour_bits":8,"has_alpha":false,"#,
                r#""frames":null,"has_icc":false,"has_exif":false,"has_xmp":false,"#,
                r#""has_gps":false,"print_size":[12.0,8.0]}"#
            )
        );
    }

    #[test]
    fn what_is_not_stated_is_null() {
        let json: serde_json::Value =
            serde_json::from_str(&ImageInfo::new(Format::Pdf).to_json()).unwrap();
        for key in ["width", "stored_height", "dpi", "dpi_source", "colour_model", "print_size"] {
            assert_eq!(json.get(key), Some(&serde_json::Value::Null), "{key}");
        }
    }
}
