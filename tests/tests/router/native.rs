//! A Gateway as native routes of Envoy.

use crate::model::{Gateway, Match, Path, Value};
use crate::naive::Candidate;
use crate::naive::precedence::beats;
use kgwc::render::envoy::listener_name as module_listener;
use route::config::Config;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// Name of the listener with the native routes of a Gateway port.
pub(crate) fn listener_name(port: u16) -> String {
    format!("native-{port}")
}

/// Beside each listener of the module one like it, whose connection manager has native routes and
/// no filter but the router. The configuration is that of the Gateway: of it only the hostnames are
/// used.
pub(crate) fn add(document: &mut Json, gateway: &Gateway, config: &Config) {
    let listeners = document["static_resources"]["listeners"].as_array_mut().unwrap();
    for listener in &config.listeners {
        let name = module_listener(listener.port);
        let like = listeners.iter().find(|listener| listener["name"] == *name).unwrap();
        let mut native = like.clone();
        native["name"] = listener_name(listener.port).into();
        let manager = &mut native["filter_chains"][0]["filters"][0]["typed_config"];
        let filters = manager["http_filters"].as_array().unwrap();
        let router = filters.last().unwrap().clone();
        manager["http_filters"] = json!([router]);
        manager["strip_trailing_host_dot"] = true.into();
        manager["route_config"] = json!({
            "name": listener_name(listener.port),
            "ignore_port_in_host_matching": true,
            "virtual_hosts": hosts(gateway, config, listener.port),
        });
        listeners.push(native);
    }
}

/// The virtual hosts of a Gateway port: one for each hostname, with a route for each match.
pub(crate) fn hosts(gateway: &Gateway, config: &Config, port: u16) -> Json {
    let listener = config.listeners.iter().find(|listener| listener.port == port).unwrap();
    let hosts = listener.hostnames.iter().map(|served| {
        let hostname = served.hostname.as_deref();
        let domain = hostname.unwrap_or("*");
        let mut candidates =
            candidates(gateway, &listener.name, listener.hostname.as_deref(), hostname);
        candidates.sort_by(|a, b| match beats(a, b, gateway.regex_rank) {
            true => Ordering::Less,
            false => Ordering::Greater,
        });
        let routes = candidates.iter().map(|candidate| {
            let backend = &gateway.backends[candidate.rule().backends[0].backend];
            json!({
                "match": condition(candidate.matched()),
                "direct_response": {
                    "status": 200,
                    "body": {"inline_string": format!("default/{}:80", backend.name)},
                },
            })
        });
        json!({"name": domain, "domains": [domain], "routes": routes.collect::<Vec<_>>()})
    });
    hosts.collect()
}

/// The matches that the listener serves under the hostname, in no order: those of the routes that
/// name it, and of the routes that name none or a wider one where it is the listener's own.
fn candidates<'g>(
    gateway: &'g Gateway,
    listener: &str,
    own: Option<&str>,
    hostname: Option<&'g str>,
) -> Vec<Candidate<'g>> {
    let is_wider = |name: &str| match (name.strip_prefix('*'), own) {
        (Some(suffix), Some(own)) => own.ends_with(suffix),
        _ => false,
    };
    let serves = |names: &[String]| {
        names.iter().any(|name| Some(name.as_str()) == hostname)
            || own == hostname && (names.is_empty() || names.iter().any(|name| is_wider(name)))
    };
    let here = |parents: &[String]| parents.iter().any(|parent| parent == listener);
    let routes = gateway.routes.iter().filter(|r| here(&r.parents) && serves(&r.hostnames));
    let rules = routes.flat_map(|route| (0..route.rules.len()).map(move |rule| (route, rule)));
    let candidates = rules.flat_map(|(route, rule)| {
        let matches = 0..route.rules[rule].matches.len();
        matches.map(move |index| Candidate { hostname, route, rule, index })
    });
    candidates.collect()
}

/// An `envoy.config.route.v3.RouteMatch`.
fn condition(matched: &Match) -> Json {
    let text = |value: &Value| match value {
        Value::Exact(exact) => json!({"exact": exact}),
        Value::Regex(pattern) => json!({"safe_regex": {"regex": pattern}}),
    };
    let mut condition = match &matched.path {
        Path::Exact(path) => json!({"path": path}),
        // Envoy refuses a separated prefix that ends in a slash; to the Gateway API the slash
        // means nothing.
        Path::Prefix(prefix) => match prefix.trim_end_matches('/') {
            "" => json!({"prefix": "/"}),
            prefix => json!({"path_separated_prefix": prefix}),
        },
        Path::Regex(pattern) => json!({"safe_regex": {"regex": pattern}}),
    };
    let named =
        |(name, value): &(String, Value)| json!({"name": name, "string_match": text(value)});
    let method = matched.method.iter();
    let method = method.map(|method| json!({"name": ":method", "string_match": {"exact": method}}));
    condition["headers"] = method.chain(matched.headers.iter().map(named)).collect();
    condition["query_parameters"] = matched.query.iter().map(named).collect();
    condition
}
