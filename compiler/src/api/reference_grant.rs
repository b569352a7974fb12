//! ReferenceGrant of Gateway API v1.6.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::pattern;

/// References from other namespaces that a namespace allows.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "ReferenceGrant",
    plural = "referencegrants",
    shortname = "refgrant",
    namespaced,
    category = "gateway-api",
    derive = "PartialEq",
    doc = "References from other namespaces that this namespace allows.",
    annotation("api-approved.kubernetes.io", "https://github.com/kubernetes-sigs/gateway-api"),
    annotation("gateway.networking.k8s.io/bundle-version", "v1.6.0"),
    annotation("gateway.networking.k8s.io/channel", "experimental"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
pub struct ReferenceGrantSpec {
    /// Who may refer: any one of these.
    #[schemars(length(min = 1, max = 16))]
    pub from: Vec<ReferenceGrantFrom>,
    /// To what: any one of these.
    #[schemars(length(min = 1, max = 16))]
    pub to: Vec<ReferenceGrantTo>,
}

/// Who may refer to this namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceGrantFrom {
    /// API group of the resources that refer; empty for the core group.
    #[schemars(length(max = 253), regex(pattern = pattern::GROUP))]
    pub group: String,
    /// Their kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::KIND))]
    pub kind: String,
    /// Their namespace.
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::LABEL))]
    pub namespace: String,
}

/// What may be referred to in this namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReferenceGrantTo {
    /// API group of the resources; empty for the core group.
    #[schemars(length(max = 253), regex(pattern = pattern::GROUP))]
    pub group: String,
    /// Their kind.
    #[schemars(length(min = 1, max = 63), regex(pattern = pattern::KIND))]
    pub kind: String,
    /// One of them; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253))]
    pub name: Option<String>,
}
