//! TLS to backends outside the cluster.

use serde_json::{Value, json};

use super::{is_ip, typed};

/// To a host that is known by its name: the certificate has to be for it.
pub(super) fn to(host: &str, ca_file: &str) -> Value {
    let san = if is_ip(host) { "IP_ADDRESS" } else { "DNS" };
    let mut context = context(json!({
        "trusted_ca": {"filename": ca_file},
        "match_typed_subject_alt_names": [{"san_type": san, "matcher": {"exact": host}}],
    }));
    if !is_ip(host) {
        context["sni"] = json!(host);
    }
    socket(context)
}

/// To whatever host the request names: the cluster compares the names.
pub(super) fn to_any(ca_file: &str) -> Value {
    socket(context(json!({"trusted_ca": {"filename": ca_file}})))
}

fn context(validation: Value) -> Value {
    json!({"common_tls_context": {"validation_context": validation}})
}

fn socket(context: Value) -> Value {
    json!({
        "name": "envoy.transport_sockets.tls",
        "typed_config": typed(
            "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
            context,
        ),
    })
}
