//! The work of decoding, counted: a file of a few bytes may have any number of layers, each as large as the picture.

use jxl::api::{JxlParallelRunner, JxlParallelRunnerFun};
use jxl::error::Error;

use super::head::Head;
use crate::rendition::budget::Budget;
use crate::rendition::decode_error::DecodeError;

/// Pictures' worth of layers that are decoded; of small pictures, as many as have [`MAX_PIXELS`].
const MAX_LAYERS: u64 = 32;
const MAX_PIXELS: u64 = 64 << 20;
/// Runs of a frame: two for its blocks, one for its groups.
const RUNS: u64 = 3;
/// The side of the smallest groups.
const GROUP: u32 = 128;

/// Runs the parts of a frame one after the other, on this thread, as long as the work is not given up or too much.
pub(super) struct Work<'a> {
    budget: &'a Budget,
    head: &'a Head,
    /// The bytes that references take too, as long as they are not taken.
    references: Option<u64>,
    /// The frame that is shown has begun.
    is_shown: bool,
    runs_left: u64,
    parts_left: u64,
    stopped: Option<DecodeError>,
}

impl<'a> Work<'a> {
    pub(super) fn new(budget: &'a Budget, head: &'a Head, file: usize) -> Self {
        let groups = u64::from(head.size.width.div_ceil(GROUP))
            * u64::from(head.size.height.div_ceil(GROUP));
        let layers = MAX_LAYERS.max(MAX_PIXELS / head.size.pixels().max(1));
        let bytes = head.memory(file).saturating_add(head.memory_of_references());
        Self {
            budget,
            head,
            references: Some(bytes),
            is_shown: false,
            runs_left: RUNS * layers,
            parts_left: layers.saturating_mul(groups + RUNS),
            stopped: None,
        }
    }

    /// The next frame is the one that is shown.
    pub(super) fn begin_shown(&mut self) {
        self.is_shown = true;
    }

    /// Why decoding ended: the reason for which it was stopped, else `error`.
    pub(super) fn reason(self, error: DecodeError) -> DecodeError {
        self.stopped.unwrap_or(error)
    }

    fn check(&mut self, parts: usize) -> Result<(), DecodeError> {
        self.budget.check_cancelled()?;
        if !self.is_shown
            && let Some(bytes) = self.references.take()
        {
            self.budget.check_bitmap(self.head.size, self.head.layout, bytes)?;
        }
        let left = self.runs_left.checked_sub(1).zip(self.parts_left.checked_sub(parts as u64));
        let too_many = || DecodeError::unsupported("a picture of too many layers");
        (self.runs_left, self.parts_left) = left.ok_or_else(too_many)?;
        Ok(())
    }

    fn begin(&mut self, parts: usize) -> Result<(), Error> {
        self.check(parts).map_err(|error| self.stop(error))
    }

    fn stop(&mut self, error: DecodeError) -> Error {
        self.stopped = Some(error);
        Error::ApiUsageError("stopped")
    }
}

impl JxlParallelRunner for Work<'_> {
    fn run(&mut self, parts: usize, part: &JxlParallelRunnerFun<'_>) -> Result<(), Error> {
        self.begin(parts)?;
        for index in 0..parts {
            self.budget.check_cancelled().map_err(|error| self.stop(error))?;
            part(index)?;
        }
        Ok(())
    }

    fn num_threads(&self) -> usize {
        1
    }

    fn run_ordered(
        &mut self,
        parts: usize,
        _: Option<usize>,
        part: &JxlParallelRunnerFun<'_>,
    ) -> Result<(), Error> {
        self.run(parts, part)
    }
}
