//! Fuzz targets: each takes any bytes, and panics where something does not hold.
//!
//! `tests/replay.rs` runs every target over the seeds in `corpus/` and over a bounded number of
//! inputs made from them; `make fuzz` runs one for as long as one likes, guided by coverage.
//!
//! A seed with a telling name was written by hand, some because a target failed on the like of it;
//! `found-*` are what libFuzzer found, as few as reach nearly all that it reached. Folders of the
//! repository that have seeds, too, are named in `corpus/TARGET.folders`.

// The tables, the requests and the naive evaluator of the engine's tests: there is one of each.
// Not a crate of its own, because it is of no use to anybody else.
#[allow(dead_code, reason = "only some of it is needed here")]
#[path = "../../filter/route/tests/agreement/mod.rs"]
mod agreement;
#[allow(dead_code, reason = "only some of it is needed here")]
#[path = "../../filter/route/tests/generate/mod.rs"]
mod generate;
#[allow(dead_code, unused_imports, reason = "only some of it is needed here")]
#[path = "../../filter/route/tests/model/mod.rs"]
mod model;
#[path = "../../filter/route/tests/naive/mod.rs"]
mod naive;
mod targets;
mod text;

use targets::{configs, durations, logs, pair_maps, paths, patterns, requests, sessions, sources};

/// One thing that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of the folder in `corpus/` with its seeds.
    pub name: &'static str,
    /// Takes an input, of any length.
    pub run: fn(&[u8]),
    /// Longer inputs, in bytes, find nothing more and are slow.
    pub longest: usize,
    /// How many inputs the test makes from the seeds: what takes a second or two.
    pub inputs: u64,
}

/// All targets, by name.
pub const TARGETS: [Target; 9] = [
    Target { name: "configs", run: configs::run, longest: 16_384, inputs: 200_000 },
    Target { name: "durations", run: durations::run, longest: 64, inputs: 2_000_000 },
    Target { name: "logs", run: logs::run, longest: 2_048, inputs: 200_000 },
    Target { name: "pairs", run: pair_maps::run, longest: 4_096, inputs: 400_000 },
    Target { name: "paths", run: paths::run, longest: 512, inputs: 1_500_000 },
    Target { name: "patterns", run: patterns::run, longest: 128, inputs: 6_000 },
    Target { name: "requests", run: requests::run, longest: 2_048, inputs: 10_000 },
    Target { name: "sessions", run: sessions::run, longest: 2_048, inputs: 400_000 },
    Target { name: "sources", run: sources::run, longest: 8_192, inputs: 8_000 },
];
