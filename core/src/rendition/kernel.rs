//! Kernels: inner loops over lanes, compiled for more than one instruction set.
//!
//! A kernel is a plain function over arrays of lanes, which the compiler turns into vectors. It is compiled
//! for the baseline of the target (SSE2 on x86-64, NEON on arm64) and again for SSE4.2 and for AVX2; the processor
//! decides which of them runs. All are the same arithmetic, so all return the same bits.
//!
//! Loops over lanes are plain `for` loops by index: iterators and closures over lanes are not always inlined
//! where a host builds this crate in many units.

use fearless_simd::Level;

/// The instruction set that kernels run with.
#[derive(Clone, Copy, Debug)]
pub(in crate::rendition) struct Cpu(pub(in crate::rendition) Level);

impl Cpu {
    /// The best that this processor has. It is looked up once in a process.
    ///
    /// Built with `--cfg userimage_without_avx2`, as `tests/peers/run` does to measure it, the best up to SSE4.2.
    pub(in crate::rendition) fn detect() -> Self {
        #[cfg(all(userimage_without_avx2, any(target_arch = "x86", target_arch = "x86_64")))]
        return Self::sse4_2().unwrap_or_else(|| Self(Level::new()));
        #[cfg(not(all(userimage_without_avx2, any(target_arch = "x86", target_arch = "x86_64"))))]
        Self(Level::new())
    }

    /// SSE4.2, if this processor has it.
    #[cfg(all(
        any(test, userimage_without_avx2),
        any(target_arch = "x86", target_arch = "x86_64")
    ))]
    pub(in crate::rendition) fn sse4_2() -> Option<Self> {
        Level::new().as_sse4_2().map(|sse| Self(Level::Sse4_2(sse)))
    }

    /// What every processor of the target has.
    #[cfg(test)]
    pub(in crate::rendition) fn baseline() -> Self {
        Self(Level::baseline())
    }
}

/// Defines the function `$name`, which takes a [`Cpu`] and runs `$body`, an `#[inline(always)]` function, with
/// its instructions.
macro_rules! kernel {
    (
        $(#[$doc:meta])*
        $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $(-> $ret:ty)? = $body:path
    ) => {
        $(#[$doc])*
        #[allow(clippy::too_many_arguments, reason = "as its body")]
        $vis fn $name(cpu: $crate::rendition::kernel::Cpu, $($arg: $ty),*) $(-> $ret)? {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            if let Some(avx2) = cpu.0.as_avx2() {
                fearless_simd::kernel!(
                    fn with_avx2(_avx2: Avx2, $($arg: $ty),*) $(-> $ret)? {
                        $body($($arg),*)
                    }
                );
                return with_avx2(avx2, $($arg),*);
            }
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            if let Some(sse) = cpu.0.as_sse4_2() {
                fearless_simd::kernel!(
                    fn with_sse4_2(_sse: Sse4_2, $($arg: $ty),*) $(-> $ret)? {
                        $body($($arg),*)
                    }
                );
                return with_sse4_2(sse, $($arg),*);
            }
            let _ = cpu;
            $body($($arg),*)
        }
    };
}
pub(in crate::rendition) use kernel;
