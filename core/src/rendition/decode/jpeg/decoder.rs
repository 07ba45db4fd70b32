//! The decoder: from marker to marker, and from scan to scan.

use super::coding::{Block, Coding};
use super::entropy::EntropyData;
use super::image::Image;
use super::plan::{Plan, Purpose};
use super::planes::Colour;
use super::scan_header::Scan;
use super::segments::{Segment, next_segment};
use super::tables::Tables;
use super::work::{Work, blocks};
use crate::rendition::bitmap::Bitmap;
use crate::rendition::decode::ratio::check_compression_ratio;
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::picture::Profile;

const SOS: u8 = 0xda;
const APP2: u8 = 0xe2;

/// The state of decoding a file.
pub(super) struct Decoder<'a> {
    tables: Tables<'a>,
    image: Option<Image>,
    work: Work,
}

impl<'a> Decoder<'a> {
    /// With tables that are stored apart from the file.
    pub(super) fn new(tables: Tables<'a>) -> Self {
        Self { tables, image: None, work: Work::default() }
    }

    /// Decodes the first picture of `data`, up to its last pixel.
    pub(super) fn read(&mut self, data: &'a [u8], purpose: Purpose<'_>) -> Result<(), DecodeError> {
        const AFTER_SOI: usize = 2;
        let mut at = AFTER_SOI;
        loop {
            let (segment, end) = next_segment(data, at)?;
            at = end;
            match segment {
                Segment::Data { marker: SOS, body } => {
                    at = self.scan(data, body, at, purpose)?;
                    if self.image.as_ref().is_some_and(Image::is_sequential_and_complete) {
                        return Ok(());
                    }
                }
                // A profile comes before the pixels: later ones are not in the memory estimate.
                Segment::Data { marker: APP2, .. } if self.image.is_some() => {}
                Segment::Data { marker, body } => self.tables.read(marker, body)?,
                Segment::End { marker } => {
                    let complete = self.image.as_ref().is_some_and(|i| i.is_complete(marker));
                    return if complete { Ok(()) } else { Err("pixels are missing".into()) };
                }
            }
        }
    }

    /// Decodes the scan with the header `body` and its data at `at`. Returns the offset of what follows.
    fn scan(
        &mut self,
        data: &'a [u8],
        body: &[u8],
        at: usize,
        purpose: Purpose<'_>,
    ) -> Result<usize, DecodeError> {
        let frame = self.tables.frame.as_ref().ok_or("a scan before the frame header")?;
        let scan = Scan::parse(body, frame)?;
        let coding = Coding::new(&self.tables, &scan)?;
        let image = match &mut self.image {
            Some(image) => image,
            none => {
                // A block takes at least a bit.
                check_compression_ratio(blocks(frame), data, 8)?;
                let plan = Plan::new(frame, purpose)?;
                plan.check_memory(purpose, self.tables.icc_length())?;
                none.insert(Image::allocate(&plan))
            }
        };
        self.work.add(frame, &scan, data.len())?;
        image.set_steps(frame, &scan, &self.tables)?;
        let entropy = EntropyData::new(data, at, self.tables.restart_interval);
        let end = entropy.read_blocks(frame, &scan, |entropy, position| {
            let slot = position.slot;
            let index = scan.components.get(slot).map_or(usize::MAX, |c| c.index);
            let component =
                image.component(index).ok_or(Damaged("a scan of an unknown component"))?;
            if frame.progressive {
                let block = component.block(position.block);
                let block = block.ok_or(Damaged("a block outside of the picture"))?;
                coding.progressive(&mut entropy.bits, slot, &mut entropy.state, block)
            } else {
                let mut block: Block = [0; 64];
                let only_dc =
                    coding.sequential(&mut entropy.bits, slot, &mut entropy.state, &mut block)?;
                component.reconstruct(position.block, &block, only_dc);
                Ok(())
            }
        })?;
        image.mark_decoded(&scan);
        Ok(end)
    }

    /// The picture of a JPEG file.
    pub(super) fn into_picture(self) -> Result<Bitmap, DecodeError> {
        let colour = self.tables.colour();
        let profile = self.tables.icc().map_or(Profile::Srgb, Profile::Icc);
        self.finish(colour, profile)
    }

    /// The picture of a strip or tile of a TIFF.
    pub(super) fn into_chunk(self, raw: bool) -> Result<Bitmap, DecodeError> {
        let components = self.tables.frame.as_ref().map_or(0, |frame| frame.components.len());
        let colour = match (components, raw) {
            (1, _) => Colour::Grey,
            (3, true) => Colour::Rgb,
            (3, false) => Colour::YCbCr,
            _ => Colour::Inks,
        };
        self.finish(colour, Profile::Srgb)
    }

    fn finish(self, colour: Colour, profile: Profile) -> Result<Bitmap, DecodeError> {
        let image = self.image.ok_or("no picture before the end of the file")?;
        let (full, size, layout) = (image.full, image.size, colour.layout());
        Ok(Bitmap { full, size, layout, pixels: image.into_pixels(colour), profile })
    }
}
