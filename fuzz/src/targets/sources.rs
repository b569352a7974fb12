//! YAML and JSON of routes, through the whole compiler.

use super::text;
use kgwc::api::Decoder;
use kgwc::diagnostic::Severity;
use kgwc::host::Host;
use kgwc::pipeline::{Input, Options};
use kgwc::render::{diagnostics, envoy, istio};
use kgwc::source::Sources;
use route::{Config, RouteTable};
use std::sync::LazyLock;

static DECODER: LazyLock<Decoder> = LazyLock::new(|| Decoder::new().expect("the schemas compile"));

/// Whatever the text is, it is read, validated, resolved and lowered; every diagnostic has a place
/// and can be shown; and the module takes each configuration that comes of it, without a problem.
pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let name = if text.trim_start().starts_with('{') { "routes.json" } else { "routes.yaml" };
    let (sources, found) = Sources::from_text(name, text);
    let input = Input::decoded(sources, found, &DECODER, &|| {});
    let options = Options { host: Some(Host::Envoy), ..Options::default() };
    let compiled = input.compile(&options);
    for diagnostic in &compiled.diagnostics {
        assert!(!diagnostic.message.is_empty());
    }
    let shown = diagnostics::text::render(&compiled.diagnostics, &input.sources, true);
    assert!(compiled.diagnostics.is_empty() || !shown.is_empty());
    diagnostics::json::render(&compiled.diagnostics, &input.sources);
    let is_valid = compiled.diagnostics.iter().all(|d| d.severity != Severity::Error);
    for (key, lowered) in &compiled.gateways {
        let written = serde_json::to_vec(&lowered.config).expect("a configuration can be written");
        let read = Config::from_json(&written).expect("the module reads what the compiler writes");
        assert_eq!(read, lowered.config);
        let table = RouteTable::compile(read).expect("the module takes what the compiler writes");
        assert_eq!(table.problems(), [], "{key:?}");
        let broken = lowered.config.rules.iter().find(|rule| rule.error.is_some());
        assert!(!is_valid || broken.is_none(), "no error, but {broken:?}");
        envoy::bootstrap(lowered, &envoy::Options::on_free_ports(lowered, String::new()));
        let options = istio::Options { wasm_url: String::new(), sha256: None, fail_reload: true };
        istio::manifests(lowered, &options);
    }
}
