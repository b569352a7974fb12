//! Every part runs, at its smallest size: what Envoy and the module answer is checked on the way.
//! The report is made of what they give back.

mod report;

use kgwc_bench::measurement::Results;
use kgwc_bench::{Part, Scale, Setting};
use kgwc_tests::has_envoy;
use std::sync::OnceLock;

/// What a part gives back; it runs once for all tests.
fn results(part: Part) -> &'static Results {
    static RESULTS: [OnceLock<Results>; Part::ALL.len()] = [const { OnceLock::new() }; _];
    RESULTS[part as usize].get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let setting = Setting {
            scale: Scale::Smallest,
            results: folder.path().to_owned(),
            program: env!("CARGO_BIN_EXE_kgwc-measured").into(),
        };
        part.run(&setting).unwrap_or_else(|error| panic!("{error:?}"))
    })
}

fn runs(part: Part) {
    let results = results(part);
    assert!(results.smallest);
    assert!(!results.measurements.is_empty());
    for measurement in &results.measurements {
        assert!(measurement.value > 0.0, "{measurement:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    results.write(folder.path()).unwrap();
    let written = Results::read(folder.path(), part).unwrap().unwrap();
    assert_eq!(written.measurements.len(), results.measurements.len());
}

#[test]
fn engine() {
    runs(Part::Engine);
}

#[test]
fn module() {
    runs(Part::Module);
}

#[test]
fn compiler() {
    runs(Part::Compiler);
}

#[test]
fn envoy() {
    if has_envoy() {
        runs(Part::Envoy);
    }
}

#[test]
fn reload() {
    if has_envoy() {
        runs(Part::Reload);
    }
}
