//! A row of macroblocks, below the last rows of the one above.

/// Rows that are kept of the macroblocks above: the loop filter changes three and reads a fourth.
pub(super) const KEPT: usize = 4;

/// The three planes of a strip.
pub(super) struct Strip {
    pub(super) planes: [Plane; 3],
}

/// One plane: rows without padding.
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    /// The rows of a macroblock.
    height: usize,
}

/// Rows of a plane that are finished.
#[derive(Clone, Copy)]
pub(in crate::rendition::webp) struct Rows<'a> {
    pub(in crate::rendition::webp) samples: &'a [u8],
    /// From one row to the next, at least the width of the picture.
    pub(in crate::rendition::webp) stride: usize,
}

impl Strip {
    /// For `macroblocks` in a row.
    pub(super) fn new(macroblocks: usize) -> Self {
        let plane = |side: usize| {
            let stride = side * macroblocks;
            Plane { samples: vec![0; stride * (KEPT + side)], stride, height: side }
        };
        Self { planes: [plane(16), plane(8), plane(8)] }
    }
}

impl Plane {
    /// Moves the last rows to the top.
    pub(super) fn keep_last(&mut self) {
        self.samples.copy_within(self.height * self.stride.., 0);
    }

    /// Sets row `y` of macroblock `x`.
    #[inline(always)]
    pub(super) fn set_row<const N: usize>(&mut self, x: usize, y: usize, row: [u8; N]) {
        let at = (KEPT + y) * self.stride + N * x;
        if let Some(to) = self.samples.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *to = row;
        }
    }

    /// The rows that no later macroblock changes: `left` rows of the picture begin with this strip's.
    pub(super) fn finished(&self, is_first: bool, left: usize) -> Rows<'_> {
        let start = if is_first { KEPT } else { 0 };
        let end = if left <= self.height { KEPT + left } else { self.height };
        let samples = self.samples.get(start * self.stride..end * self.stride).unwrap_or_default();
        Rows { samples, stride: self.stride }
    }
}
