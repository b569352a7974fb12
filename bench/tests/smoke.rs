//! Every part runs, at its smallest size: what Envoy and the module answer is checked on the way.

use kgwc_bench::measurement::Results;
use kgwc_bench::{Part, Scale, Setting};
use kgwc_tests::has_envoy;

fn runs(part: Part) {
    let folder = tempfile::tempdir().unwrap();
    let setting = Setting {
        scale: Scale::Smallest,
        results: folder.path().to_owned(),
        program: env!("CARGO_BIN_EXE_kgwc-measured").into(),
    };
    let results = part.run(&setting).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(results.smallest);
    assert!(!results.measurements.is_empty());
    for measurement in &results.measurements {
        assert!(measurement.value > 0.0, "{measurement:?}");
    }
    let file = results.write(folder.path()).unwrap();
    let written: Results = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
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
