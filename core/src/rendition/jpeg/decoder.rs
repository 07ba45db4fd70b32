//! The decoder: from marker to marker, and from scan to scan.

use super::colour::Colour;
use super::frame::Frame;
use super::image::Image;
use super::pieces::ScanEnd;
use super::plan::{Plan, Purpose};
use super::progressive::{DcComponent, DcScan, FirstScan};
use super::refinement::{RefinementScan, RefinementTable};
use super::scan::{Mcus, ReadMcus, read_scan};
use super::scan_header::{Scan, ScanComponent};
use super::segments::{Segment, next_segment};
use super::sequential::{Sequential, SequentialComponent};
use super::tables::{Codes, Tables};
use super::work::{Work, blocks};
use crate::rendition::bitmap::Bitmap;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Layout, Picture, Profile};
use crate::rendition::ratio::check_compression_ratio;
use crate::rendition::shrink::converted_and_shrunk;

const SOS: u8 = 0xda;
const APP2: u8 = 0xe2;

/// The state of decoding a file.
pub(super) struct Decoder<'a> {
    cpu: Cpu,
    tables: Tables<'a>,
    image: Option<Image>,
    work: Work,
    /// Whether bytes of a scan code no pixels.
    has_surplus: bool,
}

/// A scan, and where its data are.
struct ScanData<'s> {
    file: &'s [u8],
    at: usize,
    tables: &'s Tables<'s>,
    frame: &'s Frame,
    scan: &'s Scan,
}

impl<'a> Decoder<'a> {
    /// With tables that are stored apart from the file.
    pub(super) fn new(cpu: Cpu, tables: Tables<'a>) -> Self {
        Self { cpu, tables, image: None, work: Work::default(), has_surplus: false }
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
        file: &'a [u8],
        body: &[u8],
        at: usize,
        purpose: Purpose<'_>,
    ) -> Result<usize, DecodeError> {
        let frame = self.tables.frame.as_ref().ok_or("a scan before the frame header")?;
        let scan = &Scan::parse(body, frame)?;
        let image = match &mut self.image {
            Some(image) => image,
            none => {
                // A block takes at least a bit.
                check_compression_ratio(blocks(frame), file, 8)?;
                let plan = plan(&self.tables, frame, purpose)?;
                none.insert(Image::new(&plan, frame))
            }
        };
        self.work.add(frame, scan, file.len())?;
        image.set_quantisation(frame, scan, &self.tables)?;
        let data = ScanData { file, at, tables: &self.tables, frame, scan };
        let end = match (frame.progressive, scan.first, scan.high) {
            (false, ..) => data.read_sequential(self.cpu, image)?,
            (true, 0, _) => data.read_dc(image)?,
            (true, ..) => data.read_band(self.cpu, image)?,
        };
        image.mark_decoded(scan);
        self.has_surplus |= end.has_surplus;
        Ok(end.marker)
    }

    /// The picture of a JPEG file, as small as its rendition.
    pub(super) fn into_picture(self, budget: &Budget) -> Result<Picture, DecodeError> {
        let colour = self.tables.colour();
        let profile = self.tables.icc().map_or(Profile::Srgb, Profile::Icc);
        if self.has_surplus {
            budget.note_surplus();
        }
        let image = self.image.ok_or("no picture before the end of the file")?;
        let (full, size, layout) = (image.full, image.size, colour.layout());
        let planes = colour.into_layout(image.into_planes(self.cpu)?);
        let picture = Picture { full, size, layout, planes, profile };
        if size == budget.target(full) {
            Ok(picture)
        } else {
            converted_and_shrunk(self.cpu, picture, budget)
        }
    }

    /// The picture of a strip or tile of a TIFF.
    pub(super) fn into_chunk(self, raw: bool) -> Result<Bitmap, DecodeError> {
        let components = self.tables.frame.as_ref().map_or(0, |frame| frame.components.len());
        let (colour, layout) = match (components, raw) {
            (1, _) => (Colour::Grey, Layout::Grey),
            (2, _) => (Colour::Grey, Layout::GreyAlpha),
            (3, true) => (Colour::Rgb, Layout::Rgb),
            (3, false) => (Colour::YCbCr, Layout::Rgb),
            _ => (Colour::Inks, Layout::Cmyk),
        };
        let image = self.image.ok_or("no picture before the end of the file")?;
        let image_size = image.size;
        let pixels = colour.interleave(image.into_planes(self.cpu)?);
        Ok(Bitmap { size: image_size, layout, pixels, profile: Profile::Srgb })
    }
}

impl ScanData<'_> {
    fn read(&self, reader: &mut impl ReadMcus) -> Result<ScanEnd, Damaged> {
        let mcus = Mcus::new(self.frame, self.scan);
        read_scan(self.file, self.at, self.tables.restart_interval, mcus, reader)
    }

    /// Blocks of an MCU across and down, of a component of the scan.
    fn sampling(&self, component: &ScanComponent) -> (usize, usize) {
        if self.scan.components.len() == 1 {
            return (1, 1);
        }
        let header = self.frame.components.get(component.index);
        header.map_or((1, 1), |header| (header.h, header.v))
    }

    fn read_sequential(&self, cpu: Cpu, image: &mut Image) -> Result<ScanEnd, Damaged> {
        let mut outputs = Vec::new();
        for component in &self.scan.components {
            let (_, rows) = self.sampling(component);
            outputs.push(image.component(component.index)?.output(rows)?);
        }
        let mut components = Vec::new();
        for (component, output) in self.scan.components.iter().zip(&mut outputs) {
            let dc = codes(&self.tables.dc, component.dc)?.dc()?;
            let ac = codes(&self.tables.ac, component.ac)?.ac()?;
            let sampling = self.sampling(component);
            components.push(SequentialComponent::new((dc, ac), sampling, output));
        }
        let end = self.read(&mut Sequential { cpu, components })?;
        for (component, output) in self.scan.components.iter().zip(outputs) {
            image.component(component.index)?.set_plane(output.finish()?);
        }
        Ok(end)
    }

    fn read_dc(&self, image: &mut Image) -> Result<ScanEnd, Damaged> {
        let mut all = Vec::new();
        for component in &self.scan.components {
            all.push(image.component(component.index)?.take_coefficients()?);
        }
        let mut components = Vec::new();
        for (component, coefficients) in self.scan.components.iter().zip(&mut all) {
            let table = if self.scan.high == 0 {
                Some(codes(&self.tables.dc, component.dc)?.dc()?)
            } else {
                None
            };
            let (h, v) = self.sampling(component);
            components.push(DcComponent { table, h, v, prediction: 0, coefficients });
        }
        let end = self.read(&mut DcScan { components, low: self.scan.low })?;
        for (component, coefficients) in self.scan.components.iter().zip(all) {
            image.component(component.index)?.put_coefficients(coefficients);
        }
        Ok(end)
    }

    fn read_band(&self, cpu: Cpu, image: &mut Image) -> Result<ScanEnd, Damaged> {
        let [component] = self.scan.components.as_slice() else {
            return Err(Damaged("a scan has impossible parameters"));
        };
        let band = (self.scan.first, self.scan.last);
        let (high, low) = (self.scan.high, self.scan.low);
        let codes = codes(&self.tables.ac, component.ac)?;
        let mut coefficients = image.component(component.index)?.take_coefficients()?;
        let to = &mut coefficients;
        let end = if high == 0 {
            self.read(&mut FirstScan::new(codes.ac()?, to, band, low))?
        } else {
            let table = RefinementTable::new(codes.huffman()?);
            self.read(&mut RefinementScan::new(cpu, table, to, band, low))?
        };
        image.component(component.index)?.put_coefficients(coefficients);
        Ok(end)
    }
}

/// What a picture takes. Where its colours differ much from those of sRGB they are converted before the fit, if there is
/// memory for all pixels.
fn plan(tables: &Tables<'_>, frame: &Frame, purpose: Purpose<'_>) -> Result<Plan, DecodeError> {
    let layout = tables.colour().layout();
    let checked = |plan: Plan, purpose| {
        plan.check_memory(purpose, layout, tables.icc_length())?;
        Ok(plan)
    };
    let fitted = Plan::new(frame, purpose)?;
    if let Purpose::Rendition(budget) = purpose
        && fitted.size != fitted.full
        && let Some(icc) = tables.icc()
        && budget.conversions().get(&Profile::Icc(icc), layout).bends_greys()
    {
        let whole = Purpose::Conversion(budget);
        match Plan::new(frame, whole).and_then(|plan| checked(plan, whole)) {
            Err(DecodeError::TooMuchMemory(_)) => {}
            other => return other,
        }
    }
    checked(fitted, purpose)
}

fn codes<'t>(tables: &'t [Option<Codes<'_>>; 4], index: usize) -> Result<&'t Codes<'t>, Damaged> {
    let table = tables.get(index).and_then(Option::as_ref);
    table.ok_or(Damaged("a scan uses a missing Huffman table"))
}
