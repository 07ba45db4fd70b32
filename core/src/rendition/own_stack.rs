//! A stack of known size, for renderers that call themselves as deep as a file nests.

use std::thread;

use super::decode_error::DecodeError;

/// Bytes of the stack. Only what is used takes memory.
const STACK: usize = 16 << 20;

/// Runs `work` on a stack of its own, and waits for it. A thread of the host may have a stack of 128 KiB, and a stack that
/// overflows ends the process. A panic counts as damage, as in [`catch_codec_panic`](super::decode_error::catch_codec_panic).
pub(super) fn on_own_stack<T: Send>(
    work: impl FnOnce() -> Result<T, DecodeError> + Send,
) -> Result<T, DecodeError> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .name("userimage-artwork".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            // The system has too many threads, or too little memory, for now.
            .map_err(|_| DecodeError::Busy)?;
        thread.join().unwrap_or_else(|_| Err("the decoder failed".into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_errors_and_panics_are_returned() {
        assert!(matches!(on_own_stack(|| Ok(7)), Ok(7)));
        assert!(matches!(
            on_own_stack::<()>(|| Err(DecodeError::Cancelled)),
            Err(DecodeError::Cancelled)
        ));
        assert!(matches!(
            on_own_stack::<()>(|| panic!("by a codec")),
            Err(DecodeError::Damaged(_))
        ));
    }
}
