//! Runs the target that `USERIMAGE_FUZZ_TARGET` names. They are one program: each would be 240 MB on its own.
#![no_main]

use std::sync::LazyLock;

use userimage_fuzz::targets::TARGETS;

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("USERIMAGE_FUZZ_TARGET").unwrap_or_default();
    let target = TARGETS.iter().find(|target| target.0 == name);
    target.unwrap_or_else(|| panic!("USERIMAGE_FUZZ_TARGET is \"{name}\"; src/targets/mod.rs has the names")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
