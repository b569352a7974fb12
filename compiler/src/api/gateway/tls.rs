//! TLS settings of a Gateway as a whole.

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::reference::{ObjectReference, SecretObjectReference};

/// TLS settings of a Gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GatewayTls {
    /// Towards backends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend: Option<GatewayBackendTls>,
    /// Towards clients.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frontend: Option<FrontendTls>,
}

/// TLS towards backends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayBackendTls {
    /// Secret with the certificate that backends see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_certificate_ref: Option<SecretObjectReference>,
}

/// TLS towards clients.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrontendTls {
    /// For every HTTPS listener whose port is not named below.
    pub default: TlsConfig,
    /// For single ports.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["port".into()]))]
    #[x_kube(validation = (
        "self.all(t1, self.exists_one(t2, t1.port == t2.port))",
        "Port for TLS configuration must be unique within the Gateway",
    ))]
    pub per_port: Vec<PortTls>,
}

/// TLS towards clients of one port.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PortTls {
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Its settings.
    pub tls: TlsConfig,
}

/// TLS settings towards clients.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsConfig {
    /// How certificates of clients are checked; they need none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<FrontendValidation>,
}

/// How certificates of clients are checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FrontendValidation {
    /// ConfigMaps with the certificates of authorities.
    #[schemars(length(min = 1, max = 8))]
    pub ca_certificate_refs: Vec<ObjectReference>,
    /// What happens without a valid certificate.
    #[serde(default)]
    pub mode: ValidationMode,
}

/// What happens to a client without a valid certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ValidationMode {
    /// It is refused.
    #[default]
    AllowValidOnly,
    /// It is let in; the backend decides.
    AllowInsecureFallback,
}
