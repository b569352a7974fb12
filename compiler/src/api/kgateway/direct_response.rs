//! DirectResponse: an answer without a backend.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::pattern;
use crate::api::reference::ParentReference;

/// The answer.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "gateway.kgateway.dev",
    version = "v1alpha1",
    kind = "DirectResponse",
    plural = "directresponses",
    namespaced,
    category = "kgateway",
    status = "DirectResponseStatus",
    derive = "PartialEq",
    doc = "An answer that a route gives without a backend."
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "!(has(self.body) && has(self.bodyFormat))",
    "at most one of the fields in [body bodyFormat] may be set",
))]
pub struct DirectResponseSpec {
    /// Status code of the answer.
    #[schemars(range(min = 200, max = 599))]
    pub status: u16,
    /// Body of the answer; none when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub body: Option<String>,
    /// Body of the answer as an Envoy format string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_format: Option<BodyFormat>,
}

/// A body that Envoy puts together.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.json), has(self.text)].filter(x, x == true).size() == 1",
    "exactly one of the fields in [json text] must be set",
))]
pub struct BodyFormat {
    /// Content-Type of the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Format string.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 4096))]
    pub text: Option<String>,
    /// JSON whose strings are format strings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "any_object")]
    pub json: Option<serde_json::Value>,
}

fn any_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// What controllers say about a DirectResponse.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DirectResponseStatus {
    /// One entry for each Gateway and controller.
    #[schemars(length(max = 16))]
    pub ancestors: Vec<AncestorStatus>,
}

/// What one controller says about a DirectResponse on one Gateway.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AncestorStatus {
    /// The Gateway.
    pub ancestor_ref: ParentReference,
    /// The controller that wrote this entry.
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::CONTROLLER))]
    pub controller_name: String,
    /// Its conditions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}
