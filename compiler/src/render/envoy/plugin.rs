//! The module as an HTTP filter.

use route::Config;
use serde_json::{Value, json};

use super::{Options, extension, typed};

const WASM: &str = "envoy.extensions.filters.http.wasm.v3.Wasm";

/// Name of the filter that serves a Gateway port; in the dynamic form also the name of the
/// resource that configures it.
pub(super) fn plugin_name(port: u16) -> String {
    format!("kgwc-{port}")
}

/// The filter with its configuration in it.
pub(super) fn inline(port: u16, config: &Config, options: &Options) -> Value {
    extension(&plugin_name(port), WASM, wasm(port, config, options))
}

/// The filter, its configuration read from a file and read again when the file is replaced.
pub(super) fn discovered(port: u16, source: &Value) -> Value {
    json!({
        "name": plugin_name(port),
        "config_discovery": {
            "config_source": source,
            "type_urls": [format!("type.googleapis.com/{WASM}")],
        },
    })
}

/// The resource that [`discovered`] reads.
pub(super) fn resource(port: u16, config: &Config, options: &Options) -> Value {
    let filter = inline(port, config, options);
    typed("envoy.config.core.v3.TypedExtensionConfig", filter)
}

fn wasm(port: u16, config: &Config, options: &Options) -> Value {
    json!({
        "config": {
            "name": plugin_name(port),
            "root_id": "kgwc",
            // After a trap the next request gets a new VM instead of a 503.
            "failure_policy": "FAIL_RELOAD",
            "reload_config": {"backoff": {"base_interval": "0.1s"}},
            "vm_config": {
                "vm_id": "kgwc",
                "runtime": "envoy.wasm.runtime.v8",
                "code": {"local": {"filename": options.module}},
            },
            // As a string, not as a Struct: the module gets these bytes, and Envoy does not parse
            // and print them again.
            "configuration": typed("google.protobuf.StringValue", json!({
                "value": serialized(&for_port(config, port)),
            })),
        },
    })
}

/// The part of the configuration that serves one port. The tables stay whole, so that every
/// number keeps its meaning.
fn for_port(config: &Config, port: u16) -> Config {
    let listeners = config.listeners.iter().filter(|l| l.port == port).cloned().collect();
    Config { port: Some(port), listeners, ..config.clone() }
}

/// Through [`Value`] because that cannot fail: the configuration has string keys only.
fn serialized(config: &Config) -> String {
    json!(config).to_string()
}
