//! RouteTest: requests, and what has to become of them. The file that `kgwc test` reads. What is
//! not named in an expectation is not checked.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::duration::Duration;
use super::http_route::HttpMethod;
use super::pattern;

/// Requests to a Gateway and what has to become of them; stands at the top level of the object.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[kube(
    group = "kgwc.dev",
    version = "v1alpha1",
    kind = "RouteTest",
    plural = "routetests",
    namespaced,
    no_spec,
    derive = "PartialEq",
    doc = "Requests to a Gateway and what has to become of them."
)]
pub struct RouteTestSpec {
    /// Gateway that the requests are sent to, as `namespace/name` or `name`. May be left out where
    /// the input has only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 317), regex(pattern = pattern::OBJECT))]
    pub gateway: Option<String>,
    /// The requests.
    #[schemars(length(min = 1))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub cases: Vec<TestCase>,
}

/// A request and what has to become of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestCase {
    /// Name of the case, unique in its RouteTest.
    #[schemars(length(min = 1, max = 253))]
    pub name: String,
    /// The request.
    pub request: TestRequest,
    /// What has to become of it.
    pub expect: Expectation,
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TestRequest {
    /// Method.
    #[serde(default = "get")]
    pub method: HttpMethod,
    /// URL; its scheme and port choose the listener.
    #[schemars(regex(pattern = pattern::REQUEST_URL))]
    pub url: String,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Values>,
}

fn get() -> HttpMethod {
    HttpMethod::Get
}

/// One value of a header, or several of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Values {
    /// One.
    One(String),
    /// Several, each in a header line of its own.
    Many(Vec<String>),
}

impl Values {
    /// The values in their order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

impl JsonSchema for Values {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // A structural schema has no word for "a string or a list of strings": `schema` puts it in.
        json_schema!({ "x-kubernetes-preserve-unknown-fields": true })
    }
}

/// What has to become of a request.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[schemars(extend("minProperties" = 1))]
pub struct Expectation {
    /// Backend that gets it: `[Kind/][namespace/]name[:port]`. Of several only together with
    /// `backends`: then `request` and `response` are about the requests that it gets.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = pattern::BACKEND))]
    pub backend: Option<String>,
    /// Backends that share such requests, with their exact shares in weights.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub backends: BTreeMap<String, u32>,
    /// Route that wins, as `namespace/name` or `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 317), regex(pattern = pattern::OBJECT))]
    pub route: Option<String>,
    /// Rule that wins, by name or by number from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleRef>,
    /// The request as the backend gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<ExpectedRequest>,
    /// The response as the client gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ExpectedResponse>,
    /// Backends that get a copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(inner(regex(pattern = pattern::BACKEND)))]
    pub mirrors: Option<Vec<String>>,
    /// Timeouts that apply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<ExpectedTimeouts>,
}

impl Expectation {
    /// How many things are expected.
    pub fn len(&self) -> usize {
        let Self { backend, backends, route, rule, request, response, mirrors, timeouts } = self;
        let named = [
            backend.is_some(),
            !backends.is_empty(),
            route.is_some(),
            rule.is_some(),
            request.is_some(),
            response.is_some(),
            mirrors.is_some(),
            timeouts.is_some(),
        ];
        named.into_iter().filter(|is_named| *is_named).count()
    }

    /// Whether nothing is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A rule of a route.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum RuleRef {
    /// By number, from 0.
    Number(u32),
    /// By name.
    Name(String),
}

impl JsonSchema for RuleRef {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RuleRef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "x-kubernetes-int-or-string": true })
    }
}

/// A request as the backend gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedRequest {
    /// Path with query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Host (`:authority`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Headers that it has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Values>,
    /// Headers that it does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

/// A response as the client gets it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpectedResponse {
    /// Status code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// Headers that it has.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Values>,
    /// Headers that it does not have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
    /// Body of an answer that is given without a backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// Timeouts that apply to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpectedTimeouts {
    /// Of the request as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Duration>,
    /// Of one request to a backend.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backend_request: Option<Duration>,
}
