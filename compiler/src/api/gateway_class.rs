//! GatewayClass of Gateway API v1.6.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern;
use super::reference::ObjectReference;

/// What a GatewayClass says.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "GatewayClass",
    plural = "gatewayclasses",
    shortname = "gc",
    category = "gateway-api",
    status = "GatewayClassStatus",
    derive = "PartialEq",
    doc = "A class of Gateways and the controller that serves them.",
    annotation("api-approved.kubernetes.io", "https://github.com/kubernetes-sigs/gateway-api"),
    annotation("gateway.networking.k8s.io/bundle-version", "v1.6.0"),
    annotation("gateway.networking.k8s.io/channel", "experimental"),
    printcolumn(name = "Controller", type_ = "string", json_path = ".spec.controllerName"),
    printcolumn(
        name = "Accepted",
        type_ = "string",
        json_path = ".status.conditions[?(@.type==\"Accepted\")].status"
    ),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClassSpec {
    /// Controller of the class's Gateways.
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::CONTROLLER))]
    #[x_kube(validation = ("self == oldSelf", "Value is immutable"))]
    pub controller_name: String,
    /// Parameters for the controller.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters_ref: Option<ObjectReference>,
    /// What the class is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub description: Option<String>,
}

/// What a controller says about a GatewayClass.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayClassStatus {
    /// Accepted, SupportedVersion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
    /// Features of the controller, sorted by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub supported_features: Vec<SupportedFeature>,
}

/// A feature that conformance tests know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportedFeature {
    /// Its name.
    pub name: String,
}
