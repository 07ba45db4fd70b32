//! Several renditions of one file: each from the next larger one where that is exact enough, else decoded anew.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::budget::Budget;
use super::decode::{decode, decode_from_disk};
use super::decode_error::{DecodeError, catch_codec_panic};
use super::encode::{self, Coded, Standard};
use super::hash::PictureHashes;
use super::kernel::Cpu;
use super::options::{OutputFormat, StandardOptions};
use super::original::Shown;
use super::picture::Picture;
use super::shrink::{is_exact_enough, shrunk};
use super::source::Source;
use super::{colour, orient};
use crate::geometry::Size;
use crate::warning::Warning;

/// The renditions of a file.
#[derive(Debug)]
pub(crate) struct Renditions {
    pub(crate) standard: Standard,
    /// The further ones, in the order of their options.
    pub(crate) further: Vec<Standard>,
}

/// A picture as displayed and in sRGB, before it is coded.
#[derive(Clone)]
struct Shot {
    picture: Picture,
    shown: Shown,
}

/// Makes a rendition with the options `standard`, and one with each of `further`.
pub(super) fn make(
    source: &Source<'_>,
    standard: &StandardOptions,
    further: &[StandardOptions],
    budget: Budget,
) -> Result<Renditions, DecodeError> {
    let cpu = Cpu::detect();
    let start = Instant::now();
    let displayed = source.stored_size.oriented(source.orientation);
    let all = [standard].into_iter().chain(further).enumerate();
    let mut all: Vec<(usize, &StandardOptions, Size)> =
        all.map(|(index, options)| (index, options, options.size_of(displayed))).collect();
    // All have one aspect ratio, so the one of the most pixels is the widest and the highest.
    all.sort_by_key(|(_, _, size)| Reverse(size.pixels()));
    let is_coded_twice = all.iter().any(|(_, options, _)| options.format() != OutputFormat::Auto);
    let mut budget =
        budget.with_further(all.iter().skip(1).map(|(_, _, size)| *size), is_coded_twice);

    let mut larger: Option<Shot> = None;
    let mut coded = Vec::with_capacity(all.len());
    let mut hashes = None;
    let mut decoding = Duration::ZERO;
    for (position, (index, options, size)) in all.iter().enumerate() {
        budget.check_cancelled()?;
        let shot = match larger.take() {
            Some(same) if same.picture.size == *size => same,
            Some(larger) if is_exact_enough(larger.picture.size, *size) => {
                Shot { picture: shrunk(cpu, &larger.picture, *size)?, shown: Shown::Changed }
            }
            _ => {
                let start = Instant::now();
                budget.fit_into(options);
                let shot = Shot::decode(cpu, source, &budget)?;
                decoding += start.elapsed();
                shot
            }
        };
        if *index == 0 {
            hashes = Some(PictureHashes::new(cpu, &shot.picture)?);
        }
        let is_kept = all.get(position + 1).is_some_and(|(_, _, next)| {
            shot.picture.size == *next || is_exact_enough(shot.picture.size, *next)
        });
        let next = is_kept.then(|| shot.clone());
        budget.check_cancelled()?;
        coded.push((*index, shot.code(cpu, source, options)?));
        larger = next;
    }
    tracing::debug!(
        target: "userimage::rendition",
        format = source.format.name(),
        renditions = all.len(),
        decode = ?decoding,
        rest = ?start.elapsed().saturating_sub(decoding),
        "renditions made"
    );
    let hashes = hashes.ok_or("no rendition was made")?;
    coded.sort_by_key(|(index, _)| *index);
    let warnings = budget.warnings();
    let mut made =
        coded.into_iter().map(|(_, coded)| Standard::new(coded, &hashes, warnings.clone()));
    let standard = made.next().ok_or("no rendition was made")?;
    Ok(Renditions { standard, further: made.collect() })
}

impl Shot {
    /// Decodes the file into a picture of the size that `budget` has.
    fn decode(cpu: Cpu, source: &Source<'_>, budget: &Budget) -> Result<Self, DecodeError> {
        let picture = match source.disk {
            Some(disk) => decode_from_disk(cpu, disk, source.format, budget)?,
            None => decode(cpu, source, budget)?,
        };
        if picture.full != source.stored_size {
            return Err("the picture has another size than the header states".into());
        }
        budget.check_cancelled()?;
        if picture.layout.has_alpha() {
            budget.warn(Warning::Transparency);
        }
        let shown =
            if budget.has_surplus() { Shown::Changed } else { Shown::new(source, &picture) };
        let picture = catch_codec_panic(|| colour::to_srgb(picture, budget.conversions()))?;
        let picture = orient::apply_orientation(picture, source.orientation);
        let shown = shown.in_layout(picture.layout);
        Ok(Self { picture, shown })
    }

    fn code(
        self,
        cpu: Cpu,
        source: &Source<'_>,
        options: &StandardOptions,
    ) -> Result<Coded, DecodeError> {
        if options.format() == OutputFormat::Auto {
            let coded = encode::encode(cpu, self.picture, source, options.jpeg_quality())?;
            return Ok(self.shown.or_smaller(coded, source));
        }
        let picture = self.picture.clone();
        let coded = encode::encode(cpu, self.picture, source, options.jpeg_quality())?;
        let coded = self.shown.or_smaller(coded, source);
        encode::or_chosen_format(coded, picture, source, options)
    }
}
