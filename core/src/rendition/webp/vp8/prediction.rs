//! The prediction of a macroblock from the pixels above and to its left (RFC 6386 section 12).

#![allow(clippy::indexing_slicing, reason = "lanes and blocks, by constants or masked")]

use super::modes::{Mode, SubblockMode};

/// The first column of a macroblock in its surroundings.
pub(super) const LEFT: usize = 8;

/// The pixels of one plane of a macroblock with those around it: a row above, a column to the left, and of
/// luma four pixels above and to the right.
pub(super) struct Surroundings(pub(super) [[u8; 32]; 17]);

impl Surroundings {
    /// Before the first macroblock of a row.
    pub(super) fn start_row(&mut self, is_first: bool) {
        for row in &mut self.0 {
            row[LEFT - 1] = 129;
        }
        if is_first {
            self.0[0][LEFT - 1] = 127;
        }
    }

    /// Moves on by one macroblock, whose row above (of luma, with four pixels more) is `above`.
    #[inline(always)]
    pub(super) fn advance<const N: usize>(&mut self, above: &[u8], is_first: bool) {
        if !is_first {
            for row in &mut self.0[..=N] {
                row[LEFT - 1] = row[LEFT + N - 1];
            }
        }
        if let Some(row) = self.0[0].get_mut(LEFT..LEFT + above.len()) {
            row.copy_from_slice(above);
        }
    }

    /// Row `y` of the macroblock.
    #[inline(always)]
    pub(super) fn row<const N: usize>(&self, y: usize) -> [u8; N] {
        let mut row = [0; N];
        row.copy_from_slice(&self.0[1 + y][LEFT..LEFT + N]);
        row
    }

    #[inline(always)]
    fn set_row<const N: usize>(&mut self, y: usize, row: [u8; N]) {
        self.0[1 + y][LEFT..LEFT + N].copy_from_slice(&row);
    }

    /// Predicts a plane as one square of `N` pixels a side.
    #[inline(always)]
    pub(super) fn predict<const N: usize>(&mut self, mode: Mode, has_above: bool, has_left: bool) {
        let mut above = [0; N];
        above.copy_from_slice(&self.0[0][LEFT..LEFT + N]);
        let mut left = [0; N];
        for (value, row) in left.iter_mut().zip(&self.0[1..]) {
            *value = row[LEFT - 1];
        }
        match mode {
            Mode::Average => {
                let value = average(&above, has_above, &left, has_left);
                for y in 0..N {
                    self.set_row(y, [value; N]);
                }
            }
            Mode::Vertical => {
                for y in 0..N {
                    self.set_row(y, above);
                }
            }
            Mode::Horizontal => {
                for (y, &value) in left.iter().enumerate() {
                    self.set_row(y, [value; N]);
                }
            }
            Mode::Gradient => {
                let corner = i16::from(self.0[0][LEFT - 1]);
                for (y, &value) in left.iter().enumerate() {
                    let step = i16::from(value) - corner;
                    self.set_row(y, moved(&above, &[step; N]));
                }
            }
        }
    }

    /// Adds the residuals of row `y`.
    #[inline(always)]
    pub(super) fn add<const N: usize>(&mut self, y: usize, residuals: &[i16; N]) {
        let row = self.row::<N>(y);
        self.set_row(y, moved(&row, residuals));
    }

    /// Repeats the pixels above and to the right beside the lower subblocks, which have none of their own.
    #[inline(always)]
    pub(super) fn repeat_above_right(&mut self) {
        let mut right = [0; 4];
        right.copy_from_slice(&self.0[0][LEFT + 16..LEFT + 20]);
        for y in [4, 8, 12] {
            self.0[y][LEFT + 16..LEFT + 20].copy_from_slice(&right);
        }
    }

    /// Predicts the subblock of four pixels a side in column `x` and row `y` (of subblocks), and adds its
    /// residuals.
    #[inline(always)]
    pub(super) fn subblock(
        &mut self,
        x: usize,
        y: usize,
        mode: SubblockMode,
        residuals: [[i16; 4]; 4],
    ) {
        let (x, y) = (LEFT + 4 * (x & 3), 1 + 4 * (y & 3));
        // From the lower left corner round to the right, with both ends repeated.
        let mut edge = [0; 16];
        for i in 0..4 {
            edge[4 - i] = self.0[y + i][x - 1];
        }
        edge[0] = edge[1];
        edge[5..14].copy_from_slice(&self.0[y - 1][x - 1..x + 8]);
        edge[14] = edge[13];
        let rows = mode.predict(&edge);
        for (i, (row, residuals)) in rows.iter().zip(&residuals).enumerate() {
            self.0[y + i][x..x + 4].copy_from_slice(&moved(row, residuals));
        }
    }
}

/// `values` plus `steps`, clamped.
#[inline(always)]
#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn moved<const N: usize>(values: &[u8; N], steps: &[i16; N]) -> [u8; N] {
    let mut moved = [0; N];
    for l in 0..N {
        moved[l] = i16::from(values[l]).saturating_add(steps[l]).clamp(0, 255) as u8;
    }
    moved
}

/// The mean of those edges that lie inside the picture; 128 if neither does.
#[inline(always)]
fn average<const N: usize>(above: &[u8; N], has_above: bool, left: &[u8; N], has_left: bool) -> u8 {
    let sum = |edge: &[u8; N]| edge.iter().map(|&value| u32::from(value)).sum::<u32>();
    let log = N.trailing_zeros();
    let mean = match (has_above, has_left) {
        (true, true) => (sum(above) + sum(left) + (1 << log)) >> (log + 1),
        (true, false) => (sum(above) + (1 << (log - 1))) >> log,
        (false, true) => (sum(left) + (1 << (log - 1))) >> log,
        (false, false) => 128,
    };
    mean.to_le_bytes()[0]
}

/// The edge of a subblock: its lower left pixel repeated, four pixels of the column to its left from the
/// lowest, the corner, eight pixels of the row above, and the last repeated.
type Edge = [u8; 16];

impl SubblockMode {
    /// The rows of a subblock.
    #[inline(always)]
    fn predict(self, edge: &Edge) -> [[u8; 4]; 4] {
        // Means of two and of three neighbours: of each pixel with the next, and of each with both beside it.
        let (mut two, mut three) = ([0; 16], [0; 16]);
        for l in 0..15 {
            let (this, next) = (u16::from(edge[l]), u16::from(edge[l + 1]));
            two[l] = ((this + next + 1) >> 1).to_le_bytes()[0];
        }
        for l in 1..15 {
            let (before, this, next) =
                (u16::from(edge[l - 1]), u16::from(edge[l]), u16::from(edge[l + 1]));
            three[l] = ((before + 2 * this + next + 2) >> 2).to_le_bytes()[0];
        }
        let four =
            |from: &[u8; 16], at: usize| [from[at], from[at + 1], from[at + 2], from[at + 3]];
        match self {
            Self::Average => {
                let sum = |at: usize| four(edge, at).iter().map(|&v| u16::from(v)).sum::<u16>();
                [[((sum(1) + sum(6) + 4) >> 3).to_le_bytes()[0]; 4]; 4]
            }
            Self::Gradient => {
                let above = four(edge, 6);
                let corner = i16::from(edge[5]);
                [4, 3, 2, 1].map(|at| moved(&above, &[i16::from(edge[at]) - corner; 4]))
            }
            Self::Vertical => [four(&three, 6); 4],
            Self::Horizontal => [[three[4]; 4], [three[3]; 4], [three[2]; 4], [three[1]; 4]],
            Self::DownLeft => [four(&three, 7), four(&three, 8), four(&three, 9), four(&three, 10)],
            Self::DownRight => [four(&three, 5), four(&three, 4), four(&three, 3), four(&three, 2)],
            Self::VerticalRight => [
                four(&two, 5),
                four(&three, 5),
                [three[4], two[5], two[6], two[7]],
                [three[3], three[5], three[6], three[7]],
            ],
            Self::VerticalLeft => [
                four(&two, 6),
                four(&three, 7),
                [two[7], two[8], two[9], three[11]],
                [three[8], three[9], three[10], three[12]],
            ],
            Self::HorizontalDown => [
                [two[4], three[5], three[6], three[7]],
                [two[3], three[4], two[4], three[5]],
                [two[2], three[3], two[3], three[4]],
                [two[1], three[2], two[2], three[3]],
            ],
            Self::HorizontalUp => [
                [two[3], three[3], two[2], three[2]],
                [two[2], three[2], two[1], three[1]],
                [two[1], three[1], edge[1], edge[1]],
                [edge[1]; 4],
            ],
        }
    }
}
