//! Requests of a RouteTest that no client sends: a schema has no words for names of headers.

use serde_json::Value;

use crate::api::request::{InvalidRequest, RequestUrl, check_header_name, check_header_value};
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

/// One diagnostic for each field; the RouteTest fits its schema.
pub(super) fn check(id: ObjectId, test: &Value) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let mut tell = |place, result: Result<(), InvalidRequest>| {
        let error = result.err().map(|error| error.to_string());
        problems.extend(error.map(|text| Diagnostic::error(Code::InvalidValue, place, text)));
    };
    let cases = test.get("cases").and_then(Value::as_array);
    for (number, case) in cases.into_iter().flatten().enumerate() {
        let Some(request) = case.get("request") else { continue };
        let path = FieldPath::from("cases").index(number).field("request");
        if let Some(url) = request.get("url").and_then(Value::as_str) {
            tell(Place::value(id, path.field("url")), RequestUrl::parse(url).map(|_| ()));
        }
        let headers = request.get("headers").and_then(Value::as_object);
        for (name, values) in headers.into_iter().flatten() {
            let field = path.field("headers").field(name);
            tell(Place::key(id, field.clone()), check_header_name(name));
            let entries = values.as_array().into_iter().flatten().enumerate();
            let entries = entries.map(|(index, value)| (field.index(index), value));
            for (at, value) in entries.chain(values.is_string().then(|| (field.clone(), values))) {
                let value = value.as_str().unwrap_or_default();
                tell(Place::value(id, at), check_header_value(name, value));
            }
        }
    }
    problems
}
