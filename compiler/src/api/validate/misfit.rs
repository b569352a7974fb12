//! Values that keep to their schema and do not fit the type that they are read into: numbers beyond
//! its range, text that is no time or no base64.

use serde_json::Value;
use serde_path_to_error::{Error, Segment as Step};

use crate::api::kinds::Kind;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place, Segment};

pub(super) fn diagnostic(
    id: ObjectId,
    kind: Kind,
    object: &Value,
    error: &Error<serde_json::Error>,
) -> Diagnostic {
    let mut path = FieldPath::root();
    let mut value = Some(object);
    for step in error.path() {
        match step {
            Step::Map { key } => {
                value = value.and_then(|value| value.get(key));
                path.0.push(Segment::Field(key.clone()));
            }
            Step::Seq { index } => {
                value = value.and_then(|value| value.get(index));
                path.0.push(Segment::Index(*index));
            }
            Step::Enum { .. } | Step::Unknown => break,
        }
    }
    let field = path.to_string();
    let place = Place::value(id, path);
    let invalid = |message: String| Diagnostic::error(Code::InvalidValue, place, message);
    match value {
        // A value of a Secret is never shown.
        Some(Value::String(_)) if kind == Kind::Secret && field.starts_with("data.") => {
            invalid(format!("`{field}` is not base64"))
                .help("encode the value with `base64 -w0`, or give it as it is under stringData")
        }
        Some(Value::Number(number)) if number.as_i64().is_some_and(|number| number < 0) => {
            invalid(format!("`{field}` is {number}, which is too small"))
        }
        Some(Value::Number(number)) => {
            invalid(format!("`{field}` is {number}, which is too large"))
        }
        Some(Value::String(text)) if field.ends_with("Timestamp") => {
            invalid(format!("`{field}` is `{text}`, which is no time"))
                .help("a time is written as in 2025-01-31T12:00:00Z")
        }
        _ => invalid(format!("`{field}`: {}", error.inner())),
    }
}
