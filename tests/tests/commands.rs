//! Every command as a user runs it: results on standard output, diagnostics on standard error,
//! 0 where all is fine, 1 where the input or a test is not, 2 for wrong usage.

use expect_test::{expect, expect_file};
use kgwc_tests::{kgwc, repository};
use serde_json::Value;
use std::fs;

const TWO_GATEWAYS: &str = r#"
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: inner}, {name: outer, namespace: edge}]
  rules: [{backendRefs: [{name: shop, port: 80}]}]
"#;

const FAILING: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: my-gateway}]
  rules: [{backendRefs: [{name: shop, port: 80}]}]
---
apiVersion: kgwc.dev/v1alpha1
kind: RouteTest
metadata: {name: shop}
cases:
- name: the shop serves
  request: {url: 'http://shop.example/'}
  expect: {backend: 'shop:80'}
- name: the cart serves its own
  request: {url: 'http://shop.example/cart', headers: {user: me}}
  expect: {backend: 'cart:80', request: {headers: {user: you}}}
";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Digests change with every build of the module.
fn without_digests(text: &str) -> String {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    let parts = text.split_inclusive(|c| !is_hex(c));
    let masked = parts.map(|part| match part.char_indices().nth(64) {
        Some((end, _)) if part[..end].chars().all(is_hex) => format!("SHA256{}", &part[end..]),
        _ => part.to_owned(),
    });
    masked.collect()
}

fn golden(name: &str) -> expect_test::ExpectFile {
    expect_file![repository("tests/golden/commands").join(name)]
}

#[test]
fn compile_prints_the_plugin_configuration_or_writes_it_to_a_file() {
    let output = kgwc!().run(["compile", "examples/matches"]);
    assert_eq!(output.stderr, "", "notes are for -v");
    let printed = output.fine();
    assert_eq!(json(&printed)["gateway"], "default/my-gateway");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    fs::write(&file, "older").unwrap();
    let args = ["compile", "examples/matches", "-o", file.to_str().unwrap()];
    assert_eq!(kgwc!().run(args).fine(), "");
    assert_eq!(fs::read_to_string(&file).unwrap(), printed);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn compile_reads_standard_input() {
    let routes = fs::read(repository("examples/matches/routes.yaml")).unwrap();
    let from_file = kgwc!().run(["compile", "examples/matches/routes.yaml"]).fine();
    assert_eq!(kgwc!().input(routes).run(["compile", "-"]).fine(), from_file);
}

#[test]
fn compile_writes_a_file_for_each_gateway_into_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let compile = kgwc!().input(TWO_GATEWAYS);
    let path = folder.path().to_str().unwrap();
    assert_eq!(compile.run(["compile", "-", "-o", path]).fine(), "");
    for (file, gateway) in
        [("default.inner.json", "default/inner"), ("edge.outer.json", "edge/outer")]
    {
        let config = json(&fs::read_to_string(folder.path().join(file)).unwrap());
        assert_eq!(config["gateway"], gateway);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn compile_wants_a_choice_among_several_gateways() {
    let compile = kgwc!().input(TWO_GATEWAYS);
    let output = compile.run(["compile", "-"]);
    assert_eq!((output.status, output.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        kgwc: the input has several Gateways: choose one with --gateway: default/inner, edge/outer
    "#]]
    .assert_eq(&output.stderr);
    let chosen = compile.run(["compile", "-", "--gateway", "edge/outer"]).fine();
    assert_eq!(json(&chosen)["gateway"], "edge/outer");
    let missing = compile.run(["compile", "-", "--gateway", "edge/inner"]);
    assert_eq!((missing.status, missing.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        kgwc: the input has no Gateway edge/inner; it has default/inner, edge/outer
    "#]]
    .assert_eq(&missing.stderr);
}

#[test]
fn compile_stops_at_errors_unless_told_to_go_on() {
    let stopped = kgwc!().run(["compile", "tests/corpus/filters/external-auth.errors.yaml"]);
    assert_eq!((stopped.status, stopped.stdout.as_str()), (Some(1), ""));
    let gone_on =
        kgwc!().run(["compile", "--keep-going", "tests/corpus/filters/external-auth.errors.yaml"]);
    assert_eq!(gone_on.stderr, stopped.stderr);
    assert_eq!(json(&gone_on.fine())["rules"][0]["error"], "ExternalAuth is not supported");
}

#[test]
fn check_says_what_is_wrong_in_four_formats() {
    let fine = kgwc!().run(["check", "examples/matches"]);
    assert_eq!(fine.status, Some(0));
    assert_eq!(fine.stdout, "");
    assert_eq!(fine.stderr, "1 HTTPRoute on 1 Gateway: no errors\n");
    for (format, file) in [
        ("text", "check.txt"),
        ("json", "check.json"),
        ("github", "check.github"),
        ("sarif", "check.sarif"),
    ] {
        let output = kgwc!().run(["check", "--diagnostics", format, "tests/article/03.yaml"]);
        assert_eq!((output.status, output.stderr.as_str()), (Some(1), ""), "{format}");
        golden(file).assert_eq(&output.stdout);
    }
}

#[test]
fn check_prints_the_conditions() {
    let inputs = [
        "tests/corpus/listeners/allowed-namespaces.yaml",
        "tests/corpus/listeners/no-matching-hostname.yaml",
    ];
    let output = kgwc!().run(["check", "--status", inputs[0], inputs[1]]);
    golden("status.yaml").assert_eq(&output.stdout);
}

#[test]
fn test_reports_in_five_formats() {
    let fine = kgwc!().run(["test", "examples/matches"]);
    assert_eq!(fine.stderr, "");
    assert!(fine.fine().starts_with("10 passed, 0 failed\n"));
    for (format, file) in [
        ("text", "test.txt"),
        ("json", "test.json"),
        ("table", "test.table"),
        ("junit", "test.xml"),
        ("github", "test.github"),
    ] {
        let output = kgwc!().input(FAILING).run(["test", "--output", format, "-"]);
        assert_eq!((output.status, output.stderr.as_str()), (Some(1), ""), "{format}");
        golden(file).assert_eq(&without_digests(&output.stdout));
    }
}

#[test]
fn test_finds_its_cases_in_every_input() {
    let inputs = ["examples/matches/routes.yaml", "examples/matches/tests.yaml"];
    let native = ["test", "--engine", "native"];
    let tested = kgwc!().run(native.into_iter().chain(inputs)).fine();
    assert!(tested.starts_with("10 passed, 0 failed\n"), "{tested}");
    let none = kgwc!().run(["test", inputs[0]]);
    assert_eq!((none.status, none.stdout.as_str()), (Some(2), ""));
    assert_eq!(none.stderr, "kgwc: there is no RouteTest in the input\n");
}

#[test]
fn explain_says_what_won_and_why_the_rest_did_not() {
    let url = "http://httpbin.example.com/post?version=2";
    let text = kgwc!().run(["explain", "examples/matches", "-X", "POST", url]).fine();
    golden("explain.txt").assert_eq(&text);
    let args = ["explain", "examples/matches", "-H", "User: me", "--output", "json"];
    let output = kgwc!().run(args.into_iter().chain(["http://httpbin.example.com/status/200"]));
    let decision = output.fine();
    golden("explain.json").assert_eq(&decision);
    let keys = [
        "action",
        "backend",
        "backends",
        "candidates",
        "cluster",
        "hostnames",
        "listener",
        "match",
        "mirrors",
        "reason",
        "request",
        "response",
        "retry",
        "route",
        "rule",
        "ruleName",
        "session",
        "timeouts",
    ];
    let decision = json(&decision);
    let mut got: Vec<_> = decision.as_object().unwrap().keys().map(String::as_str).collect();
    got.sort_unstable();
    assert_eq!(got, keys);
}

#[test]
fn explain_knows_the_ports_of_the_gateway() {
    let output = kgwc!().run(["explain", "examples/matches", "http://a.example:8080/"]);
    assert_eq!((output.status, output.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        kgwc: no listener of Gateway default/my-gateway has port 8080; there are 80 (http)
    "#]]
    .assert_eq(&output.stderr);
}

#[test]
fn crds_are_those_of_the_repository() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    assert_eq!(kgwc!().run(["crds", "-o", path]).fine(), "");
    let mut files: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap()).collect();
    files.sort_by_key(fs::DirEntry::file_name);
    assert!(files.len() >= 7, "{files:?}");
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(file.path()).unwrap();
        assert_eq!(fs::read_to_string(repository("crds").join(file.file_name())).unwrap(), text);
        all.push(text);
    }
    let mut printed: Vec<_> =
        kgwc!().run(["crds"]).fine().split("---\n").map(str::to_owned).collect();
    printed.sort_unstable();
    all.sort_unstable();
    assert_eq!(printed, all);
}

#[test]
fn schema_is_for_editors() {
    let route = json(&kgwc!().run(["schema", "HTTPRoute"]).fine());
    assert!(route["properties"]["spec"]["properties"]["hostnames"].is_object());
    let config = json(&kgwc!().run(["schema", "plugin-config"]).fine());
    assert!(config["properties"]["version"].is_object());
    let unknown = kgwc!().run(["schema", "Pod"]);
    assert_eq!((unknown.status, unknown.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        kgwc: there is no schema Pod; there are HTTPRoute, Gateway, GatewayClass, ReferenceGrant, DirectResponse, Backend, RouteTest, all, plugin-config, config
    "#]]
    .assert_eq(&unknown.stderr);
}

const IDLE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: idle}
spec:
  parentRefs: [{name: gw}]
  rules: [{backendRefs: [{name: app, port: 80, weight: 0}]}]
";

#[test]
fn a_lint_can_be_silenced_and_an_error_cannot() {
    let check = kgwc!().input(IDLE);
    let told = check.run(["check", "-"]);
    assert_eq!(told.status, Some(0), "a warning is no error");
    assert!(
        told.stdout.starts_with("warning[no-traffic]: the only backend of the rule has weight 0")
    );
    assert_eq!(check.run(["check", "--allow", "no-traffic", "-"]).stdout, "");
    let annotated =
        IDLE.replace("name: idle", "name: idle, annotations: {kgwc.dev/allow: no-traffic}");
    assert_eq!(kgwc!().input(annotated.as_str()).run(["check", "-"]).stdout, "");
    let unknown = check.run(["check", "--allow", "no-trafic", "-"]);
    assert_eq!(unknown.status, Some(2));
    assert!(unknown.stderr.contains("there is no code `no-trafic`; did you mean `no-traffic`?"));
    let error = check.run(["check", "--allow", "wrong-type", "-"]);
    assert!(error.stderr.contains("wrong-type is no matter of opinion: it cannot be silenced"));
}

/// The article's Lambda, in the shape of an older kgateway.
#[test]
fn migrate_prints_the_current_shape_that_means_the_same() {
    let told = kgwc!().run(["migrate", "examples/lambda"]);
    expect![[r#"
        kgwc: 000000000000 stands where your AWS account belongs; --aws-account fills it in
    "#]]
    .assert_eq(&told.stderr);
    let migrate = ["migrate", "--aws-account", "123456789012", "examples/lambda"];
    let migrated = kgwc!().run(migrate).fine();
    expect_file!["../golden/commands/migrate.yaml"].assert_eq(&migrated);
    // With the Secret, that is all of the input.
    let secret = fs::read_to_string(repository("examples/lambda/routes.yaml")).unwrap();
    let secret = secret.split("---\n").next().unwrap();
    let input = format!("{secret}---\n{migrated}");
    let checked = kgwc!().input(input.as_str()).run(["check", "-"]);
    assert_eq!(checked.status, Some(0));
    assert_eq!(checked.stderr, "1 HTTPRoute on 1 Gateway: no errors\n");
    let again = kgwc!().input(input.as_str()).run(["migrate", "-"]);
    assert_eq!(again.stdout, "");
    assert_eq!(again.stderr, "kgwc: nothing to migrate: every object is in its current shape\n");
}

#[test]
fn a_function_of_several_becomes_a_backend_of_its_name() {
    let input = "tests/corpus/backends/lambda.yaml";
    let migrated = kgwc!().run(["migrate", "--aws-account", "123456789012", input]).fine();
    for part in ["name: older-one\n", "name: older-two\n", "qualifier: \"7\"\n", "name: single\n"] {
        assert!(migrated.contains(part), "{part}: {migrated}");
    }
    assert!(!migrated.contains("Parameter"), "{migrated}");
    let wrong = kgwc!().run(["migrate", "--aws-account", "12", input]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.stderr.contains("an AWS account has twelve digits"), "{}", wrong.stderr);
}

#[test]
fn filter_writes_the_module_that_is_tested() {
    let (status, stdout, stderr) = kgwc!().bytes(["filter"]);
    assert_eq!((status, stderr.as_slice()), (Some(0), &b""[..]));
    assert!(stdout == filter_module::MODULE);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kgwc.wasm");
    assert_eq!(kgwc!().run(["filter", "-o", file.to_str().unwrap()]).fine(), "");
    assert!(fs::read(file).unwrap() == filter_module::MODULE);
}

#[test]
fn wrong_usage_is_status_2_and_says_what_is_right() {
    for (args, told) in [
        (&["compile"][..], "Usage: "),
        (
            &["compile", "--emit", "toast", "x"],
            "[possible values: plugin-config, envoy, envoy-dynamic, istio]",
        ),
        (&["bake"], "unrecognized subcommand 'bake'"),
        (&[], "Usage: "),
    ] {
        let output = kgwc!().run(args);
        assert_eq!((output.status, output.stdout.as_str()), (Some(2), ""), "{args:?}");
        assert!(output.stderr.contains(told), "{args:?}: {}", output.stderr);
    }
    let unwritable = kgwc!().run(["compile", "examples/matches", "-o", "no/such/folder/out.json"]);
    assert_eq!((unwritable.status, unwritable.stdout.as_str()), (Some(2), ""));
    assert!(unwritable.stderr.starts_with("kgwc: cannot write no/such/folder/out.json: "));
}

/// Colours are for terminals; `script` of util-linux makes one.
#[test]
#[cfg(target_os = "linux")]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let check = ["check", "tests/article/03.yaml"];
    assert!(!kgwc!().run(check).stdout.contains('\u{1b}'));
    let command = kgwc!().command(check);
    let program = command.get_program().to_str().unwrap().to_owned();
    let in_terminal = |no_color: &str| {
        let output = std::process::Command::new("script")
            .args(["-qec", &format!("{program} {}", check.join(" ")), "/dev/null"])
            .current_dir(repository(""))
            .env("NO_COLOR", no_color)
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(in_terminal("").contains("\u{1b}[1m"), "{}", in_terminal(""));
    assert!(!in_terminal("1").contains('\u{1b}'), "{}", in_terminal("1"));
}

#[test]
fn check_refuses_a_gateway_that_the_input_does_not_have() {
    let output = kgwc!().run(["check", "--gateway", "edge/none", "examples/matches"]);
    assert_eq!(output.status, Some(2));
    let wanted = "kgwc: the input has no Gateway edge/none; it has default/my-gateway\n";
    assert_eq!(output.stderr, wanted);
}

/// A CI server that finds no report says so, and not what is wrong.
#[test]
fn a_junit_report_is_written_even_where_the_input_has_errors() {
    let wrong = FAILING.replace("name: shop, port: 80", "name: shop, port: many");
    let output = kgwc!().input(wrong).run(["test", "--output", "junit", "-"]);
    assert_eq!(output.status, Some(1));
    assert!(output.stdout.contains("<testsuites"), "{}", output.stdout);
    assert!(output.stdout.contains("wrong-type"), "{}", output.stdout);
}

/// The module drops what clients say by its own names, and so does every other engine.
#[test]
fn headers_of_the_module_that_a_client_sends_match_nothing() {
    let route = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop}
spec:
  parentRefs: [{name: my-gateway}]
  rules:
  - matches: [{headers: [{name: x-kgwc-cluster, value: other}]}]
    backendRefs: [{name: other, port: 80}]
";
    let args = ["explain", "-", "-H", "x-kgwc-cluster: other", "http://shop.example/"];
    let told = kgwc!().input(route).run(args).fine();
    assert!(told.contains("header x-kgwc-cluster is absent"), "{told}");
    let recorded = kgwc!().input(route).run(["test", "--record", "-"]);
    assert!(recorded.stderr.contains("no request was found"), "{}", recorded.stderr);
}

/// GitHub shows annotations in files of the repository, and standard input is none.
#[test]
fn annotations_of_standard_input_name_no_file() {
    let wrong = FAILING.replace("name: shop, port: 80", "name: shop, port: many");
    let output = kgwc!().input(wrong).run(["check", "--output", "github", "-"]);
    assert!(!output.stdout.contains("file="), "{}", output.stdout);
    assert!(output.stdout.contains("::<stdin>:7:"), "{}", output.stdout);
}
