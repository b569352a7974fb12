//! A repository with many routes and many cases: the module answers all of them in the time of a
//! test.

use kgwc_tests::kgwc;
use serde_json::Value;
use std::fmt::Write;
use std::time::{Duration, Instant};

const ROUTES: usize = 500;
/// Many times what it takes, so that a busy machine passes; an explanation for each of the requests
/// that show a split took more than twice as long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A route with three rules, and a case for each of its four matches.
fn write(routes: &mut String, tests: &mut String, number: usize, host: &str) {
    let namespace = number % 20;
    let name = format!("metadata: {{name: r{number}, namespace: team{namespace}}}");
    let at = format!("/r{number}");
    write!(
        routes,
        "---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
{name}
spec:
  parentRefs: [{{name: edge, namespace: infra}}]
  hostnames: [{host}]
  rules:
  - matches:
    - {{path: {{value: {at}/a}}, method: POST}}
    - {{path: {{value: {at}/b}}, headers: [{{name: x-v, value: '2'}}]}}
    backendRefs: [{{name: a{number}, port: 80}}]
  - matches: [{{path: {{value: {at}/c}}}}]
    filters:
    - type: URLRewrite
      urlRewrite: {{path: {{type: ReplacePrefixMatch, replacePrefixMatch: /}}}}
    backendRefs: [{{name: b{number}, port: 80}}, {{name: c{number}, port: 80, weight: 3}}]
  - matches: [{{path: {{value: {at}/d}}}}]
    backendRefs: [{{name: d{number}, port: 80}}]
"
    )
    .unwrap();
    write!(
        tests,
        "---
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
{name}
gateway: infra/edge
cases:
- {{name: a, request: {{method: POST, url: 'http://{host}{at}/a/x'}}, expect: {{backend: a{number}}}}}
- {{name: b, request: {{url: 'http://{host}{at}/b', headers: {{x-v: '2'}}}}, expect: {{rule: 0}}}}
- name: c
  request: {{url: 'http://{host}{at}/c/z'}}
  expect: {{backend: c{number}, backends: {{b{number}: 1, c{number}: 3}}, request: {{path: /z}}}}
- {{name: d, request: {{url: 'http://{host}{at}/d'}}, expect: {{backend: d{number}, route: r{number}}}}}
"
    )
    .unwrap();
}

#[allow(clippy::print_stdout, reason = "how long it takes is worth knowing")]
fn run(host: impl Fn(usize) -> String) {
    let (mut routes, mut tests) = (String::new(), String::new());
    for number in 0..ROUTES {
        write(&mut routes, &mut tests, number, &host(number));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("routes.yaml"), routes).unwrap();
    std::fs::write(folder.path().join("tests.yaml"), tests).unwrap();
    let start = Instant::now();
    let output = kgwc!().in_folder(folder.path()).run(["test", "--output", "json", "."]).fine();
    let taken = start.elapsed();
    let report: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(report["passed"], 4 * ROUTES);
    assert_eq!(report["coverage"]["percent"], 100.0);
    println!("{} cases of {ROUTES} routes in the module: {taken:?}, start-up included", 4 * ROUTES);
    assert!(taken < PATIENCE, "{taken:?}");
}

#[test]
fn two_thousand_cases_on_fifty_hosts() {
    run(|number| format!("h{}.example.com", number % 50));
}

#[test]
fn two_thousand_cases_on_one_host() {
    run(|_| "one.example.com".to_owned());
}
