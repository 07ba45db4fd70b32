//! One plane, or several channels side by side, from rows of 16 bits to planes of the size of the rendition.

use super::filter::Filter;
use super::horizontal::{self, FitAcross, to_columns};
use super::lanes::Lanes;
use super::line_buffer::LineBuffer;
use super::vertical::{MULTIPLE, weigh_rows};
use crate::rendition::decode_error::Damaged;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Layout, Plane};

/// The size of what is fitted.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition) struct Extent {
    /// Samples across and down that are there.
    pub(in crate::rendition) samples: (usize, usize),
    /// Where the edges of the picture lie, in samples: up to one less, since the last sample may lie across
    /// the edge. A JPEG that is decoded at 3/8 has sides of 3/8 of its pixels, not rounded.
    pub(in crate::rendition) size: (f64, f64),
}

/// The order of the samples of a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition) enum Columns {
    /// From left to right.
    InOrder,
    /// Blocks that are so many samples wide, sixteen of them interleaved: sample `x` of block `b` of group `g`
    /// lies at `(g * width + x) * 16 + b`.
    Blocks(usize),
}

/// What is known before any row.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition) struct Fitting {
    pub(in crate::rendition) extent: Extent,
    /// Pixels across and down of the fitted planes.
    pub(in crate::rendition) target: (usize, usize),
    /// The channels of a row; not [`Layout::YCbCr`], whose planes are fitted one by one.
    pub(in crate::rendition) layout: Layout,
    pub(in crate::rendition) columns: Columns,
    /// Rows that are written at once.
    pub(in crate::rendition) band: usize,
}

impl Fitting {
    fn block(&self) -> usize {
        if let Columns::Blocks(width) = self.columns { width.max(1) } else { 1 }
    }

    /// Samples from row to row.
    fn stride(&self) -> usize {
        let samples = self.extent.samples.0 * self.layout.channels();
        samples.next_multiple_of(MULTIPLE * self.block())
    }

    fn ring_rows(&self, taps: usize) -> usize {
        (taps + self.band).next_multiple_of(self.band.max(1))
    }

    /// The bytes of memory that it takes, beside the fitted planes.
    pub(in crate::rendition) fn memory(&self) -> u64 {
        let Extent { samples, size } = self.extent;
        let most_taps = |axis: (f64, usize, usize)| Filter::most_taps(axis.0, axis.1, axis.2);
        let (across, down) = (
            most_taps((size.0, samples.0, self.target.0)),
            most_taps((size.1, samples.1, self.target.1)),
        );
        // The ring, sixteen rows and sixteen more as columns; weights as they are made, and as they are kept.
        let rows = self.ring_rows(down) + 32;
        let weights = across.saturating_mul(self.target.0) + down.saturating_mul(self.target.1);
        (self.stride().saturating_mul(rows) * 2).saturating_add(weights.saturating_mul(10)) as u64
    }
}

/// Takes rows and fits them.
pub(in crate::rendition) struct PlaneFit {
    fitting: Fitting,
    down: Filter,
    across: Filter,
    fit_across: FitAcross,
    stride: usize,
    /// The last rows that were written; row `y` is at `y % ring_rows`.
    ring: LineBuffer,
    ring_rows: usize,
    rows: usize,
    /// Rows that are fitted vertically, waiting to be sixteen.
    batch: LineBuffer,
    in_batch: usize,
    columns: Vec<Lanes>,
    planes: Vec<Plane>,
    /// Rows of the planes that are done.
    done: usize,
}

impl PlaneFit {
    /// Allocates [`Fitting::memory`] and the planes.
    pub(in crate::rendition) fn new(fitting: Fitting) -> Self {
        Self::enlarged(fitting, (1, 1))
    }

    /// The same, of samples that stand for so many pixels across and down, to which a decoder at the size of the
    /// pixels would enlarge them first.
    pub(in crate::rendition) fn enlarged(fitting: Fitting, by: (usize, usize)) -> Self {
        let Fitting { extent, target, layout, .. } = fitting;
        let down = Filter::new(extent.size.1, extent.samples.1, by.1, target.1);
        let across = Filter::new(extent.size.0, extent.samples.0, by.0, target.0);
        let (stride, ring_rows) = (fitting.stride(), fitting.ring_rows(down.taps));
        Self {
            fit_across: match layout {
                Layout::Grey => horizontal::fit_1,
                Layout::GreyAlpha => horizontal::fit_2_alpha,
                Layout::Rgb | Layout::YCbCr => horizontal::fit_3,
                Layout::Rgba => horizontal::fit_4_alpha,
                Layout::Cmyk => horizontal::fit_4,
                Layout::CmykAlpha => horizontal::fit_5_alpha,
            },
            ring: LineBuffer::new(stride * ring_rows),
            batch: LineBuffer::new(stride * 16),
            columns: vec![[0; 16]; stride],
            planes: (0..layout.channels()).map(|_| Plane::new(target.0, target.1)).collect(),
            fitting,
            down,
            across,
            stride,
            ring_rows,
            rows: 0,
            in_batch: 0,
            done: 0,
        }
    }

    /// Where the next band of rows is written: samples centred on 0, times 256. Rows are the returned number of
    /// samples apart.
    pub(in crate::rendition) fn next_band(&mut self) -> (&mut [i16], usize) {
        let at = self.rows % self.ring_rows * self.stride;
        let band = at..at + self.fitting.band * self.stride;
        (self.ring.get_mut(band).unwrap_or_default(), self.stride)
    }

    /// Fits what the band that was written completes. Rows beyond the last one are ignored.
    pub(in crate::rendition) fn advance(&mut self, cpu: Cpu) {
        self.rows += self.fitting.band;
        let rows = self.rows.min(self.fitting.extent.samples.1);
        let taps = self.down.taps;
        let mut starts = Vec::with_capacity(taps);
        while let Some(&start) = self.down.starts.get(self.done + self.in_batch) {
            if start + taps > rows {
                break;
            }
            starts.clear();
            starts.extend((start..start + taps).map(|y| y % self.ring_rows * self.stride));
            let weights = self.down.weights.chunks_exact(taps).nth(self.done + self.in_batch);
            let out = self.batch.chunks_exact_mut(self.stride).nth(self.in_batch);
            weigh_rows(
                cpu,
                &self.ring,
                &starts,
                weights.unwrap_or_default(),
                out.unwrap_or_default(),
            );
            self.in_batch += 1;
            if self.in_batch == 16 || self.done + self.in_batch == self.fitting.target.1 {
                self.finish_batch(cpu);
            }
        }
    }

    fn finish_batch(&mut self, cpu: Cpu) {
        to_columns(cpu, &self.batch, self.stride, self.fitting.block(), &mut self.columns);
        let (columns, planes) = (&self.columns, &mut self.planes);
        (self.fit_across)(cpu, columns, &self.across, planes, self.done, self.in_batch);
        self.done += self.in_batch;
        self.in_batch = 0;
    }

    /// The fitted planes, one for each channel.
    pub(in crate::rendition) fn finish(self) -> Result<Vec<Plane>, Damaged> {
        if self.done == self.fitting.target.1 {
            Ok(self.planes)
        } else {
            Err(Damaged("rows of pixels are missing"))
        }
    }
}
