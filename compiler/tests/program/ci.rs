//! What other repositories take over: hooks and pipelines are YAML, and every command in them is
//! one that kgwc has.

use crate::run::{Folder, repository};
use saphyr::{LoadableYamlNode, YamlOwned};
use serde_json::Value;
use std::fs;

fn parsed(file: &str) -> YamlOwned {
    let text = fs::read_to_string(repository(file)).expect(file);
    let documents = YamlOwned::load_from_str(&text);
    let mut documents = documents.unwrap_or_else(|error| panic!("{file}: {error}"));
    assert_eq!(documents.len(), 1, "{file}");
    documents.remove(0)
}

/// The texts of a document, in their order.
fn texts(value: &YamlOwned) -> Vec<&str> {
    match (value.as_sequence(), value.as_mapping()) {
        (Some(entries), _) => entries.iter().flat_map(texts).collect(),
        (_, Some(fields)) => fields.values().flat_map(texts).collect(),
        _ => value.as_str().into_iter().collect(),
    }
}

/// The commands of kgwc in a pipeline, without what the shell does with their output.
fn commands(file: &str) -> Vec<Vec<String>> {
    let document = parsed(file);
    let lines = texts(&document).into_iter().flat_map(str::lines).map(str::trim);
    let commands = lines.filter(|line| line.starts_with("kgwc "));
    let words = commands.map(|line| line.split(['>', '|']).next().unwrap_or_default());
    words.map(|line| line.split_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
fn every_command_of_the_pipelines_is_one() {
    for (file, least) in [("ci/github-actions.yaml", 5), ("ci/gitlab-ci.yaml", 3)] {
        let commands = commands(file);
        assert!(commands.len() >= least, "{file}: {commands:?}");
        for words in commands {
            let matches = kgwc::commands::command().try_get_matches_from(&words);
            assert!(matches.is_ok(), "{file}: {words:?}: {}", matches.unwrap_err());
        }
    }
}

#[test]
fn the_commands_of_the_pipelines_do_what_they_are_for() {
    let folder = Folder::new();
    let routes = fs::read_to_string(repository("examples/matches/routes.yaml")).expect("routes");
    let tests = fs::read_to_string(repository("examples/matches/tests.yaml")).expect("tests");
    folder.write("routes/routes.yaml", &routes).write("routes/tests.yaml", &tests);
    for file in ["ci/github-actions.yaml", "ci/gitlab-ci.yaml"] {
        for words in commands(file) {
            folder.run(&words[1..]).fine();
        }
    }
    let sarif = folder.run(["check", "--diagnostics", "sarif", "routes"]).fine();
    let sarif: Value = serde_json::from_str(&sarif).expect("JSON");
    assert_eq!(sarif["version"], "2.1.0");
}

#[test]
fn the_hooks_run_and_find_what_is_wrong() {
    let folder = Folder::new();
    let hooks = parsed(".pre-commit-hooks.yaml");
    let hooks = hooks.as_sequence().expect("a list");
    let ids: Vec<_> = hooks.iter().map(|hook| hook["id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["kgwc-check", "kgwc-test"]);
    let run = |hook: &YamlOwned| {
        let entry = hook["entry"].as_str().expect("an entry").split_whitespace().skip(1);
        folder.run(entry.chain(texts(&hook["args"])))
    };
    let routes = "examples/matches/routes.yaml";
    let broken = fs::read_to_string(repository(routes)).expect("routes");
    assert_eq!(run(&hooks[0]).status, Some(0), "{}", run(&hooks[0]).stdout);
    folder.write(routes, &broken.replace("value: \"2\"", "value: 2"));
    for hook in hooks {
        assert_eq!(run(hook).status, Some(1), "{hook:?}");
    }
}
