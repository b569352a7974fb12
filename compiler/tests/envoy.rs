//! Golden folders: `input.yaml` to the parts of an Envoy bootstrap that depend on it: `envoy.json`.
//! `UPDATE_EXPECT=1 cargo test --workspace --test envoy golden_folders` writes them anew; read them
//! before they are committed. That Envoy does what they say is shown by `tests/tests/traffic`.

use expect_test::expect_file;
use kgwc::lower;
use kgwc::pipeline::{Input, Options};
use kgwc::render::envoy;
use kgwc::source::Sources;
use serde_json::{Value, json};
use std::path::Path;

/// Clusters, routes and the names of filters and listeners: the rest is the same for every input.
fn parts(bootstrap: &Value) -> Value {
    let resources = &bootstrap["static_resources"];
    let listeners = resources["listeners"].as_array().expect("listeners");
    let manager = |listener: &Value| {
        let manager = &listener["filter_chains"][0]["filters"][0]["typed_config"];
        let filters = manager["http_filters"].as_array().expect("filters");
        let names: Vec<_> = filters.iter().map(|filter| &filter["name"]).collect();
        json!({"listener": listener["name"], "filters": names, "routes": manager["route_config"]})
    };
    let listeners: Vec<_> = listeners.iter().map(manager).collect();
    json!({"listeners": listeners, "clusters": resources["clusters"]})
}

#[test]
fn golden_folders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/envoy");
    for name in ["forward-proxy", "lambda", "variants"] {
        let folder = root.join(name);
        let text = std::fs::read_to_string(folder.join("input.yaml")).expect("an input");
        let (sources, found) = Sources::from_text("input.yaml", &text);
        let input = Input::new(sources, found).expect("the schemas of this program");
        let lower = lower::Options { separate_tries: true, ..lower::Options::default() };
        let compiled = input.compile(&Options { lower, ..Options::default() });
        let (_, lowered) = &compiled.gateways[0];
        let options = envoy::Options::on_free_ports(lowered, "kgwc.wasm".to_owned());
        let parts = parts(&envoy::bootstrap(lowered, &options));
        expect_file![folder.join("envoy.json")].assert_eq(&format!("{parts:#}\n"));
    }
}
