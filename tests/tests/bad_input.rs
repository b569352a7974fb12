//! Input that cannot be used: the whole message of each is a golden file, and nothing is written.

use expect_test::expect_file;
use kgwc_tests::{kgwc, repository};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const OUT: &str = "out.json";
/// The largest of these inputs has 50 MB, and the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Compiles `input` of a folder of its own: the message is that of the golden folder `name`, and
/// the folder is afterwards as it was before.
fn refused(name: &str, input: &str, status: i32, prepare: impl Fn(&Path)) {
    for before in [None, Some("what was there before\n")] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        prepare(folder);
        if let Some(before) = before {
            fs::write(folder.join(OUT), before).unwrap();
        }
        let files = listing(folder);
        let start = Instant::now();
        let output = kgwc!().in_folder(folder).run(["compile", "-o", OUT, input]);
        assert!(start.elapsed() < PATIENCE, "{name} takes {:?}", start.elapsed());
        let golden = repository("tests/golden/bad-input").join(name).join("stderr.txt");
        expect_file![golden].assert_eq(&output.stderr);
        assert_eq!((output.status, output.stdout.as_str()), (Some(status), ""), "{name}");
        assert_eq!(listing(folder), files, "{name}");
        assert_eq!(fs::read_to_string(folder.join(OUT)).ok().as_deref(), before, "{name}");
    }
}

fn listing(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The input is `input.yaml` of the golden folder.
fn refused_file(name: &str) {
    let file = repository("tests/golden/bad-input").join(name).join("input.yaml");
    refused(name, "input.yaml", 1, |folder| {
        fs::copy(&file, folder.join("input.yaml")).unwrap();
    });
}

/// The input is made by the test.
fn refused_text(name: &str, text: &[u8]) {
    refused(name, "input.yaml", 1, |folder| fs::write(folder.join("input.yaml"), text).unwrap());
}

#[test]
fn yaml_that_is_none() {
    refused_file("invalid-yaml");
}

#[test]
fn tabs() {
    refused_file("tabs");
}

#[test]
fn a_number_where_a_string_is_wanted() {
    refused_file("number-for-string");
}

#[test]
fn an_unknown_field() {
    refused_file("unknown-field");
}

#[test]
fn an_unknown_kind_of_reference() {
    refused_file("unknown-reference-kind");
}

#[test]
fn two_routes_of_the_same_name() {
    refused_file("same-name");
}

#[test]
fn a_regex_that_does_not_compile() {
    refused_file("invalid-regex");
}

#[test]
fn a_regex_that_explodes() {
    refused_file("exploding-regex");
}

#[test]
fn an_empty_file() {
    refused_file("empty-file");
}

#[test]
fn a_missing_file() {
    refused("missing-file", "input.yaml", 2, |_| ());
}

#[test]
fn a_folder_without_yaml() {
    refused("folder-without-yaml", "input", 1, |folder| {
        fs::create_dir(folder.join("input")).unwrap();
        fs::write(folder.join("input/notes.txt"), "no routes here").unwrap();
    });
}

fn garbage(size: usize) -> Vec<u8> {
    let mut rng = route::SplitMix64::new(7);
    (0..size / 8).flat_map(|_| route::Rng::next_u64(&mut rng).to_le_bytes()).collect()
}

fn text_that_is_no_yaml(size: usize) -> Vec<u8> {
    b"lorem: ipsum: [%{\n".repeat(size / 18)
}

#[test]
fn fifty_megabytes_of_garbage() {
    refused_text("garbage", &garbage(50_000_000));
    refused_text("garbage-text", &text_that_is_no_yaml(50_000_000));
}

#[test]
fn garbage_within_the_limit() {
    refused_text("garbage-read", &garbage(30_000_000));
    refused_text("garbage-text-read", &text_that_is_no_yaml(30_000_000));
}

#[test]
fn an_alias_bomb() {
    refused_file("alias-bomb");
}

/// Not deep, but long: each alias stands for as much as the file has.
#[test]
fn an_alias_flood() {
    let anchored = format!("x: &x [{}]\n", "1, ".repeat(10_000));
    let flood = format!("{anchored}y: [{}]\n", "*x, ".repeat(10_000));
    refused_text("alias-flood", flood.as_bytes());
}

#[test]
fn a_hundred_thousand_levels() {
    refused_text("deep", "[".repeat(100_000).as_bytes());
}
