//! What an API server says of a value that it refuses, so that people find its words. Formats are
//! those of `field.Error` (k8s.io/apimachinery) with the details of k8s.io/kube-openapi.

use jsonschema::ValidationError;
use jsonschema::error::{TypeKind, ValidationErrorKind};
use serde_json::Value;

use crate::diagnostic::{FieldPath, Segment};

/// Longer values are not quoted: what matters would not be seen beside them.
const LONGEST: usize = 200;

/// Of a field that is not there.
pub(super) fn required(path: &FieldPath, detail: &str) -> String {
    let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
    format!("{path}: Required value{detail}")
}

/// Of an entry that is in a list twice; `key` is what it is told apart by.
pub(super) fn duplicate(path: &FieldPath, key: &Value) -> Option<String> {
    Some(format!("{path}: Duplicate value: {}", shown(key)?))
}

/// Of a value of the wrong form.
pub(super) fn invalid(path: &FieldPath, value: &Value, detail: &str) -> Option<String> {
    Some(format!("{path}: Invalid value: {}: {detail}", shown(value)?))
}

/// Of a field that the kind does not have.
pub(super) fn unknown_field(path: &FieldPath) -> String {
    format!("strict decoding error: unknown field {}", quoted(&path.to_string()))
}

/// Of a value that its schema refuses; `None` where the value is too long to be quoted, or is not
/// refused. What is wrong with metadata is said otherwise.
pub(super) fn schema(path: &FieldPath, error: &ValidationError<'_>) -> Option<String> {
    if matches!(path.0.first(), Some(Segment::Field(name)) if name == "metadata") {
        return None;
    }
    let value = error.instance().as_ref();
    let body = |rest: String| format!("{path} in body {rest}");
    let count =
        || value.as_array().map_or_else(|| value.as_object().map_or(0, |o| o.len()), Vec::len);
    match error.kind() {
        // The API server takes a field without a value for one that is not there.
        ValidationErrorKind::Type { .. } if value.is_null() && !is_entry(path) => None,
        ValidationErrorKind::Type { kind } => {
            let is = type_of(value);
            let wanted = wanted(kind);
            let detail = body(format!("must be of type {wanted}: \"{is}\""));
            invalid(path, &is.into(), &detail)
        }
        ValidationErrorKind::Enum { options } => {
            let text =
                |option: &Value| option.as_str().map_or_else(|| option.to_string(), str::to_owned);
            let options = options.as_array().into_iter().flatten();
            let options: Vec<_> = options.map(|option| quoted(&text(option))).collect();
            let value = shown(value)?;
            let options = options.join(", ");
            Some(format!("{path}: Unsupported value: {value}: supported values: {options}"))
        }
        ValidationErrorKind::MaxLength { limit } => {
            let bytes = if *limit == 1 { "byte" } else { "bytes" };
            Some(format!("{path}: Too long: may not be more than {limit} {bytes}"))
        }
        ValidationErrorKind::MaxItems { limit } | ValidationErrorKind::MaxProperties { limit } => {
            let items = if *limit == 1 { "item" } else { "items" };
            Some(format!("{path}: Too many: {}: must have at most {limit} {items}", count()))
        }
        ValidationErrorKind::MinLength { limit } => {
            invalid(path, value, &body(format!("should be at least {limit} chars long")))
        }
        ValidationErrorKind::MinItems { limit } => {
            let detail = body(format!("should have at least {limit} items"));
            invalid(path, &count().into(), &detail)
        }
        ValidationErrorKind::MinProperties { limit } => {
            let detail = body(format!("should have at least {limit} properties"));
            invalid(path, &count().into(), &detail)
        }
        ValidationErrorKind::Minimum { limit } => {
            let detail = body(format!("should be greater than or equal to {}", number(limit)));
            invalid(path, value, &detail)
        }
        ValidationErrorKind::Maximum { limit } => {
            let detail = body(format!("should be less than or equal to {}", number(limit)));
            invalid(path, value, &detail)
        }
        ValidationErrorKind::Pattern { pattern } => {
            invalid(path, value, &body(format!("should match '{pattern}'")))
        }
        _ => None,
    }
}

fn is_entry(path: &FieldPath) -> bool {
    matches!(path.0.last(), Some(Segment::Index(_)))
}

fn wanted(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(json_type) => json_type.to_string(),
        TypeKind::Multiple(types) => {
            types.iter().map(|json_type| json_type.to_string()).collect::<Vec<_>>().join(",")
        }
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A limit, which the schema keeps as a floating-point number.
fn number(limit: &Value) -> String {
    limit.as_f64().map_or_else(|| limit.to_string(), |number| number.to_string())
}

/// A value as Go prints it: text in quotes, all else as JSON.
fn shown(value: &Value) -> Option<String> {
    let shown = value.as_str().map_or_else(|| value.to_string(), quoted);
    (shown.len() <= LONGEST).then_some(shown)
}

/// Text as Go's `%q` prints it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_is_quoted_as_in_go() {
        assert_eq!(quoted("a\"b\\c\n\u{1}é"), r#""a\"b\\c\n\x01é""#);
    }
}
