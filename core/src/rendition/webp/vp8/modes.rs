//! How a macroblock is predicted (RFC 6386 sections 10 and 11).

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

use super::bool_decoder::BoolDecoder;
use super::header::Header;
use super::tables::SUBBLOCK_MODES;

/// The prediction of a plane as one square.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Average,
    Vertical,
    Horizontal,
    /// By the differences along both edges ("true motion").
    Gradient,
}

/// The prediction of a subblock of four pixels a side, in the order of the format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SubblockMode {
    #[default]
    Average,
    Gradient,
    Vertical,
    Horizontal,
    DownLeft,
    DownRight,
    VerticalRight,
    VerticalLeft,
    HorizontalDown,
    HorizontalUp,
}

/// What the first partition states of a macroblock.
pub(super) struct Modes {
    pub(super) segment: u8,
    /// Whether it has no coefficients.
    pub(super) is_skipped: bool,
    /// `None` where each subblock has a mode of its own.
    pub(super) luma: Option<Mode>,
    pub(super) chroma: Mode,
}

/// The modes of the four subblocks along an edge of a macroblock.
pub(super) type Edge = [SubblockMode; 4];

impl Mode {
    /// The mode that neighbours take for those of its subblocks.
    #[inline(always)]
    fn of_subblocks(self) -> SubblockMode {
        match self {
            Self::Average => SubblockMode::Average,
            Self::Vertical => SubblockMode::Vertical,
            Self::Horizontal => SubblockMode::Horizontal,
            Self::Gradient => SubblockMode::Gradient,
        }
    }
}

impl Modes {
    /// Reads the modes of a macroblock; those of its subblocks, if they are apart, into `subblocks`.
    #[inline(always)]
    pub(super) fn read(
        header: &mut Header<'_>,
        above: &mut Edge,
        left: &mut Edge,
        subblocks: &mut [SubblockMode; 16],
    ) -> Self {
        let mut bits = header.modes;
        let segment = match header.segment_tree {
            Some([root, lower, upper]) => {
                if bits.bit(root) {
                    2 + u8::from(bits.bit(upper))
                } else {
                    u8::from(bits.bit(lower))
                }
            }
            None => 0,
        };
        let is_skipped = header.skip.is_some_and(|probability| bits.bit(probability));
        let luma = if !bits.bit(145) {
            None
        } else if bits.bit(156) {
            Some(if bits.bit(128) { Mode::Gradient } else { Mode::Horizontal })
        } else {
            Some(if bits.bit(163) { Mode::Vertical } else { Mode::Average })
        };
        match luma {
            Some(mode) => {
                *above = [mode.of_subblocks(); 4];
                *left = *above;
            }
            None => {
                for (row, left) in subblocks.as_chunks_mut::<4>().0.iter_mut().zip(left) {
                    for (mode, above) in row.iter_mut().zip(above.iter_mut()) {
                        *mode = subblock(&mut bits, *above, *left);
                        (*above, *left) = (*mode, *mode);
                    }
                }
            }
        }
        let chroma = if !bits.bit(142) {
            Mode::Average
        } else if !bits.bit(114) {
            Mode::Vertical
        } else if bits.bit(183) {
            Mode::Gradient
        } else {
            Mode::Horizontal
        };
        header.modes = bits;
        Self { segment, is_skipped, luma, chroma }
    }
}

/// The mode of a subblock, between those above and to the left.
#[inline(always)]
fn subblock(bits: &mut BoolDecoder<'_>, above: SubblockMode, left: SubblockMode) -> SubblockMode {
    use SubblockMode as S;

    let p = &SUBBLOCK_MODES[above as usize][left as usize];
    if !bits.bit(p[0]) {
        return S::Average;
    }
    if !bits.bit(p[1]) {
        return S::Gradient;
    }
    if !bits.bit(p[2]) {
        return S::Vertical;
    }
    if !bits.bit(p[3]) {
        return if !bits.bit(p[4]) {
            S::Horizontal
        } else if !bits.bit(p[5]) {
            S::DownRight
        } else {
            S::VerticalRight
        };
    }
    if !bits.bit(p[6]) {
        S::DownLeft
    } else if !bits.bit(p[7]) {
        S::VerticalLeft
    } else if !bits.bit(p[8]) {
        S::HorizontalDown
    } else {
        S::HorizontalUp
    }
}
