//! Every rule of the API, by objects that break it and objects that keep it. The cases stand in
//! `validation/*.yaml`; their format is described in `http_route.yaml`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use kgwc::api::{Decoded, Decoder};
use kgwc::diagnostic::{Code, Place};
use kgwc::source::Sources;
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value};

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

/// What an API server says about the wrong objects, as `api-server/` writes it: its messages by the
/// case's file and name.
fn api_server() -> BTreeMap<String, Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validation/api-server.json");
    serde_json::from_str(&fs::read_to_string(path).expect("a file")).expect("JSON")
}

/// A problem as a user meets it.
struct Told {
    /// Its field.
    path: String,
    /// Its line in the text.
    line: usize,
    /// Message and help.
    text: String,
    code: Code,
    message: String,
    quoted: Option<String>,
}

/// Decodes the object from its text.
fn outcome(decoder: &Decoder, text: &str) -> Vec<Told> {
    let (mut sources, found) = Sources::from_text("object.yaml", text);
    assert!(found.is_empty(), "{found:?}\n{text}");
    let document = sources.documents.remove(0);
    let problems = match decoder.decode(document.id, document.value, &|_| None) {
        Ok(Decoded::Object { .. }) => return Vec::new(),
        Ok(Decoded::Skipped(note)) => vec![note],
        Err(problems) => problems,
    };
    problems
        .into_iter()
        .map(|problem| {
            let Place::Field { path, .. } = &problem.place else {
                panic!("{} is not at a field", problem.message)
            };
            let position = sources.locate(&problem.place).and_then(|location| location.position);
            let help = problem.help.unwrap_or_default();
            Told {
                path: path.to_string(),
                line: position.expect("a position").line,
                text: format!("{}\n{help}", problem.message),
                code: problem.code,
                message: problem.message,
                quoted: problem.quoted,
            }
        })
        .collect()
}

/// An object as YAML, with the line of each of its fields.
#[derive(Default)]
struct Text {
    text: String,
    lines: BTreeMap<String, usize>,
}

impl Text {
    fn of(object: &Value) -> Self {
        let mut text = Self::default();
        text.fields(object, "", "");
        text
    }

    /// The line of a field, or that of the nearest one around it; an object is where its kind is.
    fn line(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            match (self.lines.get(path), path.rfind(['.', '['])) {
                (Some(line), _) => return *line,
                (None, Some(end)) => path = &path[..end],
                (None, None) => return self.lines["kind"],
            }
        }
    }

    /// Writes the entries of a mapping, each on lines of its own.
    fn fields(&mut self, object: &Value, path: &str, indent: &str) {
        for (name, value) in object.as_object().expect("a mapping") {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            self.entry(&path, indent, &format!("{}:", Value::from(name.as_str())), value);
        }
    }

    fn entry(&mut self, path: &str, indent: &str, head: &str, value: &Value) {
        self.lines.insert(path.to_owned(), self.text.lines().count() + 1);
        let below = format!("{indent}  ");
        match value {
            Value::Object(object) if !object.is_empty() && head != "-" => {
                writeln!(self.text, "{indent}{head}").expect("text");
                self.fields(value, path, &below);
            }
            Value::Array(items) if !items.is_empty() => {
                writeln!(self.text, "{indent}{head}").expect("text");
                for (i, item) in items.iter().enumerate() {
                    self.entry(&format!("{path}[{i}]"), &below, "-", item);
                }
            }
            Value::Object(object) if !object.is_empty() => {
                // The first field stands beside the dash.
                let start = self.text.len();
                self.fields(value, path, &below);
                self.text.replace_range(start..start + below.len(), &format!("{indent}- "));
            }
            scalar => writeln!(self.text, "{indent}{head} {scalar}").expect("text"),
        }
    }
}

/// What the cases came to.
#[derive(Default)]
struct Tally {
    right: usize,
    wrong: usize,
    /// Wrong objects of which the API server is quoted.
    quoted: usize,
    failures: Vec<String>,
    /// Kind and message of every rule that was broken.
    broken: BTreeSet<(String, String)>,
}

impl Tally {
    /// Runs the cases of a file.
    fn run(&mut self, decoder: &Decoder, file: &Path, said: &BTreeMap<String, Vec<String>>) {
        let text = fs::read_to_string(file).expect("a file of cases");
        let documents = Yaml::load_from_str(&text).expect("YAML");
        let suite = json(&documents[0]);
        let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for case in suite["cases"].as_array().expect("cases") {
            let mut object = suite["base"].clone();
            for (path, value) in case["set"].as_object().expect("set") {
                set(&mut object, path, value);
            }
            let text = Text::of(&object);
            let found = outcome(decoder, &text.text);
            let shown: Vec<_> =
                found.iter().map(|told| (&told.path, told.line, &told.text)).collect();
            if let Some(name) = case["right"].as_str() {
                self.right += 1;
                if !found.is_empty() {
                    self.failures.push(format!("{file}: right: {name}: {shown:#?}"));
                }
                continue;
            }
            self.wrong += 1;
            let name = case["wrong"].as_str().expect("right or wrong");
            let at = case["at"].as_str().expect("at");
            let says = case["says"].as_str().expect("says");
            let [told] = found.as_slice() else {
                self.failures.push(format!("{file}: wrong: {name}: not one problem: {shown:#?}"));
                continue;
            };
            let line = text.line(at);
            if told.path != at || told.line != line || !told.text.contains(says) {
                self.failures.push(format!(
                    "{file}: wrong: {name}: wanted {at}, line {line}: {says}\ngot {shown:#?}"
                ));
            }
            let words = said.get(&format!("{file}: {name}"));
            let words = words.map(Vec::as_slice).unwrap_or_default();
            match &told.quoted {
                Some(quoted) if words.contains(quoted) => self.quoted += 1,
                // Not quoted: long values, what is said of metadata as a whole, and of a rule that
                // cannot be evaluated.
                None if words.iter().all(|words| {
                    words.len() > 300
                        || words.starts_with("metadata")
                        || words.contains(" evaluating rule: ")
                }) => {}
                quoted => self.failures.push(format!(
                    "{file}: wrong: {name}: quoted {quoted:?}\nthe API server says {words:#?}"
                )),
            }
            let kind = object["kind"].as_str().expect("a kind");
            if told.code == Code::InvalidRule {
                self.broken.insert((kind.to_owned(), told.message.clone()));
            }
            // Of two entries with one key a rule of the list says the same once more.
            if told.code == Code::DuplicateEntry {
                let rules = words.iter().filter_map(|words| words.split_once("\"array\": "));
                self.broken.extend(rules.map(|(_, rule)| (kind.to_owned(), rule.to_owned())));
            }
        }
    }
}

/// Kind and message of every rule of the CustomResourceDefinitions.
fn rules() -> BTreeSet<(String, String)> {
    fn walk(kind: &str, schema: &Value, found: &mut BTreeSet<(String, String)>) {
        match schema {
            Value::Object(object) => {
                let rules = object.get("x-kubernetes-validations").and_then(Value::as_array);
                for rule in rules.into_iter().flatten() {
                    // Rules about a change say nothing about a new object.
                    if !rule["rule"].as_str().expect("a rule").contains("oldSelf") {
                        let message = rule["message"].as_str().expect("a message");
                        found.insert((kind.to_owned(), message.to_owned()));
                    }
                }
                object.values().for_each(|child| walk(kind, child, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(kind, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    for (_, text) in kgwc::api::crds().expect("definitions as YAML") {
        let definition = json(&Yaml::load_from_str(&text).expect("YAML")[0]);
        let kind = definition["spec"]["names"]["kind"].as_str().expect("a kind").to_owned();
        walk(&kind, &definition, &mut found);
    }
    found
}

#[test]
#[expect(clippy::print_stdout, reason = "the numbers are what is asked for")]
fn every_rule_is_kept_and_broken() {
    let decoder = Decoder::new().expect("schemas that compile");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/validation");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    let said = api_server();
    let mut tally = Tally::default();
    for file in &files {
        tally.run(&decoder, file, &said);
    }
    let Tally { right, wrong, quoted, failures, broken } = tally;
    let rules = rules();
    println!("{right} right objects, {wrong} wrong ones, {quoted} quoted, {} rules", rules.len());
    let (count, all) = (failures.len(), right + wrong);
    assert!(failures.is_empty(), "{count} of {all} failed:\n{}", failures.join("\n"));
    assert!(right >= 100 && wrong >= 200, "cases were lost: {right} right, {wrong} wrong");
    assert!(quoted >= 200, "quotations were lost: {quoted}");
    assert!(rules.len() > 80, "rules were lost: {}", rules.len());
    let missing: Vec<_> = rules.difference(&broken).collect();
    assert!(missing.is_empty(), "no wrong object breaks these rules: {missing:#?}");
}
