//! Several rows become one.

#![allow(clippy::indexing_slicing, reason = "lanes, by constants")]

use super::lanes::{Lanes, add_weighted, rounding};
use crate::rendition::kernel::kernel;

kernel! {
    /// The sum of the rows of `ring` that begin at `starts`, times their `weights`. A row has a multiple of
    /// [`MULTIPLE`] samples.
    pub(super) fn weigh_rows(ring: &[i16], starts: &[usize], weights: &[i16], out: &mut [i16]) = weigh
}

/// Lanes whose sums are in registers at once.
const GROUP: usize = 4;

/// Samples that are worked on at once.
pub(super) const MULTIPLE: usize = 16 * GROUP;

#[inline(always)]
fn weigh(ring: &[i16], starts: &[usize], weights: &[i16], out: &mut [i16]) {
    let rounding = rounding(starts.len());
    for (group, out) in out.as_chunks_mut::<MULTIPLE>().0.iter_mut().enumerate() {
        let mut sums: [Lanes; GROUP] = [[rounding; 16]; GROUP];
        for (start, weight) in starts.iter().zip(weights) {
            let row =
                ring.get(start + group * MULTIPLE..).and_then(<[i16]>::first_chunk::<MULTIPLE>);
            let Some(row) = row else { break };
            let row = row.as_chunks::<16>().0;
            for g in 0..GROUP {
                add_weighted(&mut sums[g], &row[g], *weight);
            }
        }
        for (out, sum) in out.as_chunks_mut::<16>().0.iter_mut().zip(sums) {
            *out = sum;
        }
    }
}
