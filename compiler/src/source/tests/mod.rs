mod article;
mod files;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Sources;
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
