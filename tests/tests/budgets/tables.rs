//! Tables of any number of routes, compiled as a user's would be.

use kgwc_tests::load;
use route::Config;
use route::config::Observe;
use std::fmt::Write;

/// What asks for an explanation.
pub(crate) const TOKEN: &str = "sixteen-or-more-characters";
/// `printf %s TOKEN | sha256sum`
const TOKEN_HASH: &str = "e0a5da612e22ce5e139058c7f860b41d577e63332b1d4d60f3946f1b4b71e464";

/// What tells the routes of a table apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    /// One rule, one match and one backend each, on a hundred hosts.
    Simple,
    /// The path, on one host; the first route does all that a rule can do.
    Paths,
    /// The same, with decisions explained to who knows the token.
    Explained,
    /// The host.
    Hosts,
    /// The value of a header, under one path of one host.
    Headers,
    /// A regular expression for the path, on one host; all begin with the same text.
    Patterns,
}

impl Table {
    /// Those that requests are sent to.
    pub(crate) const OF_REQUESTS: [Self; 5] =
        [Self::Paths, Self::Explained, Self::Hosts, Self::Headers, Self::Patterns];

    /// The plugin configuration for that many routes, as `kgwc compile` writes it.
    pub(crate) fn configuration(self, routes: usize) -> Vec<u8> {
        let mut yaml = String::new();
        for number in 0..routes {
            match (self, number) {
                (Self::Paths | Self::Explained, 0) => yaml.push_str(FEATURES),
                _ => self.write_route(&mut yaml, number),
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("routes.yaml");
        std::fs::write(&file, yaml).expect("the folder can be written");
        let loaded = load(&file);
        let explain_token = (self == Self::Explained).then(|| TOKEN_HASH.to_owned());
        let observe = Observe { metrics: true, explain_token, ..Observe::default() };
        let config = Config { observe, ..loaded.compiled.gateways[0].1.config.clone() };
        assert_eq!(config.routes.len(), routes, "all routes are attached");
        serde_json::to_vec(&config).expect("a configuration is JSON")
    }

    fn write_route(self, yaml: &mut String, number: usize) {
        let service = format!("service-{number}");
        let (host, conditions) = match self {
            Self::Simple => (
                format!("team-{}.example.com", number % 100),
                format!("path: {{value: /{service}}}"),
            ),
            Self::Paths | Self::Explained => {
                ("one.example".to_owned(), format!("path: {{value: /{service}}}"))
            }
            Self::Hosts => (format!("host-{number}.example"), "path: {value: /}".to_owned()),
            Self::Headers => (
                "one.example".to_owned(),
                format!("headers: [{{name: x-tenant, value: tenant-{number}}}]"),
            ),
            Self::Patterns => (
                "one.example".to_owned(),
                format!(
                    "path: {{type: RegularExpression, value: '/api/[^/]+/{service}(/[0-9]+)?'}}"
                ),
            ),
        };
        write!(
            yaml,
            "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {service}}}
spec:
  parentRefs: [{{name: edge}}]
  hostnames: [{host}]
  rules:
  - matches: [{{{conditions}}}]
    backendRefs: [{{name: {service}, port: 80}}]
"
        )
        .expect("a text takes everything");
    }
}

/// A rule for each kind of request.
const FEATURES: &str = r#"---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: DirectResponse
metadata: {name: direct}
spec: {status: 204}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: features}
spec:
  parentRefs: [{name: edge}]
  hostnames: [one.example]
  rules:
  - matches: [{path: {value: /plain}}]
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /changed}}]
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{name: x-set, value: a}]
        add: [{name: x-add, value: b}]
        remove: [x-remove]
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /answered}}]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x-set, value: a}], remove: [server]}
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /rewritten}}]
    filters:
    - type: URLRewrite
      urlRewrite: {hostname: other.example, path: {type: ReplacePrefixMatch, replacePrefixMatch: /new}}
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /moved}}]
    filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]
  - matches: [{path: {value: /direct}}]
    filters:
    - type: ExtensionRef
      extensionRef: {group: gateway.kgateway.dev, kind: DirectResponse, name: direct}
  - matches: [{path: {value: /cors}}]
    filters:
    - type: CORS
      cors:
        allowOrigins: ["https://www.example.com", "https://*.partner.example"]
        allowMethods: [GET, PUT]
        allowHeaders: [content-type]
        maxAge: 600
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /split}}]
    backendRefs: [{name: plain, port: 80, weight: 99}, {name: other, port: 80, weight: 1}]
  - matches: [{path: {value: /limited}}]
    timeouts: {request: 10s, backendRequest: 2s}
    retry: {codes: [500, 503], attempts: 2}
    backendRefs: [{name: plain, port: 80}]
  - matches: [{path: {value: /session}}]
    sessionPersistence: {sessionName: sid, absoluteTimeout: 1h}
    backendRefs: [{name: plain, port: 80}]
"#;
