//! libFuzzer around the target that `KGWC_FUZZ_TARGET` names: see scripts/fuzz.
#![no_main]

use fuzz::{TARGETS, Target};
use std::sync::LazyLock;

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var("KGWC_FUZZ_TARGET").unwrap_or_default();
    let names = TARGETS.map(|target| target.name).join(", ");
    let named = TARGETS.into_iter().find(|target| target.name == name);
    named.unwrap_or_else(|| panic!("there is no target `{name}`; there are {names}"))
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if data.len() <= TARGET.longest {
        (TARGET.run)(data);
    }
});
