//! Gateway of Gateway API v1.6, standard and experimental fields.

mod listener;
mod status;
mod tls;

pub use listener::{
    AllowedRoutes, FromNamespaces, Listener, ListenerTls, RouteGroupKind, RouteNamespaces, TlsMode,
};
pub use status::{GatewayAddress, GatewayStatus, ListenerStatus};
pub use tls::{
    FrontendTls, FrontendValidation, GatewayBackendTls, GatewayTls, PortTls, TlsConfig,
    ValidationMode,
};

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::Rule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::http_route::GatewayDefaultScope;
use super::pattern;
use super::reference::LocalObjectReference;

/// What a Gateway asks for.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "Gateway",
    plural = "gateways",
    shortname = "gtw",
    namespaced,
    category = "gateway-api",
    status = "GatewayStatus",
    derive = "PartialEq",
    doc = "Listeners that accept connections and the routes that may attach to them.",
    annotation("api-approved.kubernetes.io", "https://github.com/kubernetes-sigs/gateway-api"),
    annotation("gateway.networking.k8s.io/bundle-version", "v1.6.0"),
    annotation("gateway.networking.k8s.io/channel", "experimental"),
    printcolumn(name = "Class", type_ = "string", json_path = ".spec.gatewayClassName"),
    printcolumn(name = "Address", type_ = "string", json_path = ".status.addresses[*].value"),
    printcolumn(
        name = "Programmed",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Programmed\")].status"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySpec {
    /// GatewayClass that says which controller serves this Gateway.
    #[schemars(length(min = 1, max = 253))]
    pub gateway_class_name: String,
    /// Where connections are accepted.
    #[schemars(length(min = 1, max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    #[x_kube(validation = (
        "self.all(l, l.protocol.matches('(?i)^(HTTP|TCP|UDP)$') ? !has(l.tls) : true)",
        "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    ))]
    #[x_kube(validation = (
        "self.all(l, (l.protocol.matches('(?i)^HTTPS$') && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
        "tls mode must be Terminate for protocol HTTPS",
    ))]
    #[x_kube(validation = (
        "self.all(l, (l.protocol.matches('(?i)^TLS$') ? has(l.tls) && has(l.tls.mode) && l.tls.mode != '' : true))",
        "tls mode must be set for protocol TLS",
    ))]
    #[x_kube(validation = (
        "self.all(l, l.protocol.matches('(?i)^(TCP|UDP)$') ? (!has(l.hostname) || l.hostname == '') : true)",
        "hostname must not be specified for protocols ['TCP', 'UDP']",
    ))]
    #[x_kube(validation = (
        "self.all(l1, self.exists_one(l2, l1.name == l2.name))",
        "Listener name must be unique within the Gateway",
    ))]
    #[x_kube(validation = (
        "self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))",
        "Combination of port, protocol and hostname must be unique for each listener",
    ))]
    pub listeners: Vec<Listener>,
    /// Addresses that are asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = address_is_unique("IPAddress"))]
    #[x_kube(validation = address_is_unique("Hostname"))]
    pub addresses: Vec<GatewaySpecAddress>,
    /// Settings for what a controller creates for this Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub infrastructure: Option<Infrastructure>,
    /// ListenerSets that may attach.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_listeners: Option<AllowedListeners>,
    /// TLS settings of the Gateway as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<GatewayTls>,
    /// Routes that this Gateway takes as a default Gateway.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_scope: Option<GatewayDefaultScope>,
}

fn address_is_unique(address_type: &str) -> Rule {
    Rule::new(format!(
        "self.all(a1, a1.type == '{address_type}' && has(a1.value) ? self.exists_one(a2, a2.type == a1.type && has(a2.value) && a2.value == a1.value) : true)"
    ))
    .message(format!("{address_type} values must be unique").as_str())
}

/// An address that is asked for.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[x_kube(validation = address_hostname())]
pub struct GatewaySpecAddress {
    /// Type of the address.
    #[serde(rename = "type", default = "ip_address")]
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::ADDRESS_TYPE))]
    pub address_type: String,
    /// The address; any of that type when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub value: Option<String>,
}

fn ip_address() -> String {
    "IPAddress".to_owned()
}

fn address_hostname() -> Rule {
    Rule::new(format!(
        "self.type == 'Hostname' ? (!has(self.value) || self.value.matches(r\"\"\"{}\"\"\")) : true",
        pattern::HOSTNAME
    ))
    .message(
        format!(
            "Hostname value must be empty or contain only valid characters (matching {})",
            pattern::HOSTNAME
        )
        .as_str(),
    )
}

/// Settings for what a controller creates for a Gateway.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Infrastructure {
    /// Labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8))]
    #[x_kube(validation = key_form("Label"))]
    #[x_kube(validation = key_prefix("label"))]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8))]
    #[x_kube(validation = key_form("Annotation"))]
    #[x_kube(validation = key_prefix("annotation"))]
    pub annotations: BTreeMap<String, String>,
    /// Parameters for the controller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters_ref: Option<LocalObjectReference>,
}

fn key_form(what: &str) -> Rule {
    Rule::new(
        r#"self.all(key, key.matches(r"""^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$"""))"#,
    )
    .message(
        format!("{what} keys must be in the form of an optional DNS subdomain prefix followed by a required name segment of up to 63 characters.")
            .as_str(),
    )
}

fn key_prefix(what: &str) -> Rule {
    Rule::new(r#"self.all(key, key.split("/")[0].size() < 253)"#).message(
        format!("If specified, the {what} key's prefix must be a DNS subdomain not longer than 253 characters in total.")
            .as_str(),
    )
}

/// ListenerSets that may attach to a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllowedListeners {
    /// Their namespaces.
    #[serde(default)]
    pub namespaces: ListenerNamespaces,
}

/// Namespaces of ListenerSets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListenerNamespaces {
    /// Which namespaces.
    #[serde(default)]
    pub from: FromListenerNamespaces,
    /// Labels of the namespaces, for `Selector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Which namespaces' ListenerSets may attach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FromListenerNamespaces {
    /// All.
    All,
    /// Those with certain labels.
    Selector,
    /// That of the Gateway.
    Same,
    /// None.
    #[default]
    None,
}
