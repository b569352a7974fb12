//! The catch-all route, and its variants for what the module cannot ask for by headers.

use serde_json::{Map, Value, json};

use super::{cluster, extension, tries, typed};
use crate::lower::{Lowered, MirrorTarget, Variant, mirror_name};

/// The header in which the module names the cluster.
pub(in crate::render) const CLUSTER_HEADER: &str = "x-kgwc-cluster";
/// The header by which the module chooses among the variants.
pub(in crate::render) const VARIANT_HEADER: &str = "x-kgwc-variant";
/// The header that names the endpoint of a session, in requests and in responses.
pub(in crate::render) const ENDPOINT_HEADER: &str = "x-kgwc-session";
/// The header that asks for an explanation, and in responses has its lines.
const EXPLAIN_HEADER: &str = "kgwc-explain";
/// What only Envoy and the module say in responses. What a backend says goes; what they say is added
/// later, and stays.
pub(in crate::render) const NOT_FROM_BACKENDS: [&str; 2] = [ENDPOINT_HEADER, EXPLAIN_HEADER];
/// Between Envoy and the module only: the backend gets none of these.
pub(in crate::render) const INTERNAL_HEADERS: [&str; 4] =
    [CLUSTER_HEADER, VARIANT_HEADER, ENDPOINT_HEADER, "x-envoy-external-address"];

/// The filter that keeps clients with an endpoint, also the key of its settings on a route.
const SESSION_FILTER: &str = "envoy.filters.http.stateful_session";

/// Lambda takes requests of 6 MB; base64 makes four bytes of three.
const WHOLE_BODY_BYTES: u32 = 9 * 1024 * 1024;

/// What differs between the Envoy that is configured as a whole and one of Istio's.
pub(in crate::render) struct Form {
    /// Name of the virtual host.
    pub(in crate::render) name: &'static str,
    /// Headers that no backend gets.
    pub(in crate::render) removed: &'static [&'static str],
    /// Name of the filter that keeps clients with an endpoint.
    pub(in crate::render) session_filter: &'static str,
    /// The cluster that gets the copies for a cluster.
    pub(in crate::render) mirror_cluster: fn(&str) -> String,
}

const WHOLE: Form = Form {
    name: "any",
    removed: &INTERNAL_HEADERS,
    session_filter: SESSION_FILTER,
    mirror_cluster: mirror_name,
};

/// An `envoy.config.route.v3.RouteConfiguration`.
pub(super) fn configuration(name: &str, lowered: &Lowered) -> Value {
    json!({"name": name, "virtual_hosts": [virtual_host(lowered, &WHOLE)]})
}

/// An `envoy.config.route.v3.VirtualHost` for every host: it is the only one, because Envoy chooses
/// it again after the module has rewritten `:authority`.
pub(in crate::render) fn virtual_host(lowered: &Lowered, form: &Form) -> Value {
    let variants = lowered.variants.iter();
    let mut routes: Vec<_> =
        variants.map(|(name, variant)| variant_route(name, variant, form)).collect();
    routes.push(route(json!({}), json!({"cluster_header": CLUSTER_HEADER}), form.removed));
    json!({"name": form.name, "domains": ["*"], "routes": routes})
}

/// The filter that keeps clients with an endpoint, on the routes that say so.
pub(super) fn session_filter() -> Value {
    session_filter_named(SESSION_FILTER)
}

/// The same under that name.
pub(in crate::render) fn session_filter_named(name: &str) -> Value {
    extension(name, "envoy.extensions.filters.http.stateful_session.v3.StatefulSession", json!({}))
}

/// Whether any variant needs the filter for sessions.
pub(in crate::render) fn has_sessions(lowered: &Lowered) -> bool {
    lowered.variants.values().any(|variant| variant.session)
}

fn variant_route(name: &str, variant: &Variant, form: &Form) -> Value {
    let Variant { mirrors, backoff, separate_tries, session, whole_bodies } = variant;
    let matched = json!({"headers": [
        {"name": VARIANT_HEADER, "string_match": {"exact": name}},
    ]});
    let mut action = json!({});
    if !mirrors.is_empty() {
        let policy = |target: &MirrorTarget| {
            cluster::mirror_policy(target, &(form.mirror_cluster)(&target.cluster))
        };
        let policies: Vec<_> = mirrors.iter().map(policy).collect();
        action["request_mirror_policies"] = Value::from(policies);
    }
    let mut out = if *separate_tries {
        tries::fill(&mut action);
        let mut out = route(matched, action, &["x-envoy-external-address"]);
        tries::add_headers(&mut out, *backoff, *session);
        // The endpoint of a session comes from the listener inside, where a backend's went.
        let removed = NOT_FROM_BACKENDS.into_iter().filter(|name| *name != ENDPOINT_HEADER);
        out["response_headers_to_remove"] = removed.chain([tries::FAILED_HEADER]).collect();
        out
    } else {
        action["cluster_header"] = json!(CLUSTER_HEADER);
        if let Some(milliseconds) = backoff {
            action["retry_policy"] = json!({"retry_back_off": back_off(*milliseconds)});
        }
        let mut out = route(matched, action, form.removed);
        if *session {
            out["typed_per_filter_config"] = sessions_of(form.session_filter);
        }
        out
    };
    out["name"] = json!(name);
    if *whole_bodies {
        out["request_body_buffer_limit"] = json!(WHOLE_BODY_BYTES);
    }
    out
}

/// What a variant does for sessions.
pub(super) fn sessions() -> Value {
    sessions_of(SESSION_FILTER)
}

fn sessions_of(filter: &str) -> Value {
    let state = typed(
        "envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState",
        json!({"name": ENDPOINT_HEADER}),
    );
    let per_route = typed(
        "envoy.extensions.filters.http.stateful_session.v3.StatefulSessionPerRoute",
        json!({"stateful_session": {"session_state": {
            "name": "envoy.http.stateful_session.header",
            "typed_config": state,
        }}}),
    );
    let mut settings = Map::new();
    settings.insert(filter.to_owned(), per_route);
    Value::Object(settings)
}

/// Envoy draws the delay of retries between 0 and the interval, which grows with each retry.
fn back_off(milliseconds: u64) -> Value {
    let interval = duration(milliseconds);
    json!({"base_interval": interval, "max_interval": duration(milliseconds.saturating_mul(10))})
}

/// A route for every path; `matched` says what else has to hold.
pub(super) fn route(mut matched: Value, mut action: Value, removed: &[&str]) -> Value {
    matched["prefix"] = json!("/");
    // Both default to a limit that no HTTPRoute asked for.
    action["timeout"] = json!("0s");
    action["idle_timeout"] = json!("0s");
    json!({
        "match": matched,
        "route": action,
        "request_headers_to_remove": removed,
        "response_headers_to_remove": NOT_FROM_BACKENDS,
    })
}

/// A `google.protobuf.Duration`.
pub(super) fn duration(milliseconds: u64) -> String {
    format!("{}.{:03}s", milliseconds / 1000, milliseconds % 1000)
}
