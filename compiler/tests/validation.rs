//! Every rule of the API, by objects that break it and objects that keep it. The cases stand in
//! `validation/*.yaml`; their format is described in `http_route.yaml`.

use std::fs;
use std::path::Path;

use kgwc::api::{Decoded, Decoder};
use kgwc::diagnostic::{Diagnostic, ObjectId, Place};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

const ID: ObjectId = ObjectId(0);

fn json(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(b)) => (*b).into(),
        Yaml::Value(Scalar::Integer(i)) => (*i).into(),
        Yaml::Value(Scalar::FloatingPoint(f)) => f.into_inner().into(),
        Yaml::Value(Scalar::String(s)) => s.as_ref().into(),
        Yaml::Sequence(items) => items.iter().map(json).collect(),
        Yaml::Mapping(entries) => entries
            .iter()
            .map(|(key, value)| {
                let key = key.as_str().map(str::to_owned).unwrap_or_else(|| json(key).to_string());
                (key, json(value))
            })
            .collect::<Map<_, _>>()
            .into(),
        other => panic!("not expected in a case: {other:?}"),
    }
}

/// Carries out `$repeat`, `$text` and `$null`, and replaces `$i` by the number of the entry.
fn expand(value: &Value, number: Option<u64>) -> Value {
    match value {
        Value::String(text) => match number {
            Some(number) => text.replace("$i", &number.to_string()).into(),
            None => text.as_str().into(),
        },
        Value::Array(items) => items.iter().map(|item| expand(item, number)).collect(),
        Value::Object(object) => {
            if let Some(repeat) = object.get("$repeat") {
                let count = repeat[1].as_u64().expect("$repeat: [ENTRY, N]");
                return (0..count).map(|i| expand(&repeat[0], Some(i))).collect();
            }
            if let Some(text) = object.get("$text") {
                let count = text[1].as_u64().expect("$text: [TEXT, N]");
                return text[0].as_str().expect("a text").repeat(count as usize).into();
            }
            if object.contains_key("$null") {
                return Value::Null;
            }
            object.iter().map(|(k, v)| (k.clone(), expand(v, number))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// Sets the field at `path` (`spec.rules.0.name`), or takes it away.
fn set(object: &mut Value, path: &str, value: &Value) {
    let pointer: String = path.split('.').map(|part| format!("/{part}")).collect();
    let (parent, last) = pointer.rsplit_once('/').expect("a path");
    let parent = object.pointer_mut(parent).unwrap_or_else(|| panic!("no parent of {path}"));
    if value.is_null() {
        parent.as_object_mut().expect("a mapping").remove(last);
    } else {
        parent[last] = expand(value, None);
    }
}

fn outcome(result: Result<Decoded, Vec<Diagnostic>>) -> Vec<(String, String)> {
    let problems = match result {
        Ok(Decoded::Object { .. }) => return Vec::new(),
        Ok(Decoded::Skipped(note)) => vec![note],
        Err(problems) => problems,
    };
    problems
        .into_iter()
        .map(|problem| {
            let Place::Field { path, object, .. } = problem.place else {
                panic!("{} is not at a field", problem.message)
            };
            assert_eq!(object, ID);
            let text = format!("{}\n{}", problem.message, problem.help.unwrap_or_default());
            (path.to_string(), text)
        })
        .collect()
}

/// Runs the cases of a file; gives how many are right and wrong, and what failed.
fn run(decoder: &Decoder, file: &Path, failures: &mut Vec<String>) -> (usize, usize) {
    let text = fs::read_to_string(file).expect("a file of cases");
    let documents = Yaml::load_from_str(&text).expect("YAML");
    let suite = json(&documents[0]);
    let (mut right, mut wrong) = (0, 0);
    for case in suite["cases"].as_array().expect("cases") {
        let mut object = suite["base"].clone();
        for (path, value) in case["set"].as_object().expect("set") {
            set(&mut object, path, value);
        }
        let found = outcome(decoder.decode(ID, object));
        let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if let Some(name) = case["right"].as_str() {
            right += 1;
            if !found.is_empty() {
                failures.push(format!("{file}: right: {name}: {found:#?}"));
            }
        } else {
            wrong += 1;
            let name = case["wrong"].as_str().expect("right or wrong");
            let at = case["at"].as_str().expect("at");
            let says = case["says"].as_str().expect("says");
            let as_expected =
                matches!(&*found, [(path, text)] if path == at && text.contains(says));
            if !as_expected {
                failures
                    .push(format!("{file}: wrong: {name}: wanted {at}: {says}\ngot {found:#?}"));
            }
        }
    }
    (right, wrong)
}

#[test]
fn every_rule_is_kept_and_broken() {
    let decoder = Decoder::new().expect("schemas that compile");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validation");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let mut failures = Vec::new();
    let (mut right, mut wrong) = (0, 0);
    for file in &files {
        let (r, w) = run(&decoder, file, &mut failures);
        right += r;
        wrong += w;
    }
    assert!(
        failures.is_empty(),
        "{} of {} failed:\n{}",
        failures.len(),
        right + wrong,
        failures.join("\n")
    );
    assert!(right >= 100 && wrong >= 200, "cases were lost: {right} right, {wrong} wrong");
}
