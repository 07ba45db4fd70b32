//! The frames of an animation, whose headers the crate `jxl` reads. It decodes no pixels.

use std::panic::catch_unwind;

use jxl::api::{
    Event, JxlDecoder, JxlDecoderOptions, JxlParallelRunner, JxlParallelRunnerFun, ProfileLevel,
};
use jxl::error::Error;

/// Counts the frames that are shown, up to `enough`, as far as their headers can be read. `None` if that fails.
///
/// A frame that is not shown, but referred to, would have to be decoded: the count ends there.
pub(in crate::probe) fn count(data: &[u8], enough: u32) -> Option<u32> {
    // A panic of the decoder may not end a thread of the host.
    catch_unwind(|| {
        let mut options = JxlDecoderOptions::default();
        options.scan_frames_only = true;
        options.max_profile_level = ProfileLevel::Main10;
        let (mut decoder, mut rest, mut frames) = (JxlDecoder::new(options), data, 0);
        while frames < enough {
            match decoder.process(&mut rest, None, Some(&mut NoWork)) {
                Ok(Event::FrameHeader) => frames += 1,
                Ok(Event::BasicInfo | Event::FrameComplete { has_more_frames: true }) => {}
                _ => break,
            }
        }
        frames
    })
    .ok()
}

/// Runs nothing.
struct NoWork;

impl JxlParallelRunner for NoWork {
    fn run(&mut self, _: usize, _: &JxlParallelRunnerFun<'_>) -> Result<(), Error> {
        Err(Error::ApiUsageError("no pixels are decoded"))
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
