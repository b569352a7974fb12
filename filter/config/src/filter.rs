//! Filters of rules and of single backends. Names and defaults are those of the Gateway API.

use super::Ref;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// A filter of a rule or of one of its backends: an object with one field, which has the name of
/// the field of the Gateway API that holds the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum Filter {
    /// Changes the headers of the request.
    RequestHeaderModifier(HeaderModifier),
    /// Changes the headers of the response.
    ResponseHeaderModifier(HeaderModifier),
    /// Answers with a redirect.
    RequestRedirect(Redirect),
    /// Changes the host or path of the request.
    UrlRewrite(Rewrite),
    /// Answers with a fixed response.
    DirectResponse(Respond),
    /// Lets scripts of other origins use the rule (GEP-1767).
    Cors(Cors),
    /// Sends a copy of the request elsewhere. The host does it, by the variant of its route.
    RequestMirror(Mirror),
    /// A field that this release does not know: the rule answers 500.
    #[serde(skip)]
    Unknown,
}

/// Reads the one field. Not derived: an enum that serde derives refuses a field that it does not
/// know, and with it the configuration as a whole.
impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneField;
        impl<'de> Visitor<'de> for OneField {
            type Value = Filter;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a filter")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Filter, A::Error> {
                let mut filter = None;
                while let Some(name) = map.next_key::<String>()? {
                    let next = match name.as_str() {
                        "requestHeaderModifier" => Filter::RequestHeaderModifier(map.next_value()?),
                        "responseHeaderModifier" => {
                            Filter::ResponseHeaderModifier(map.next_value()?)
                        }
                        "requestRedirect" => Filter::RequestRedirect(map.next_value()?),
                        "urlRewrite" => Filter::UrlRewrite(map.next_value()?),
                        "directResponse" => Filter::DirectResponse(map.next_value()?),
                        "cors" => Filter::Cors(map.next_value()?),
                        "requestMirror" => Filter::RequestMirror(map.next_value()?),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            Filter::Unknown
                        }
                    };
                    // Two fields are two filters, of which it is not known what they are together.
                    filter = Some(if filter.is_none() { next } else { Filter::Unknown });
                }
                Ok(filter.unwrap_or(Filter::Unknown))
            }
        }
        deserializer.deserialize_map(OneField)
    }
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

/// Which origins may use a rule, and how. A list that is `*` alone stands for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// `scheme://host[:port]`, where the host may begin with `*.`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_origins: Vec<String>,
    /// Whether requests may carry credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub allow_credentials: bool,
    /// Methods that are allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_methods: Vec<String>,
    /// Request headers that are allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_headers: Vec<String>,
    /// Response headers that scripts may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose_headers: Vec<String>,
    /// Seconds for which a browser may keep the answer to a preflight request.
    pub max_age: u32,
}

/// A backend that gets a copy of `numerator / denominator` of the requests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Mirror {
    /// Number of the backend.
    pub backend: Ref,
    /// Not above the denominator.
    pub numerator: u32,
    /// Not 0.
    pub denominator: u32,
}
