//! Where a decoder puts the rows of a picture.

use super::mean::Mean;
use super::plane_fit::{Columns, Extent, Fitting, PlaneFit};
use super::row_colour::RowColour;
use crate::geometry::Size;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;
use crate::rendition::kernel::Cpu;
use crate::rendition::picture::{Layout, Picture, Plane, Profile};

/// Takes the rows of a picture and makes it as small as the rendition.
pub(in crate::rendition) struct RowSink {
    cpu: Cpu,
    full: Size,
    size: Size,
    layout: Layout,
    /// Rows that were pushed.
    rows: u32,
    /// No pixel so far is transparent.
    is_opaque: bool,
    shrink: Shrink,
    /// The colour space of the small picture.
    profile: Profile,
    /// Converts rows that are not in it.
    colour: Option<RowColour>,
}

enum Shrink {
    /// The picture is small enough.
    Not(Vec<Plane>),
    To(Mean, Box<PlaneFit>),
}

impl RowSink {
    /// For a picture of `full` pixels, as stored, whose decoder holds `scratch_bytes` of memory beside the
    /// sink.
    pub(in crate::rendition) fn new(
        cpu: Cpu,
        budget: &Budget,
        full: Size,
        layout: Layout,
        scratch_bytes: u64,
    ) -> Result<Self, DecodeError> {
        let size = budget.target(full);
        let memory = Self::memory(full, size, layout);
        budget.check_rows(full, layout, scratch_bytes.saturating_add(memory))?;
        Ok(Self::between(cpu, full, size, layout))
    }

    /// For a picture of `full` pixels that becomes one of `size` pixels, whose memory is accounted for.
    pub(in crate::rendition) fn between(cpu: Cpu, full: Size, size: Size, layout: Layout) -> Self {
        let plan = Plan::new(full, size, layout);
        let shrink = match plan.fitting {
            None => {
                let plane = |_| Plane::new(size.width as usize, size.height as usize);
                Shrink::Not((0..layout.channels()).map(plane).collect())
            }
            Some((mean, fitting)) => {
                let mean = Mean::new(layout, plan.width, mean);
                Shrink::To(mean, Box::new(PlaneFit::new(fitting)))
            }
        };
        let (rows, is_opaque, profile, colour) = (0, true, Profile::Srgb, None);
        Self { cpu, full, size, layout, rows, is_opaque, shrink, profile, colour }
    }

    /// The same, for rows in the colour space of `profile`.
    pub(in crate::rendition) fn with_profile(self, profile: Profile, budget: &Budget) -> Self {
        if matches!(self.shrink, Shrink::Not(_)) || matches!(profile, Profile::Srgb) {
            return Self { profile, ..self };
        }
        let conversion = budget.conversions().get(&profile, self.layout);
        match RowColour::new(conversion, self.layout) {
            Some(colour) => Self { profile: Profile::Srgb, colour: Some(colour), ..self },
            None => Self { profile, ..self },
        }
    }

    /// The bytes that a sink takes, beside the small picture.
    pub(in crate::rendition) fn memory(full: Size, target: Size, layout: Layout) -> u64 {
        Plan::new(full, target, layout).memory()
    }

    /// The next row from the top: all pixels of it, interleaved, alpha not multiplied in.
    ///
    /// Rows beyond the last one are ignored.
    pub(in crate::rendition) fn push(&mut self, row: &[u8]) {
        if self.rows >= self.full.height {
            return;
        }
        self.is_opaque = self.is_opaque && is_opaque(row, self.layout);
        let y = self.rows as usize;
        self.rows += 1;
        match &mut self.shrink {
            Shrink::Not(planes) => split(row, planes, y),
            Shrink::To(mean, fit) => {
                let row = self.colour.as_mut().map_or(row, |colour| colour.convert(row));
                let is_last = self.rows == self.full.height;
                if mean.push(self.cpu, row, is_last, fit.next_band().0) {
                    fit.advance(self.cpu);
                }
            }
        }
    }

    /// The small picture, without an alpha that is opaque everywhere.
    pub(in crate::rendition) fn finish(mut self) -> Result<Picture, DecodeError> {
        let (full, size, layout, is_opaque) = (self.full, self.size, self.layout, self.is_opaque);
        let profile = std::mem::take(&mut self.profile);
        let planes = self.finish_with_alpha()?;
        let picture = Picture { full, size, layout, planes, profile };
        Ok(if is_opaque { picture.without_alpha() } else { picture })
    }

    /// The planes of the small picture, one for each channel of its layout.
    pub(in crate::rendition) fn finish_with_alpha(self) -> Result<Vec<Plane>, DecodeError> {
        if self.rows < self.full.height {
            return Err("rows of pixels are missing".into());
        }
        if self.colour.is_some_and(|colour| colour.has_failed) {
            return Err("the profile cannot be applied".into());
        }
        match self.shrink {
            Shrink::Not(planes) => Ok(planes),
            Shrink::To(_, fit) => Ok(fit.finish()?),
        }
    }
}

/// Pixels of a side below which no mean is taken.
const SHORT: usize = 64;

/// How a picture is made small.
struct Plan {
    layout: Layout,
    /// Pixels of a row.
    width: usize,
    /// The pixels across and down whose mean is taken, and what is done with the means. `None` if the picture
    /// is small enough.
    fitting: Option<((usize, usize), Fitting)>,
}

impl Plan {
    fn new(full: Size, target: Size, layout: Layout) -> Self {
        let (width, height) = (full.width as usize, full.height as usize);
        if full == target {
            return Self { layout, width, fitting: None };
        }
        let target = (target.width as usize, target.height as usize);
        // A factor of at least 2 is left to Lanczos. A short side costs it little, and its last mean may be that of
        // one pixel.
        let spare = |side: usize, target: usize| {
            if side < SHORT { 1 } else { side / (2 * target.max(1)) }
        };
        let mean = Mean::most(layout, spare(width, target.0), spare(height, target.1));
        let extent = Extent {
            samples: (width.div_ceil(mean.0), height.div_ceil(mean.1)),
            size: (width as f64 / mean.0 as f64, height as f64 / mean.1 as f64),
        };
        let fitting = Fitting { extent, target, layout, columns: Columns::InOrder, band: 1 };
        Self { layout, width, fitting: Some((mean, fitting)) }
    }

    fn memory(&self) -> u64 {
        self.fitting.as_ref().map_or(0, |(_, fitting)| {
            let rows = Mean::memory(self.layout, self.width) + RowColour::memory(self.width);
            rows.saturating_add(fitting.memory())
        })
    }
}

/// Whether no pixel of a row is transparent.
fn is_opaque(row: &[u8], layout: Layout) -> bool {
    match layout {
        Layout::GreyAlpha => all_alpha::<2>(row) == 255,
        Layout::Rgba => all_alpha::<4>(row) == 255,
        Layout::CmykAlpha => all_alpha::<5>(row) == 255,
        Layout::Grey | Layout::Rgb | Layout::YCbCr | Layout::Cmyk => true,
    }
}

/// The bits that the last channel has in every pixel.
fn all_alpha<const C: usize>(row: &[u8]) -> u8 {
    row.as_chunks::<C>().0.iter().fold(255, |all, pixel| all & pixel.last().unwrap_or(&0))
}

/// Puts the channels of a row into row `y` of their planes.
fn split(row: &[u8], planes: &mut [Plane], y: usize) {
    let channels = planes.len();
    for (c, plane) in planes.iter_mut().enumerate() {
        let to = plane.row_mut(y);
        match channels {
            1 => split_channel::<1>(row, c, to),
            2 => split_channel::<2>(row, c, to),
            3 => split_channel::<3>(row, c, to),
            4 => split_channel::<4>(row, c, to),
            _ => split_channel::<5>(row, c, to),
        }
    }
}

fn split_channel<const C: usize>(row: &[u8], channel: usize, to: &mut [u8]) {
    for (to, pixel) in to.iter_mut().zip(row.as_chunks::<C>().0) {
        *to = pixel.get(channel).copied().unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Orientation;
    use crate::rendition::StandardOptions;

    /// `pixels`, row by row, fitted into squares of `max` pixels.
    fn fitted(cpu: Cpu, full: Size, layout: Layout, pixels: &[u8], max: u32) -> Picture {
        let options = StandardOptions::default().with_max_size(Size::new(max, max)).unwrap();
        let budget = Budget::new(1 << 28, &options, Orientation::Upright);
        let mut sink = RowSink::new(cpu, &budget, full, layout, 0).unwrap();
        for row in pixels.chunks(full.width as usize * layout.channels()) {
            sink.push(row);
        }
        sink.finish().unwrap()
    }

    fn noise(count: usize) -> Vec<u8> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn only_full_alpha_is_dropped() {
        let size = Size::new(2, 1);
        let fit = |pixels| fitted(Cpu::detect(), size, Layout::Rgba, pixels, 9);
        let opaque = fit(&[1, 2, 3, 255, 4, 5, 6, 255]);
        assert_eq!((opaque.layout, opaque.planes.len()), (Layout::Rgb, 3));
        assert_eq!(opaque.planes[1].samples, [2, 5]);
        let transparent = fit(&[1, 2, 3, 255, 4, 5, 6, 254]);
        assert_eq!((transparent.layout, transparent.planes.len()), (Layout::Rgba, 4));
    }

    #[test]
    fn light_is_converted_before_the_fit() {
        // Thin lines of black and white with a gamma of 1, as an ICC profile and built from other facts.
        let linear = || moxcms::ColorProfile::new_gray_with_gamma(1.0);
        let embedded = Profile::Icc(linear().encode().unwrap());
        for profile in [embedded, Profile::Built(Box::new(linear()))] {
            let options = StandardOptions::default().with_max_size(Size::new(50, 50)).unwrap();
            let budget = Budget::new(1 << 28, &options, Orientation::Upright);
            let full = Size::new(200, 200);
            let mut sink = RowSink::new(Cpu::detect(), &budget, full, Layout::Grey, 0)
                .unwrap()
                .with_profile(profile, &budget);
            for y in 0..200 {
                sink.push(&[if y % 2 == 0 { 0 } else { 255 }; 200]);
            }
            let small = sink.finish().unwrap();
            assert!(matches!(small.profile, Profile::Srgb));
            // The light of a display's mid-grey, and not of half of the light.
            let samples = &small.planes[0].samples;
            assert!(samples.iter().all(|grey| grey.abs_diff(128) <= 2), "{samples:?}");
        }
    }

    #[test]
    fn missing_rows_are_an_error() {
        let budget = Budget::new(1 << 28, &StandardOptions::default(), Orientation::Upright);
        for full in [Size::new(8, 8), Size::new(2000, 8)] {
            let mut sink = RowSink::new(Cpu::detect(), &budget, full, Layout::Grey, 0).unwrap();
            for _ in 0..7 {
                sink.push(&vec![0; full.width as usize]);
            }
            assert!(sink.finish().is_err());
        }
    }

    #[test]
    fn hidden_colours_do_not_bleed() {
        // Opaque red beside transparent green.
        for (side, max) in [(8, 3), (64, 3), (640, 20)] {
            let pixels: Vec<u8> = (0..side * side)
                .flat_map(|i| if i % side < side / 2 { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
                .collect();
            let small = fitted(Cpu::detect(), Size::new(side, side), Layout::Rgba, &pixels, max);
            let [red, green, _, alpha] = &small.planes[..] else { panic!() };
            for i in 0..red.samples.len() {
                let (red, green) = (red.samples[i], green.samples[i]);
                let alpha = alpha.samples[i];
                // Where almost nothing shows, its colour has as few steps as its alpha.
                assert!(alpha < 24 || (red >= 253 && green <= 2), "{red} {green} {alpha}");
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same() {
        for layout in [
            Layout::Grey,
            Layout::GreyAlpha,
            Layout::Rgb,
            Layout::Rgba,
            Layout::Cmyk,
            Layout::CmykAlpha,
        ] {
            for (width, height, max) in [(33, 47, 20), (301, 99, 30), (1000, 3, 17), (64, 64, 63)] {
                let pixels = noise(width * height * layout.channels());
                let full = Size::new(u32::try_from(width).unwrap(), u32::try_from(height).unwrap());
                let planes = |cpu| fitted(cpu, full, layout, &pixels, max).planes;
                let baseline = planes(Cpu::baseline());
                assert!(planes(Cpu::detect()) == baseline, "{layout:?} {width} x {height}");
                #[cfg(target_arch = "x86_64")]
                if let Some(sse) = Cpu::sse4_2() {
                    assert!(planes(sse) == baseline, "{layout:?} {width} x {height}, SSE4.2");
                }
            }
        }
    }

    /// A bright line on black, at every place, is where it should be: the centre of its light does not move by
    /// a twentieth of a pixel.
    #[test]
    fn nothing_is_shifted() {
        for (height, max) in [(97, 40), (201, 33), (1537, 100), (30_000, 1024)] {
            let places = (8..height - 8).step_by(height / 7);
            for line in places {
                let pixels: Vec<u8> =
                    (0..height).map(|y| if y == line { 255 } else { 0 }).collect();
                // Black, whose overshoot would be cut off, is grey here.
                let pixels: Vec<u8> = pixels.iter().map(|v| 100 + v / 2).collect();
                let full = Size::new(1, u32::try_from(height).unwrap());
                let small = fitted(Cpu::detect(), full, Layout::Grey, &pixels, max);
                let column = &small.planes[0].samples;
                let light = |y: usize| f64::from(column[y]) - 100.0;
                let sum: f64 = (0..column.len()).map(light).sum();
                if sum < 60.0 {
                    continue;
                }
                let centre: f64 = (0..column.len()).map(|y| (y as f64 + 0.5) * light(y)).sum();
                let want = (line as f64 + 0.5) * column.len() as f64 / height as f64;
                assert!(
                    (centre / sum - want).abs() < 0.05,
                    "{height} {line}: {} {want}",
                    centre / sum
                );
            }
        }
    }
}
