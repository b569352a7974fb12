//! What istiod makes of the manifests, in an Envoy: the configuration of a gateway pod, the
//! patches of the EnvoyFilter, the module as the WasmPlugin says.
//!
//! Order and effects are those of Istio's `rc_patch.go` and `listener_patch.go`: virtual hosts are
//! removed by name after others were added, and what is merged is merged as protobuf does it.

use super::bootstrap::Running;
use serde_json::{Map, Value, json};
use std::fs;
use std::net::SocketAddr;

const MANAGER: &str = "envoy.filters.network.http_connection_manager";
const TYPES: &str = "type.googleapis.com/envoy.extensions.filters";

/// A cluster of Istio's, by its name, with its endpoints.
pub(crate) type Cluster<'a> = (&'a str, Vec<SocketAddr>);

/// Starts the Envoy of a gateway pod that is bound to `ports`; the name of a listener is its port.
pub(crate) fn start(
    [plugin, filter]: &[Value; 2],
    clusters: &[Cluster<'_>],
    ports: &[u16],
) -> Running {
    let directory = tempfile::tempdir().unwrap();
    let module = directory.path().join("kgwc.wasm");
    fs::write(&module, filter_module::MODULE).unwrap();
    let mut manager = manager(wasm(plugin, &module.display().to_string()));
    let patches = filter["spec"]["configPatches"].as_array().unwrap();
    apply(patches, &mut manager);
    let listener = |port: &u16| {
        json!({
            "name": port.to_string(),
            "address": address(SocketAddr::from(([127, 0, 0, 1], *port))),
            "filter_chains": [{"filters": [{"name": MANAGER, "typed_config": manager}]}],
        })
    };
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let document = json!({
        "admin": {"address": address(free)},
        "static_resources": {
            "listeners": ports.iter().map(listener).collect::<Vec<_>>(),
            "clusters": clusters.iter().map(cluster).collect::<Vec<_>>(),
        },
    });
    Running::start(directory, "istio.json", &document.to_string())
}

fn address(address: SocketAddr) -> Value {
    json!({"socket_address": {"address": address.ip(), "port_value": address.port()}})
}

fn cluster((name, endpoints): &Cluster<'_>) -> Value {
    let endpoints: Vec<_> =
        endpoints.iter().map(|to| json!({"endpoint": {"address": address(*to)}})).collect();
    json!({
        "name": name,
        "type": "STATIC",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
    })
}

/// The connection manager of a gateway before any patch, with a route of Istio's own.
fn manager(wasm: Value) -> Value {
    let filter = |name: &str, kind: &str| json!({"name": name, "typed_config": {"@type": format!("{TYPES}.http.{kind}")}});
    let own = json!({"match": {"prefix": "/"}, "direct_response": {"status": 418}});
    json!({
        "@type": format!("{TYPES}.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "outbound_0.0.0.0_80",
        "use_remote_address": true,
        "normalize_path": true,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "http_filters": [
            wasm,
            filter("envoy.filters.http.fault", "fault.v3.HTTPFault"),
            filter("envoy.filters.http.cors", "cors.v3.Cors"),
            filter("envoy.filters.http.router", "router.v3.Router"),
        ],
        "route_config": {
            "name": "http.80",
            "validate_clusters": false,
            "virtual_hosts": [
                {"name": "a.example:80", "domains": ["a.example"], "routes": [own]},
                {"name": "blackhole:80", "domains": ["*"]},
            ],
        },
    })
}

fn wasm(plugin: &Value, module: &str) -> Value {
    let (spec, metadata) = (&plugin["spec"], &plugin["metadata"]);
    assert_eq!(spec["failStrategy"], "FAIL_CLOSE");
    let name = format!(
        "{}.{}",
        metadata["namespace"].as_str().unwrap(),
        metadata["name"].as_str().unwrap()
    );
    let configuration = json!({
        "@type": "type.googleapis.com/google.protobuf.StringValue",
        "value": through_struct(&spec["pluginConfig"]).to_string(),
    });
    json!({
        "name": format!("extensions.istio.io/wasmplugin/{name}"),
        "typed_config": {
            "@type": format!("{TYPES}.http.wasm.v3.Wasm"),
            "config": {
                "name": name,
                "root_id": spec["pluginName"],
                "failure_policy": "FAIL_CLOSED",
                "vm_config": {
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": module}},
                },
                "configuration": configuration,
            },
        },
    })
}

/// A Struct sorts its keys and has no numbers but doubles; Go writes those that are whole without
/// a point.
fn through_struct(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.keys().collect();
            names.sort();
            let field = |name: &String| (name.clone(), through_struct(&fields[name]));
            Value::Object(names.into_iter().map(field).collect::<Map<_, _>>())
        }
        Value::Array(values) => values.iter().map(through_struct).collect(),
        Value::Number(number) => {
            let double = number.as_f64().unwrap();
            assert_eq!(double.fract(), 0.0, "{number}");
            serde_json::from_str(&format!("{double}")).unwrap()
        }
        other => other.clone(),
    }
}

fn apply(patches: &[Value], manager: &mut Value) {
    let mut removed = Vec::new();
    for patch in patches {
        assert_eq!(patch["match"]["context"], "GATEWAY");
        let value = patch["patch"]["value"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let hosts = &mut manager["route_config"]["virtual_hosts"];
        let hosts = hosts.as_array_mut().unwrap();
        match (&*text(&patch["applyTo"]), &*text(&patch["patch"]["operation"])) {
            ("VIRTUAL_HOST", "REMOVE") => removed.extend(hosts.iter().map(|h| h["name"].clone())),
            ("VIRTUAL_HOST", "ADD") => hosts.push(value),
            ("HTTP_FILTER", "INSERT_BEFORE") => {
                let filter = &patch["match"]["listener"]["filterChain"]["filter"];
                assert_eq!(filter["name"], MANAGER);
                let filters = manager["http_filters"].as_array_mut().unwrap();
                let before = filters.iter().position(|f| f["name"] == filter["subFilter"]["name"]);
                filters.insert(before.unwrap(), value);
            }
            ("NETWORK_FILTER", "MERGE") => {
                assert_eq!(value["typed_config"]["@type"], manager["@type"]);
                merge(manager, &value["typed_config"]);
            }
            other => panic!("Istio would not do {other:?}"),
        }
    }
    let hosts = manager["route_config"]["virtual_hosts"].as_array_mut().unwrap();
    hosts.retain(|host| !removed.contains(&host["name"]));
}

/// As protobuf merges: scalars are replaced, messages merged, lists appended.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) => into.extend(from.iter().cloned()),
        (into, from) => *into = from.clone(),
    }
}
