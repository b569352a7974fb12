//! The plugin configuration: what the compiler writes and the module reads, as JSON.
//!
//! One document describes the listeners of one Gateway. What several places share stands once, in
//! a table, and is referred to by its number there. Everything survives a protobuf `Struct`: no
//! integer above 2^53, no meaning in the order of keys, no `null` that differs from absence.
//! There is never a secret in it.

#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod filter;
mod resilience;

pub use filter::{
    Cors, Filter, HeaderModifier, HeaderValue, Mirror, PathModifier, Redirect, Respond, Rewrite,
};
pub use resilience::{Carrier, Retry, SessionPersistence, Timeouts};

use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The version of the schema that this crate reads and writes.
pub const VERSION: u32 = 1;

/// Number of an entry in one of the tables of a [`Config`].
pub type Ref = u32;

/// The plugin configuration.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Config {
    /// Version of the schema; 1 in this release.
    pub version: u32,
    /// Hash of everything else, to tell two configurations apart in logs and reports.
    #[serde(default)]
    pub id: String,
    /// The Gateway, as `namespace/name`.
    pub gateway: String,
    /// The Gateway port that this instance of the module serves. Absent where one instance serves
    /// all ports: then the module asks the host for the port, if there is more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Whether a request that matches nothing under its most specific hostname goes on to a less
    /// specific one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hostname_fallthrough: bool,
    /// What the module tells about its decisions.
    #[serde(default, skip_serializing_if = "Observe::is_nothing")]
    pub observe: Observe,
    /// The listeners, in the order of the Gateway.
    pub listeners: Vec<Listener>,
    /// Names of the HTTPRoutes, as `namespace/name`.
    #[serde(default)]
    pub routes: Vec<String>,
    /// The rules of all routes.
    #[serde(default)]
    pub rules: Vec<Rule>,
    /// The matches of all rules.
    #[serde(default)]
    pub matches: Vec<Match>,
    /// The backends of all rules.
    #[serde(default)]
    pub backends: Vec<Backend>,
    /// The filters of all rules and backends.
    #[serde(default)]
    pub filters: Vec<Filter>,
    /// The regular expressions of all matches.
    #[serde(default)]
    pub regexes: Vec<Regex>,
}

/// What the module tells about its decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Observe {
    /// Counts requests by route, rule and outcome.
    #[serde(default, skip_serializing_if = "is_false")]
    pub metrics: bool,
    /// Names the winning route, rule and backend in filter state, for the host's access log.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filter_state: bool,
    /// SHA-256, in lower case hexadecimal digits, of the token that a client sends to have a
    /// decision explained in response headers. Nothing is explained where this is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explain_token: Option<String>,
}

/// A listener of the Gateway with the matches of all routes attached to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Listener {
    /// Its name in the Gateway.
    pub name: String,
    /// Its port in the Gateway, which redirects name; the proxy may be bound to another.
    pub port: u16,
    /// The port that the proxy is bound to, by which the host tells the module where a request
    /// came in; absent where it is `port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<u16>,
    /// Its protocol.
    #[serde(default, skip_serializing_if = "Protocol::is_http")]
    pub protocol: Protocol,
    /// Its hostname: exact, or with a leading `*.`; absent for any host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// The hostnames served here: the intersections of the listener's with the routes'.
    #[serde(default)]
    pub hostnames: Vec<Hostname>,
}

/// Protocol of a [`Listener`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Protocol {
    /// Cleartext HTTP.
    #[default]
    #[serde(rename = "HTTP")]
    Http,
    /// HTTP over TLS, terminated by the host.
    #[serde(rename = "HTTPS")]
    Https,
}

/// A hostname of a [`Listener`] with its matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Hostname {
    /// Exact, or with a leading `*.`; absent for any host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Numbers of the matches, the one that wins over all others first.
    pub matches: Vec<Ref>,
}

/// One entry of a rule's `matches`: all conditions have to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Match {
    /// Number of its rule.
    pub rule: Ref,
    /// Its place in the rule, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index: u32,
    /// The condition on the path.
    #[serde(default, skip_serializing_if = "PathMatch::is_any")]
    pub path: PathMatch,
    /// The method, compared as it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Conditions on headers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<NamedMatch>,
    /// Conditions on query parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<NamedMatch>,
}

/// Condition on the path, without the query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum PathMatch {
    /// Byte for byte.
    Exact(String),
    /// By path element.
    Prefix(String),
    /// The whole path, by the automaton of that number.
    Regex(Ref),
}

/// Condition on a header or query parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NamedMatch {
    /// The name: of a header in any case, of a parameter as it stands.
    pub name: String,
    /// What its value has to be.
    pub value: ValueMatch,
}

/// Condition on a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub enum ValueMatch {
    /// Byte for byte.
    Exact(String),
    /// The whole value, by the automaton of that number.
    Regex(Ref),
}

/// A rule: what happens to a request that one of its matches won.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// Number of its route.
    pub route: Ref,
    /// Its place in the route, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub index: u32,
    /// Its name in the route.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Why the rule answers every request with 500.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Numbers of its filters, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Ref>,
    /// Where requests go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backends: Vec<BackendRef>,
    /// How long requests may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeouts: Option<Timeouts>,
    /// When requests are sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Box<Retry>>,
    /// How clients stay with a backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_persistence: Option<Box<SessionPersistence>>,
}

/// A backend of a rule with its share of the requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct BackendRef {
    /// Number of the backend.
    pub backend: Ref,
    /// Its share is `weight` of the sum of all weights of the rule.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// Why this backend answers 500 here, where the reason lies in the reference and not in the
    /// backend: a filter of the reference that cannot be carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Numbers of the filters that run when this backend is chosen, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Ref>,
    /// The variant of the host's catch-all route that does what no header can ask for: copies of
    /// the request, the delay of retries, the endpoint of a session. Absent for the plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    /// Whether the variant makes each try a request of its own inside the host, with the delay of
    /// retries between them. Then it is told the timeout of a try by another header, and says by
    /// a header that a try has failed without a response of the backend.
    #[serde(default, skip_serializing_if = "is_false")]
    pub separate_tries: bool,
}

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Backend {
    /// Kind of the referent.
    #[serde(default = "service", skip_serializing_if = "is_service")]
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its port; absent where the kind has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The host's name of the cluster; absent where it is `[kind/]namespace/name[:port]`, the kind
    /// only where it is not Service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// Why requests cannot be sent to this backend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<BackendError>,
}

/// Why requests cannot be sent to a [`Backend`], and what its share of them gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BackendError {
    /// 500 for a reference that does not resolve, 503 for a Service without ready endpoints.
    pub status: u16,
    /// The reason of the route's `ResolvedRefs` condition, or a short text of our own.
    pub reason: String,
}

/// A regular expression, compiled to an automaton.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Regex {
    /// The pattern, for people.
    pub pattern: String,
    /// A text that everything matched begins with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// Elements that every path matched has beyond those of the prefix: whole texts between two
    /// `/`, or after the last one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elements: Vec<String>,
    /// A sparse DFA of the crate `regex-automata`, little endian, as base64. Reading it as
    /// anything but a whole match from the first byte to the last gives wrong answers.
    pub dfa: String,
}

impl Config {
    /// Reads the JSON of a configuration.
    ///
    /// # Errors
    /// When it is no JSON, does not have the shape, or is of a version that is not [`VERSION`].
    pub fn from_json(json: &[u8]) -> Result<Self, ReadError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        serde_json::from_slice::<Self>(json)
            .map_err(|error| match serde_json::from_slice::<Versioned>(json) {
                Ok(Versioned { version }) if version != VERSION => ReadError::Version(version),
                _ => ReadError::Json(error),
            })
            .and_then(|config| match config.version {
                VERSION => Ok(config),
                version => Err(ReadError::Version(version)),
            })
    }
}

/// A plugin configuration that cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or not of the shape of a [`Config`].
    #[error("the plugin configuration cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// A version of the schema that this module does not know.
    #[error(
        "the plugin configuration has version {0}; this module reads version {VERSION}: \
         compile it with the kgwc of the module's release"
    )]
    Version(u32),
}

impl Backend {
    /// The name that users see: `[kind/]namespace/name[:port]`, the kind only where it is not
    /// Service. Also the name of its cluster unless the configuration gives another.
    pub fn id(&self) -> String {
        let Self { kind, namespace, name, .. } = self;
        // One allocation: every backend of a configuration is named when that is taken.
        let mut id = String::with_capacity(kind.len() + namespace.len() + name.len() + 8);
        if !is_service(kind) {
            id.push_str(kind);
            id.push('/');
        }
        id.push_str(namespace);
        id.push('/');
        id.push_str(name);
        if let Some(port) = self.port {
            // Writing to a string cannot fail.
            let _ = write!(id, ":{port}");
        }
        id
    }
}

impl Listener {
    /// The port by which the host tells the module where a request came in.
    pub fn bound_port(&self) -> u16 {
        self.bound.unwrap_or(self.port)
    }
}

impl Observe {
    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl Protocol {
    fn is_http(&self) -> bool {
        *self == Self::Http
    }
}

impl Default for PathMatch {
    fn default() -> Self {
        Self::Prefix("/".to_owned())
    }
}

impl PathMatch {
    fn is_any(&self) -> bool {
        matches!(self, Self::Prefix(prefix) if prefix == "/")
    }
}

fn service() -> String {
    "Service".to_owned()
}

fn is_service(kind: &str) -> bool {
    kind == "Service"
}

fn one() -> u32 {
    1
}

fn is_one(n: &u32) -> bool {
    *n == 1
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

fn is_false(b: &bool) -> bool {
    !b
}

#[cfg(test)]
mod tests;
