//! What a rendition is made from.

use crate::container::disk::Disk;
use crate::field::Dpi;
use crate::format::Format;
use crate::geometry::{Orientation, Size};

/// What a rendition is made from: a file, and what the probe knows of it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Source<'a> {
    /// The file.
    pub data: &'a [u8],
    /// Its format.
    pub format: Format,
    /// Its width and height as stored, in pixels. A file whose pixels have another size is damaged.
    pub stored_size: Size,
    /// How the stored picture is turned to be displayed.
    pub orientation: Orientation,
    /// Dots per inch across, of the picture as displayed. With [`dpi_y`](Self::dpi_y) it makes the
    /// printed size, which the rendition keeps.
    pub dpi: Dpi,
    /// Dots per inch down, of the picture as displayed.
    pub dpi_y: Dpi,
    /// Whether vector artwork may have content that acts, such as scripts. It is never run.
    pub allow_active: bool,
    /// The file, if it is on disk. `data` is empty then.
    pub(super) disk: Option<Disk<'a>>,
}

impl<'a> Source<'a> {
    /// An upright picture of 72 DPI on both axes, without content that acts; the fields can be set.
    #[must_use]
    pub fn new(data: &'a [u8], format: Format, stored_size: Size) -> Self {
        Self {
            data,
            format,
            stored_size,
            orientation: Orientation::Upright,
            dpi: Dpi::DEFAULT,
            dpi_y: Dpi::DEFAULT,
            allow_active: false,
            disk: None,
        }
    }

    /// The same of a file on disk for which [`reads_from_disk`](super::reads_from_disk) is `true`.
    pub(crate) fn on_disk(disk: Disk<'a>, format: Format, stored_size: Size) -> Self {
        Self { disk: Some(disk), ..Self::new(&[], format, stored_size) }
    }
}
