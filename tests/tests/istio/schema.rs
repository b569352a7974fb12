//! Against Istio's own types, by the program in `tests/istio-schema`.

use super::{emit, kgwc, manifests};
use kgwc_tests::repository;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

/// Uses every part of the output: variants for a mirror, a delay and a session.
const ROUTES: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: shops}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches:
    - path: {type: RegularExpression, value: '/v[0-9]+'}
      headers: [{name: weird, value: 'yes'}, {name: weirder, value: '0x1F: #'}]
    timeouts: {request: 1s}
    retry: {attempts: 2, backoff: 100ms, codes: [503]}
    sessionPersistence: {sessionName: s, absoluteTimeout: 1h}
    filters:
    - type: RequestMirror
      requestMirror: {backendRef: {name: copy, port: 80}, percent: 50}
    backendRefs: [{name: shop, port: 80}]
";

/// What is wrong with manifests; nothing where Istio takes them.
///
/// The program is a workspace of its own, and is built the first time. Its folder under `target/`
/// is its own, too: this test runs inside a Cargo that may hold the lock of the other one.
fn problems(yaml: &str) -> Vec<String> {
    let mut child = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--locked", "--manifest-path"])
        .arg(repository("tests/istio-schema/Cargo.toml"))
        .arg("--target-dir")
        .arg(repository("target/istio-schema"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that could not be built does not read.
    let _ = child.stdin.take().unwrap().write_all(yaml.as_bytes());
    let out = child.wait_with_output().unwrap();
    let found: Vec<_> = String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect();
    let expected = if found.is_empty() { 0 } else { 1 };
    let stderr = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(expected), "{found:?}\n{stderr}");
    found
}

#[test]
fn istio_takes_what_is_written() {
    for options in [&[][..], &["--fail-reload", "--port", "80=8080", "--filter-state"]] {
        assert_eq!(problems(&emit(ROUTES, options).fine()), [""; 0]);
    }
}

#[test]
fn what_istio_would_not_take_is_found() {
    let good = emit(ROUTES, &[]).fine();
    for (from, to, expected) in [
        ("FAIL_CLOSE", "FAIL_CLOSED", "unknown variant `FAIL_CLOSED`"),
        ("  pluginName:", "  plugin:", "unknown field spec.plugin"),
        ("  url: oci://registry.example/kgwc:1", "", "missing field `url`"),
        ("VIRTUAL_HOST", "VIRTUALHOST", "unknown variant `VIRTUALHOST`"),
        ("routeConfiguration: ", "routeConfig: ", "match.?.routeConfig"),
        ("EnvoyFilter", "EnvoyFilters", "no kind EnvoyFilters"),
    ] {
        assert!(good.contains(from), "{from} is not in\n{good}");
        let found = problems(&good.replace(from, to));
        assert!(found.iter().any(|problem| problem.contains(expected)), "{to}: {found:?}");
    }
}

/// A text that another YAML would take for something else arrives as it was.
#[test]
fn the_configuration_in_the_yaml_is_that_of_the_plugin() {
    let [plugin, _] = manifests(&emit(ROUTES, &[]).fine());
    let args = ["compile", "--host", "istio", "-"];
    let compiled = kgwc!().input(ROUTES).run(args).fine();
    let compiled: serde_json::Value = serde_json::from_str(&compiled).unwrap();
    assert_eq!(plugin["spec"]["pluginConfig"], compiled);
}

#[test]
fn the_ready_made_file_is_what_compile_prints() {
    let readme = fs::read_to_string(repository("envoy-bootstrap/README.md")).unwrap();
    let command = readme.lines().find(|line| line.contains("--emit istio")).unwrap();
    let file = fs::read_to_string(repository("envoy-bootstrap/istio/kgwc.yaml")).unwrap();
    let args = command.trim_start_matches("kgwc ").split(" > ").next().unwrap();
    let printed = kgwc!().run(args.split_whitespace()).fine();
    assert_eq!(file, printed, "`{command}` prints something else");
    assert_eq!(problems(&file), [""; 0]);
}
