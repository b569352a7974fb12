//! Types, limits, patterns and enums, in words for the person who wrote the value.

use std::collections::BTreeSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};
use serde_json::Value;

use super::Written;
use super::compiled::Compiled;
use super::unknown::{UnknownField, closest};
use super::wording;
use crate::api::pattern;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Segment};

/// One diagnostic for each value that its schema refuses.
pub(super) fn check(
    id: ObjectId,
    compiled: &Compiled,
    value: &Value,
    unknown: &[UnknownField],
    written: Written<'_>,
) -> Vec<Diagnostic> {
    if compiled.validator.is_valid(value) {
        return Vec::new();
    }
    let mut errors: Vec<(FieldPath, ValidationError<'_>)> = compiled
        .validator
        .iter_errors(value)
        .map(|error| (parse(error.instance_path().as_str(), value), error))
        .collect();
    // A value of the wrong type breaks most other keywords too: the type speaks for all.
    errors.sort_by_key(|(path, error)| {
        (path.clone(), !matches!(error.kind(), ValidationErrorKind::Type { .. }))
    });
    let mut reported = BTreeSet::new();
    let mut problems = Vec::new();
    for (path, error) in errors {
        if let ValidationErrorKind::Required { property } = error.kind() {
            let Some(name) = property.as_str() else { continue };
            let misspelt = unknown
                .iter()
                .any(|field| field.parent == path && field.meant.as_deref() == Some(name));
            if !misspelt {
                problems.push(missing(id, &path, name));
            }
        } else if reported.insert(path.clone()) {
            let words = wording::schema(&path, &error);
            problems.push(diagnostic(id, path, &error, written).quoted(words));
        }
    }
    problems
}

fn missing(id: ObjectId, parent: &FieldPath, name: &str) -> Diagnostic {
    let field = parent.field(name);
    let message = format!("`{field}` is required");
    let words = wording::required(&field, "");
    Diagnostic::error(Code::MissingField, Place::value(id, field), message).quoted(words)
}

fn diagnostic(
    id: ObjectId,
    path: FieldPath,
    error: &ValidationError<'_>,
    written: Written<'_>,
) -> Diagnostic {
    let value = error.instance().as_ref();
    let name = last(&path);
    let text = written(&path).unwrap_or_else(|| value.to_string());
    let place = Place::value(id, path);
    let invalid = |place, message: String| Diagnostic::error(Code::InvalidValue, place, message);
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            wrong_type(place, &name, (value, &text), &wanted(kind))
        }
        ValidationErrorKind::Enum { options } => unsupported(place, &name, value, options),
        ValidationErrorKind::Pattern { pattern } => {
            let wanted = match pattern::describe(pattern) {
                Some(words) => format!("is not {words}"),
                None => format!("does not match '{pattern}'"),
            };
            invalid(place, format!("`{name}` is {}, which {wanted}", shown(value)))
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            invalid(place, format!("`{name}` must not be empty"))
        }
        ValidationErrorKind::MinLength { limit } => {
            let length = characters(value);
            invalid(
                place,
                format!("`{name}` is {length} characters long; at least {limit} are needed"),
            )
        }
        ValidationErrorKind::MaxLength { limit } => {
            let length = characters(value);
            invalid(
                place,
                format!("`{name}` is {length} characters long; at most {limit} are allowed"),
            )
        }
        ValidationErrorKind::MinItems { limit } => {
            let length = value.as_array().map_or(0, Vec::len);
            invalid(place, format!("`{name}` has {length} entries; at least {limit} must be given"))
        }
        ValidationErrorKind::MaxItems { limit } => {
            let length = value.as_array().map_or(0, Vec::len);
            invalid(place, format!("`{name}` has {length} entries; at most {limit} are allowed"))
        }
        ValidationErrorKind::MinProperties { limit } => {
            let length = value.as_object().map_or(0, serde_json::Map::len);
            invalid(place, format!("`{name}` has {length} fields; at least {limit} must be given"))
        }
        ValidationErrorKind::MaxProperties { limit } => {
            let length = value.as_object().map_or(0, serde_json::Map::len);
            invalid(place, format!("`{name}` has {length} fields; at most {limit} are allowed"))
        }
        ValidationErrorKind::Minimum { limit } => {
            invalid(place, format!("`{name}` is {value}; it must be at least {}", number(limit)))
        }
        ValidationErrorKind::Maximum { limit } => {
            invalid(place, format!("`{name}` is {value}; it must be at most {}", number(limit)))
        }
        _ => invalid(place, format!("`{name}`: {error}")),
    }
}

fn wanted(kind: &TypeKind) -> Vec<JsonType> {
    match kind {
        TypeKind::Single(json_type) => vec![*json_type],
        TypeKind::Multiple(types) => types.iter().collect(),
    }
}

/// `text` is the value as it was written.
fn wrong_type(
    place: Place,
    name: &str,
    (value, text): (&Value, &str),
    wanted: &[JsonType],
) -> Diagnostic {
    let names: Vec<&str> = wanted.iter().map(|json_type| type_name(*json_type)).collect();
    let message = match value {
        Value::Null => format!("`{name}` must be {}, but has no value", names.join(" or ")),
        Value::Array(_) | Value::Object(_) => {
            format!("`{name}` must be {}, but is {}", names.join(" or "), kind_of(value))
        }
        _ => format!("`{name}` must be {}, but {text} is {}", names.join(" or "), kind_of(value)),
    };
    let diagnostic = Diagnostic::error(Code::WrongType, place, message);
    match help(value, text, wanted) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

fn help(value: &Value, text: &str, wanted: &[JsonType]) -> Option<String> {
    let wants = |json_type| wanted.contains(&json_type);
    match value {
        Value::Null => Some("give it a value, or leave the field out".to_owned()),
        Value::Number(_) | Value::Bool(_) if wants(JsonType::String) => {
            Some(format!("write it in quotes: \"{text}\""))
        }
        Value::String(text) if wants(JsonType::Integer) && text.parse::<i64>().is_ok() => {
            Some(format!("write it without quotes: {text}"))
        }
        Value::String(text) if wants(JsonType::Boolean) && (text == "true" || text == "false") => {
            Some(format!("write it without quotes: {text}"))
        }
        Value::Array(_) if wants(JsonType::Object) => {
            Some("leave out the `-` in front of it: this is not a list".to_owned())
        }
        _ if wants(JsonType::Array) => Some("put a `-` in front of each entry".to_owned()),
        _ => None,
    }
}

fn unsupported(place: Place, name: &str, value: &Value, options: &Value) -> Diagnostic {
    let options: Vec<&Value> = options.as_array().into_iter().flatten().collect();
    let supported: Vec<String> = options.iter().map(|option| shown(option)).collect();
    let message = format!(
        "unsupported value {} for `{name}`; supported values: {}",
        shown(value),
        supported.join(", ")
    );
    let diagnostic = Diagnostic::error(Code::InvalidValue, place, message);
    let names: Vec<&str> = options.iter().filter_map(|option| option.as_str()).collect();
    match value.as_str().and_then(|text| meant(text, &names)) {
        Some(meant) => diagnostic.help(format!("did you mean `{meant}`?")),
        None => diagnostic,
    }
}

/// The option that is most likely meant: a few letters off, or the only one that has the text in
/// it (`Prefix`, `Regular`, `regex`).
fn meant(text: &str, options: &[&str]) -> Option<String> {
    closest(text, options).or_else(|| {
        let text = text.to_lowercase();
        let lower = |option: &&&str| option.to_lowercase();
        let inside = |option: &&&str| text.len() > 2 && lower(option).contains(&text);
        let begins = |option: &&&str| {
            text.len() > 2 && text.get(..3).is_some_and(|head| lower(option).starts_with(head))
        };
        only(options.iter().filter(inside)).or_else(|| only(options.iter().filter(begins)))
    })
}

fn only<'a>(mut options: impl Iterator<Item = &'a &'a str>) -> Option<String> {
    let first = options.next()?;
    options.next().is_none().then(|| (*first).to_owned())
}

fn type_name(json_type: JsonType) -> &'static str {
    match json_type {
        JsonType::String => "a string",
        JsonType::Integer => "an integer",
        JsonType::Number => "a number",
        JsonType::Boolean => "true or false",
        JsonType::Array => "a list",
        JsonType::Object => "a mapping",
        JsonType::Null => "null",
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// A limit, which the schema keeps as a floating-point number.
fn number(limit: &Value) -> String {
    limit.as_f64().map_or_else(|| limit.to_string(), |number| number.to_string())
}

fn characters(value: &Value) -> usize {
    value.as_str().map_or(0, |text| text.chars().count())
}

/// A scalar as it is quoted in a message.
fn shown(value: &Value) -> String {
    match value.as_str() {
        // It stays on one line.
        Some(text) if text.contains(char::is_control) => format!("`{}`", text.escape_debug()),
        Some(text) => format!("`{text}`"),
        None => value.to_string(),
    }
}

/// How a field is called in a message: its name, for a list entry with the list's.
fn last(path: &FieldPath) -> String {
    match path.0.as_slice() {
        [.., Segment::Field(list), Segment::Index(index)] => format!("{list}[{index}]"),
        [.., Segment::Field(name)] => name.clone(),
        _ => path.to_string(),
    }
}

/// Reads a JSON pointer; what is an index is known from the value.
fn parse(pointer: &str, root: &Value) -> FieldPath {
    let mut path = FieldPath::root();
    let mut value = root;
    for token in pointer.split('/').skip(1) {
        let token = token.replace("~1", "/").replace("~0", "~");
        let next = match (value, token.parse::<usize>()) {
            (Value::Array(items), Ok(index)) => {
                path.0.push(Segment::Index(index));
                items.get(index)
            }
            _ => {
                let next = value.get(&token);
                path.0.push(Segment::Field(token));
                next
            }
        };
        value = next.unwrap_or(&Value::Null);
    }
    path
}
