//! The HTTP connection manager in front of the module.

use serde_json::{Value, json};

use super::{Options, extension};

const HTTP_CONNECTION_MANAGER: &str =
    "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/// The header in which the module names the cluster.
const CLUSTER_HEADER: &str = "x-kgwc-cluster";
/// The header by which the module chooses among route variants.
const VARIANT_HEADER: &str = "x-kgwc-variant";

/// What clients must not decide. Envoy honours `x-envoy-original-dst-host` from anybody, and would
/// pass on the rest to the module or to the backend.
const NOT_FROM_CLIENTS: [&str; 5] = [
    CLUSTER_HEADER,
    VARIANT_HEADER,
    super::stub::BACKEND_HEADER,
    "x-envoy-original-dst-host",
    "x-envoy-original-path",
];

/// A network filter that serves HTTP/1 and HTTP/2 through `plugin`.
pub(super) fn manager(stat_prefix: &str, plugin: &Value, options: &Options) -> Value {
    let mut fields = json!({
        "stat_prefix": stat_prefix,
        "codec_type": "AUTO",
        "http_filters": [plugin, router()],
        "route_config": routes(),
        "early_header_mutation_extensions": [extension(
            "envoy.http.early_header_mutation.header_mutation",
            "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation",
            json!({"mutations": NOT_FROM_CLIENTS.map(|name| json!({"remove": name}))}),
        )],
        "normalize_path": true,
        "merge_slashes": true,
        "path_with_escaped_slashes_action": "REJECT_REQUEST",
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
    if options.stub_backends {
        // A stub shows the headers it gets: as few as possible that no route asked for.
        fields["generate_request_id"] = json!(false);
        fields["skip_xff_append"] = json!(true);
    }
    if options.access_log {
        fields["access_log"] = json!([access_log()]);
    }
    extension("envoy.filters.network.http_connection_manager", HTTP_CONNECTION_MANAGER, fields)
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
    extension("envoy.filters.network.http_connection_manager", HTTP_CONNECTION_MANAGER, fields)
}

/// One virtual host for every host: Envoy chooses it again after the module has rewritten
/// `:authority`.
fn routes() -> Value {
    json!({
        "virtual_hosts": [{
            "name": "any",
            "domains": ["*"],
            "routes": [{
                "match": {"prefix": "/"},
                "route": {
                    "cluster_header": CLUSTER_HEADER,
                    // Both default to a limit that no route asked for.
                    "timeout": "0s",
                    "idle_timeout": "0s",
                },
            }],
        }],
        "request_headers_to_remove": [CLUSTER_HEADER, VARIANT_HEADER, "x-envoy-external-address"],
    })
}

fn router() -> Value {
    extension(
        "envoy.filters.http.router",
        "envoy.extensions.filters.http.router.v3.Router",
        json!({"suppress_envoy_headers": true}),
    )
}

fn access_log() -> Value {
    // The details are the module's for what it answers itself: `kgwc_redirect`.
    let format = "%START_TIME% %REQ(:METHOD)% %REQ(:AUTHORITY)%%REQ(:PATH)% %RESPONSE_CODE% \
                  %RESPONSE_CODE_DETAILS% cluster=%UPSTREAM_CLUSTER_RAW% \
                  upstream=%UPSTREAM_HOST% %DURATION%ms\n";
    extension(
        "envoy.access_loggers.stdout",
        "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
        json!({"log_format": {"text_format_source": {"inline_string": format}}}),
    )
}
