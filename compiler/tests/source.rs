//! What a user is told about input that cannot be read: the full text, as golden files.
//! `UPDATE_EXPECT=1 cargo test` rewrites them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use expect_test::{expect, expect_file};
use kgwc::render::diagnostics::text;
use kgwc::source;

fn messages(inputs: &[&Path]) -> String {
    let inputs: Vec<PathBuf> = inputs.iter().map(|&input| input.to_owned()).collect();
    let (sources, diagnostics) = source::read(&inputs, &mut std::io::empty());
    text::render(&diagnostics, &sources, false)
}

/// The messages for one file in a new folder, which they call `tmp`.
fn messages_for(name: &str, content: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    messages(&[&path]).replace(folder.path().to_str().unwrap(), "tmp")
}

#[test]
fn bad_files() {
    let folder = Path::new("tests/golden/source");
    let mut inputs: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|extension| extension != "txt"));
    assert!(inputs.len() > 15);
    for input in inputs {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join(&input).with_extension("txt");
        let messages = messages(&[&input]);
        assert!(!messages.is_empty(), "{}", input.display());
        expect_file![golden].assert_eq(&messages);
    }
}

#[test]
fn missing_files_and_empty_folders() {
    let missing = Path::new("no/such/routes.yaml");
    expect![[r#"
        error[unreadable]: there is no such file or folder
        --> no/such/routes.yaml

        1 error
        For more: kgwc explain-code unreadable
    "#]]
    .assert_eq(&messages(&[missing]));
    let folder = tempfile::tempdir().unwrap();
    let told = |folder: &tempfile::TempDir| {
        messages(&[folder.path()]).replace(folder.path().to_str().unwrap(), "tmp")
    };
    expect![[r#"
        error[no-input]: no file in this folder ends in `.yaml`, `.yml` or `.json`
        --> tmp

        1 error
        For more: kgwc explain-code no-input
    "#]]
    .assert_eq(&told(&folder));
    fs::write(folder.path().join("a.yaml"), "# nothing\n").unwrap();
    expect![[r#"
        error[no-input]: the files in this folder hold no objects, only blank lines and comments
        --> tmp

        1 error
        For more: kgwc explain-code no-input
    "#]]
    .assert_eq(&told(&folder));
    expect![[r#"
        error[no-input]: no input: name files or folders, or `-` for standard input

        1 error
        For more: kgwc explain-code no-input
    "#]]
    .assert_eq(&messages(&[]));
}

#[test]
fn garbage_of_any_size_is_refused_at_once() {
    let mut state = 1_u64;
    let garbage: Vec<u8> = (0..50 << 20)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect();
    let start = Instant::now();
    expect![[r#"
        error[too-large]: this file has 50 MiB and is too large: files of up to 32 MiB are read
        --> tmp/garbage.yaml
         = help: split the file, or check that it is the one you meant

        1 error
        For more: kgwc explain-code too-large
    "#]]
    .assert_eq(&messages_for("garbage.yaml", &garbage));
    expect![[r#"
        error[not-text]: this is no text file: byte 60 is not UTF-8 text
        --> tmp/small.yaml
         = help: give YAML or JSON in UTF-8 (or in UTF-16 with a byte order mark)

        1 error
        For more: kgwc explain-code not-text
    "#]]
    .assert_eq(&messages_for("small.yaml", &garbage[..1 << 20]));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    // Text, too: one long line, brackets, and words without meaning.
    let words: String =
        garbage[..20 << 20].iter().map(|byte| char::from(b' ' + byte % 95)).collect();
    for text in ["x".repeat(30 << 20), "[".repeat(30 << 20), words] {
        let start = Instant::now();
        let messages = messages_for("text.yaml", text.as_bytes());
        assert!(messages.starts_with("error["), "{messages:.200}");
        assert!(messages.len() < 2000, "{}", messages.len());
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }
}

#[test]
fn bombs() {
    let mut laughs = "a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for (from, to) in ('a'..='y').zip('b'..='z') {
        let aliases = vec![format!("*{from}"); 9].join(", ");
        writeln!(laughs, "{to}: &{to} [{aliases}]").unwrap();
    }
    expect![[r#"
        error[alias-expansion]: the aliases in this file expand to too much
         --> tmp/laughs.yaml:6:32
          |
        5 | e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d]
          |    ---- this value would be copied once more
        6 | f: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e]
          |                                ^^
          |
          = help: write the values out, or split the file; aliases of values that hold aliases grow fast

        1 error
        For more: kgwc explain-code alias-expansion
    "#]].assert_eq(&messages_for("laughs.yaml", laughs.as_bytes()));
    expect![[r#"
        error[too-deep]: lists and mappings are nested deeper than 100 levels here
         --> tmp/deep.yaml:1:256
          |
        1 | ...[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[...
          |                                                                              ^

        1 error
        For more: kgwc explain-code too-deep
    "#]].assert_eq(&messages_for("deep.yaml", "[".repeat(100_000).as_bytes()));
}
