//! What a rule or a backend does to requests and responses.

use kube::KubeSchema;
use kube::core::Rule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{CorsFilter, ExternalAuthFilter};
use crate::api::pattern;
use crate::api::reference::{BackendObjectReference, LocalObjectReference};

/// One filter: a type, and the settings of that type.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = only_with_type("cors", "CORS"))]
#[x_kube(validation = required_by_type("cors", "CORS"))]
#[x_kube(validation = only_with_type("requestHeaderModifier", "RequestHeaderModifier"))]
#[x_kube(validation = required_by_type("requestHeaderModifier", "RequestHeaderModifier"))]
#[x_kube(validation = only_with_type("responseHeaderModifier", "ResponseHeaderModifier"))]
#[x_kube(validation = required_by_type("responseHeaderModifier", "ResponseHeaderModifier"))]
#[x_kube(validation = only_with_type("requestMirror", "RequestMirror"))]
#[x_kube(validation = required_by_type("requestMirror", "RequestMirror"))]
#[x_kube(validation = only_with_type("requestRedirect", "RequestRedirect"))]
#[x_kube(validation = required_by_type("requestRedirect", "RequestRedirect"))]
#[x_kube(validation = only_with_type("urlRewrite", "URLRewrite"))]
#[x_kube(validation = required_by_type("urlRewrite", "URLRewrite"))]
#[x_kube(validation = only_with_type("externalAuth", "ExternalAuth"))]
#[x_kube(validation = required_by_type("externalAuth", "ExternalAuth"))]
#[x_kube(validation = only_with_type("extensionRef", "ExtensionRef"))]
#[x_kube(validation = required_by_type("extensionRef", "ExtensionRef"))]
pub struct HttpRouteFilter {
    /// Which kind of filter this is.
    #[serde(rename = "type")]
    pub filter_type: FilterType,
    /// Changes headers of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_header_modifier: Option<HeaderFilter>,
    /// Changes headers of the response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_header_modifier: Option<HeaderFilter>,
    /// Sends a copy of the request elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[x_kube(validation = (
        "!(has(self.percent) && has(self.fraction))",
        "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    ))]
    pub request_mirror: Option<RequestMirrorFilter>,
    /// Answers with a redirect.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_redirect: Option<RequestRedirectFilter>,
    /// Changes host or path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url_rewrite: Option<UrlRewriteFilter>,
    /// Answers requests from other origins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<CorsFilter>,
    /// Asks another service whether the request may pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_auth: Option<ExternalAuthFilter>,
    /// A filter that is a resource of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extension_ref: Option<LocalObjectReference>,
}

/// Kind of a filter.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[allow(missing_docs, reason = "the fields of HttpRouteFilter say it")]
pub enum FilterType {
    RequestHeaderModifier,
    ResponseHeaderModifier,
    RequestMirror,
    RequestRedirect,
    #[serde(rename = "URLRewrite")]
    UrlRewrite,
    ExtensionRef,
    #[serde(rename = "CORS")]
    Cors,
    ExternalAuth,
}

impl FilterType {
    /// As it stands in `type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RequestHeaderModifier => "RequestHeaderModifier",
            Self::ResponseHeaderModifier => "ResponseHeaderModifier",
            Self::RequestMirror => "RequestMirror",
            Self::RequestRedirect => "RequestRedirect",
            Self::UrlRewrite => "URLRewrite",
            Self::ExtensionRef => "ExtensionRef",
            Self::Cors => "CORS",
            Self::ExternalAuth => "ExternalAuth",
        }
    }
}

/// A filter's type and settings in one.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs, reason = "the fields of HttpRouteFilter say it")]
pub enum Filter<'a> {
    RequestHeaderModifier(&'a HeaderFilter),
    ResponseHeaderModifier(&'a HeaderFilter),
    RequestMirror(&'a RequestMirrorFilter),
    RequestRedirect(&'a RequestRedirectFilter),
    UrlRewrite(&'a UrlRewriteFilter),
    Cors(&'a CorsFilter),
    ExternalAuth(&'a ExternalAuthFilter),
    ExtensionRef(&'a LocalObjectReference),
}

impl HttpRouteFilter {
    /// The filter with its settings. `None` where the settings of its type are missing, which
    /// validation refuses: such a filter must not be skipped, its rule has to fail.
    pub fn kind(&self) -> Option<Filter<'_>> {
        match self.filter_type {
            FilterType::RequestHeaderModifier => {
                self.request_header_modifier.as_ref().map(Filter::RequestHeaderModifier)
            }
            FilterType::ResponseHeaderModifier => {
                self.response_header_modifier.as_ref().map(Filter::ResponseHeaderModifier)
            }
            FilterType::RequestMirror => self.request_mirror.as_ref().map(Filter::RequestMirror),
            FilterType::RequestRedirect => {
                self.request_redirect.as_ref().map(Filter::RequestRedirect)
            }
            FilterType::UrlRewrite => self.url_rewrite.as_ref().map(Filter::UrlRewrite),
            FilterType::Cors => self.cors.as_ref().map(Filter::Cors),
            FilterType::ExternalAuth => self.external_auth.as_ref().map(Filter::ExternalAuth),
            FilterType::ExtensionRef => self.extension_ref.as_ref().map(Filter::ExtensionRef),
        }
    }
}

fn only_with_type(field: &str, filter_type: &str) -> Rule {
    Rule::new(format!("!(has(self.{field}) && self.type != '{filter_type}')"))
        .message(
            format!("filter.{field} must be nil if the filter.type is not {filter_type}").as_str(),
        )
        .field_path(".type")
}

fn required_by_type(field: &str, filter_type: &str) -> Rule {
    Rule::new(format!("!(!has(self.{field}) && self.type == '{filter_type}')"))
        .message(format!("filter.{field} must be specified for {filter_type} filter.type").as_str())
        .field_path(".type")
}

/// For a list of filters: RequestRedirect and URLRewrite exclude each other.
pub(super) fn redirect_or_rewrite() -> Rule {
    Rule::new(
        "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
    )
    .message(
        "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    )
}

/// For a list of filters: this type may stand in it once.
pub(super) fn at_most_one(filter_type: &str) -> Rule {
    Rule::new(format!("self.filter(f, f.type == '{filter_type}').size() <= 1"))
        .message(format!("{filter_type} filter cannot be repeated").as_str())
}

/// Changes of headers. A name, in any case, may stand in it once.
#[derive(KubeSchema, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[x_kube(validation = (
    "!has(self.set) || !has(self.add) || self.set.all(s, !self.add.exists(a, a.name.lowerAscii() == s.name.lowerAscii()))",
    "only one action is permitted for a header name: it is in both set and add",
))]
#[x_kube(validation = (
    "!has(self.remove) || !has(self.set) || self.set.all(s, !self.remove.exists(r, r.lowerAscii() == s.name.lowerAscii()))",
    "only one action is permitted for a header name: it is in both set and remove",
))]
#[x_kube(validation = (
    "!has(self.remove) || !has(self.add) || self.add.all(a, !self.remove.exists(r, r.lowerAscii() == a.name.lowerAscii()))",
    "only one action is permitted for a header name: it is in both add and remove",
))]
pub struct HeaderFilter {
    /// Headers that get this value and lose any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub set: Vec<HttpHeader>,
    /// Headers that get this value beside the ones they have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["name".into()]))]
    pub add: Vec<HttpHeader>,
    /// Names of headers that are taken away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16), inner(length(max = 256)))]
    #[x_kube(merge_strategy = ListMerge::Set)]
    pub remove: Vec<String>,
}

/// Name and value of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HttpHeader {
    /// Name, in any case.
    #[schemars(length(min = 1, max = 256), regex(pattern = pattern::HEADER_NAME))]
    pub name: String,
    /// Value.
    #[schemars(length(min = 1, max = 4096), regex(pattern = pattern::HEADER_VALUE))]
    pub value: String,
}

/// Sends a copy of the request to another backend; its response is thrown away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestMirrorFilter {
    /// The backend that gets the copy.
    pub backend_ref: BackendObjectReference,
    /// Share of the requests, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub percent: Option<u32>,
    /// Share of the requests, as a fraction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fraction: Option<Fraction>,
}

/// Share of the requests that a mirror gets: `numerator / denominator`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MirrorShare {
    /// Not above the denominator.
    pub numerator: u32,
    /// Not 0.
    pub denominator: u32,
}

impl RequestMirrorFilter {
    /// Share of the requests; all of them where none is given.
    pub fn share(&self) -> MirrorShare {
        match (self.percent, &self.fraction) {
            (Some(percent), _) => MirrorShare { numerator: percent, denominator: 100 },
            (None, Some(f)) => MirrorShare { numerator: f.numerator, denominator: f.denominator },
            (None, None) => MirrorShare { numerator: 1, denominator: 1 },
        }
    }
}

/// A share of the requests.
#[derive(KubeSchema, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[x_kube(validation = (
    "self.numerator <= self.denominator",
    "numerator must be less than or equal to denominator",
))]
pub struct Fraction {
    /// Part.
    pub numerator: u32,
    /// Whole.
    #[serde(default = "hundred")]
    #[schemars(range(min = 1))]
    pub denominator: u32,
}

fn hundred() -> u32 {
    100
}

/// Answers with a redirect. What is absent stays as in the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestRedirectFilter {
    /// Scheme of the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<Scheme>,
    /// Host of the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::SUBDOMAIN))]
    pub hostname: Option<String>,
    /// Path of the location.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
    /// Port of the location; that of the scheme, else of the listener when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: Option<u16>,
    /// Status of the response.
    #[serde(default = "found")]
    #[schemars(extend("enum" = [301, 302, 303, 307, 308]))]
    pub status_code: u16,
}

fn found() -> u16 {
    302
}

/// Scheme of a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it all")]
pub enum Scheme {
    Http,
    Https,
}

/// Changes host or path of the request. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UrlRewriteFilter {
    /// New host.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::SUBDOMAIN))]
    pub hostname: Option<String>,
    /// New path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathModifier>,
}

/// New path, or new prefix of it.
#[derive(KubeSchema, Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = path_value_for_type("ReplaceFullPath", "replaceFullPath"))]
#[x_kube(validation = path_type_for_value("ReplaceFullPath", "replaceFullPath"))]
#[x_kube(validation = path_value_for_type("ReplacePrefixMatch", "replacePrefixMatch"))]
#[x_kube(validation = path_type_for_value("ReplacePrefixMatch", "replacePrefixMatch"))]
pub struct PathModifier {
    /// What is replaced.
    #[serde(rename = "type")]
    pub modifier_type: PathModifierType,
    /// The new path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub replace_full_path: Option<String>,
    /// What the matched prefix becomes; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 1024))]
    pub replace_prefix_match: Option<String>,
}

fn path_value_for_type(modifier_type: &str, field: &str) -> Rule {
    Rule::new(format!("self.type == '{modifier_type}' ? has(self.{field}) : true"))
        .message(
            format!("{field} must be specified when type is set to '{modifier_type}'").as_str(),
        )
        .field_path(".type")
}

fn path_type_for_value(modifier_type: &str, field: &str) -> Rule {
    Rule::new(format!("has(self.{field}) ? self.type == '{modifier_type}' : true"))
        .message(format!("type must be '{modifier_type}' when {field} is set").as_str())
        .field_path(".type")
}

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum PathModifierType {
    /// The whole path.
    ReplaceFullPath,
    /// The prefix that matched.
    ReplacePrefixMatch,
}

/// A [`PathModifier`]'s type and value in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathReplacement<'a> {
    /// The whole path becomes this.
    FullPath(&'a str),
    /// The prefix that matched becomes this.
    PrefixMatch(&'a str),
}

impl PathModifier {
    /// What is replaced by what. `None` where the value is missing, which validation refuses.
    pub fn kind(&self) -> Option<PathReplacement<'_>> {
        match self.modifier_type {
            PathModifierType::ReplaceFullPath => {
                self.replace_full_path.as_deref().map(PathReplacement::FullPath)
            }
            PathModifierType::ReplacePrefixMatch => {
                self.replace_prefix_match.as_deref().map(PathReplacement::PrefixMatch)
            }
        }
    }
}
