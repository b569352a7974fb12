//! Every target over its seeds, and over inputs that are made from them: the same in every run.

use fuzz::{TARGETS, Target};
use mutatis::Session;
use route::{Rng, SplitMix64};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use walkdir::{DirEntry, WalkDir};

/// Changes to one input, at most.
const CHANGES: u64 = 8;

/// The seeds of a target that are not too long: its own, and the JSON and YAML in the folders of
/// the repository that `corpus/TARGET.folders` names, all in the order of their paths.
fn seeds(target: &Target) -> Vec<Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let folders = fs::read_to_string(corpus.join(format!("{}.folders", target.name)));
    let folders = folders.unwrap_or_default();
    let folders = folders.lines().map(|folder| corpus.join("../..").join(folder));
    let shared = folders.flat_map(|folder| files(&folder)).filter(|path| {
        path.extension().is_some_and(|extension| extension == "json" || extension == "yaml")
    });
    let paths = files(&corpus.join(target.name)).into_iter().chain(shared);
    let mut seeds: Vec<_> = paths.map(|path| fs::read(path).unwrap()).collect();
    seeds.retain(|seed| seed.len() <= target.longest);
    seeds
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter();
    let entries = entries.map(|entry| entry.unwrap_or_else(|error| panic!("{error}")));
    let files: Vec<_> =
        entries.filter(|entry| entry.file_type().is_file()).map(DirEntry::into_path).collect();
    assert!(!files.is_empty(), "there is no seed in {}", folder.display());
    files
}

/// A seed, or the head of one and the tail of another, with a few bytes changed.
fn changed(seeds: &[Vec<u8>], number: u64, longest: usize) -> Vec<u8> {
    let mut random = SplitMix64::new(number);
    let mut below = |bound: usize| (random.next_u64() % bound.max(1) as u64) as usize;
    let mut input = seeds[below(seeds.len())].clone();
    if below(2) == 0 {
        let other = &seeds[below(seeds.len())];
        input.truncate(below(input.len() + 1));
        input.extend_from_slice(&other[below(other.len() + 1)..]);
    }
    let mut session = Session::new().seed(random.next_u64());
    for _ in 0..random.next_u64() % CHANGES {
        session.mutate(&mut input).expect("there is always a byte to add");
    }
    input.truncate(longest);
    input
}

/// Runs an input. One that fails is kept, to be run again and to become a seed.
fn run(target: &Target, input: &[u8], what: &str) {
    if catch_unwind(AssertUnwindSafe(|| (target.run)(input))).is_err() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", target.name));
        fs::write(&kept, input).unwrap();
        panic!("{} fails on {what}, kept as {}", target.name, kept.display());
    }
}

fn replay(name: &str) {
    let target = TARGETS.into_iter().find(|target| target.name == name).expect("it is a target");
    let seeds = seeds(&target);
    for (number, seed) in seeds.iter().enumerate() {
        run(&target, seed, &format!("seed {number}"));
    }
    for number in 0..target.inputs {
        run(&target, &changed(&seeds, number, target.longest), &format!("input {number}"));
    }
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test] fn $name() { replay(stringify!($name)); })*

        /// A target that has no test would not be run.
        #[test]
        fn every_target_is_tested() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

tests! { configs durations logs pairs paths patterns requests sessions sources }
