//! Listeners of a Gateway.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::kinds::GATEWAY_GROUP;
use crate::api::pattern;
use crate::api::reference::SecretObjectReference;

/// Where a Gateway accepts connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// Name of the listener, unique in its Gateway.
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::SUBDOMAIN))]
    pub name: String,
    /// Host that is served; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::HOSTNAME))]
    pub hostname: Option<String>,
    /// Port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Protocol: `HTTP`, `HTTPS`, `TLS`, `TCP`, `UDP` or `example.com/another`.
    #[schemars(length(min = 1, max = 255), regex(pattern = pattern::PROTOCOL))]
    pub protocol: String,
    /// TLS settings, for HTTPS and TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<ListenerTls>,
    /// Routes that may attach.
    #[serde(default)]
    pub allowed_routes: AllowedRoutes,
}

/// TLS settings of a listener.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
    "certificateRefs or options must be specified when mode is Terminate",
))]
pub struct ListenerTls {
    /// Who ends the TLS session.
    #[serde(default)]
    pub mode: TlsMode,
    /// Secrets with certificates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub certificate_refs: Vec<SecretObjectReference>,
    /// Settings of an implementation.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 16))]
    pub options: BTreeMap<String, String>,
}

/// Who ends a TLS session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TlsMode {
    /// The Gateway.
    #[default]
    Terminate,
    /// The backend.
    Passthrough,
}

/// Routes that may attach to a listener.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AllowedRoutes {
    /// Their namespaces.
    #[serde(default)]
    pub namespaces: RouteNamespaces,
    /// Their kinds; all that suit the protocol when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    pub kinds: Vec<RouteGroupKind>,
}

/// Namespaces of routes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteNamespaces {
    /// Which namespaces.
    #[serde(default)]
    pub from: FromNamespaces,
    /// Labels of the namespaces, for `Selector`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
}

/// Which namespaces' routes may attach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum FromNamespaces {
    /// All.
    All,
    /// Those with certain labels.
    Selector,
    /// That of the Gateway.
    #[default]
    Same,
    /// None.
    None,
}

/// A kind of route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RouteGroupKind {
    /// API group.
    #[serde(default = "gateway_group")]
    #[schemars(length(max = 253), regex(pattern = pattern::GROUP))]
    pub group: String,
    /// Kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::KIND))]
    pub kind: String,
}

fn gateway_group() -> String {
    GATEWAY_GROUP.to_owned()
}
