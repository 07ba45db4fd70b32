//! Identifies an image from its header alone: format, size, orientation, DPI.

mod bmp;
mod colour;
mod density;
mod eps;
mod exif;
mod frames;
mod gif;
mod heif;
mod ico;
mod identify;
mod inflate;
mod info;
mod info_document;
mod items;
mod jp2;
mod jpeg;
mod metadata;
mod pdf;
mod photoshop;
mod png;
mod print;
mod psd;
mod short;
mod svg;
mod tiff;
mod webp;
mod xml;

pub use crate::container::error::ProbeError;
pub use colour::{Colour, ColourModel};
pub use density::{Density, DpiSource};
pub use frames::count_frames;
pub use identify::{probe, probe_path, probe_reader};
pub use info::ImageInfo;
pub use info_document::InvalidInfo;
pub use metadata::{ExifDetails, exif_details};
pub use print::PrintSize;
