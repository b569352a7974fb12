//! The WasmPlugin.

use serde_json::{Value, json};

use super::Options;
use crate::lower::Lowered;

/// Its `spec`. It names no phase: so the module comes after authentication and authorization,
/// which judge the request as the client sent it.
pub(super) fn spec(lowered: &Lowered, options: &Options, pods: &Value) -> Value {
    let mut spec = json!({
        "selector": {"matchLabels": pods},
        "url": options.wasm_url,
        "type": "HTTP",
        "failStrategy": if options.fail_reload { "FAIL_RELOAD" } else { "FAIL_CLOSE" },
        "pluginName": "kgwc",
        "pluginConfig": lowered.config,
    });
    if let Some(sha256) = &options.sha256
        && ["https://", "http://"].iter().any(|scheme| options.wasm_url.starts_with(scheme))
    {
        spec["sha256"] = json!(sha256);
    }
    spec
}
