//! `kgwc test` as a user runs it: what it says of a case that fails, what the cases reach of the
//! routes, and the cases that it writes by itself.

use expect_test::expect_file;
use kgwc::testing::{Engine, Native, record};
use kgwc_tests::{corpus, examples, kgwc, load, repository};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

const ROUTES: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  hostnames: [shop.example.com]
  rules:
  - name: cart
    matches:
    - path: {value: /cart}
      method: POST
    - path:
        type: Exact
        value: /basket
    filters:
    - type: RequestHeaderModifier
      requestHeaderModifier:
        set: [{name: x-from, value: edge}]
    backendRefs:
    - name: cart-v1
      port: 80
      weight: 90
    - name: cart-v2
      port: 80
      weight: 10
      filters:
      - type: ResponseHeaderModifier
        responseHeaderModifier: {add: [{name: x-version, value: '2'}]}
    - {name: cart-v0, port: 80, weight: 0}
  - matches: [{path: {value: /static}}]
    backendRefs: [{name: static, port: 80}]
  - backendRefs:
    - name: shop
      port: 80
";

const TESTS: &str = "\
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: shop}
cases:
- name: the front page
  request: {url: 'http://shop.example.com/'}
  expect: {backend: 'shop:80', route: shop, rule: 2}
- name: the cart is for shoppers
  request: {method: POST, url: 'http://shop.example.com/cart/items?id=7', headers: {user: me}}
  expect:
    backend: cart-v1:80
    backends: {'cart-v1:80': 9, 'cart-v2:80': 1}
    request: {headers: {x-from: edge}}
";

const WRONG: &str = "\
- name: the cart is read by others
  request: {url: 'http://shop.example.com/cart', headers: {user: me}}
  expect:
    backend: cart-v1:80
    rule: cart
    request: {path: /, headers: {x-from: edge}}
    response: {headers: {x-version: '1'}}
- name: a host of somebody else
  request: {url: 'http://ship.example.com/'}
  expect:
    response:
      status: 301
      headers: {location: 'https://shop.example.com/a/path/that/is/so/long/that/it/fits/no/column'}
";

/// A folder with the routes and a RouteTest.
fn folder(tests: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("routes.yaml"), ROUTES).unwrap();
    fs::write(folder.path().join("tests.yaml"), tests).unwrap();
    folder
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The report without what changes with every build.
fn without_digests(text: &str) -> String {
    let is_kept = |line: &&str| !line.contains("sha256:");
    text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_failure_stands_beside_what_was_expected_and_why() {
    let folder = folder(&format!("{TESTS}{WRONG}"));
    let output = kgwc!().in_folder(folder.path()).run(["test", "."]);
    assert_eq!(output.status, Some(1), "{}", output.stderr);
    let golden = repository("tests/golden/route_tests/failures.txt");
    expect_file![golden].assert_eq(&without_digests(&output.stdout));
}

#[test]
fn the_report_names_the_module_and_the_configuration_by_what_compile_writes() {
    let folder = folder(TESTS);
    let kgwc = kgwc!().in_folder(folder.path());
    let digest = |bytes: &[u8]| -> String {
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let report = json(&kgwc.run(["test", "--output", "json", "."]).fine());
    let configuration = kgwc.run(["compile", "routes.yaml"]).fine();
    assert_eq!(report["configurations"][0]["gateway"], "default/edge");
    assert_eq!(report["configurations"][0]["sha256"], digest(configuration.as_bytes()));
    kgwc.run(["filter", "-o", "kgwc.wasm"]).fine();
    let module = fs::read(folder.path().join("kgwc.wasm")).unwrap();
    assert_eq!(report["module"]["sha256"], digest(&module));
    let native = json(&kgwc.run(["test", "--engine", "native", "--output", "json", "."]).fine());
    assert_eq!(native["module"], Value::Null, "that engine runs no module");
}

#[test]
fn coverage_counts_what_cases_reach_and_names_what_none_does() {
    let folder = folder(TESTS);
    let kgwc = kgwc!().in_folder(folder.path());
    let report = json(&kgwc.run(["test", "--output", "json", "."]).fine());
    let coverage = &report["coverage"];
    for (kind, reached, total) in
        [("rules", 2, 3), ("matches", 2, 4), ("filters", 2, 2), ("backends", 3, 4)]
    {
        let counted = (&coverage[kind]["reached"], &coverage[kind]["total"]);
        assert_eq!(counted, (&reached.into(), &total.into()), "{kind}");
    }
    assert_eq!(coverage["percent"], 9.0 * 100.0 / 13.0);
    let unreached: Vec<_> = coverage["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|item| item["hits"] == 0)
        .map(|item| (item["kind"].as_str().unwrap(), item["line"].as_u64().unwrap()))
        .collect();
    // The second match of the cart; the rule of static files with all that is in it.
    assert_eq!(unreached, [("match", 12), ("rule", 30), ("match", 30), ("backend", 31)]);
    let text = kgwc.run(["test", "."]).fine();
    assert!(text.contains("routes.yaml:12: default/shop, rule 0 (cart), match 1: exactly /basket"));
    assert!(text.contains("routes.yaml:30: default/shop, rule 1\n"), "{text}");
    assert!(!text.contains("rule 1, match"), "what is in it is not told beside it");
}

#[test]
fn too_little_coverage_fails_where_it_is_asked_for() {
    let folder = folder(TESTS);
    let kgwc = kgwc!().in_folder(folder.path());
    assert_eq!(kgwc.run(["test", "--fail-under", "69.2", "."]).status, Some(0));
    let output = kgwc.run(["test", "--fail-under", "69.3%", "."]);
    assert_eq!(output.status, Some(1));
    assert_eq!(output.stderr, "kgwc: the cases reach 69.2 % of the routes, less than 69.3 %\n");
    assert_eq!(kgwc.run(["test", "--fail-under", "101", "."]).status, Some(2));
}

#[test]
fn cases_are_chosen_by_a_part_of_their_name() {
    let folder = folder(&format!("{TESTS}{WRONG}"));
    let kgwc = kgwc!().in_folder(folder.path());
    let run = |filters: &[&str]| {
        let filters = filters.iter().flat_map(|text| ["--filter", text]);
        kgwc.run(["test", ".", "--output", "json"].into_iter().chain(filters))
    };
    let names = |output: &str| -> Vec<String> {
        let report = json(output);
        let cases = report["cases"].as_array().unwrap().iter();
        cases.map(|case| case["case"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(&run(&["front"]).fine()), ["the front page"]);
    let both = run(&["front", "for shoppers"]).fine();
    assert_eq!(names(&both), ["the front page", "the cart is for shoppers"]);
    assert_eq!(names(&run(&["default/shop: the front"]).fine()), ["the front page"]);
    let none = run(&["checkout"]);
    assert_eq!(none.status, Some(2));
    assert_eq!(none.stderr, "kgwc: no case has checkout in its name\n");
}

#[test]
fn lcov_has_the_count_of_the_innermost_thing_on_each_line() {
    let folder = folder(TESTS);
    let kgwc = kgwc!().in_folder(folder.path());
    kgwc.run(["test", "--lcov", "lcov.info", "routes.yaml", "tests.yaml"]).fine();
    let written = fs::read_to_string(folder.path().join("lcov.info")).unwrap();
    expect_file![repository("tests/golden/route_tests/lcov.info")].assert_eq(&written);
}

/// What has no file has no lines that a tool could show.
#[test]
fn lcov_leaves_standard_input_out() {
    let folder = folder(TESTS);
    let kgwc = kgwc!().in_folder(folder.path()).input(ROUTES);
    kgwc.run(["test", "--lcov", "lcov.info", "-", "tests.yaml"]).fine();
    assert_eq!(fs::read_to_string(folder.path().join("lcov.info")).unwrap(), "");
}

#[test]
fn what_is_recorded_passes_and_reaches_every_match() {
    let folder = folder("");
    let kgwc = kgwc!().in_folder(folder.path());
    let recorded = kgwc.run(["test", "--record", "routes.yaml"]);
    assert_eq!(recorded.stderr, "");
    let recorded = recorded.fine();
    expect_file![repository("tests/golden/route_tests/recorded.yaml")].assert_eq(&recorded);
    fs::write(folder.path().join("tests.yaml"), recorded).unwrap();
    let report = json(&kgwc.run(["test", "--output", "json", "."]).fine());
    assert_eq!(report["coverage"]["percent"], 100.0);
}

/// Of every input that there is, in the engine as a library.
#[test]
fn whatever_the_routes_a_recording_passes_or_says_what_is_not_reached() {
    let (mut cases, mut unreached) = (0, Vec::new());
    for path in corpus().into_iter().chain(examples()) {
        let loaded = load(&path);
        for (gateway, lowered) in &loaded.compiled.gateways {
            let recorded = record(gateway, lowered).unwrap();
            assert_eq!(
                recorded.test.cases.len() + recorded.unreached.len(),
                lowered.config.matches.len(),
                "{}",
                path.display()
            );
            cases += recorded.test.cases.len();
            unreached.extend(recorded.unreached.iter().map(ToString::to_string));
            if !recorded.test.cases.is_empty() {
                passes(&path, &recorded.to_yaml(gateway).unwrap());
            }
        }
    }
    assert!(cases > 400, "{cases}");
    let share = unreached.len() as f64 / cases as f64;
    assert!(share < 0.1, "{} of {cases}: {unreached:#?}", unreached.len());
}

/// Runs a RouteTest in place of those of the input.
#[track_caller]
fn passes(path: &Path, recorded: &str) {
    let (mut sources, mut found) = kgwc::source::read(&[path.to_owned()], &mut std::io::empty());
    sources.documents.retain(|document| document.value["kind"] != "RouteTest");
    let mut loaded = load(path);
    let (more, problems) = kgwc::source::Sources::from_text("recorded.yaml", recorded);
    found.extend(problems);
    let recorded_input = kgwc::pipeline::Input::new(more, Vec::new()).unwrap();
    assert_eq!(recorded_input.diagnostics, [], "{recorded}");
    loaded.input.index.route_tests = recorded_input.index.route_tests;
    let report = loaded
        .run(|lowered| Ok(Box::new(Native::new(&lowered.config)?) as Box<dyn Engine>))
        .unwrap();
    let failed: Vec<_> =
        report.cases.iter().filter(|case| case.verdict != kgwc::testing::Verdict::Passed).collect();
    assert!(failed.is_empty(), "{}: {failed:#?}\n{recorded}", path.display());
    assert!(!report.cases.is_empty());
}

#[test]
fn a_match_that_others_always_win_is_told_when_recording() {
    let routes = ROUTES.replace("/static", "/");
    let output = kgwc!().input(routes).run(["test", "--record", "-"]);
    assert_eq!(
        output.stderr,
        "kgwc: default/edge: no request was found that default/shop, rule 2, match 0 gets: \
         default/shop, rule 1, match 0 comes before it\n"
    );
    assert!(!output.fine().contains("rule 2"));
}

#[test]
fn with_watch_a_change_is_tested_again() {
    let folder = folder(TESTS);
    let mut process =
        kgwc!().in_folder(folder.path()).command(["test", "--watch", "."]).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut counts = || lines.find(|line| line.contains(" passed, ")).unwrap();
    assert_eq!(counts(), "2 passed, 0 failed");
    fs::write(folder.path().join("tests.yaml"), format!("{TESTS}{WRONG}")).unwrap();
    assert_eq!(counts(), "2 passed, 2 failed");
    fs::write(folder.path().join("tests.yaml"), "cases: [").unwrap();
    fs::write(folder.path().join("tests.yaml"), TESTS).unwrap();
    assert_eq!(counts(), "2 passed, 0 failed");
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_test_of_no_gateway_of_the_input_is_told_what_there_is() {
    let folder =
        folder(&TESTS.replace("metadata: {name: shop}", "metadata: {name: shop}\ngateway: other"));
    let kgwc = kgwc!().in_folder(folder.path());
    let output = kgwc.run(["test", "."]);
    assert_eq!(output.status, Some(2));
    let wanted = "kgwc: RouteTest default/shop is for the Gateway other, which the input does not \
                  have; it has default/edge\n";
    assert_eq!(output.stderr, wanted);
    let chosen = kgwc.run(["test", "--gateway", "default/edge", "."]);
    assert_eq!(chosen.stderr, "kgwc: no RouteTest of the input is for default/edge\n");
}
