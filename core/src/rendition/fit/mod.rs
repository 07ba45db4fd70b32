//! Fitting: rows of a large picture become a small one as they are decoded, so that the large one is never
//! held in memory.
//!
//! Lanczos with three lobes on the stored values, as in Pillow and browsers, with colours weighted by their
//! alpha. What Lanczos does not need is taken by a mean of whole pixels before it: at least a factor of 2 is
//! left. Samples are 16 bits: a value of 0 ..= 255 is centred on 0 and multiplied by 256.
//!
//! First [`vertical`], from a ring of the last rows; then [`horizontal`], on sixteen rows at once.

mod filter;
mod horizontal;
mod lanes;
mod line_buffer;
mod mean;
mod plane_fit;
mod row_colour;
mod row_sink;
mod vertical;

pub(super) use lanes::{Lanes, upper_half};
pub(super) use plane_fit::{Columns, Extent, Fitting, PlaneFit};
pub(super) use row_sink::RowSink;
