//! Every part runs, at its smallest size: what Envoy and the module answer is checked on the way.

use kgwc_bench::{Part, Scale, Setting};

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
        let is_failure = measurement.name.starts_with("failed");
        assert_eq!(is_failure, measurement.value == 0.0, "{measurement:?}");
    }
    results.write(folder.path()).unwrap();
}

/// Only where the set-up installs an Envoy is it an error that there is none.
fn has_envoy() -> bool {
    let is_set_up = cfg!(all(target_os = "linux", target_arch = "x86_64"));
    is_set_up || kgwc::envoy::find().is_ok()
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
