//! Filters of rules and of single backends. Names and defaults are those of the Gateway API.

use serde::{Deserialize, Serialize};

/// A filter of a rule or of one of its backends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type")]
pub enum Filter {
    /// Changes the headers of the request.
    RequestHeaderModifier(HeaderModifier),
    /// Changes the headers of the response.
    ResponseHeaderModifier(HeaderModifier),
    /// Answers with a redirect.
    RequestRedirect(Redirect),
    /// Changes the host or path of the request.
    #[serde(rename = "URLRewrite")]
    UrlRewrite(Rewrite),
    /// Answers with a fixed response.
    DirectResponse(Respond),
    /// A type that this release does not know: the rule answers 500.
    #[serde(other)]
    Unknown,
}

/// Changes to headers, carried out as set, add, remove.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeaderModifier {
    /// Takes the place of every value that the header has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub set: Vec<HeaderValue>,
    /// Comes after the values that the header has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<HeaderValue>,
    /// Names of headers that are taken away, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// A header with one value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct HeaderValue {
    /// Its name, in any case.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Redirects; what is absent is taken from the request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Redirect {
    /// `http` or `https`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Host of the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Path of the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
    /// Port of the location. Absent: the well-known port of `scheme`, or the listener's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// 301, 302, 303, 307 or 308.
    pub status_code: u16,
}

/// Changes the host or path that the backend sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Rewrite {
    /// The new host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The new path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
}

/// A new path; the query stays.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PathModifier {
    /// In place of the whole path.
    ReplaceFullPath(String),
    /// In place of the prefix that the rule's PathPrefix match named.
    ReplacePrefixMatch(String),
}

/// A fixed response.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Respond {
    /// 200 to 599.
    pub status: u16,
    /// Its body, sent as `text/plain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}
