use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::{Sources, read};
use crate::diagnostic::{Code, Diagnostic, FieldPath, Part, Place};
use crate::render::diagnostics::text;

fn values(name: &str, text: &str) -> Vec<Value> {
    let (sources, diagnostics) = Sources::from_text(name, text);
    assert_eq!(diagnostics, []);
    sources.documents.into_iter().map(|document| document.value).collect()
}

fn codes(diagnostics: &[Diagnostic]) -> Vec<Code> {
    diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

fn problems(text: &str) -> String {
    let (sources, diagnostics) = Sources::from_text("routes.yaml", text);
    text::render(&diagnostics, &sources, false)
}

/// The text that a field resolves to, with its line and column.
fn found(sources: &Sources, object: usize, path: FieldPath, part: Part) -> String {
    let place = Place::Field { object: sources.documents[object].id, path, part };
    let position = sources.locate(&place).unwrap().position.unwrap();
    let text = &sources.text(position.file)[position.range.clone()];
    assert_eq!(position.end_column - position.column, text.chars().count());
    format!("{}:{} {text}", position.line, position.column)
}

#[test]
fn several_documents_in_one_file() {
    let text = "# first\na: 1\n---\n# only a comment\n---\n---\nb: 2\n...\n---\nnull\n";
    assert_eq!(values("a.yaml", text), [json!({"a": 1}), json!({"b": 2})]);
}

#[test]
fn lists_are_flattened_and_their_items_completed() {
    let text = "
apiVersion: v1
kind: List
items:
- {kind: A, i: 1}
- apiVersion: x/v1
  kind: BList
  items:
  - i: 2
  - {apiVersion: y/v1, kind: C, i: 3}
- kind: Checklist
  items: {}
";
    let expected = [
        json!({"kind": "A", "i": 1}),
        json!({"apiVersion": "x/v1", "kind": "B", "i": 2}),
        json!({"apiVersion": "y/v1", "kind": "C", "i": 3}),
        json!({"kind": "Checklist", "items": {}}),
    ];
    assert_eq!(values("a.yaml", text), expected);
    let (sources, _) = Sources::from_text("a.yaml", text);
    assert_eq!(found(&sources, 2, FieldPath::from("i"), Part::Value), "10:36 3");
    assert_eq!(found(&sources, 1, FieldPath::from("kind"), Part::Value), "9:5 i: 2");
}

#[test]
fn json_files_and_streams() {
    let text = "{\"a\": [1.0, \"\\ud83d\\ude00\"],\n\t\"b\": null}\n{\"a\": 2}";
    assert_eq!(values("a.json", text), [json!({"a": [1, "😀"], "b": null}), json!({"a": 2})]);
    let (sources, _) = Sources::from_text("a.json", text);
    assert_eq!(
        found(&sources, 0, FieldPath::from("a").index(1), Part::Value),
        "1:13 \"\\ud83d\\ude00\""
    );
    assert_eq!(found(&sources, 1, FieldPath::from("a"), Part::Key), "3:2 \"a\"");
    // YAML in braces is no JSON.
    assert_eq!(values("a.yaml", "{a: 1, # one\n b: [x]}"), [json!({"a": 1, "b": ["x"]})]);
}

#[test]
fn aliases_and_merge_keys() {
    let text = "
base: &base {port: 80, weight: 1}
more: &more
  weight: 2
  name: m
a: {<<: *base, port: 81}
b:
  name: b
  <<: [*more, *base]
c: [*base, *base]
d: {\"<<\": 1}
";
    let base = json!({"port": 80, "weight": 1});
    let expected = json!({
        "base": base,
        "more": {"weight": 2, "name": "m"},
        "a": {"port": 81, "weight": 1},
        "b": {"name": "b", "weight": 2, "port": 80},
        "c": [base, base],
        "d": {"<<": 1},
    });
    assert_eq!(values("a.yaml", text), [expected]);
    let (sources, _) = Sources::from_text("a.yaml", text);
    let path = |path: &str| FieldPath::from(path);
    // Where it is written; the alias itself where that is meant.
    assert_eq!(found(&sources, 0, path("a.weight"), Part::Key), "2:24 weight");
    assert_eq!(found(&sources, 0, path("b.weight"), Part::Value), "4:11 2");
    assert_eq!(found(&sources, 0, path("b.port"), Part::Value), "2:20 80");
    assert_eq!(found(&sources, 0, path("c").index(1), Part::Value), "10:12 *base");
    assert_eq!(found(&sources, 0, path("c").index(1).field("port"), Part::Value), "2:20 80");
}

#[test]
fn places_of_fields() {
    let text = "\
kind: HTTPRoute # é😀
spec: # ü
  rules:
  - name: 'é'
    matches:
    - path: {value: /a}
  -
    empty:
  text: |
    one
    two
";
    let text = text.replace("  text", "other").replace("    one\n    two", "  one\n  two");
    let (sources, diagnostics) = Sources::from_text("a.yaml", &text);
    assert_eq!(diagnostics, []);
    let rule = FieldPath::from("spec.rules").index(0);
    let at = |path: FieldPath, part| found(&sources, 0, path, part);
    assert_eq!(at(rule.field("name"), Part::Key), "4:5 name");
    assert_eq!(at(rule.field("name"), Part::Value), "4:11 'é'");
    // Several lines: the key, or the first line.
    assert_eq!(at(rule.field("matches"), Part::Value), "5:5 matches");
    assert_eq!(at(rule.clone(), Part::Value), "4:5 name: 'é'");
    let path = rule.field("matches").index(0).field("path");
    assert_eq!(at(path.clone(), Part::Value), "6:13 {value: /a}");
    assert_eq!(at(path.field("value"), Part::Value), "6:21 /a");
    // What is not there: the nearest ancestor.
    assert_eq!(at(path.field("type").field("x"), Part::Value), "6:7 path");
    assert_eq!(at(rule.field("filters").index(3), Part::Key), "4:5 name: 'é'");
    assert_eq!(at(FieldPath::from("metadata.name"), Part::Value), "1:1 kind: HTTPRoute");
    assert_eq!(at(FieldPath::root(), Part::Value), "1:1 kind: HTTPRoute");
    // A value that is left out.
    assert_eq!(at(FieldPath::from("spec.rules").index(1).field("empty"), Part::Value), "8:5 empty");
}

#[test]
fn duplicate_keys_name_both_places_and_reading_goes_on() {
    let (sources, diagnostics) =
        Sources::from_text("a.yaml", "a: 1\nb: {c: 1, \"c\": 2}\na: 2\n---\nd: 1\n");
    assert_eq!(codes(&diagnostics), [Code::DuplicateKey, Code::DuplicateKey]);
    let places: Vec<_> = diagnostics
        .iter()
        .flat_map(|d| [&d.place, &d.related[0].place])
        .map(|place| sources.locate(place).unwrap().position.unwrap())
        .map(|position| (position.line, position.column))
        .collect();
    assert_eq!(places, [(2, 11), (2, 5), (3, 1), (1, 1)]);
    assert_eq!(sources.documents.len(), 2);
}

#[test]
fn a_broken_document_hides_nothing_of_the_others() {
    let (sources, diagnostics) =
        Sources::from_text("a.yaml", "a: [\n---\nb: 1\n---\nc: \"\n---\nd: 1\n");
    assert_eq!(codes(&diagnostics), [Code::InvalidYaml, Code::InvalidYaml]);
    let values: Vec<_> = sources.documents.iter().map(|d| &d.value).collect();
    assert_eq!(values, [&json!({"b": 1}), &json!({"d": 1})]);
}

#[test]
fn bombs_are_stopped_quickly() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for i in 1..30 {
        let aliases = vec![format!("*a{}", i - 1); 9].join(", ");
        laughs.push_str(&format!("a{i}: &a{i} [{aliases}]\n"));
    }
    let quadratic = format!("a: &a [{}]\nb: [{}]\n", "x,".repeat(20_000), "*a,".repeat(20_000));
    let long = format!("a: &a {}\nb:\n{}", "x".repeat(1 << 20), "- *a\n".repeat(50_000));
    let merges = format!(
        "a: &a {{{}}}\nb:\n{}",
        (0..1000).map(|i| format!("k{i}: 1,")).collect::<String>(),
        "- {<<: *a}\n".repeat(10_000)
    );
    for bomb in [laughs, quadratic, long, merges] {
        let start = Instant::now();
        let (sources, diagnostics) = Sources::from_text("bomb.yaml", &bomb);
        assert_eq!(codes(&diagnostics), [Code::AliasExpansion]);
        assert!(sources.documents.is_empty());
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }
    let (_, diagnostics) = Sources::from_text("a.yaml", "a: &a [1, *a]\n");
    assert_eq!(codes(&diagnostics), [Code::AliasExpansion]);
}

#[test]
fn depth_is_bounded() {
    let blocks: String = (0..50_000).map(|_| "- ").collect();
    let lines: String = (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    let mut aliases = "a0: &a0 [1]\n".to_owned();
    for i in 1..200 {
        aliases.push_str(&format!("a{i}: &a{i} [*a{}]\n", i - 1));
    }
    for deep in [
        "[".repeat(1_000_000),
        "{\"a\":".repeat(1_000_000),
        "{a: ".repeat(1_000_000),
        blocks,
        lines,
        aliases,
    ] {
        let (_, diagnostics) = Sources::from_text("a.yaml", &deep);
        assert_eq!(codes(&diagnostics), [Code::TooDeep], "{:.20}", deep);
    }
    let nested = format!("a: {}{}", "[".repeat(99), "]".repeat(99));
    assert_eq!(values("a.yaml", &nested).len(), 1);
}

#[test]
fn five_thousand_routes_are_read() {
    let route = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata:\n  name: r\nspec:\n  parentRefs:\n  - name: g\n  rules:\n  - matches:\n    - path: {type: PathPrefix, value: /a}\n    backendRefs:\n    - name: b\n      port: 80\n";
    assert_eq!(values("a.yaml", &route.repeat(5000)).len(), 5000);
}

/// The third YAML block of the article, as it stands.
const ARTICLE: &str = "\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: httpbin
spec:
  parentRefs:
  - name: my-gateway
  rules:
  - matches:
      - path: 
          type: PathPrefix
          value: /status
        headers:
        - type: Exact
          name: user
          value: me
      backendRefs:
        - name: httpbin-v1
          port: 8000
    - matches:
      - queryParams: 
        - type: Exact
          name: version
          value: 2
        method: \"POST\"
      backendRefs:
        - name: httpbin-v2
          port: 8000
    - matches:
      - path:
          type: Exact
          value: /headers
      - headers: 
        - type: Exact
          name: version
          value: \"3\"
      backendRefs:
        - name: httpbin-v3
          port: 8000
";

/// Moves lines (from 1) by a number of columns.
fn moved(text: &str, lines: std::ops::RangeInclusive<usize>, by: isize) -> String {
    text.lines()
        .enumerate()
        .map(|(i, line)| {
            let indent = line.len() - line.trim_start().len();
            let by = if lines.contains(&(i + 1)) { by } else { 0 };
            format!("{}{}\n", " ".repeat(indent.saturating_add_signed(by)), line.trim_start())
        })
        .collect()
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&problems(text));
}

#[test]
fn the_broken_block_of_the_article() {
    check(
        ARTICLE,
        &expect![[r#"
            error[invalid-yaml]: `backendRefs` is indented to column 7, where no field can stand
              --> routes.yaml:17:7
               |
             9 |   - matches:
               |     ------- column 5: the fields of `spec.rules[0]`
            10 |       - path: 
               |       - ---- column 9: the fields of `spec.rules[0].matches[0]`
               |       |
               |       column 7: the entries of `spec.rules[0].matches`
            ...
            17 |       backendRefs:
               |       ^^^^^^^^^^^
               |
               = help: move line 9 (`- matches:`) to column 5: then `backendRefs` stands beside `matches` and the document can be read; or move `backendRefs` and the lines that belong to it to column 5, beside `matches`, and go on with line 20

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    // The first proposal makes it readable, and the number is found where it stands.
    let mended = moved(ARTICLE, 9..=9, 2);
    let (sources, diagnostics) = Sources::from_text("a.yaml", &mended);
    assert_eq!(diagnostics, []);
    let rules = sources.documents[0].value["spec"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), 3);
    assert_eq!(rules[1]["matches"][0]["queryParams"][0]["value"], json!(2));
    let params = FieldPath::from("spec.rules").index(1).field("matches").index(0);
    let value = params.field("queryParams").index(0).field("value");
    assert_eq!(found(&sources, 0, value, Part::Value), "24:18 2");
}

#[test]
fn the_other_sequence_of_mends() {
    let first = moved(ARTICLE, 17..=19, -2);
    check(
        &first,
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 5, where no entry of a list can stand
              --> routes.yaml:20:5
               |
             9 |   - matches:
               |   - ------- column 5: the fields of `spec.rules[0]`
               |   |
               |   column 3: the entries of `spec.rules`
            ...
            18 |       - name: httpbin-v1
               |       - column 7: the entries of `spec.rules[0].backendRefs`
            19 |         port: 8000
            20 |     - matches:
               |     ^
               |
               = help: move this `-` and the lines that belong to it to column 3, with the entries of `spec.rules`, and go on with line 29

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    let second = moved(&first, 20..=28, -2);
    check(
        &second,
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 5, where no entry of a list can stand
              --> routes.yaml:29:5
               |
             9 |   - matches:
               |   - column 3: the entries of `spec.rules`
            ...
            20 |   - matches:
               |     ------- column 5: the fields of `spec.rules[1]`
            ...
            27 |       - name: httpbin-v2
               |       - column 7: the entries of `spec.rules[1].backendRefs`
            28 |         port: 8000
            29 |     - matches:
               |     ^
               |
               = help: move this `-` and the lines that belong to it to column 3, with the entries of `spec.rules`, or to column 7, with the entries of `spec.rules[1].backendRefs`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    let third = moved(&second, 29..=39, -2);
    assert_eq!(problems(&third), "");
}

#[test]
fn lines_between_two_blocks() {
    check(
        "spec:\n    hostnames: []\n  rules: []\n",
        &expect![[r#"
            error[invalid-yaml]: `rules` is indented to column 3, where no field can stand
             --> routes.yaml:3:3
              |
            1 | spec:
              | ---- column 1: the fields of the object
            2 |     hostnames: []
              |     --------- column 5: the fields of `spec`
            3 |   rules: []
              |   ^^^^^
              |
              = help: move `rules` to column 1, beside `spec`, or to column 5, beside `hostnames`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    check(
        "spec:\n  hostnames:\n    - a\n   - b\n",
        &expect![[r#"
            error[invalid-yaml]: this `-` is indented to column 4, where no entry of a list can stand
             --> routes.yaml:4:4
              |
            3 |     - a
              |     - column 5: the entries of `spec.hostnames`
            4 |    - b
              |    ^
              |
              = help: move this `-` to column 5, with the entries of `spec.hostnames`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
    check(
        "spec:\n  name: a\n    port: 80\n",
        &expect![[r#"
            error[invalid-yaml]: `port` is indented to column 5, where no field can stand
             --> routes.yaml:3:5
              |
            2 |   name: a
              |   ---- column 3: the fields of `spec`
            3 |     port: 80
              |     ^^^^
              |
              = help: move `port` to column 3, beside `name`

            1 error
            For more: kgwc explain-code invalid-yaml
        "#]],
    );
}

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
