//! `kgwc.toml`: found above the input, below the command line, with problems told at their place.

use crate::run::Folder;
use expect_test::expect;

/// A route to another namespace: fine only where grants are assumed.
const ROUTE: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: app, namespace: team}
spec:
  parentRefs: [{name: edge}, {name: inner}]
  rules:
  - matches: [{path: {type: PathPrefix, value: /app/}}]
    backendRefs: [{name: app, namespace: shared, port: 80}]
";

fn folder(settings: &str) -> Folder {
    let folder = Folder::new();
    folder.write("team/routes/app.yaml", ROUTE).write("team/kgwc.toml", settings);
    folder
}

#[test]
fn settings_are_found_above_the_input_and_can_be_left_out() {
    let folder = folder("assume-grants = true\n[lint]\nallow = [\"trailing-slash-prefix\"]\n");
    let run = folder.run(["check", "team/routes"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
    let told = folder.run(["check", "-v", "team/routes"]).stderr;
    assert!(told.contains("with the settings of team/kgwc.toml"), "{told}");
    let without = folder.run(["check", "--no-config", "team/routes"]);
    assert_eq!(without.status, Some(1));
    assert!(without.stdout.contains("ref-not-permitted"), "{}", without.stdout);
    assert!(without.stdout.contains("trailing-slash-prefix"), "{}", without.stdout);
}

#[test]
fn for_standard_input_the_working_directory_counts() {
    let folder = folder("");
    folder.write("kgwc.toml", "assume-grants = true\n");
    assert_eq!(folder.run_with(ROUTE.as_bytes(), ["check", "-"]).status, Some(0));
}

#[test]
fn the_command_line_wins() {
    let folder = folder(
        "assume-grants = true\ngateway = \"team/inner\"\ncluster-names = \"istio\"\n\
         hostname-fallthrough = true\n",
    );
    let compile = |args: &[&str]| {
        let run = folder.run([&["compile", "team/routes"], args].concat());
        serde_json::from_str::<serde_json::Value>(&run.fine()).expect("JSON")
    };
    let config = compile(&[]);
    assert_eq!(config["gateway"], "team/inner");
    assert_eq!(config["backends"][0]["cluster"], "outbound|80||app.shared.svc.cluster.local");
    assert_eq!(config["hostnameFallthrough"], true);
    let args =
        ["--gateway", "team/edge", "--cluster-names", "kgwc", "--hostname-fallthrough=false"];
    let config = compile(&args);
    assert_eq!(config["gateway"], "team/edge");
    assert!(config["backends"][0].get("cluster").is_none(), "{config}");
    assert_ne!(config["hostnameFallthrough"], true);
    let strict = folder.run(["check", "--assume-grants=false", "team/routes"]);
    assert_eq!(strict.status, Some(1), "{}", strict.stdout);
}

#[test]
fn a_file_can_be_named_and_has_to_be_there() {
    let folder = folder("this is not read");
    folder.write("other.toml", "assume-grants = true\n");
    let run = folder.run(["check", "--config", "other.toml", "team/routes"]);
    assert_eq!(run.status, Some(0), "{}", run.stdout);
    let missing = folder.run(["check", "--config", "missing.toml", "team/routes"]);
    assert_eq!(missing.status, Some(2));
    expect![[r#"
        error[unreadable]: there is no such file or folder
        --> missing.toml

        1 error
        For more: kgwc explain-code unreadable
    "#]]
    .assert_eq(&missing.stderr);
    let both = folder.run(["check", "--config", "other.toml", "--no-config", "team/routes"]);
    assert_eq!(both.status, Some(2), "{}", both.stderr);
}

#[test]
fn what_is_wrong_is_told_with_its_place_in_the_format_that_is_asked_for() {
    let folder = folder("asume-grants = true\n");
    let run = folder.run(["check", "team/routes"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        error[unknown-setting]: unknown setting "asume-grants"
         --> team/kgwc.toml:1:1
          |
        1 | asume-grants = true
          | ^^^^^^^^^^^^
          |
          = help: did you mean `assume-grants`?

        1 error
        For more: kgwc explain-code unknown-setting
    "#]]
    .assert_eq(&run.stderr);
    let run = folder.run(["check", "--diagnostics", "github", "team/routes"]);
    assert!(run.stderr.starts_with("::error file=team/kgwc.toml,line=1,col=1"), "{}", run.stderr);
}

#[test]
fn the_host_of_the_settings_is_for_the_plugin_configuration_only() {
    let folder = folder("assume-grants = true\ngateway = \"team/edge\"\nhost = \"istio\"\n");
    let run = folder.run(["compile", "--emit", "envoy", "team/routes"]);
    assert!(run.fine().contains("shared/app:80"), "an Envoy has no clusters of Istio's");
    let run = folder.run(["compile", "team/routes"]);
    assert!(run.fine().contains("outbound|80||app.shared"), "the clusters are Istio's");
}

/// A gate that is switched off because its file cannot be read is no gate.
#[test]
fn whatever_has_the_name_is_read_or_told() {
    let folder = Folder::new();
    folder.write("routes.yaml", ROUTE);
    std::os::unix::fs::symlink("nowhere.toml", folder.path().join("kgwc.toml")).expect("a link");
    let run = folder.run(["check", "routes.yaml"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("kgwc.toml"), "{}", run.stderr);
    std::fs::remove_file(folder.path().join("kgwc.toml")).expect("a link");
    std::fs::create_dir(folder.path().join("kgwc.toml")).expect("a folder");
    assert_eq!(folder.run(["check", "routes.yaml"]).status, Some(2));
}

#[test]
fn inputs_with_different_settings_are_refused() {
    let folder = folder("assume-grants = true\n");
    folder.write("other/app.yaml", ROUTE);
    for inputs in [["team/routes", "other"], ["other", "team/routes"]] {
        let run = folder.run([&["check"], &inputs[..]].concat());
        assert_eq!(run.status, Some(2), "{}", run.stdout);
        assert!(run.stderr.contains("the inputs have different settings"), "{}", run.stderr);
        assert!(run.stderr.contains("--config"), "{}", run.stderr);
    }
    let chosen = folder.run(["check", "--config", "team/kgwc.toml", "other"]);
    assert_eq!(chosen.status, Some(0), "{}", chosen.stdout);
}
