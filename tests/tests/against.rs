//! `kgwc test --against`: the cases go to a gateway that is live, and what a response does not show
//! is named.

use kgwc_tests::servers::{Reply, Server};
use kgwc_tests::{has_envoy, kgwc};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::Child;

const ROUTES: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /old}}]
    filters:
    - type: RequestRedirect
      requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /new}, statusCode: 301}
  - matches: [{path: {value: /cart}}]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: x-shop, value: cart}]}
    backendRefs: [{name: cart, port: 80}]
  - backendRefs:
    - {name: shop-v1, port: 80, weight: 3}
    - {name: shop-v2, port: 80, weight: 1}
";

const TESTS: &str = "\
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: shop}
cases:
- name: moved
  request: {url: 'http://shop.example.com/old'}
  expect: {response: {status: 301, headers: {location: 'http://shop.example.com/new'}}}
- name: cart
  request: {url: 'http://shop.example.com/cart?item=7'}
  expect:
    backend: cart:80
    route: shop
    request: {path: '/cart?item=7'}
    response: {headers: {x-shop: cart}}
- name: split
  request: {url: 'http://shop.example.com/'}
  expect: {backends: {'shop-v1:80': 3, 'shop-v2:80': 1}}
- name: of another port
  request: {url: 'https://shop.example.com/'}
  expect: {response: {status: 404}}
";

/// `kgwc serve` in a folder with the routes; it ends with the test.
struct Serving {
    process: Child,
    url: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(folder: &Path, more: &[&str]) -> Serving {
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let port = format!("80={}", free.port());
    let args = ["serve", "--concurrency", "1", "--port", &port, "routes.yaml"];
    let args = args.into_iter().chain(more.iter().copied());
    let mut process = kgwc!().in_folder(folder).command(args).spawn().unwrap();
    let stderr = BufReader::new(process.stderr.take().unwrap());
    let mut lines = stderr.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.starts_with("serving ")), "it serves");
    // What it says later has to go somewhere.
    std::thread::spawn(move || lines.for_each(drop));
    Serving { process, url: format!("http://{free}") }
}

fn folder(routes: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("routes.yaml"), routes).unwrap();
    fs::write(folder.path().join("tests.yaml"), TESTS).unwrap();
    folder
}

/// What was made of each case: its result, and what was not seen.
fn results(output: &str) -> Vec<(String, String, Value)> {
    let report: Value = serde_json::from_str(output).unwrap();
    let cases = report["cases"].as_array().unwrap().iter();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    cases.map(|c| (text(&c["case"]), text(&c["result"]), c["notSeen"].clone())).collect()
}

fn is(case: &str, result: &str, unseen: &[&str]) -> (String, String, Value) {
    let unseen = if unseen.is_empty() { Value::Null } else { unseen.into() };
    (case.to_owned(), result.to_owned(), unseen)
}

#[test]
fn stub_backends_show_who_got_what() {
    if !has_envoy() {
        return;
    }
    let folder = folder(ROUTES);
    let serving = serve(folder.path(), &["--stub-backends"]);
    let args = ["test", "--output", "json", "--against", &serving.url, "."];
    let output = kgwc!().in_folder(folder.path()).run(args).fine();
    assert_eq!(
        results(&output),
        [
            is("moved", "passed", &[]),
            is("cart", "passed", &["route"]),
            is("split", "passed", &[]),
            is("of another port", "notRun", &[]),
        ]
    );
}

#[test]
fn other_backends_are_seen_where_the_module_explains() {
    if !has_envoy() {
        return;
    }
    let backend = Server::named("somebody");
    let slice = |name: &str| {
        format!(
            "---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{ports: [{{port: 80}}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: {name}, labels: {{kubernetes.io/service-name: {name}}}}}
addressType: IPv4
endpoints: [{{addresses: [127.0.0.1]}}]
ports: [{{port: {}}}]
",
            backend.address().port()
        )
    };
    let slices: String = ["cart", "shop-v1", "shop-v2"].map(slice).concat();
    let folder = folder(&format!("{ROUTES}{slices}"));
    let token = "known-to-the-test-alone";
    let serving = serve(folder.path(), &["--explain-token", token]);
    let args = ["test", "--output", "json", "--against", &serving.url, "."];
    let kgwc = kgwc!().in_folder(folder.path());
    let explained = kgwc.run(args.into_iter().chain(["--explain-token", token])).fine();
    assert_eq!(
        results(&explained),
        [
            is("moved", "passed", &[]),
            is("cart", "passed", &["request"]),
            is("split", "passed", &[]),
            is("of another port", "notRun", &[]),
        ]
    );
    let unexplained = kgwc.run(args).fine();
    assert_eq!(
        results(&unexplained),
        [
            is("moved", "passed", &[]),
            is("cart", "passed", &["backend", "route", "request"]),
            is("split", "notRun", &["backends"]),
            is("of another port", "notRun", &[]),
        ]
    );
}

#[test]
fn a_gateway_that_answers_otherwise_fails() {
    let server = Server::answering(|_| Reply::new(200, "hello"));
    let url = format!("80=http://{}", server.address());
    let folder = folder(ROUTES);
    let kgwc = kgwc!().in_folder(folder.path());
    let output = kgwc.run(["test", "--output", "json", "--against", &url, "."]);
    assert_eq!(output.status, Some(1));
    assert_eq!(
        results(&output.stdout),
        [
            is("moved", "failed", &[]),
            is("cart", "failed", &["backend", "route", "request"]),
            is("split", "notRun", &["backends"]),
            is("of another port", "notRun", &[]),
        ]
    );
    for (wrong, said) in [
        ("http://127.0.0.1/x", "has a path: the cases have their own"),
        ("x=http://127.0.0.1/", "`x` is no port of a Gateway"),
        ("127.0.0.1", "is no URL of the form http[s]://host[:port]/path"),
    ] {
        let output = kgwc.run(["test", "--against", wrong, "."]);
        assert_eq!(output.status, Some(2), "{wrong}");
        assert!(output.stderr.contains(said), "{}", output.stderr);
    }
}

/// A wrong scheme or port must not look like a gateway that was tested.
#[test]
fn a_run_in_which_no_case_could_be_run_fails() {
    let folder = folder(ROUTES);
    let kgwc = kgwc!().in_folder(folder.path());
    let output = kgwc.run(["test", "--against", "81=http://127.0.0.1:1", "."]);
    assert_eq!(output.status, Some(1));
    assert!(output.stdout.contains("0 passed, 0 failed, 4 not run\n"), "{}", output.stdout);
    assert_eq!(output.stderr, "kgwc: no case could be run\n");
    let twice = ["test", ".", "--against", "http://127.0.0.1:1", "--against", "http://127.0.0.1:2"];
    let output = kgwc.run(twice);
    assert_eq!(output.status, Some(2));
    let wanted = "kgwc: http://127.0.0.1:1 and http://127.0.0.1:2 are for the same requests\n";
    assert_eq!(output.stderr, wanted);
}

/// What a gateway does not show is not claimed: neither who answered, nor what the cases reach of
/// its routes, nor which configuration it runs.
#[test]
fn nothing_is_said_of_a_gateway_that_it_does_not_show() {
    let server = Server::answering(|_| Reply::new(404, "nobody"));
    let url = format!("http://{}", server.address());
    let folder = folder(ROUTES);
    let kgwc = kgwc!().in_folder(folder.path());
    let table = kgwc.run(["test", "--output", "table", "--against", &url, "."]).stdout;
    assert!(table.contains("404, backend not shown"), "{table}");
    assert!(!table.contains("default/shop-v1"), "{table}");
    let json = kgwc.run(["test", "--output", "json", "--against", &url, "."]).stdout;
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["coverage"], Value::Null);
    assert_eq!(report["configurations"], serde_json::json!([]));
    let gated = kgwc.run(["test", "--fail-under", "1", "--against", &url, "."]);
    assert_eq!(gated.status, Some(2), "there is no coverage to be measured");
}
