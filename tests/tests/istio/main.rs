//! `--emit istio`: what it writes is what Istio's API takes, and what an Envoy of Istio's does with
//! it is what the routes say.

mod emulated;
mod requests;
mod schema;

// The backends there are for other tests.
#[path = "../bootstrap/mod.rs"]
#[allow(dead_code, reason = "shared with other tests")]
mod bootstrap;

use kgwc_tests::{Output, kgwc};
use serde_json::Value;
use std::path::PathBuf;

/// Runs `kgwc compile --emit istio` on routes.
fn emit(routes: &str, options: &[&str]) -> Output {
    let emit = ["compile", "--emit", "istio", "--wasm-url", "oci://registry.example/kgwc:1"];
    let args = emit.iter().chain(options).copied().chain(["-"]);
    kgwc!().input(routes).run(args)
}

/// The WasmPlugin and the EnvoyFilter of YAML that was printed.
fn manifests(yaml: &str) -> [Value; 2] {
    let (sources, problems) = kgwc::source::read(&[PathBuf::from("-")], &mut yaml.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let documents: Vec<_> = sources.documents.into_iter().map(|d| d.value).collect();
    documents.try_into().unwrap_or_else(|other| panic!("not two manifests: {other:?}"))
}
