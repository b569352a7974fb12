//! Files, folders and standard input.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::diagnostic::Diagnostic;
use crate::source::read;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read_values(inputs: &[PathBuf], stdin: &str) -> (Vec<Value>, Vec<Diagnostic>) {
    let (sources, diagnostics) = read(inputs, &mut stdin.as_bytes());
    (sources.documents.into_iter().map(|document| document.value).collect(), diagnostics)
}

#[test]
fn folders_are_read_in_order_without_what_is_hidden() {
    let folder = folder(&[
        ("b.yml", "i: 2"),
        ("a.yaml", "i: 1"),
        ("c/d.json", "{\"i\": 3}"),
        ("c/empty.yaml", "# nothing\n"),
        ("c/README.md", ": ["),
        (".git/x.yaml", "i: 9"),
        (".hidden.yaml", "i: 9"),
    ]);
    let (values, diagnostics) =
        read_values(&[folder.path().to_owned(), folder.path().join("a.yaml")], "");
    assert_eq!(diagnostics, []);
    assert_eq!(values, [json!({"i": 1}), json!({"i": 2}), json!({"i": 3})]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_loops_end() {
    use std::os::unix::fs::symlink;

    let folder = folder(&[("..data/a.yaml", "i: 1"), ("x/b.yaml", "i: 2"), ("y/c.yaml", "i: 3")]);
    let path = folder.path();
    symlink("..data/a.yaml", path.join("a.yaml")).unwrap();
    symlink(path, path.join("x/up")).unwrap();
    for (from, to) in [("x", "y"), ("y", "x")] {
        for i in 0..10 {
            symlink(path.join(to), path.join(from).join(format!("l{i}"))).unwrap();
        }
    }
    symlink("nowhere", path.join("broken")).unwrap();
    let (mut values, diagnostics) = read_values(&[path.to_owned()], "");
    values.sort_by_key(|value| value["i"].as_u64());
    assert_eq!(values, [json!({"i": 1}), json!({"i": 2}), json!({"i": 3})]);
    assert_eq!(diagnostics, []);
}

#[test]
fn standard_input_is_one_of_the_inputs() {
    let folder = folder(&[("a.yaml", "i: 1")]);
    let inputs = ["-".into(), folder.path().to_owned(), "-".into()];
    let (values, diagnostics) = read_values(&inputs, "i: 0\n");
    assert_eq!(diagnostics, []);
    assert_eq!(values, [json!({"i": 0}), json!({"i": 1})]);
    let (sources, diagnostics) = read(&["-".into()], &mut "a: [\n".as_bytes());
    assert_eq!(sources.locate(&diagnostics[0].place).unwrap().name, "<stdin>");
}
