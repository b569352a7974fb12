//! Fields that a kind does not have, as `kubectl --validate=strict` sees them.

use serde_json::{Map, Value};

use super::wording;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Trail};

/// A field that the kind does not have.
pub(super) struct UnknownField {
    pub(super) diagnostic: Diagnostic,
    /// The mapping that it stands in.
    pub(super) parent: FieldPath,
    /// The field of that mapping that was most likely meant.
    pub(super) meant: Option<String>,
}

pub(super) fn check(id: ObjectId, schema: &Value, value: &Value) -> Vec<UnknownField> {
    let mut search = Search { id, root: schema, found: Vec::new() };
    search.walk(schema, value, Trail::Root);
    search.found
}

struct Search<'a> {
    id: ObjectId,
    root: &'a Value,
    found: Vec<UnknownField>,
}

impl Search<'_> {
    fn walk(&mut self, schema: &Value, value: &Value, path: Trail<'_>) {
        match value {
            Value::Object(object) => self.walk_object(schema, object, path),
            Value::Array(items) => {
                let Some(schema) = schema.get("items") else { return };
                for (i, item) in items.iter().enumerate() {
                    self.walk(schema, item, path.index(i));
                }
            }
            _ => {}
        }
    }

    fn walk_object(&mut self, schema: &Value, object: &Map<String, Value>, path: Trail<'_>) {
        if let Some(additional) = schema.get("additionalProperties") {
            for (name, value) in object {
                self.walk(additional, value, path.field(name));
            }
            return;
        }
        // Without properties anything goes (managedFields, a mapping of free form).
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else { return };
        if schema.get("x-kubernetes-preserve-unknown-fields").is_some() {
            return;
        }
        for (name, value) in object {
            match properties.get(name) {
                Some(property) => self.walk(property, value, path.field(name)),
                None => self.report(properties, object, path, name),
            }
        }
    }

    fn report(
        &mut self,
        properties: &Map<String, Value>,
        object: &Map<String, Value>,
        path: Trail<'_>,
        name: &str,
    ) {
        let path = FieldPath::from(path);
        let field = path.field(name);
        let message = match path.0.is_empty() {
            true => format!("there is no field `{name}` here"),
            false => format!("there is no field `{name}` in `{path}`"),
        };
        let words = wording::unknown_field(&field);
        let place = Place::key(self.id, field);
        let mut diagnostic = Diagnostic::error(Code::UnknownField, place, message).quoted(words);
        let free: Vec<_> = properties.keys().filter(|known| !object.contains_key(*known)).collect();
        let meant = closest(name, &free).or_else(|| begun(name, &free));
        if let Some(meant) = &meant {
            diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        } else if let Some(elsewhere) = find(self.root, name, "") {
            diagnostic = diagnostic.help(format!("`{name}` belongs in `{elsewhere}`"));
        } else {
            let known: Vec<&str> = properties.keys().map(String::as_str).collect();
            diagnostic = diagnostic.help(format!("the fields here are {}", known.join(", ")));
        }
        self.found.push(UnknownField { diagnostic, parent: path, meant });
    }
}

/// The name that is most likely meant: the same in another case, or a few letters off.
pub(crate) fn closest<S: AsRef<str>>(
    name: &str,
    known: impl IntoIterator<Item = S>,
) -> Option<String> {
    let lower = name.to_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            let candidate = candidate.as_ref();
            (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate.to_owned())
        })
        // Up to a third of the letters, so that `tls` is not taken for `tcp`.
        .filter(|(distance, _)| *distance <= name.chars().count() / 3)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The only name that the text is the beginning of, or the other way round: `matches` for `match`.
fn begun(name: &str, known: &[&String]) -> Option<String> {
    const LEAST: usize = 4;
    let lower = name.to_lowercase();
    let fits = |candidate: &&&String| {
        let candidate = candidate.to_lowercase();
        candidate.starts_with(&lower) || lower.starts_with(&candidate)
    };
    let mut fitting = known.iter().filter(fits);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) if lower.len() >= LEAST => Some((*only).clone()),
        _ => None,
    }
}

/// The nearest mapping from the root that has a field of that name, as `spec.rules[]`.
fn find(schema: &Value, name: &str, path: &str) -> Option<String> {
    let mut level = vec![(schema, path.to_owned())];
    while !level.is_empty() {
        let mut next = Vec::new();
        for (schema, path) in level {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                for (child, schema) in properties {
                    if child == name && !path.is_empty() {
                        return Some(path);
                    }
                    // Metadata has many fields with common names.
                    if !(path.is_empty() && child == "metadata") {
                        let dot = if path.is_empty() { "" } else { "." };
                        next.push((schema, format!("{path}{dot}{child}")));
                    }
                }
            }
            if let Some(items) = schema.get("items") {
                next.push((items, format!("{path}[]")));
            }
        }
        level = next;
    }
    None
}
