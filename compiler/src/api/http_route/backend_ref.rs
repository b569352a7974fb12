//! Backends of a rule.

use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::filter::{self, HttpRouteFilter};
use crate::api::reference::BackendObjectReference;

/// A backend with its share of the requests.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpBackendRef {
    /// The backend.
    #[serde(flatten)]
    pub backend: BackendObjectReference,
    /// Share of the requests, relative to the sum of all weights of the rule. 0 gets none.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub weight: u32,
    /// What is done to requests that go to this backend, after the filters of the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = filter::redirect_or_rewrite())]
    #[x_kube(validation = filter::at_most_one("CORS"))]
    #[x_kube(validation = filter::at_most_one("RequestHeaderModifier"))]
    #[x_kube(validation = filter::at_most_one("ResponseHeaderModifier"))]
    #[x_kube(validation = filter::at_most_one("RequestRedirect"))]
    #[x_kube(validation = filter::at_most_one("URLRewrite"))]
    pub filters: Vec<HttpRouteFilter>,
}

fn one() -> u32 {
    1
}
