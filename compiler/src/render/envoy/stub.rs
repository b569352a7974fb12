//! A listener inside the same Envoy that answers in place of every backend.
//!
//! Reached through Envoy's internal listeners, so that it needs no port. A filter of each cluster
//! adds the name of the backend to the request; the stub answers with that name and the request
//! as it came. The body is JSON:
//! `{"backend": "default/httpbin-v1:8000", "method": "GET", "authority": "a.example.com",
//! "path": "/get", "headers": [["accept", "*/*"]]}`, every byte that is no printable ASCII
//! character escaped as if it were Latin-1.

use serde_json::{Value, json};

use super::{connection, extension};

/// The header that names the backend on the way to the stub.
pub(super) const BACKEND_HEADER: &str = "x-kgwc-stub-backend";
const NAME: &str = "stub-backends";

pub(super) fn listener() -> Value {
    let script = extension(
        "envoy.filters.http.lua",
        "envoy.extensions.filters.http.lua.v3.Lua",
        json!({"default_source_code": {"inline_string": include_str!("stub.lua")}}),
    );
    json!({
        "name": NAME,
        "internal_listener": {},
        "filter_chains": [{"filters": [connection::answering(NAME, &script)]}],
    })
}

/// The bootstrap extension without which Envoy has no internal listeners.
pub(super) fn internal_listeners() -> Value {
    extension(
        "envoy.bootstrap.internal_listener",
        "envoy.extensions.bootstrap.internal_listener.v3.InternalListener",
        json!({}),
    )
}

/// Address of the stub, for a cluster.
pub(super) fn address() -> Value {
    json!({"envoy_internal_address": {"server_listener_name": NAME}})
}

/// An upstream filter that says which backend the request was for.
pub(super) fn naming_filter(backend: &str) -> Value {
    // A percent sign begins a substitution.
    let value = backend.replace('%', "%%");
    extension(
        "envoy.filters.http.header_mutation",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({"mutations": {"request_mutations": [{"append": {
            "header": {"key": BACKEND_HEADER, "value": value},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }}]}}),
    )
}
