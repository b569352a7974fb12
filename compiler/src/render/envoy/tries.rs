//! Tries of a request as requests of their own.
//!
//! Envoy draws the delay of a retry from zero upwards, but the Gateway API's `backoff` is the
//! least time between two tries. So a variant with a backoff sends each try to a listener inside
//! the same Envoy, which waits before every try but the first, and sends it on. A try that ends
//! without a response of the backend gets a header, for which the route outside retries. It is
//! also how a Lambda function is called again: a request is signed once in each try.

use serde_json::{Value, json};

use super::routes::{self, CLUSTER_HEADER, ENDPOINT_HEADER, INTERNAL_HEADERS};
use super::{connection, extension, typed};

/// Name of the listener, and of the cluster that leads to it.
const NAME: &str = crate::lower::TRIES;
/// Limits a try, in milliseconds.
const TIMEOUT_HEADER: &str = "x-kgwc-try-timeout";
/// Says that a try has failed without a response of the backend.
pub(super) const FAILED_HEADER: &str = "x-kgwc-failed";
/// Says that the try belongs to a session.
const SESSION_HEADER: &str = "x-kgwc-keep-endpoint";
const DELAY_HEADER: &str = "x-envoy-fault-delay-request";
/// Number of the try, from 1. Not `x-envoy-attempt-count`: Envoy gives that to all requests of a
/// virtual host or to none, and again before every retry, so that backends get it.
const ATTEMPT_HEADER: &str = "x-kgwc-try";
/// The filter that forgets the endpoint of a session.
const FORGET_FILTER: &str = "kgwc.forget_endpoint";

/// What ends a try without a response of the backend: connection failures and ends, timeouts,
/// resets, no endpoint.
const FAILURES: [&str; 8] = ["UF", "UC", "UT", "LR", "UR", "UH", "UO", "UPE"];

/// Fills in the action of the route outside.
pub(super) fn fill(action: &mut Value) {
    action["cluster"] = json!(NAME);
    // The delay is the listener's.
    let least = routes::duration(1);
    let back_off = json!({"base_interval": least, "max_interval": least});
    action["retry_policy"] = json!({"retry_back_off": back_off});
}

/// What the route outside tells the listener.
pub(super) fn add_headers(route: &mut Value, backoff: Option<u64>, session: bool) {
    let add = |name: &str, value: String| {
        json!({
            "header": {"key": name, "value": value},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        })
    };
    let mut added = Vec::new();
    if let Some(milliseconds) = backoff {
        // Its timer counts in whole milliseconds.
        added.push(add(DELAY_HEADER, milliseconds.saturating_add(1).to_string()));
    }
    if session {
        added.push(add(SESSION_HEADER, "1".to_owned()));
    }
    route["request_headers_to_add"] = Value::from(added);
}

/// The cluster that leads to the listener. HTTP/2 keeps trailers, and with them gRPC.
pub(super) fn cluster() -> Value {
    const OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    let endpoint = json!({"envoy_internal_address": {
        "server_listener_name": NAME,
        "endpoint_id": "1",
    }});
    let count = extension(
        "envoy.filters.http.header_mutation",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({"mutations": {"request_mutations": [{"append": {
            "header": {"key": ATTEMPT_HEADER, "value": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%"},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }}]}}),
    );
    let codec = extension(
        "envoy.filters.http.upstream_codec",
        "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
        json!({}),
    );
    let protocol = json!({
        "explicit_http_config": {"http2_protocol_options": {"allow_connect": true}},
        "http_filters": [count, codec],
    });
    json!({
        "name": NAME,
        "type": "STATIC",
        "circuit_breakers": {"thresholds": [super::cluster::unlimited()]},
        "typed_extension_protocol_options": {OPTIONS: typed(OPTIONS, protocol)},
        "load_assignment": {
            "cluster_name": NAME,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": endpoint}}]}],
        },
    })
}

/// The listener. It does not depend on the routes.
pub(super) fn listener() -> Value {
    let mapper = json!({
        "filter": {"response_flag_filter": {"flags": FAILURES}},
        "headers_to_add": [{
            "header": {"key": FAILED_HEADER, "value": "%RESPONSE_FLAGS%"},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }],
    });
    let fields = json!({
        "stat_prefix": NAME,
        "codec_type": "AUTO",
        "http2_protocol_options": {"allow_connect": true},
        "http_filters": [forget(), routes::session_filter(), delay(), limit(), connection::router()],
        "route_config": routes(),
        // The connection manager outside has done all this.
        "use_remote_address": false,
        "skip_xff_append": true,
        "generate_request_id": false,
        "server_header_transformation": "PASS_THROUGH",
        // What comes is from the same Envoy, and believed.
        "internal_address_config": {
            "cidr_ranges": [{"address_prefix": "0.0.0.0", "prefix_len": 0}],
        },
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "local_reply_config": {"mappers": [mapper]},
    });
    json!({
        "name": NAME,
        "internal_listener": {},
        "filter_chains": [{"filters": [connection::network_filter(fields)]}],
    })
}

/// All that may be on a request that comes from the route outside, and that no backend should see.
pub(super) fn not_for_backends() -> Vec<&'static str> {
    let mut names = INTERNAL_HEADERS.to_vec();
    names.extend([
        TIMEOUT_HEADER,
        SESSION_HEADER,
        DELAY_HEADER,
        ATTEMPT_HEADER,
        // Envoy adds it to what comes from itself, and to copies.
        "x-envoy-internal",
    ]);
    names
}

/// Every try is a first one here, so that the session of a retry has to be forgotten: else it
/// would go to the same dead endpoint again and again.
fn routes() -> Value {
    let has_session = json!({"name": SESSION_HEADER, "present_match": true});
    let is_retry = json!({"name": ATTEMPT_HEADER, "range_match": {"start": 2, "end": 1_000_000}});
    let removed = not_for_backends();
    let route = |headers: Value| {
        let matched = json!({"headers": headers});
        let mut route = routes::route(matched, json!({"cluster_header": CLUSTER_HEADER}), &removed);
        // A backend does not say that it has not answered: what it says goes, what Envoy adds to
        // its own answers comes later and stays.
        let removed = routes::NOT_FROM_BACKENDS.into_iter().chain([FAILED_HEADER]);
        route["response_headers_to_remove"] = removed.collect();
        route
    };
    let mut retry = route(json!([has_session, is_retry]));
    retry["typed_per_filter_config"] = routes::sessions();
    retry["typed_per_filter_config"][FORGET_FILTER] = forget_per_route();
    let mut first = route(json!([has_session]));
    first["typed_per_filter_config"] = routes::sessions();
    let host = json!({"name": "any", "domains": ["*"], "routes": [retry, first, route(json!([]))]});
    json!({"name": NAME, "virtual_hosts": [host]})
}

fn delay() -> Value {
    extension(
        "envoy.filters.http.fault",
        "envoy.extensions.filters.http.fault.v3.HTTPFault",
        json!({
            "delay": {"header_delay": {}, "percentage": {"numerator": 100}},
            "headers": [{"name": ATTEMPT_HEADER, "range_match": {"start": 2, "end": 1_000_000}}],
        }),
    )
}

/// The limit of a try does not count the delay before it.
fn limit() -> Value {
    let value = format!("%REQ({TIMEOUT_HEADER})%");
    extension(
        "envoy.filters.http.header_mutation",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({"mutations": {"request_mutations": [{"append": {
            "header": {"key": "x-envoy-upstream-rq-timeout-ms", "value": value},
            "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
        }}]}}),
    )
}

fn forget() -> Value {
    extension(
        FORGET_FILTER,
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({}),
    )
}

fn forget_per_route() -> Value {
    typed(
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutationPerRoute",
        json!({"mutations": {"request_mutations": [{"remove": ENDPOINT_HEADER}]}}),
    )
}

/// Headers of the tries that clients must not send.
pub(super) const NOT_FROM_CLIENTS: [&str; 12] = [
    TIMEOUT_HEADER,
    SESSION_HEADER,
    FAILED_HEADER,
    ATTEMPT_HEADER,
    "x-envoy-attempt-count",
    DELAY_HEADER,
    "x-envoy-fault-delay-request-percentage",
    "x-envoy-fault-abort-request",
    "x-envoy-fault-abort-grpc-request",
    "x-envoy-fault-abort-request-percentage",
    "x-envoy-fault-throughput-response",
    "x-envoy-fault-throughput-response-percentage",
];
