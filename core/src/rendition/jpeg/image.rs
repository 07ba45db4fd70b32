//! The components of a picture, which its scans fill.

use super::coefficients::Coefficients;
use super::frame::Frame;
use super::output::Output;
use super::plan::{ComponentPlan, Plan};
use super::scan_header::Scan;
use super::tables::Tables;
use crate::geometry::Size;
use crate::rendition::decode_error::{Damaged, DecodeError};
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::Plane;

/// No bit of a coefficient is decoded.
const NO_BITS: u8 = 255;

/// The picture that the scans fill.
pub(super) struct Image {
    pub(super) full: Size,
    pub(super) size: Size,
    progressive: bool,
    components: Vec<ComponentImage>,
}

/// One component of it.
pub(super) struct ComponentImage {
    plan: ComponentPlan,
    quantisation: Option<[u16; 64]>,
    /// Of a progressive picture.
    coefficients: Option<Coefficients>,
    /// Of a sequential picture whose scan of this component is read.
    plane: Option<Plane>,
    /// The lowest bit that is decoded of each coefficient, or [`NO_BITS`].
    bits_known: [u8; 64],
}

impl Image {
    /// Allocates what `plan` describes.
    pub(super) fn new(plan: &Plan, frame: &Frame) -> Self {
        let components = plan.components.iter().map(|component| ComponentImage {
            quantisation: None,
            coefficients: frame
                .progressive
                .then(|| Coefficients::new(&component.grid, component.block)),
            plan: component.clone(),
            plane: None,
            bits_known: [NO_BITS; 64],
        });
        let components = components.collect();
        let (full, size) = (plan.full, plan.size);
        Self { full, size, progressive: frame.progressive, components }
    }

    /// Sets the quantisation of each component of a scan, of which its first scan decides.
    pub(super) fn set_quantisation(
        &mut self,
        frame: &Frame,
        scan: &Scan,
        tables: &Tables<'_>,
    ) -> Result<(), Damaged> {
        for component in &scan.components {
            let (Some(image), Some(header)) =
                (self.components.get_mut(component.index), frame.components.get(component.index))
            else {
                continue;
            };
            if image.quantisation.is_none() {
                let table = tables.quantisation.get(header.quantisation).copied().flatten();
                image.quantisation = Some(table.ok_or(Damaged("a quantisation table is missing"))?);
            }
        }
        Ok(())
    }

    /// The component `index`.
    pub(super) fn component(&mut self, index: usize) -> Result<&mut ComponentImage, Damaged> {
        self.components.get_mut(index).ok_or(Damaged("a scan of an unknown component"))
    }

    /// Notes the bits of coefficients that a scan has decoded.
    pub(super) fn mark_decoded(&mut self, scan: &Scan) {
        for component in &scan.components {
            if let Some(image) = self.components.get_mut(component.index) {
                let (first, last) = (scan.first as usize, scan.last as usize);
                for known in image.bits_known.iter_mut().take(last + 1).skip(first) {
                    *known = (*known).min(u8::try_from(scan.low).unwrap_or(NO_BITS - 1));
                }
            }
        }
    }

    pub(super) fn is_sequential_and_complete(&self) -> bool {
        !self.progressive && self.is_complete(false)
    }

    /// Whether no pixel is missing. Before an end marker, a progressive picture may leave out coefficients
    /// that are zero; where the file just ends, the last bit of each must be decoded.
    pub(super) fn is_complete(&self, end_marker: bool) -> bool {
        self.components.iter().all(|image| {
            if end_marker && self.progressive {
                image.bits_known.first().is_some_and(|&low| low != NO_BITS)
            } else {
                image.bits_known.iter().all(|&low| low == 0)
            }
        })
    }

    /// The planes of all components.
    pub(super) fn into_planes(self, cpu: Cpu) -> Result<Vec<Plane>, DecodeError> {
        let planes = self.components.into_iter().map(|component| component.into_plane(cpu));
        Ok(planes.collect::<Result<_, Damaged>>()?)
    }
}

impl ComponentImage {
    /// What makes the plane of a sequential picture, from bands of `rows` rows of blocks.
    pub(super) fn output(&self, rows: usize) -> Result<Output, Damaged> {
        if self.plane.is_some() {
            return Err(Damaged("a component is coded twice"));
        }
        let quantisation = self.quantisation.ok_or(Damaged("a quantisation table is missing"))?;
        Ok(Output::new(&self.plan, &quantisation, rows))
    }

    /// The plane of a sequential picture.
    pub(super) fn set_plane(&mut self, plane: Plane) {
        self.plane = Some(plane);
    }

    /// The coefficients of a progressive picture, to be given back.
    pub(super) fn take_coefficients(&mut self) -> Result<Coefficients, Damaged> {
        self.coefficients.take().ok_or(Damaged("a scan names a component twice"))
    }

    /// Gives coefficients back.
    pub(super) fn put_coefficients(&mut self, coefficients: Coefficients) {
        self.coefficients = Some(coefficients);
    }

    fn into_plane(mut self, cpu: Cpu) -> Result<Plane, Damaged> {
        if let Some(plane) = self.plane {
            return Ok(plane);
        }
        let coefficients = self.coefficients.take().ok_or(Damaged("pixels are missing"))?;
        let mut output = self.output(1)?;
        output.write_all(cpu, coefficients);
        output.finish()
    }
}
