//! Text of others cannot write to the terminal or give commands to a pipeline.

use crate::run::Folder;
use std::fs;

const ROUTES: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /a}}]
    filters:
    - type: ExtensionRef
      extensionRef: {group: gateway.kgateway.dev, kind: DirectResponse, name: hello}
---
apiVersion: gateway.kgateway.dev/v1alpha1
kind: DirectResponse
metadata: {name: hello}
spec: {status: 200, body: \"\\n::error::from a body\\e[2J\"}
";

const TESTS: &str = "\
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: shop}
cases:
- name: \"one\\n::error::from a name\\e]0;title\\a\"
  request: {url: 'http://shop.example.com/a'}
  expect: {response: {status: 201, body: \"x\\n  ::error::from an expectation\\u202E\"}}
";

/// Nothing in a text but what is printed where it stands, and no workflow command of another name.
#[track_caller]
fn assert_tame(text: &str) {
    let is_tame =
        |c: char| c == '\n' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
    assert!(text.chars().all(is_tame), "{text:?}");
    for line in text.lines().map(str::trim_start).filter(|line| line.starts_with("::")) {
        let is_own = ["::error file=", "::notice file="].iter().any(|own| line.starts_with(own));
        assert!(is_own, "{text}");
    }
}

#[test]
fn names_and_bodies_of_tests() {
    let folder = Folder::new();
    folder.write("::error::a.yaml", ROUTES).write("in/tests.yaml", TESTS);
    for (output, shown) in [
        ("text", r"FAILED default/shop: one\n::error::from a name\u{1b}]0;title\u{7}"),
        ("table", r"body: expected x\n  ::error::from an expectation\u{202e}, got \n::error::from"),
        ("github", r"from a name\u{1b}]0;title\u{7}"),
    ] {
        let args = ["test", "--engine", "native", "--output", output, "::error::a.yaml", "in"];
        let run = folder.run(args);
        assert_eq!(run.status, Some(1), "{}", run.stderr);
        assert!(run.stdout.contains(shown) || output == "github", "{}", run.stdout);
        assert_tame(&run.stdout);
    }
    // Programs get every character.
    let args = ["test", "--engine", "native", "--output", "json", "::error::a.yaml", "in"];
    let report: serde_json::Value = serde_json::from_str(&folder.run(args).stdout).expect("JSON");
    assert_eq!(report["cases"][0]["case"], "one\n::error::from a name\u{1b}]0;title\u{7}");
}

#[test]
fn what_no_case_reaches_in_a_file_that_is_called_like_a_command() {
    let folder = Folder::new();
    let route = ROUTES.replace("path: {value: /a}", "path: {value: /a}}, {path: {value: /b}");
    folder.write("::error::a.yaml", &route).write("in/tests.yaml", TESTS);
    let run = folder.run(["test", "--engine", "native", "::error::a.yaml", "in"]);
    assert!(run.stdout.contains("\n  ./::error::a.yaml:7: "), "{}", run.stdout);
    assert_tame(&run.stdout);
}

#[test]
fn names_of_files_and_what_is_wrong_in_them() {
    let folder = Folder::new();
    let name = "a\n::error::from a file\u{1b}[2J.yaml";
    let text = "kind: \"x\\n::error::from a kind\\e[2J\"\napiVersion: v1\n\"k\\n::error::\": 1\n";
    fs::write(folder.path().join(name), text).expect("a file");
    let route = ROUTES.replace("value: /a", "value: \"a\\n::error::from a value\\e\"");
    folder.write("route.yaml", &route);
    for format in ["text", "github"] {
        let run =
            folder.run(["check", "-v", "--output", format, name, "route.yaml", "no\n::error::"]);
        assert_tame(&run.stdout);
        assert!(run.stdout.contains("from a file\\u{1b}[2J.yaml"), "{}", run.stdout);
    }
    let run = folder.run(["compile", "route.yaml", "-o", "no\n::error::x\u{1b}/x"]);
    assert_tame(&run.stderr);
    let run = folder.run(["test", "--watch", "no\n::error::x\u{1b}/x"]);
    assert_eq!(run.stderr, "kgwc: no\n\\u{3a}:error::x\\u{1b}/x does not exist\n");
}

#[test]
fn requests_of_a_log() {
    let folder = Folder::new();
    folder.write("routes.yaml", ROUTES);
    folder.write(
        "log.json",
        "{\"method\": \"GET\", \"path\": \"/x\\n::error::from a log\\u001b[2J\", \"authority\": \"a\"}\n",
    );
    let run = folder.run(["explain", "routes.yaml", "--access-log", "log.json"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains(r"/x\n::error::from a log\u{1b}[2J"), "{}", run.stdout);
    assert_tame(&run.stdout);
}

#[test]
fn bodies_that_are_explained() {
    let folder = Folder::new();
    folder.write("routes.yaml", ROUTES);
    let text = folder.run(["explain", "routes.yaml", "http://shop.example.com/a"]).fine();
    assert!(text.contains("body      ::error::from a body\\u{1b}[2J\n"), "{text}");
    assert_tame(&text);
}
