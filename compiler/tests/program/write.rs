//! Files that are written: never over the input, and with errors that name what the user named.

use crate::run::Folder;
use std::fs;
use std::process::{Command, Stdio};

/// In a file that has the name of an output.
const ROUTE: &str = r#"{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute",
    "metadata": {"name": "a"}, "spec": {"parentRefs": [{"name": "edge"}],
    "rules": [{"backendRefs": [{"name": "b", "port": 80}]}]}}"#;

fn lost(path: &str) -> String {
    format!("kgwc: {path} is a file of the input and would be lost: choose another one\n")
}

#[test]
fn no_command_writes_over_its_input() {
    let folder = Folder::new();
    let routes = "examples/matches/routes.yaml";
    let before = fs::read_to_string(folder.path().join(routes)).expect("a file");
    folder.write("in/default.edge.json", ROUTE);
    let runs: [&[&str]; 5] = [
        &["test", "--engine", "native", "examples/matches", "--lcov", routes],
        &["compile", "examples/matches", "-o", routes],
        &["compile", routes, "-o", "examples/../examples/matches/routes.yaml"],
        &["compile", "in", "-o", "in"],
        &["compile", "in", "--emit", "envoy", "-o", "in/default.edge.json"],
    ];
    for args in runs {
        let run = folder.run(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?} {}", run.stderr);
        let named = if args[1] == "in" { "in/default.edge.json" } else { args[args.len() - 1] };
        assert_eq!(run.stderr, lost(named), "{args:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join(routes)).expect("a file"), before);
    folder.run(["compile", routes, "-o", "examples/matches/new.json"]).fine();
}

#[test]
fn nor_over_a_file_that_is_its_standard_input() {
    let folder = Folder::new();
    let routes = "examples/matches/routes.yaml";
    let path = folder.path().join(routes);
    let mut command = Command::new(env!("CARGO_BIN_EXE_kgwc"));
    command.args(["compile", "-", "-o", routes]).current_dir(folder.path());
    command.stdin(Stdio::from(fs::File::open(&path).expect("a file")));
    let output = command.output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr), lost(routes));
    assert!(fs::read_to_string(&path).expect("a file").contains("HTTPRoute"));
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = Folder::new();
    let run = folder.run(["compile", "examples/matches", "-o", "none/x.json"]);
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (Some(2), "kgwc: cannot write none/x.json: the folder none does not exist\n")
    );
}

#[test]
fn a_dash_is_no_file() {
    let folder = Folder::new();
    for (args, option) in [
        (["test", "examples/matches", "--lcov", "-"], "--lcov"),
        (["check", "examples/matches", "--config", "-"], "--config"),
    ] {
        let run = folder.run(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
        let said = format!(
            "error: invalid value '-' for '{option} <FILE>': - is no file here: name one\n"
        );
        assert!(run.stderr.starts_with(&said), "{}", run.stderr);
    }
    assert!(!folder.path().join("-").exists());
}

#[test]
fn migrate_to_a_dash_prints() {
    let folder = Folder::new();
    let text = folder.run(["migrate", "examples/lambda"]).fine();
    assert_eq!(folder.run(["migrate", "-o", "-", "examples/lambda"]).fine(), text);
    assert!(!folder.path().join("-").exists());
}

#[test]
fn what_is_not_there_is_not_followed() {
    let folder = Folder::new();
    let run = folder.run(["test", "--watch", "examples/matches", "none.yaml"]);
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (Some(2), "", "kgwc: none.yaml does not exist\n")
    );
}

#[test]
fn of_several_files_none_is_written_where_one_would_replace_the_input() {
    let folder = Folder::new();
    let both = ROUTE.replace(r#"{"name": "edge"}"#, r#"{"name": "a"}, {"name": "b"}"#);
    folder.write("in/default.b.json", &both);
    let run = folder.run(["compile", "in", "-o", "in"]);
    assert_eq!((run.status, run.stderr), (Some(2), lost("in/default.b.json")));
    assert!(!folder.path().join("in/default.a.json").exists());
    fs::rename(folder.path().join("in/default.b.json"), folder.path().join("in/routes.json"))
        .expect("it can be renamed");
    folder.run(["compile", "in", "-o", "in"]).fine();
    assert!(folder.path().join("in/default.a.json").exists());
    assert!(folder.path().join("in/default.b.json").exists());
}

#[test]
fn no_command_writes_over_its_settings() {
    const SETTINGS: &str = "strict-refs = false\n";
    let folder = Folder::new();
    folder.write("kgwc.toml", SETTINGS);
    let runs: [&[&str]; 2] = [
        &["test", "--engine", "native", "examples/matches", "--lcov", "kgwc.toml"],
        &["compile", "examples/matches", "-o", "kgwc.toml"],
    ];
    for args in runs {
        let run = folder.run(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}");
        let said = "kgwc: kgwc.toml has the settings and would be lost: choose another one\n";
        assert_eq!(run.stderr, said, "{args:?}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("kgwc.toml")).expect("a file"), SETTINGS);
}
