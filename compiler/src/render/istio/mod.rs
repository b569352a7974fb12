//! Objects for Istio: a WasmPlugin that brings the module and its configuration to the pods of a
//! Gateway, and an EnvoyFilter with the routes that read what the module has decided.
//!
//! Istio itself makes listeners, certificates and clusters. Its own routes of the Gateway are
//! replaced: the module decides about every request.

mod envoy_filter;
mod wasm_plugin;

use serde_json::{Value, json};

use crate::lower::Lowered;

/// The label by which Istio marks the pods of a Gateway. Selecting by it works in every version;
/// `targetRefs` of an EnvoyFilter mean all Gateways of the namespace in older ones
/// (<https://github.com/istio/istio/issues/56417>).
const GATEWAY_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

/// What the routes do not say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Where Istio gets the module: `oci://`, `https://`, `http://`, or `file://` for a path in
    /// the pod. Without a scheme it is an image.
    pub wasm_url: String,
    /// SHA-256 of the module, in lower case hexadecimal digits. Only used where the URL leads to
    /// the module itself: of an image it would be another.
    pub sha256: Option<String>,
    /// Whether a request after a trap gets a new VM. Istio knows it from 1.27 on; an older one
    /// refuses the object.
    pub fail_reload: bool,
}

/// The WasmPlugin and the EnvoyFilter of a Gateway, with its name and in its namespace.
pub fn manifests(lowered: &Lowered, options: &Options) -> Vec<Value> {
    let metadata = metadata(lowered);
    let pods = json!({GATEWAY_LABEL: metadata["name"]});
    vec![
        json!({
            "apiVersion": "extensions.istio.io/v1alpha1",
            "kind": "WasmPlugin",
            "metadata": metadata,
            "spec": wasm_plugin::spec(lowered, options, &pods),
        }),
        json!({
            "apiVersion": "networking.istio.io/v1alpha3",
            "kind": "EnvoyFilter",
            "metadata": metadata,
            "spec": envoy_filter::spec(lowered, &pods),
        }),
    ]
}

/// The objects as YAML documents.
///
/// # Errors
/// When one cannot be written as YAML.
pub fn yaml(manifests: &[Value]) -> Result<String, serde_saphyr::ser::Error> {
    // What is folded or in a block cannot be told from an accident by who reads it.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let documents: Result<Vec<_>, _> = manifests
        .iter()
        .map(|manifest| serde_saphyr::to_string_with_options(manifest, options.clone()))
        .collect();
    Ok(documents?.join("---\n"))
}

fn metadata(lowered: &Lowered) -> Value {
    let (namespace, name) = lowered.config.gateway.split_once('/').unwrap_or_default();
    json!({"namespace": namespace, "name": name})
}

#[cfg(test)]
mod tests;
