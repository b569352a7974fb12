//! A JSON schema as tables of fields, a section for each shape.

use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::fmt::Write;

type Schema = Map<String, Value>;

/// Tables of the fields of `schema` and of all shapes that it refers to, in the order in which they
/// are first met. `title` is the heading of the first.
pub(crate) fn render(schema: &Value, title: &str) -> String {
    let root = schema.as_object().expect("a schema");
    let mut pages = Pages { root, waiting: VecDeque::new(), known: Vec::new() };
    let mut text = pages.shape(title, "", root);
    while let Some((title, path, shape)) = pages.waiting.pop_front() {
        text.push('\n');
        text.push_str(&pages.shape(&title, &path, shape));
    }
    text
}

struct Pages<'s> {
    root: &'s Schema,
    /// Sections to come: heading, where the shape stands, shape.
    waiting: VecDeque<(String, String, &'s Schema)>,
    known: Vec<String>,
}

impl<'s> Pages<'s> {
    fn shape(&mut self, title: &str, path: &str, shape: &'s Schema) -> String {
        let mut text = format!("## {title}\n");
        if let Some(description) = shape.get("description").filter(|_| !path.is_empty()) {
            write!(text, "\n{}\n", self.prose(description)).expect("a string");
        }
        if let Some(variants) = list(shape, "oneOf") {
            text.push_str("\n| one of | what it is |\n|---|---|\n");
            for variant in variants {
                let (name, what) = self.variant(path, variant);
                writeln!(text, "| {name} | {what} |").expect("a string");
            }
        }
        if let Some(fields) = shape.get("properties").and_then(Value::as_object) {
            text.push_str("\n| field | type | what it is |\n|---|---|---|\n");
            for (name, field) in fields {
                let field = field.as_object().expect("a schema");
                let is_required =
                    list(shape, "required").is_some_and(|r| r.contains(&name[..].into()));
                let kind = self.kind(&join(path, name), field);
                let what = self.what(field, is_required);
                writeln!(text, "| `{name}` | {kind} | {what} |").expect("a string");
            }
        }
        text
    }

    /// A choice: a name alone, a field of its own, or more fields beside one that names it.
    fn variant(&mut self, path: &str, variant: &'s Value) -> (String, String) {
        let variant = variant.as_object().expect("a schema");
        let mut what = variant.get("description").map(|d| self.prose(d)).unwrap_or_default();
        if variant.contains_key("const") {
            return (self.kind(path, variant), what);
        }
        let fields = variant.get("properties").and_then(Value::as_object).expect("fields");
        let names = fields.iter().map(|(name, field)| {
            let field = field.as_object().expect("a schema");
            let kind = self.kind(&join(path, name), field);
            format!("`{name}`: {kind}")
        });
        let name = names.collect::<Vec<_>>().join(", ");
        if variant.contains_key("$ref") {
            let beside = Schema::from_iter([("$ref".to_owned(), variant["$ref"].clone())]);
            write!(what, " With the fields of {}.", self.reference(&beside)).expect("a string");
        }
        (name, what.trim().to_owned())
    }

    /// The type of a field, with a link to the section of its shape.
    fn kind(&mut self, path: &str, field: &'s Schema) -> String {
        if field.contains_key("$ref") {
            return self.reference(field);
        }
        if let Some(choice) = list(field, "anyOf") {
            let some = choice.iter().filter(|c| c["type"] != "null").filter_map(Value::as_object);
            return some.map(|c| self.kind(path, c)).collect::<Vec<_>>().join(" or ");
        }
        if let Some(value) = field.get("const").and_then(Value::as_str) {
            return format!("`{value}`");
        }
        if let Some(choice) = list(field, "oneOf") {
            let names: Vec<_> =
                choice.iter().filter_map(|c| c["const"].as_str()).map(code).collect();
            if names.len() == choice.len() {
                return names.join(", ");
            }
            return self.section(path, path, field);
        }
        if let Some(values) = list(field, "enum") {
            return values
                .iter()
                .filter_map(Value::as_str)
                .map(code)
                .collect::<Vec<_>>()
                .join(", ");
        }
        let types: Vec<_> = match &field.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let types = types.into_iter().filter(|name| *name != "null");
        let told: Vec<_> = types.map(|name| self.plain(name, path, field)).collect();
        told.join(" or ")
    }

    fn plain(&mut self, name: &str, path: &str, field: &'s Schema) -> String {
        match name {
            "string" => "text".to_owned(),
            "integer" => "whole number".to_owned(),
            "number" => "number".to_owned(),
            "boolean" => "`true`, `false`".to_owned(),
            "array" => {
                let items = field.get("items").and_then(Value::as_object);
                let of = items.map(|items| self.kind(&format!("{path}[]"), items));
                format!("list of {}", of.unwrap_or_default())
            }
            _ => match field.get("additionalProperties").and_then(Value::as_object) {
                Some(values) => format!("map of names to {}", self.kind(path, values)),
                None => self.section(path, path, field),
            },
        }
    }

    fn reference(&mut self, field: &Schema) -> String {
        let target = field["$ref"].as_str().and_then(|r| r.rsplit('/').next()).expect("a name");
        let shape = self.root["$defs"][target].as_object().expect("a definition");
        self.section(target, target, shape)
    }

    /// A link to the section of a shape, which comes if it is not there yet.
    fn section(&mut self, title: &str, path: &str, shape: &'s Schema) -> String {
        if !self.known.contains(&title.to_owned()) {
            self.known.push(title.to_owned());
            self.waiting.push_back((title.to_owned(), path.to_owned(), shape));
        }
        let kept = title.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c));
        let anchor: String = kept.collect::<String>().to_lowercase();
        format!("[{title}](#{anchor})")
    }

    /// What a field is, with its limits and what holds without it.
    fn what(&self, field: &Schema, is_required: bool) -> String {
        let mut told = field.get("description").map(|d| self.prose(d)).unwrap_or_default();
        let required = is_required.then(|| "Required.".to_owned());
        for limit in [limits(field), default(field), required].into_iter().flatten() {
            write!(told, " {limit}").expect("a string");
        }
        told.trim().replace('|', "\\|")
    }

    /// A description in one line, with its references to other shapes as links.
    fn prose(&self, description: &Value) -> String {
        let text = description.as_str().unwrap_or_default().replace('\n', " ");
        let text = if text.is_empty() || text.ends_with('.') { text } else { format!("{text}.") };
        let defs = self.root.get("$defs").and_then(Value::as_object);
        defs.into_iter().flat_map(Map::keys).fold(text, |text, name| {
            let link = format!("[{name}](#{})", name.to_lowercase());
            text.replace(&format!("[`{name}`]"), &link)
        })
    }
}

fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

fn code(name: &str) -> String {
    format!("`{name}`")
}

fn list<'s>(schema: &'s Schema, key: &str) -> Option<&'s Vec<Value>> {
    schema.get(key).and_then(Value::as_array)
}

/// The range of a number, where it is not that of its type alone; the length of a text or list.
fn limits(field: &Schema) -> Option<String> {
    let of = |key: &str| field.get(key).and_then(Value::as_f64);
    let is_small = field.get("format").is_none_or(|format| format != "uint16");
    match (of("minimum"), of("maximum")) {
        (Some(least), Some(most)) if is_small => return Some(format!("{least} to {most}.")),
        _ => {}
    }
    if let Some(most) = of("maxLength") {
        return Some(format!("At most {most} characters."));
    }
    (of("minItems") == Some(1.0)).then(|| "At least one.".to_owned())
}

fn default(field: &Schema) -> Option<String> {
    match field.get("default")? {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("By default `{text}`.")),
        other => Some(format!("By default `{other}`.")),
    }
}
