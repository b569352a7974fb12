//! Labels for the module's counters.

use serde_json::{Value, json};

/// An `envoy.config.metrics.v3.StatsConfig` that makes labels of the parts of the module's counters:
/// `kgwc_requests{kgwc_route="default/httpbin", kgwc_rule="0", kgwc_outcome="forward"}`.
pub(super) fn config() -> Value {
    // Each takes its first group out of the name, and makes a label of the second. What follows a
    // part is spelled out, because the name of a route may have dots, and look like the rest.
    const RULE: &str = r"rule\.[0-9]+\.outcome\.[a-z_]+\.requests$";
    let tag = |name: &str, regex: String| json!({"tag_name": name, "regex": regex});
    json!({"stats_tags": [
        tag("kgwc.route", format!(r"^wasmcustom\.kgwc\.(route\.(.+)\.){RULE}")),
        tag(
            "kgwc.rule",
            r"^wasmcustom\.kgwc\.route\..+\.(rule\.([0-9]+)\.)outcome\.[a-z_]+\.requests$".to_owned(),
        ),
        tag(
            "kgwc.outcome",
            r"^wasmcustom\.kgwc\.(?:.+\.)?(outcome\.([a-z_]+)\.)requests$".to_owned(),
        ),
    ]})
}
