//! What the options of the command line change: one test for each.

use kgwc::graph;
use kgwc::lower::{self, ClusterNames};
use kgwc::pipeline::{Compiled, Input, Options};
use kgwc::source::Sources;
use route::precedence::RegexRank;
use route::{Action, Request, RouteTable, SplitMix64};

const ROUTE: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: team}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: app, namespace: shared, port: 80}]}]
"#;

fn compile(yaml: &str, options: &Options) -> Compiled {
    let (sources, found) = Sources::from_text("input.yaml", yaml);
    Input::new(sources, found).expect("the schemas of this program").compile(options)
}

fn codes(yaml: &str, graph: graph::Options) -> Vec<&'static str> {
    let options = Options { graph, ..Options::default() };
    compile(yaml, &options).diagnostics.iter().map(|d| d.code.as_str()).collect()
}

/// The backend that a GET gets, or its status.
fn get(compiled: &Compiled, host: &str, path: &str) -> String {
    let table = RouteTable::compile(compiled.gateways[0].1.config.clone()).expect("a table");
    let request = Request {
        port: None,
        clock: route::Clock::default(),
        sni: None,
        method: b"GET",
        authority: host.as_bytes(),
        path: path.as_bytes(),
        headers: &[],
    };
    match table.find(&request, &mut SplitMix64::new(0)).action {
        Action::Forward(forward) => forward.backend.name.clone(),
        Action::Redirect(redirect) => redirect.status.to_string(),
        Action::Respond(answer) => answer.status.to_string(),
    }
}

#[test]
fn references_to_other_namespaces_need_a_grant_unless_grants_are_assumed() {
    let told = codes(ROUTE, graph::Options::default());
    assert_eq!(told, ["implied-gateway", "ref-not-permitted"]);
    let assumed = graph::Options { assume_grants: true, ..graph::Options::default() };
    assert_eq!(codes(ROUTE, assumed), ["implied-gateway", "assumed-service"]);
}

#[test]
fn with_strict_parents_a_gateway_has_to_be_in_the_input() {
    let strict =
        graph::Options { strict_parents: true, assume_grants: true, ..graph::Options::default() };
    assert_eq!(codes(ROUTE, strict), ["assumed-service", "no-matching-parent"]);
}

#[test]
fn with_strict_refs_a_service_has_to_be_in_the_input() {
    let strict =
        graph::Options { strict_refs: true, assume_grants: true, ..graph::Options::default() };
    assert_eq!(codes(ROUTE, strict), ["implied-gateway", "backend-not-found"]);
}

#[test]
fn with_a_class_other_gateways_are_somebody_elses() {
    let yaml = format!(
        "{ROUTE}---\n{}---\n{}",
        r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: team}
spec: {gatewayClassName: other, listeners: [{name: http, port: 80, protocol: HTTP}]}
"#,
        r#"
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ours, namespace: team}
spec: {gatewayClassName: kgwc, listeners: [{name: http, port: 80, protocol: HTTP}]}
"#
    );
    let graph = graph::Options {
        gateway_class: Some("kgwc".into()),
        assume_grants: true,
        ..graph::Options::default()
    };
    let compiled = compile(&yaml, &Options { graph, ..Options::default() });
    let gateways: Vec<_> = compiled.gateways.iter().map(|(key, _)| key.to_string()).collect();
    assert_eq!(gateways, ["team/ours"]);
    assert_eq!(get(&compiled, "a.test", "/"), "404");
    let all = compile(&yaml, &Options::default());
    assert_eq!(all.gateways.len(), 2, "offline every Gateway is ours");
}

const RANKED: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app}
spec:
  parentRefs: [{name: edge}]
  hostnames: ["*.example.com", a.example.com]
  rules:
  - matches: [{path: {type: RegularExpression, value: "/a.*"}}]
    backendRefs: [{name: regex, port: 80}]
  - matches: [{path: {type: PathPrefix, value: /abc}}]
    backendRefs: [{name: prefix, port: 80}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: wide}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /z}}]
    backendRefs: [{name: wide, port: 80}]
"#;

#[test]
fn regular_expressions_stand_before_or_after_prefixes() {
    let ranked = |regex_rank| {
        let lower = lower::Options { regex_rank, ..lower::Options::default() };
        get(&compile(RANKED, &Options { lower, ..Options::default() }), "a.example.com", "/abc")
    };
    assert_eq!(ranked(RegexRank::BeforePrefix), "regex");
    assert_eq!(ranked(RegexRank::AfterPrefix), "prefix");
}

#[test]
fn less_specific_hostnames_are_tried_only_with_fallthrough() {
    let asked = |hostname_fallthrough| {
        let lower = lower::Options { hostname_fallthrough, ..lower::Options::default() };
        get(&compile(RANKED, &Options { lower, ..Options::default() }), "a.example.com", "/z")
    };
    assert_eq!(asked(false), "404");
    assert_eq!(asked(true), "wide");
}

#[test]
fn the_older_route_wins_and_one_without_a_date_is_the_youngest() {
    let route = |name: &str, created: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
             metadata: {{name: {name}{created}}}\nspec:\n  parentRefs: [{{name: edge}}]\n  \
             rules: [{{backendRefs: [{{name: {name}, port: 80}}]}}]\n"
        )
    };
    let at = |year: u32| format!(", creationTimestamp: \"{year}-01-01T00:00:00Z\"");
    let winner = |yaml: String| get(&compile(&yaml, &Options::default()), "a.test", "/");
    assert_eq!(winner(route("a", &at(2025)) + &route("b", &at(2024))), "b");
    assert_eq!(winner(route("a", "") + &route("b", &at(2024))), "b");
    assert_eq!(winner(route("b", "") + &route("a", "")), "a");
}

#[test]
fn clusters_are_named_as_asked() {
    let named = |names: &str| {
        let cluster_names: ClusterNames = names.parse().expect("names");
        let lower = lower::Options { cluster_names, ..lower::Options::default() };
        let compiled = compile(RANKED, &Options { lower, ..Options::default() });
        let clusters = &compiled.gateways[0].1.clusters;
        clusters.iter().map(|cluster| cluster.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(named("kgwc"), ["default/prefix:80", "default/regex:80", "default/wide:80"]);
    assert_eq!(named("istio")[0], "outbound|80||prefix.default.svc.cluster.local");
    assert_eq!(named("x-{name}")[2], "x-wide");
}

#[test]
fn a_configuration_is_the_same_whatever_the_order_of_the_input() {
    let (first, second) = RANKED.split_once("---").expect("two documents");
    let swapped = format!("{second}---{first}");
    let config = |yaml: &str| {
        serde_json::to_string(&compile(yaml, &Options::default()).gateways[0].1.config).unwrap()
    };
    assert_eq!(config(RANKED), config(&swapped));
}
