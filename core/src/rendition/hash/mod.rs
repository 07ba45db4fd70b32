//! Hashes of what a picture shows, from a copy of at most 100 x 100 pixels.

mod difference;
mod thumb;

use super::budget::fit;
use super::decode_error::DecodeError;
use super::kernel::Cpu;
use super::picture::{Layout, Picture, Profile};
use super::shrink::shrunk;
use super::ycbcr;
use crate::geometry::Size;
use crate::record::{DifferenceHash, ThumbHash};

/// The greatest width and height of the copy: what the reference implementation of `ThumbHash` takes.
const MAX_SIDE: u32 = 100;

/// Both hashes of a picture.
#[derive(Clone, Debug)]
pub(crate) struct PictureHashes {
    pub(crate) difference: DifferenceHash,
    pub(crate) thumb: ThumbHash,
}

impl PictureHashes {
    /// Of a picture in sRGB, as displayed.
    pub(super) fn new(cpu: Cpu, picture: &Picture) -> Result<Self, DecodeError> {
        let size = fit(picture.size, Size::new(MAX_SIDE, MAX_SIDE));
        let tiny = if size == picture.size { copy(picture) } else { shrunk(cpu, picture, size)? };
        let pixels = Rgba::new(tiny);
        let thumb = ThumbHash::from_bytes(thumb::hash(&pixels));
        Ok(Self {
            difference: DifferenceHash::from_bits(difference::hash(&pixels)),
            thumb: thumb.map_err(|_| "its ThumbHash has an impossible length")?,
        })
    }
}

fn copy(picture: &Picture) -> Picture {
    let (full, size, layout) = (picture.full, picture.size, picture.layout);
    Picture { full, size, layout, planes: picture.planes.clone(), profile: Profile::Srgb }
}

/// Pixels of red, green, blue and alpha, which is not multiplied in.
struct Rgba {
    width: usize,
    height: usize,
    pixels: Vec<[u8; 4]>,
}

impl Rgba {
    fn new(picture: Picture) -> Self {
        let picture = ycbcr::to_rgb(picture);
        let (width, height) = (picture.size.width as usize, picture.size.height as usize);
        let sample = |c: usize, at: usize, default: u8| {
            let plane = picture.planes.get(c);
            plane.and_then(|plane| plane.samples.get(at)).copied().unwrap_or(default)
        };
        let pixel = |at| match picture.layout {
            Layout::Grey | Layout::GreyAlpha => {
                let grey = sample(0, at, 0);
                [grey, grey, grey, sample(1, at, 255)]
            }
            _ => [sample(0, at, 0), sample(1, at, 0), sample(2, at, 0), sample(3, at, 255)],
        };
        Self { width, height, pixels: (0..width * height).map(pixel).collect() }
    }
}
