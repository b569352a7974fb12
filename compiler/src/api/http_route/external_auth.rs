//! The ExternalAuth filter (GEP-1494).

use kube::KubeSchema;
use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::pattern;
use crate::api::reference::BackendObjectReference;

/// Asks another service whether the request may pass; without an answer it may not.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = settings_for_protocol("GRPC", "grpc"))]
#[x_kube(validation = protocol_for_settings("GRPC", "grpc"))]
#[x_kube(validation = settings_for_protocol("HTTP", "http"))]
#[x_kube(validation = protocol_for_settings("HTTP", "http"))]
pub struct ExternalAuthFilter {
    /// Protocol of the service.
    pub protocol: AuthProtocol,
    /// The service.
    pub backend_ref: BackendObjectReference,
    /// Settings for gRPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grpc: Option<AuthGrpc>,
    /// Settings for HTTP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<AuthHttp>,
    /// Whether the service gets the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forward_body: Option<ForwardBody>,
}

fn settings_for_protocol(protocol: &str, field: &str) -> Rule {
    Rule::new(format!("self.protocol == '{protocol}' ? has(self.{field}) : true"))
        .message(format!("{field} must be specified when protocol is set to '{protocol}'").as_str())
        .field_path(".protocol")
}

fn protocol_for_settings(protocol: &str, field: &str) -> Rule {
    Rule::new(format!("has(self.{field}) ? self.protocol == '{protocol}' : true"))
        .message(format!("protocol must be '{protocol}' when {field} is set").as_str())
        .field_path(".protocol")
}

/// Protocol of an authorization service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AuthProtocol {
    /// Plain HTTP: status 200 lets the request pass.
    #[serde(rename = "HTTP")]
    Http,
    /// Envoy's ext_authz protocol.
    #[serde(rename = "GRPC")]
    Grpc,
}

/// Settings of an authorization service that speaks gRPC.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthGrpc {
    /// Request headers that the service gets; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub allowed_headers: Vec<String>,
}

/// Settings of an authorization service that speaks HTTP.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuthHttp {
    /// Put before the path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024), regex(pattern = pattern::PATH))]
    pub path: Option<String>,
    /// Request headers that the service gets beside Host, Method, Path, Content-Length and
    /// Authorization.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub allowed_headers: Vec<String>,
    /// Headers of its response that the backend gets; all but Host when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub allowed_response_headers: Vec<String>,
}

/// How much of the body an authorization service gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ForwardBody {
    /// Bytes; 0 for none.
    #[serde(default)]
    pub max_size: u32,
}
