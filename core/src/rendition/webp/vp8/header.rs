//! The header of a key frame (RFC 6386 sections 9 and 19.2).

use super::bool_decoder::BoolDecoder;
use super::tables::{AC_STEPS, DC_STEPS, DEFAULTS, Probabilities, UPDATES};
use crate::rendition::decode_error::Damaged;

/// Bytes before the first partition: the frame's tag, a start code, width and height.
const START: usize = 10;

/// Everything that the header states.
pub(super) struct Header<'a> {
    pub(super) width: usize,
    pub(super) height: usize,
    /// Whether each macroblock names its segment, by a tree of these probabilities.
    pub(super) segment_tree: Option<[u8; 3]>,
    pub(super) segments: [Segment; 4],
    pub(super) filter: FilterHeader,
    /// The probability that a macroblock has coefficients, where it states that.
    pub(super) skip: Option<u8>,
    /// Of the coefficients by plane: luma without DC, the DC of luma, chroma, luma.
    pub(super) probabilities: Box<[Probabilities; 4]>,
    /// The rest of the first partition: the modes of the macroblocks.
    pub(super) modes: BoolDecoder<'a>,
    /// The partitions of the coefficients, which rows of macroblocks take in turn.
    pub(super) coefficients: Vec<BoolDecoder<'a>>,
}

/// What the macroblocks of a segment share.
#[derive(Clone, Copy, Default)]
pub(super) struct Segment {
    /// The quantizer's steps, of the first coefficient and of the others.
    pub(super) luma: [i32; 2],
    pub(super) luma_dc: [i32; 2],
    pub(super) chroma: [i32; 2],
    pub(super) filter_level: i32,
}

/// What the loop filter takes from the header.
#[derive(Clone, Copy, Default)]
pub(super) struct FilterHeader {
    pub(super) is_simple: bool,
    /// No macroblock is filtered where this is 0.
    pub(super) level: i32,
    pub(super) sharpness: i32,
    /// Added to the level of each macroblock, and of those whose subblocks are predicted apart.
    pub(super) deltas: [i32; 2],
}

/// How a segment's values are meant.
#[derive(Clone, Copy, Default)]
struct Segmentation {
    is_enabled: bool,
    tree: Option<[u8; 3]>,
    /// The segments' values are added to those of the frame.
    is_relative: bool,
    quantizers: [i32; 4],
    filter_levels: [i32; 4],
}

impl<'a> Header<'a> {
    /// Reads the header of the frame that is all of `data`.
    pub(super) fn new(data: &'a [u8]) -> Result<Self, Damaged> {
        let (&start, rest) = data.split_first_chunk::<START>().ok_or(TOO_SHORT)?;
        let [t0, t1, t2, 0x9d, 0x01, 0x2a, w0, w1, h0, h1] = start else {
            return Err(Damaged("the VP8 frame has no start code"));
        };
        let tag = u32::from_le_bytes([t0, t1, t2, 0]);
        if tag & 1 != 0 {
            return Err(Damaged("the VP8 frame is no key frame"));
        }
        // The two upper bits are a hint for scaling.
        let side = |bytes| usize::from(u16::from_le_bytes(bytes) & 0x3fff);
        let (width, height) = (side([w0, w1]), side([h0, h1]));
        if width == 0 || height == 0 {
            return Err(Damaged("the VP8 frame has no pixels"));
        }
        let (first, rest) = rest.split_at_checked((tag >> 5) as usize).ok_or(TOO_SHORT)?;

        let mut bits = BoolDecoder::new(first);
        // The colour space, of which there is one, and whether values need clamping, which does no harm.
        bits.literal(2);
        let segmentation = Segmentation::new(&mut bits);
        let filter = FilterHeader::new(&mut bits);
        let count = 1 << bits.literal(2);
        let coefficients = partitions(rest, count)?;
        let segments = segmentation.segments(&mut bits, filter.level);
        // Whether the probabilities hold for further frames.
        bits.flag();
        let probabilities = probabilities(&mut bits);
        let skip = bits.flag().then(|| bits.literal(8));
        if bits.is_past_end() {
            return Err(TOO_SHORT);
        }
        let segment_tree = segmentation.tree;
        Ok(Self {
            width,
            height,
            segment_tree,
            segments,
            filter,
            skip,
            probabilities,
            modes: bits,
            coefficients,
        })
    }
}

/// The partition, or the header before it, has fewer bytes than it should have.
pub(super) const TOO_SHORT: Damaged = Damaged("the VP8 frame is too short");

impl Segmentation {
    fn new(bits: &mut BoolDecoder<'_>) -> Self {
        let mut segmentation = Self { is_enabled: bits.flag(), ..Self::default() };
        if !segmentation.is_enabled {
            return segmentation;
        }
        let has_map = bits.flag();
        if bits.flag() {
            segmentation.is_relative = !bits.flag();
            for value in &mut segmentation.quantizers {
                *value = bits.optional_signed(7).unwrap_or(0);
            }
            for value in &mut segmentation.filter_levels {
                *value = bits.optional_signed(6).unwrap_or(0);
            }
        }
        segmentation.tree = has_map.then(|| {
            let mut tree = [255; 3];
            for probability in &mut tree {
                if bits.flag() {
                    *probability = bits.literal(8);
                }
            }
            tree
        });
        segmentation
    }

    /// The segments, with the quantizers that follow in `bits`.
    fn segments(&self, bits: &mut BoolDecoder<'_>, frame_level: i32) -> [Segment; 4] {
        let frame = i32::from(bits.literal(7));
        let mut delta = || bits.optional_signed(4).unwrap_or(0);
        let [luma, luma_dc, luma_dc_ac, chroma, chroma_ac] =
            [delta(), delta(), delta(), delta(), delta()];
        let mut segments = [Segment::default(); 4];
        for ((segment, &quantizer), &level) in
            segments.iter_mut().zip(&self.quantizers).zip(&self.filter_levels)
        {
            let (base, level) = match (self.is_enabled, self.is_relative) {
                (false, _) => (frame, frame_level),
                (true, true) => (frame + quantizer, frame_level + level),
                (true, false) => (quantizer, level),
            };
            *segment = Segment {
                luma: [dc_step(base + luma), ac_step(base)],
                luma_dc: [
                    dc_step(base + luma_dc) * 2,
                    (ac_step(base + luma_dc_ac) * 155 / 100).max(8),
                ],
                chroma: [dc_step(base + chroma).min(132), ac_step(base + chroma_ac)],
                filter_level: level.clamp(0, 63),
            };
        }
        segments
    }
}

fn dc_step(index: i32) -> i32 {
    DC_STEPS.get(index.clamp(0, 127).cast_unsigned() as usize).copied().map_or(0, i32::from)
}

fn ac_step(index: i32) -> i32 {
    AC_STEPS.get(index.clamp(0, 127).cast_unsigned() as usize).copied().map_or(0, i32::from)
}

impl FilterHeader {
    fn new(bits: &mut BoolDecoder<'_>) -> Self {
        let is_simple = bits.flag();
        let level = bits.literal(6).into();
        let sharpness = bits.literal(3).into();
        let mut deltas = [0; 8];
        if bits.flag() && bits.flag() {
            // By reference frame, of which the first is the key frame, then by mode, of which the first is
            // prediction by subblocks.
            for delta in &mut deltas {
                *delta = bits.optional_signed(6).unwrap_or(0);
            }
        }
        Self { is_simple, level, sharpness, deltas: [deltas[0], deltas[4]] }
    }
}

/// The partitions of the coefficients: the lengths of all but the last, then their bytes.
fn partitions(data: &[u8], count: usize) -> Result<Vec<BoolDecoder<'_>>, Damaged> {
    let (lengths, mut rest) = data.split_at_checked(3 * (count - 1)).ok_or(TOO_SHORT)?;
    let mut partitions = Vec::with_capacity(count);
    for &[l0, l1, l2] in lengths.as_chunks().0 {
        let length = u32::from_le_bytes([l0, l1, l2, 0]) as usize;
        let (partition, behind) = rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        partitions.push(BoolDecoder::new(partition));
        rest = behind;
    }
    partitions.push(BoolDecoder::new(rest));
    Ok(partitions)
}

/// The probabilities of the coefficients: those of the format, as far as the header does not replace them.
fn probabilities(bits: &mut BoolDecoder<'_>) -> Box<[Probabilities; 4]> {
    let mut all = Box::new(DEFAULTS);
    let values = all.as_flattened_mut().as_flattened_mut().as_flattened_mut();
    let updates = UPDATES.as_flattened().as_flattened().as_flattened();
    for (value, &update) in values.iter_mut().zip(updates) {
        if bits.bit(update) {
            *value = bits.literal(8);
        }
    }
    all
}
