//! Every command has an example in its help, and every example works.

use crate::run::Folder;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The commands that `--help` shows below `Example:` or `Examples:`.
fn examples(command: &clap::Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples = help.split_once("Example").map_or("", |(_, rest)| rest);
    let lines = examples.trim_start_matches('s').trim_start_matches(':').lines();
    lines.map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// All files below a folder that say something.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry")) {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false if fs::metadata(&path).is_ok_and(|file| file.len() > 0) => found.push(path),
            false => {}
        }
    }
    found.sort();
    found
}

#[test]
fn every_command_has_an_example_that_works() {
    let mut run = 0;
    for command in kgwc::commands::command().get_subcommands() {
        let name = command.get_name();
        let examples = examples(command);
        assert!(!examples.is_empty(), "kgwc {name} --help has no example");
        for example in examples {
            assert!(example.starts_with(&format!("kgwc {name}")), "{name}: {example}");
            if name == "serve" {
                // It serves until it is stopped, by an Envoy: tests of the workspace do that.
                let words = example.split_whitespace();
                kgwc::commands::command().try_get_matches_from(words).expect("it is understood");
                continue;
            }
            // With `kgwc` on the PATH, and nothing but the examples in the folder.
            let folder = Folder::new();
            let programs = tempfile::tempdir().expect("a folder");
            symlink(env!("CARGO_BIN_EXE_kgwc"), programs.path().join("kgwc")).expect("a link");
            let before = files(folder.path());
            let mut shell = Command::new("/bin/sh");
            shell.args(["-c", &example]).env("PATH", programs.path());
            let result = folder.output(shell, b"");
            assert_eq!(result.status, Some(0), "{example}: {}", result.stderr);
            let is_written = files(folder.path()) != before;
            assert!(
                is_written || !result.stdout.is_empty() || !result.stderr.is_empty(),
                "{example}"
            );
            run += 1;
        }
    }
    assert!(run > 10, "{run} examples were run");
}

#[test]
fn the_help_shows_the_example() {
    let folder = Folder::new();
    for command in kgwc::commands::command().get_subcommands() {
        let help = folder.run([command.get_name(), "--help"]).fine();
        for example in examples(command) {
            // Long lines are broken where the terminal ends.
            let unbroken = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(unbroken(&help).contains(&unbroken(&example)), "{help}");
        }
    }
}
