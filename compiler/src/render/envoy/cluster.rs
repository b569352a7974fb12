//! Clusters: one for each backend, and one for each backend that gets copies.

use serde_json::{Value, json};

use super::{Options, extension, is_ip, lambda, proxy, socket_address, stub, tries, typed};
use crate::lower::{
    Cluster, Endpoint, Endpoints, Lowered, MirrorTarget, UpstreamProtocol, mirror_name,
};

const HTTP_PROTOCOL_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// How long a copy may take where the request itself has no limit: nobody waits for its response.
const MIRROR_DURATION: &str = "300s";

/// All clusters of a configuration.
pub(super) fn clusters(lowered: &Lowered, options: &Options) -> Vec<Value> {
    let mirrored = |cluster: &&Cluster| {
        let mut targets = lowered.variants.values().flat_map(|variant| &variant.mirrors);
        targets.any(|target| target.cluster == cluster.name)
    };
    let mirrors = lowered.clusters.iter().filter(mirrored).map(|cluster| mirror(cluster, options));
    lowered.clusters.iter().map(|cluster| self::cluster(cluster, options)).chain(mirrors).collect()
}

/// An `envoy.config.route.v3.RouteAction.RequestMirrorPolicy` with copies to `name`.
pub(super) fn mirror_policy(target: &MirrorTarget, name: &str) -> Value {
    const MILLION: u64 = 1_000_000;
    let MirrorTarget { cluster: _, numerator, denominator } = target;
    let (numerator, denominator) = (u64::from(*numerator), u64::from(*denominator).max(1));
    // The smallest share that Envoy knows is more than was asked for; none at all would be silent.
    let rounded = ((numerator * MILLION + denominator / 2) / denominator).max(1);
    json!({
        "cluster": name,
        // Else the copy has `-shadow` behind its host.
        "disable_shadow_host_suffix_append": true,
        "runtime_fraction": {"default_value": {"numerator": rounded, "denominator": "MILLION"}},
    })
}

fn mirror(cluster: &Cluster, options: &Options) -> Value {
    let name = mirror_name(&cluster.name);
    // A request with separate tries is copied as it goes to their listener.
    let removed: Vec<_> =
        tries::not_for_backends().into_iter().map(|name| json!({"remove": name})).collect();
    let strip = extension(
        "envoy.filters.http.header_mutation",
        "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
        json!({"mutations": {"request_mutations": removed}}),
    );
    let limit = json!({"max_stream_duration": MIRROR_DURATION});
    render(&name, cluster, options, vec![strip], Some(limit))
}

fn cluster(cluster: &Cluster, options: &Options) -> Value {
    render(&cluster.name, cluster, options, Vec::new(), None)
}

fn render(
    name: &str,
    cluster: &Cluster,
    options: &Options,
    mut filters: Vec<Value>,
    limits: Option<Value>,
) -> Value {
    let mut out = json!({
        "name": name,
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [unlimited()]},
    });
    let mut protocol = protocol(cluster.protocol);
    if let Some(limits) = limits {
        protocol["common_http_protocol_options"] = limits;
    }
    if options.stub_backends {
        filters.push(stub::naming_filter(&cluster.backend));
        load(&mut out, name, "STATIC", vec![stub::address()]);
    } else {
        match &cluster.endpoints {
            Endpoints::Dns(endpoint) => {
                load_endpoints(&mut out, name, std::slice::from_ref(endpoint))
            }
            Endpoints::Static(endpoints) => load_endpoints(&mut out, name, endpoints),
            Endpoints::ForwardProxy { tls } => {
                proxy::fill(&mut out, &mut protocol, *tls, &options.ca_file);
            }
            Endpoints::Lambda(function) => {
                filters.extend(lambda::filters(function));
                load_endpoints(&mut out, name, std::slice::from_ref(&function.endpoint.endpoint));
                if let Some(socket) = lambda::transport_socket(function, &options.ca_file) {
                    out["transport_socket"] = socket;
                }
            }
        }
    }
    if !filters.is_empty() {
        filters.push(extension(
            "envoy.filters.http.upstream_codec",
            "envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec",
            json!({}),
        ));
        protocol["http_filters"] = Value::from(filters);
    }
    out["typed_extension_protocol_options"] =
        json!({HTTP_PROTOCOL_OPTIONS: typed(HTTP_PROTOCOL_OPTIONS, protocol)});
    out
}

/// One name is enough to make it a cluster that resolves; addresses pass through the resolver as
/// they are.
fn load_endpoints(cluster: &mut Value, name: &str, endpoints: &[Endpoint]) {
    let discovery = if endpoints.iter().all(|e| is_ip(&e.host)) { "STATIC" } else { "STRICT_DNS" };
    let addresses = endpoints.iter().map(|e| socket_address(&e.host, e.port)).collect();
    load(cluster, name, discovery, addresses);
}

fn load(cluster: &mut Value, name: &str, discovery: &str, addresses: Vec<Value>) {
    cluster["type"] = Value::from(discovery);
    if discovery == "STRICT_DNS" {
        cluster["dns_lookup_family"] = json!("V4_PREFERRED");
        cluster["respect_dns_ttl"] = json!(true);
        // A name that does not resolve must not hold up all other backends.
        cluster["wait_for_warm_on_init"] = json!(false);
    }
    let endpoint = |address| json!({"endpoint": {"address": address}});
    let endpoints: Vec<_> = addresses.into_iter().map(endpoint).collect();
    cluster["load_assignment"] =
        json!({"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]});
}

fn protocol(protocol: UpstreamProtocol) -> Value {
    let options = match protocol {
        UpstreamProtocol::Http1 | UpstreamProtocol::WebSocket => "http_protocol_options",
        UpstreamProtocol::H2c => "http2_protocol_options",
    };
    json!({"explicit_http_config": {options: {}}})
}

/// Envoy's defaults answer 503 from the 1,025th concurrent request on; no route asked for that.
pub(super) fn unlimited() -> Value {
    json!({
        "max_connections": u32::MAX,
        "max_pending_requests": u32::MAX,
        "max_requests": u32::MAX,
        "max_retries": u32::MAX,
    })
}

#[cfg(test)]
mod tests {
    use super::{MirrorTarget, mirror_policy};

    #[test]
    fn a_share_of_copies_is_never_rounded_to_none() {
        let millionths = |numerator, denominator| {
            let target = MirrorTarget { cluster: "a".to_owned(), numerator, denominator };
            mirror_policy(&target, "a")["runtime_fraction"]["default_value"]["numerator"].clone()
        };
        assert_eq!(millionths(1, 2), 500_000);
        assert_eq!(millionths(1, 3), 333_333);
        assert_eq!(millionths(1, 1_000_000), 1);
        assert_eq!(millionths(1, 10_000_000), 1);
        assert_eq!(millionths(2, u32::MAX), 1);
        assert_eq!(millionths(7, 7), 1_000_000);
    }
}
