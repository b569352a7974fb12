//! HTTPRoute of Gateway API v1.6, standard and experimental fields.

mod backend_ref;
mod cors;
mod external_auth;
mod filter;
mod match_;
mod resilience;

pub use backend_ref::HttpBackendRef;
pub use cors::{CorsFilter, CorsMethod};
pub use external_auth::{AuthGrpc, AuthHttp, AuthProtocol, ExternalAuthFilter, ForwardBody};
pub use filter::{
    Filter, FilterType, Fraction, HeaderFilter, HttpHeader, HttpRouteFilter, MirrorShare,
    PathModifier, PathModifierType, PathReplacement, RequestMirrorFilter, RequestRedirectFilter,
    Scheme, UrlRewriteFilter,
};
pub use match_::{
    HeaderMatch, HttpMethod, HttpPathMatch, HttpRouteMatch, PathMatchType, QueryParamMatch,
    ValueMatchType,
};
pub use resilience::{
    CookieConfig, CookieLifetime, Retry, Session, SessionCookie, SessionHeader, SessionPersistence,
    SessionType, Timeouts,
};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use kube::core::Rule;
use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::pattern;
use super::reference::ParentReference;

/// What an HTTPRoute asks for.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "gateway.networking.k8s.io",
    version = "v1",
    kind = "HTTPRoute",
    plural = "httproutes",
    namespaced,
    category = "gateway-api",
    status = "RouteStatus",
    derive = "PartialEq",
    doc = "Rules that send HTTP requests to backends.",
    annotation("api-approved.kubernetes.io", "https://github.com/kubernetes-sigs/gateway-api"),
    annotation("gateway.networking.k8s.io/bundle-version", "v1.6.0"),
    annotation("gateway.networking.k8s.io/channel", "experimental"),
    printcolumn(name = "Hostnames", type_ = "string", json_path = ".spec.hostnames"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteSpec {
    /// Gateways to be attached to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32))]
    #[x_kube(validation = parents_tell_sections_apart())]
    #[x_kube(validation = parents_are_distinct())]
    pub parent_refs: Vec<ParentReference>,
    /// Default Gateways to be attached to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub use_default_gateways: Option<GatewayDefaultScope>,
    /// Hosts to serve; those of the listener when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = 16),
        inner(length(min = 1, max = 253), regex(pattern = pattern::HOSTNAME))
    )]
    #[x_kube(validation = (
        "self.all(h, !isIP(h))",
        "hostname must not be an IP address",
    ))]
    pub hostnames: Vec<String>,
    /// Rules; each with matches, filters and backends.
    #[serde(default = "default_rules")]
    #[schemars(length(min = 1, max = 16))]
    #[x_kube(validation = (
        "self.all(l1, !has(l1.name) || self.exists_one(l2, has(l2.name) && l1.name == l2.name))",
        "Rule name must be unique within the route",
    ))]
    #[x_kube(validation = total_matches())]
    pub rules: Vec<HttpRouteRule>,
}

/// Which routes a default Gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GatewayDefaultScope {
    /// Every route that asks for a default Gateway.
    All,
    /// None.
    None,
}

/// One rule of an HTTPRoute.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = redirect_without_backends())]
#[x_kube(validation = rule_prefix_needs_match(
    "requestRedirect",
    "When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
))]
#[x_kube(validation = rule_prefix_needs_match(
    "urlRewrite",
    "When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
))]
#[x_kube(validation = backend_prefix_needs_match(
    "requestRedirect",
    "Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
))]
#[x_kube(validation = backend_prefix_needs_match(
    "urlRewrite",
    "Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
))]
pub struct HttpRouteRule {
    /// Name of the rule, unique in its route.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::SUBDOMAIN))]
    pub name: Option<String>,
    /// Requests that the rule is for: any one of the matches is enough. Never empty once read:
    /// without matches a rule is for every path.
    #[serde(default = "default_matches", deserialize_with = "matches_or_default")]
    #[schemars(length(max = 64))]
    pub matches: Vec<HttpRouteMatch>,
    /// What is done to the request and its response, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    #[x_kube(validation = filter::redirect_or_rewrite())]
    #[x_kube(validation = filter::at_most_one("CORS"))]
    #[x_kube(validation = filter::at_most_one("RequestHeaderModifier"))]
    #[x_kube(validation = filter::at_most_one("ResponseHeaderModifier"))]
    #[x_kube(validation = filter::at_most_one("RequestRedirect"))]
    #[x_kube(validation = filter::at_most_one("URLRewrite"))]
    pub filters: Vec<HttpRouteFilter>,
    /// Where requests go, in proportion to the weights.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 16))]
    pub backend_refs: Vec<HttpBackendRef>,
    /// How long a request may take.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
    /// When a request is sent again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// How a client stays with one endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_persistence: Option<SessionPersistence>,
}

/// What controllers say about a route.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteStatus {
    /// One entry for each parent and controller.
    #[schemars(length(max = 32))]
    pub parents: Vec<RouteParentStatus>,
}

/// What one controller says about a route on one parent.
#[derive(KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RouteParentStatus {
    /// The parent, as the route names it.
    pub parent_ref: ParentReference,
    /// The controller that wrote this entry.
    #[schemars(length(min = 1, max = 253), regex(pattern = pattern::CONTROLLER))]
    pub controller_name: String,
    /// Accepted, ResolvedRefs, PartiallyInvalid.
    #[schemars(length(min = 1, max = 8))]
    #[x_kube(merge_strategy = ListMerge::Map(vec!["type".into()]))]
    pub conditions: Vec<Condition>,
}

fn default_rules() -> Vec<HttpRouteRule> {
    vec![HttpRouteRule {
        name: None,
        matches: default_matches(),
        filters: Vec::new(),
        backend_refs: Vec::new(),
        timeouts: None,
        retry: None,
        session_persistence: None,
    }]
}

fn default_matches() -> Vec<HttpRouteMatch> {
    vec![HttpRouteMatch::default()]
}

fn matches_or_default<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<HttpRouteMatch>, D::Error> {
    let matches = Vec::deserialize(deserializer)?;
    Ok(if matches.is_empty() { default_matches() } else { matches })
}

/// CEL: `a` and `b` name the same parent.
fn same_parent() -> &'static str {
    "p1.group == p2.group && p1.kind == p2.kind && p1.name == p2.name && \
     (((!has(p1.__namespace__) || p1.__namespace__ == '') && (!has(p2.__namespace__) || p2.__namespace__ == '')) || \
     (has(p1.__namespace__) && has(p2.__namespace__) && p1.__namespace__ == p2.__namespace__))"
}

fn parents_tell_sections_apart() -> Rule {
    Rule::new(format!(
        "self.all(p1, self.all(p2, {} ? \
         ((!has(p1.sectionName) || p1.sectionName == '') == (!has(p2.sectionName) || p2.sectionName == '') && \
         (!has(p1.port) || p1.port == 0) == (!has(p2.port) || p2.port == 0)) : true))",
        same_parent()
    ))
    .message(
        "sectionName or port must be specified when parentRefs includes 2 or more references to the same parent",
    )
}

fn parents_are_distinct() -> Rule {
    Rule::new(format!(
        "self.all(p1, self.exists_one(p2, {} && \
         (((!has(p1.sectionName) || p1.sectionName == '') && (!has(p2.sectionName) || p2.sectionName == '')) || \
         (has(p1.sectionName) && has(p2.sectionName) && p1.sectionName == p2.sectionName)) && \
         (((!has(p1.port) || p1.port == 0) && (!has(p2.port) || p2.port == 0)) || \
         (has(p1.port) && has(p2.port) && p1.port == p2.port))))",
        same_parent()
    ))
    .message(
        "sectionName or port must be unique when parentRefs includes 2 or more references to the same parent",
    )
}

/// CEL has no sum over a list: the sizes of up to 16 rules are added one by one, as upstream does.
fn total_matches() -> Rule {
    let sizes: Vec<String> =
        (0..16).map(|i| format!("(self.size() > {i} ? self[{i}].matches.size() : 0)")).collect();
    Rule::new(format!("{} <= 128", sizes.join(" + "))).message(
        "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
    )
}

fn redirect_without_backends() -> Rule {
    Rule::new(
        "(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true",
    )
    .message("RequestRedirect filter must not be used together with backendRefs")
    .field_path(".backendRefs")
}

const ONE_PREFIX_MATCH: &str = "((size(self.matches) != 1 || !has(self.matches[0].path) || self.matches[0].path.type != 'PathPrefix') ? false : true) : true";

fn replaces_prefix(filter: &str) -> String {
    format!(
        "has(f.{filter}) && has(f.{filter}.path) && f.{filter}.path.type == 'ReplacePrefixMatch' && has(f.{filter}.path.replacePrefixMatch)"
    )
}

fn rule_prefix_needs_match(filter: &str, message: &str) -> Rule {
    Rule::new(format!(
        "(has(self.filters) && self.filters.exists_one(f, {})) ? {ONE_PREFIX_MATCH}",
        replaces_prefix(filter)
    ))
    .message(message)
    .field_path(".matches")
}

/// Upstream asks `exists_one` of the backends here, which lets two such backends slip through;
/// `exists` does what its message says.
fn backend_prefix_needs_match(filter: &str, message: &str) -> Rule {
    Rule::new(format!(
        "(has(self.backendRefs) && self.backendRefs.exists(b, has(b.filters) && b.filters.exists_one(f, {}))) ? {ONE_PREFIX_MATCH}",
        replaces_prefix(filter)
    ))
    .message(message)
    .field_path(".matches")
}
