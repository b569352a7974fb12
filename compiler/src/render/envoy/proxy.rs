//! The host of the request itself as a backend: kgateway's `dynamicForwardProxy`.

use serde_json::{Value, json};

use super::{extension, tls, typed};

/// The filter that resolves the hosts; it leaves requests for other clusters alone.
pub(super) fn filter() -> Value {
    extension(
        "envoy.filters.http.dynamic_forward_proxy",
        "envoy.extensions.filters.http.dynamic_forward_proxy.v3.FilterConfig",
        json!({"dns_cache_config": cache()}),
    )
}

/// Makes a cluster one of any host.
pub(super) fn fill(cluster: &mut Value, protocol: &mut Value, with_tls: bool, ca_file: &str) {
    let mut config = json!({"dns_cache_config": cache()});
    if with_tls {
        protocol["upstream_http_protocol_options"] =
            json!({"auto_sni": true, "auto_san_validation": true});
        cluster["transport_socket"] = tls::to_any(ca_file);
    } else {
        // There are no names to compare without TLS.
        config["allow_insecure_cluster_options"] = json!(true);
    }
    cluster["lb_policy"] = json!("CLUSTER_PROVIDED");
    cluster["cluster_type"] = json!({
        "name": "envoy.clusters.dynamic_forward_proxy",
        "typed_config": typed(
            "envoy.extensions.clusters.dynamic_forward_proxy.v3.ClusterConfig",
            config,
        ),
    });
}

/// One cache for all: Envoy refuses two of one name that differ.
fn cache() -> Value {
    json!({"name": "kgwc", "dns_lookup_family": "V4_PREFERRED"})
}
