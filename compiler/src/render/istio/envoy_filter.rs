//! The EnvoyFilter: what the Envoys of a Gateway have to do beside what Istio tells them.

use serde_json::{Value, json};

use crate::lower::Lowered;
use crate::render::envoy::connection::{
    HTTP_CONNECTION_MANAGER, HTTP_CONNECTION_MANAGER_FILTER, early_removal, one_spelling,
};
use crate::render::envoy::routes::{
    self, CLUSTER_HEADER, ENDPOINT_HEADER, Form, VARIANT_HEADER, virtual_host,
};
use crate::render::envoy::typed;

/// A name of our own: Istio can put a filter of the well-known name there, too.
const SESSION_FILTER: &str = "kgwc.stateful_session";

/// Between Envoy and the module only.
const INTERNAL_HEADERS: [&str; 3] = [CLUSTER_HEADER, VARIANT_HEADER, ENDPOINT_HEADER];

/// What clients must not decide. Up to Istio 1.24 Envoy takes clients with private addresses for
/// internal, and believes what they say about timeouts and retries.
const NOT_FROM_CLIENTS: [&str; 15] = [
    CLUSTER_HEADER,
    VARIANT_HEADER,
    ENDPOINT_HEADER,
    "x-envoy-original-dst-host",
    "x-envoy-original-path",
    "x-envoy-upstream-rq-timeout-ms",
    "x-envoy-upstream-rq-per-try-timeout-ms",
    "x-envoy-upstream-rq-timeout-alt-response",
    "x-envoy-upstream-alt-stat-name",
    "x-envoy-hedge-on-per-try-timeout",
    "x-envoy-retry-on",
    "x-envoy-retry-grpc-on",
    "x-envoy-max-retries",
    "x-envoy-retriable-status-codes",
    "x-envoy-retriable-header-names",
];

/// After other EnvoyFilters, so that nothing of theirs comes between the module and the router.
const PRIORITY: u32 = 10;

const FORM: Form = Form {
    // One that no removed virtual host has: Istio removes by name, after it has added.
    name: "kgwc",
    removed: &INTERNAL_HEADERS,
    session_filter: SESSION_FILTER,
    // Istio's clusters have their own limits.
    mirror_cluster: str::to_owned,
};

/// Its `spec`.
pub(super) fn spec(lowered: &Lowered, pods: &Value) -> Value {
    let patches = [remove_virtual_hosts(), add_virtual_host(lowered), sessions(), connection()];
    json!({
        "workloadSelector": {"labels": pods},
        "priority": PRIORITY,
        "configPatches": patches,
    })
}

/// Two virtual hosts `*` would be refused, and one for each host would be chosen anew where the
/// module rewrites the host.
fn remove_virtual_hosts() -> Value {
    json!({
        "applyTo": "VIRTUAL_HOST",
        "match": {"context": "GATEWAY", "routeConfiguration": {}},
        "patch": {"operation": "REMOVE"},
    })
}

fn add_virtual_host(lowered: &Lowered) -> Value {
    json!({
        "applyTo": "VIRTUAL_HOST",
        "match": {"context": "GATEWAY", "routeConfiguration": {}},
        "patch": {"operation": "ADD", "value": virtual_host(&known(lowered), &FORM)},
    })
}

/// Without what only a Lambda function needs, which has no cluster here: the field is younger than
/// most of Istio's Envoys.
fn known(lowered: &Lowered) -> Lowered {
    let mut lowered = lowered.clone();
    for variant in lowered.variants.values_mut() {
        variant.whole_bodies = false;
    }
    lowered
}

/// Right before the router, and so after every WasmPlugin. It is there for all routes, so that a
/// change of routes leaves the listeners alone.
fn sessions() -> Value {
    let router = json!({
        "name": HTTP_CONNECTION_MANAGER_FILTER,
        "subFilter": {"name": "envoy.filters.http.router"},
    });
    json!({
        "applyTo": "HTTP_FILTER",
        "match": {"context": "GATEWAY", "listener": {"filterChain": {"filter": router}}},
        "patch": {
            "operation": "INSERT_BEFORE",
            "value": routes::session_filter_named(SESSION_FILTER),
        },
    })
}

fn connection() -> Value {
    let filter = json!({"name": HTTP_CONNECTION_MANAGER_FILTER});
    let mut fields = one_spelling();
    fields["early_header_mutation_extensions"] = json!([early_removal(NOT_FROM_CLIENTS)]);
    json!({
        "applyTo": "NETWORK_FILTER",
        "match": {"context": "GATEWAY", "listener": {"filterChain": {"filter": filter}}},
        "patch": {
            "operation": "MERGE",
            "value": {
                "name": HTTP_CONNECTION_MANAGER_FILTER,
                "typed_config": typed(HTTP_CONNECTION_MANAGER, fields),
            },
        },
    })
}
