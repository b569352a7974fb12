//! The same table as routes of Envoy's own.

use crate::workload::{
    Fanout, HEADER, HOST, PARAMETER, Workload, cluster_name, exact, hostname, prefix, value,
};
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The generated bootstrap as it would be with routes of Envoy's own: without the module, and
/// without what only the module needs. All else stays, so that both differ in nothing else.
pub(crate) fn native(bootstrap: &mut Value, workload: &Workload) -> Result<()> {
    const MANAGER: &str = "/static_resources/listeners/0/filter_chains/0/filters/0/typed_config";
    let manager = bootstrap.pointer_mut(MANAGER).context("there is no connection manager")?;
    without_module(manager)?;
    manager["route_config"] = host_routes(workload, "native");
    if let Some(document) = bootstrap.as_object_mut() {
        document.remove("stats_config");
    }
    Ok(())
}

/// Takes out of a connection manager what only the module needs; its routes stay.
pub(super) fn without_module(manager: &mut Value) -> Result<()> {
    let manager = manager.as_object_mut().context("the connection manager is no message")?;
    manager.remove("early_header_mutation_extensions");
    let filters = manager.get_mut("http_filters").and_then(Value::as_array_mut);
    let filters = filters.context("the connection manager has no filters")?;
    // The router comes last.
    filters.drain(..filters.len().saturating_sub(1));
    Ok(())
}

/// An `envoy.config.route.v3.RouteConfiguration` with the routes in their precedence: a virtual
/// host for each hostname, as control planes for Envoy write it.
pub(super) fn host_routes(workload: &Workload, name: &str) -> Value {
    let hosts: Vec<_> = match workload.fanout {
        Fanout::Host => {
            let host = |n| virtual_host(&hostname(n), vec![route(workload, n)]);
            (0..workload.routes).map(host).collect()
        }
        _ => {
            let routes = (0..workload.routes).map(|n| route(workload, n)).collect();
            vec![virtual_host(HOST, routes)]
        }
    };
    json!({"name": name, "virtual_hosts": hosts})
}

fn virtual_host(hostname: &str, routes: Vec<Value>) -> Value {
    json!({"name": hostname, "domains": [hostname], "routes": routes})
}

fn route(workload: &Workload, number: usize) -> Value {
    let exactly = |name: &str| json!([{"name": name, "string_match": {"exact": value(number)}}]);
    let matched = match workload.fanout {
        Fanout::Host => json!({"prefix": "/"}),
        Fanout::Exact => json!({"path": exact(number)}),
        Fanout::Prefix => json!({"path_separated_prefix": prefix(number)}),
        Fanout::Regex | Fanout::RegexEnd => {
            json!({"safe_regex": {"regex": workload.pattern(number)}})
        }
        Fanout::Header => json!({"prefix": "/", "headers": exactly(HEADER)}),
        Fanout::Query => json!({"prefix": "/", "query_parameters": exactly(PARAMETER)}),
    };
    let cluster = cluster_name(workload.service(number));
    // Without limits of time, as for the module.
    let action = json!({"cluster": cluster, "timeout": "0s", "idle_timeout": "0s"});
    json!({"match": matched, "route": action})
}
