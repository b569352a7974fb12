//! What `kgwc check` tells people: the full text, as golden files of `golden/diagnostics/`. The
//! first line of an input may be a comment with the command. `UPDATE_EXPECT=1 cargo test
//! --workspace --test diagnostics` writes them anew; read them before they are committed.

use expect_test::expect_file;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The inputs, in the order of their names.
fn inputs() -> Vec<PathBuf> {
    let mut inputs: Vec<_> = fs::read_dir(tests().join("golden/diagnostics"))
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    inputs.sort();
    inputs
}

fn check(input: &Path) -> String {
    let text = fs::read_to_string(input).expect("text");
    let options = text.lines().next().and_then(|line| line.strip_prefix("# kgwc check "));
    let output = Command::new(env!("CARGO_BIN_EXE_kgwc"))
        .arg("check")
        .args(options.unwrap_or_default().split_whitespace())
        .arg(input.file_name().expect("a file"))
        .current_dir(input.parent().expect("a folder"))
        .output()
        .expect("kgwc runs");
    String::from_utf8(output.stdout).expect("text")
}

/// The messages of a text without the values in them: `error[code]: a port is not`.
fn messages(text: &str) -> impl Iterator<Item = String> {
    let is_head = |line: &&str| {
        ["error[", "warning[", "note["].iter().any(|severity| line.starts_with(severity))
    };
    text.lines().filter(is_head).map(|line| {
        let (code, message) = line.split_once(' ').unwrap_or((line, ""));
        let is_plain = |word: &&str| {
            let word = word.trim_end_matches([',', ':', ';']);
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())
        };
        let words: Vec<_> = message.split(' ').filter(is_plain).collect();
        format!("{code} {}", words.join(" "))
    })
}

#[test]
fn golden_texts() {
    for input in inputs() {
        let told = check(&input);
        assert!(!told.is_empty(), "{}", input.display());
        expect_file![input.with_extension("txt")].assert_eq(&told);
    }
}

#[test]
fn every_kind_of_message_is_shown_once() {
    let mut kinds = BTreeSet::new();
    for folder in ["golden/diagnostics", "golden/source"] {
        for entry in fs::read_dir(tests().join(folder)).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "txt") {
                kinds.extend(messages(&fs::read_to_string(path).expect("text")));
            }
        }
    }
    assert!(kinds.len() >= 120, "only {} kinds of messages: {kinds:#?}", kinds.len());
}

/// A problem is told at one place, and a place has one problem of a code.
#[test]
fn one_problem_for_each_cause() {
    for input in inputs() {
        let text = fs::read_to_string(input.with_extension("txt")).expect("text");
        let mut seen = BTreeSet::new();
        let mut lines = text.lines();
        while let Some(head) = lines.next() {
            let Some((code, _)) = head.split_once("]: ") else { continue };
            let place = lines.next().unwrap_or_default();
            // Problems of the input as a whole have no place.
            if place.contains("-->") {
                let key = (code.to_owned(), place.trim().to_owned());
                assert!(seen.insert(key), "{}: {head} {place}", input.display());
            }
        }
    }
}
