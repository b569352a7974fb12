//! The HTTP connection manager in front of the module.

use serde_json::{Value, json};

use super::routes::{CLUSTER_HEADER, ENDPOINT_HEADER, VARIANT_HEADER};
use super::{Options, extension, tries};

/// Type of the network filter.
pub(in crate::render) const HTTP_CONNECTION_MANAGER: &str =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// Its well-known name.
pub(in crate::render) const HTTP_CONNECTION_MANAGER_FILTER: &str =
    "envoy.filters.network.http_connection_manager";

/// What clients must not decide. The module takes it away as well, but Envoy has chosen a first route
/// by then, and what it does for that route it does not undo.
const NOT_FROM_CLIENTS: [&str; 7] = [
    CLUSTER_HEADER,
    VARIANT_HEADER,
    ENDPOINT_HEADER,
    super::stub::BACKEND_HEADER,
    "x-envoy-original-dst-host",
    "x-envoy-original-path",
    // What Envoy tells backends.
    "x-envoy-is-timeout-retry",
];

/// What a connection manager does with a request.
pub(super) struct Chain {
    /// The filters, the module first, without the router.
    pub(super) filters: Vec<Value>,
    /// Where the routes are: `route_config` or `rds`, with its value.
    pub(super) routes: (&'static str, Value),
    /// What is taken out of requests before a first route is chosen for them.
    pub(super) removed: Vec<&'static str>,
}

/// What to take out of requests before the module sees them, where a route is chosen by `variant`
/// headers and where routes make each try a request of its own.
pub(super) fn removed_early(has_variants: bool, has_tries: bool) -> Vec<&'static str> {
    // Where there is but one route, the module comes early enough. To have Envoy look for these names
    // costs a twentieth of a plain request.
    let names = NOT_FROM_CLIENTS.iter().filter(|_| has_variants);
    names.chain(tries::NOT_FROM_CLIENTS.iter().filter(|_| has_tries)).copied().collect()
}

/// A network filter that serves HTTP/1 and HTTP/2.
pub(super) fn manager(stat_prefix: &str, chain: Chain, options: &Options) -> Value {
    let Chain { mut filters, routes: (kind, routes), removed } = chain;
    filters.push(router());
    let mut fields = json!({
        "stat_prefix": stat_prefix,
        "codec_type": "AUTO",
        "http_filters": filters,
        // An edge proxy: the peer is the client, and what it says about itself in
        // `x-forwarded-*` and `x-envoy-*` is not believed, wherever it connects from.
        "use_remote_address": true,
        // The address that nobody has: to Envoy an empty list means all private addresses.
        "internal_address_config": {
            "cidr_ranges": [{"address_prefix": "0.0.0.0", "prefix_len": 32}],
        },
        // `server` belongs to the backend, or to a response header filter of the route.
        "server_header_transformation": "PASS_THROUGH",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
    });
    if let (Some(fields), Value::Object(spelling)) = (fields.as_object_mut(), one_spelling()) {
        fields.extend(spelling);
    }
    fields[kind] = routes;
    if !removed.is_empty() {
        fields["early_header_mutation_extensions"] = json!([early_removal(removed)]);
    }
    if options.stub_backends {
        // A stub shows the headers it gets: as few as possible that no route asked for.
        fields["generate_request_id"] = json!(false);
        fields["skip_xff_append"] = json!(true);
    }
    if options.access_log {
        fields["access_log"] = json!([access_log()]);
    }
    network_filter(fields)
}

/// What takes headers away before any filter sees them.
pub(in crate::render) fn early_removal(headers: impl IntoIterator<Item = &'static str>) -> Value {
    let removed: Vec<_> = headers.into_iter().map(|name| json!({"remove": name})).collect();
    extension(
        "envoy.http.early_header_mutation.header_mutation",
        "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
        json!({"mutations": removed}),
    )
}

/// What gives every path one spelling.
pub(in crate::render) fn one_spelling() -> Value {
    json!({
        "normalize_path": true,
        "merge_slashes": true,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
    })
}

/// A network filter whose answers all come from `filter`.
pub(super) fn answering(stat_prefix: &str, filter: &Value) -> Value {
    let nothing = json!({"match": {"prefix": "/"}, "direct_response": {"status": 404}});
    let fields = json!({
        "stat_prefix": stat_prefix,
        "http_filters": [filter, router()],
        "route_config": {"virtual_hosts": [
            {"name": "any", "domains": ["*"], "routes": [nothing]},
        ]},
        "generate_request_id": false,
        "server_header_transformation": "PASS_THROUGH",
    });
    network_filter(fields)
}

/// An HTTP connection manager.
pub(super) fn network_filter(fields: Value) -> Value {
    extension(HTTP_CONNECTION_MANAGER_FILTER, HTTP_CONNECTION_MANAGER, fields)
}

pub(super) fn router() -> Value {
    extension(
        "envoy.filters.http.router",
        "envoy.extensions.filters.http.router.v3.Router",
        json!({"suppress_envoy_headers": true}),
    )
}

fn access_log() -> Value {
    // The details are the module's for what it answers itself: `kgwc_redirect`.
    let format = "%START_TIME% %REQ(:METHOD)% %REQ(:AUTHORITY)%%REQ(:PATH)% %RESPONSE_CODE% \
                  %RESPONSE_CODE_DETAILS% route=%FILTER_STATE(wasm.kgwc.route:PLAIN)% \
                  rule=%FILTER_STATE(wasm.kgwc.rule:PLAIN)% \
                  backend=%FILTER_STATE(wasm.kgwc.backend:PLAIN)% \
                  upstream=%UPSTREAM_HOST% %DURATION%ms\n";
    extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        json!({"log_format": {"text_format_source": {"inline_string": format}}}),
    )
}
