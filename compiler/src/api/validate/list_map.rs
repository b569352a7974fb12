//! Lists whose entries are told apart by a key (`x-kubernetes-list-type: map` and `set`).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

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
    search.walk(schema, value, &FieldPath::root(), "");
    search.found
}

struct Search {
    id: ObjectId,
    found: Vec<Diagnostic>,
}

impl Search {
    fn walk(&mut self, schema: &Value, value: &Value, path: &FieldPath, name: &str) {
        match value {
            Value::Object(object) => {
                let Some(properties) = schema.get("properties") else { return };
                for (name, value) in object {
                    // Most values are scalars, for which no path has to be made.
                    if let Some(property) = properties.get(name)
                        && (value.is_array() || value.is_object())
                    {
                        self.walk(property, value, &path.field(name), name);
                    }
                }
            }
            Value::Array(items) => {
                self.check_list(schema, items, path, HEADER_LISTS.contains(&name));
                let Some(schema) = schema.get("items") else { return };
                for (i, item) in items.iter().enumerate() {
                    self.walk(schema, item, &path.index(i), "");
                }
            }
            _ => {}
        }
    }

    fn check_list(&mut self, schema: &Value, items: &[Value], path: &FieldPath, headers: bool) {
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
            let compared = if headers { shown.to_ascii_lowercase() } else { shown.clone() };
            if let Some((first, first_shown)) = seen.get(&compared) {
                self.report(path, *first, i, &shown, first_shown == &shown);
            } else {
                seen.insert(compared, (i, shown));
            }
        }
    }

    fn report(&mut self, path: &FieldPath, first: usize, second: usize, key: &str, same: bool) {
        let place = Place::value(self.id, path.index(second));
        let mut diagnostic =
            Diagnostic::error(Code::DuplicateEntry, place, format!("duplicate value: {key}"))
                .related(Place::value(self.id, path.index(first)), "first given here");
        if !same {
            diagnostic = diagnostic.help("names of headers are the same in upper and lower case");
        }
        self.found.push(diagnostic);
    }
}
