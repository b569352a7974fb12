//! Conditions on a request.

use kube::KubeSchema;
use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

use crate::api::pattern;

/// Conditions that a request has to meet, all of them.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteMatch {
    /// Condition on the path; any path when absent.
    #[serde(default)]
    pub path: HttpPathMatch,
    /// Conditions on headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub headers: Vec<HeaderMatch>,
    /// Conditions on query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub query_params: Vec<QueryParamMatch>,
    /// Method of the request; any when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<HttpMethod>,
}

/// Condition on the path of a request, without its query.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = literal_path("self.value.startsWith('/')", "value must be an absolute path and start with '/'"))]
#[x_kube(validation = literal_path("!self.value.contains('//')", "must not contain '//'"))]
#[x_kube(validation = literal_path("!self.value.contains('/./')", "must not contain '/./'"))]
#[x_kube(validation = literal_path("!self.value.contains('/../')", "must not contain '/../'"))]
#[x_kube(validation = literal_path("!self.value.contains('%2f')", "must not contain '%2f'"))]
#[x_kube(validation = literal_path("!self.value.contains('%2F')", "must not contain '%2F'"))]
#[x_kube(validation = literal_path("!self.value.contains('#')", "must not contain '#'"))]
#[x_kube(validation = literal_path("!self.value.endsWith('/..')", "must not end with '/..'"))]
#[x_kube(validation = literal_path("!self.value.endsWith('/.')", "must not end with '/.'"))]
#[x_kube(validation = literal_path_characters())]
pub struct HttpPathMatch {
    /// How the path is compared.
    #[serde(rename = "type", default)]
    pub match_type: PathMatchType,
    /// What it is compared with.
    #[serde(default = "root")]
    #[schemars(length(max = 1024))]
    pub value: String,
}

impl Default for HttpPathMatch {
    fn default() -> Self {
        Self { match_type: PathMatchType::default(), value: root() }
    }
}

fn root() -> String {
    "/".to_owned()
}

/// A rule for Exact and PathPrefix only, in upstream's words, shown at the value.
fn literal_path(condition: &str, message: &str) -> Rule {
    Rule::new(format!("(self.type in ['Exact','PathPrefix']) ? {condition} : true"))
        .message(format!("{message} when type one of ['Exact', 'PathPrefix']").as_str())
        .field_path(".value")
}

fn literal_path_characters() -> Rule {
    Rule::new(format!(
        "(self.type in ['Exact','PathPrefix']) ? self.value.matches(r\"\"\"{}\"\"\") : true",
        pattern::PATH
    ))
    .message(
        format!(
            "must only contain valid characters (matching {}) for types ['Exact', 'PathPrefix']",
            pattern::PATH
        )
        .as_str(),
    )
    .field_path(".value")
}

/// How a path is compared.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum PathMatchType {
    /// Byte for byte.
    Exact,
    /// Element by element from the start; a trailing `/` of the value does not count.
    #[default]
    PathPrefix,
    /// The whole path by a regular expression.
    RegularExpression,
}

/// How the value of a header or query parameter is compared.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum ValueMatchType {
    /// Byte for byte.
    #[default]
    Exact,
    /// The whole value by a regular expression.
    RegularExpression,
}

/// Condition on a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HeaderMatch {
    /// How the value is compared.
    #[serde(rename = "type", default)]
    pub match_type: ValueMatchType,
    /// Name of the header, in any case.
    #[schemars(length(min = 1, max = 256), regex(pattern = pattern::HEADER_NAME))]
    pub name: String,
    /// What the value is compared with.
    #[schemars(length(min = 1, max = 4096))]
    pub value: String,
}

/// Condition on a query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueryParamMatch {
    /// How the value is compared.
    #[serde(rename = "type", default)]
    pub match_type: ValueMatchType,
    /// Name of the parameter, case-sensitive.
    #[schemars(length(min = 1, max = 256), regex(pattern = pattern::HEADER_NAME))]
    pub name: String,
    /// What the value is compared with.
    #[schemars(length(min = 1, max = 1024))]
    pub value: String,
}

/// Method of a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum HttpMethod {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
}

impl HttpMethod {
    /// The method of that name in a request line; `None` for one that HTTPRoutes do not know.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Get,
            Self::Head,
            Self::Post,
            Self::Put,
            Self::Delete,
            Self::Connect,
            Self::Options,
            Self::Trace,
            Self::Patch,
        ];
        all.into_iter().find(|method| method.as_str() == name)
    }

    /// As it stands in a request line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
            Self::Options => "OPTIONS",
            Self::Trace => "TRACE",
            Self::Patch => "PATCH",
        }
    }
}

/// The conditions in a line, in the words of `kgwc explain`: `GET prefix /get, header version: 2`.
impl fmt::Display for HttpRouteMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path: HttpPathMatch { match_type, value }, headers, query_params, method } =
            self;
        if let Some(method) = method {
            write!(f, "{} ", method.as_str())?;
        }
        match match_type {
            PathMatchType::Exact => write!(f, "exactly {value}"),
            PathMatchType::PathPrefix if value == "/" => f.write_str("any path"),
            PathMatchType::PathPrefix => write!(f, "prefix {value}"),
            PathMatchType::RegularExpression => write!(f, "pattern {value}"),
        }?;
        let kind = |match_type| match match_type {
            ValueMatchType::Exact => "",
            ValueMatchType::RegularExpression => "pattern ",
        };
        for HeaderMatch { match_type, name, value } in headers {
            write!(f, ", header {name}: {}{value}", kind(*match_type))?;
        }
        for QueryParamMatch { match_type, name, value } in query_params {
            write!(f, ", query {name}: {}{value}", kind(*match_type))?;
        }
        Ok(())
    }
}
