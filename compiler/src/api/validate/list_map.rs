//! Lists whose entries are told apart by a key (`x-kubernetes-list-type: map` and `set`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::wording;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Segment, Trail};

/// Lists of headers: their names are compared without regard to case, which the API server's own
/// check does not do but the specification asks for.
const HEADER_LISTS: [&str; 8] = [
    "headers",
    "set",
    "add",
    "remove",
    "allowHeaders",
    "exposeHeaders",
    "allowedHeaders",
    "allowedResponseHeaders",
];

pub(super) fn check(id: ObjectId, schema: &Value, value: &Value) -> Vec<Diagnostic> {
    let mut search = Search { id, found: Vec::new() };
    search.walk(schema, value, Trail::Root, "");
    search.found
}

struct Search {
    id: ObjectId,
    found: Vec<Diagnostic>,
}

impl Search {
    fn walk(&mut self, schema: &Value, value: &Value, path: Trail<'_>, name: &str) {
        match value {
            Value::Object(object) => {
                let Some(properties) = schema.get("properties") else { return };
                for (name, value) in object {
                    if let Some(property) = properties.get(name) {
                        self.walk(property, value, path.field(name), name);
                    }
                }
            }
            Value::Array(items) => {
                self.check_list(schema, items, path, HEADER_LISTS.contains(&name));
                let Some(schema) = schema.get("items") else { return };
                for (i, item) in items.iter().enumerate() {
                    self.walk(schema, item, path.index(i), "");
                }
            }
            _ => {}
        }
    }

    fn check_list(&mut self, schema: &Value, items: &[Value], path: Trail<'_>, headers: bool) {
        if items.len() < 2 {
            return;
        }
        let keys: Option<Vec<&str>> = match schema.get("x-kubernetes-list-type") {
            Some(Value::String(kind)) if kind == "map" => schema
                .get("x-kubernetes-list-map-keys")
                .and_then(Value::as_array)
                .map(|keys| keys.iter().filter_map(Value::as_str).collect()),
            Some(Value::String(kind)) if kind == "set" => Some(Vec::new()),
            _ => return,
        };
        let mut seen = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            let key = match keys.as_deref() {
                Some([]) | None => item.clone(),
                Some(keys) => keys
                    .iter()
                    .map(|key| ((*key).to_owned(), item.get(key).cloned().unwrap_or_default()))
                    .collect::<Map<_, _>>()
                    .into(),
            };
            let shown = key.to_string();
            let compared = if headers { shown.to_ascii_lowercase() } else { shown };
            if let Some((first, first_key)) = seen.get(&compared) {
                self.report(&path.into(), (*first, first_key), (i, &key));
            } else {
                seen.insert(compared, (i, key));
            }
        }
    }

    fn report(
        &mut self,
        path: &FieldPath,
        (first, first_key): (usize, &Value),
        (second, key): (usize, &Value),
    ) {
        let path_of_second = path.index(second);
        let (list, told_apart) = (name_of(path), described(key));
        let message = format!("`{list}` has two entries {told_apart}");
        // The API server takes names in another case for others.
        let words = (first_key == key).then(|| wording::duplicate(&path_of_second, key)).flatten();
        let mut diagnostic =
            Diagnostic::error(Code::DuplicateEntry, Place::value(self.id, path_of_second), message)
                .related(Place::value(self.id, path.index(first)), "first given here")
                .quoted(words);
        if first_key != key {
            diagnostic = diagnostic.help("names of headers are the same in upper and lower case");
        }
        self.found.push(diagnostic);
    }
}

/// The name of a list.
fn name_of(path: &FieldPath) -> &str {
    match path.0.last() {
        Some(Segment::Field(name)) => name,
        _ => "",
    }
}

/// What two entries have in common: `with name a`, or the entries themselves.
fn described(key: &Value) -> String {
    let plain = |value: &Value| match value {
        Value::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    };
    match key {
        Value::Object(fields) => {
            let pairs: Vec<_> =
                fields.iter().map(|(name, value)| format!("{name} {}", plain(value))).collect();
            format!("with {}", pairs.join(" and "))
        }
        other => plain(other),
    }
}
