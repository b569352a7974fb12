//! Clusters: one for each backend.

use serde_json::{Value, json};

use super::{Options, extension, is_ip, socket_address, stub, typed};
use crate::lower::{Cluster, Endpoint, Endpoints, UpstreamProtocol};

const HTTP_PROTOCOL_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

pub(super) fn cluster(cluster: &Cluster, options: &Options) -> Value {
    let name = &cluster.name;
    let mut protocol = protocol(cluster.protocol);
    if options.stub_backends {
        protocol["http_filters"] = json!([
            stub::naming_filter(&cluster.backend),
            extension(
                "envoy.filters.http.upstream_codec",
                "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
                json!({}),
            ),
        ]);
    }
    let mut out = json!({
        "name": name,
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [unlimited()]},
        "typed_extension_protocol_options": {
            HTTP_PROTOCOL_OPTIONS: typed(HTTP_PROTOCOL_OPTIONS, protocol),
        },
    });
    let (discovery, addresses) = if options.stub_backends {
        ("STATIC", vec![stub::address()])
    } else {
        endpoints(&cluster.endpoints)
    };
    out["type"] = Value::from(discovery);
    if discovery == "STRICT_DNS" {
        out["dns_lookup_family"] = json!("V4_PREFERRED");
        out["respect_dns_ttl"] = json!(true);
        // A name that does not resolve must not hold up all other backends.
        out["wait_for_warm_on_init"] = json!(false);
    }
    let endpoint = |address| json!({"endpoint": {"address": address}});
    out["load_assignment"] = json!({
        "cluster_name": name,
        "endpoints": [{"lb_endpoints": addresses.into_iter().map(endpoint).collect::<Vec<_>>()}],
    });
    out
}

/// How Envoy finds the endpoints, and their addresses. One name is enough to make it a cluster
/// that resolves; addresses pass through the resolver as they are.
fn endpoints(endpoints: &Endpoints) -> (&'static str, Vec<Value>) {
    let endpoints = match endpoints {
        Endpoints::Dns(endpoint) => std::slice::from_ref(endpoint),
        Endpoints::Static(endpoints) => endpoints.as_slice(),
    };
    let discovery = if endpoints.iter().all(|e| is_ip(&e.host)) { "STATIC" } else { "STRICT_DNS" };
    let address = |Endpoint { host, port }: &Endpoint| socket_address(host, *port);
    (discovery, endpoints.iter().map(address).collect())
}

fn protocol(protocol: UpstreamProtocol) -> Value {
    let options = match protocol {
        UpstreamProtocol::Http1 | UpstreamProtocol::WebSocket => "http_protocol_options",
        UpstreamProtocol::H2c => "http2_protocol_options",
    };
    json!({"explicit_http_config": {options: {}}})
}

/// Envoy's defaults answer 503 from the 1,025th concurrent request on; no route asked for that.
fn unlimited() -> Value {
    json!({
        "max_connections": u32::MAX,
        "max_pending_requests": u32::MAX,
        "max_requests": u32::MAX,
        "max_retries": u32::MAX,
    })
}
