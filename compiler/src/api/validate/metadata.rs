//! Name and namespace of an object (RFC 1123, RFC 1035 for a Service).

use serde_json::Value;

use super::wording;
use crate::api::kinds::Kind;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};

pub(super) fn check(id: ObjectId, kind: Kind, value: &Value) -> Vec<Diagnostic> {
    let path = FieldPath::root().field("metadata");
    let Some(metadata) = value.get("metadata").filter(|metadata| !metadata.is_null()) else {
        return vec![missing_name(id, &path)];
    };
    // Other types are the schema's to refuse.
    let field = |name: &str| metadata.get(name).and_then(Value::as_str);
    let mut problems = Vec::new();
    match field("name") {
        None if metadata.get("name").is_none() && metadata.is_object() => {
            problems.push(missing_name(id, &path));
        }
        Some("") => problems.push(missing_name(id, &path)),
        Some(name) => problems.extend(check_name(id, &path.field("name"), name, rule_for(kind))),
        None => {}
    }
    if let Some(namespace) = field("namespace").filter(|namespace| !namespace.is_empty()) {
        let path = path.field("namespace");
        // That a namespace exists is asked first, so that a wrong name is just not found.
        let problem = check_name(id, &path, namespace, NameRule::Label);
        problems.extend(problem.map(|problem| problem.quoted(None)));
    }
    problems
}

fn missing_name(id: ObjectId, metadata: &FieldPath) -> Diagnostic {
    let path = metadata.field("name");
    let words = wording::required(&path, "name or generateName is required");
    let place = Place::value(id, path);
    Diagnostic::error(Code::MissingField, place, "`metadata.name` is required").quoted(words)
}

/// Core kinds, which have other names, are not quoted.
const SUBDOMAIN_WORDS: &str = "a lowercase RFC 1123 subdomain must consist of lower case \
    alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character \
    (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

#[derive(Clone, Copy)]
enum NameRule {
    Subdomain,
    Label,
    ServiceLabel,
}

fn rule_for(kind: Kind) -> NameRule {
    match kind {
        Kind::Service => NameRule::ServiceLabel,
        Kind::Namespace => NameRule::Label,
        _ => NameRule::Subdomain,
    }
}

fn check_name(id: ObjectId, path: &FieldPath, name: &str, rule: NameRule) -> Option<Diagnostic> {
    let (limit, wanted) = match rule {
        NameRule::Subdomain => (
            253,
            "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit",
        ),
        NameRule::Label => {
            (63, "lower-case letters, digits and `-`, beginning and ending with a letter or digit")
        }
        NameRule::ServiceLabel => (
            63,
            "lower-case letters, digits and `-`, beginning with a letter and ending with a letter or digit",
        ),
    };
    let place = Place::value(id, path.clone());
    if name.len() > limit {
        let message =
            format!("`{path}` is {} characters long; at most {limit} are allowed", name.len());
        let words = format!("must be no more than {limit} characters");
        return Some(
            Diagnostic::error(Code::InvalidValue, place, message).quoted(wording::invalid(
                path,
                &name.into(),
                &words,
            )),
        );
    }
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let alphanumeric = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        bytes.first().is_some_and(alphanumeric)
            && bytes.last().is_some_and(alphanumeric)
            && bytes.iter().all(|b| alphanumeric(b) || *b == b'-')
    };
    let valid = match rule {
        NameRule::Subdomain => name.split('.').all(is_label),
        NameRule::Label => is_label(name),
        NameRule::ServiceLabel => {
            is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase())
        }
    };
    (!valid).then(|| {
        Diagnostic::error(Code::InvalidValue, place, format!("`{name}` is not a valid name"))
            .help(format!("a name consists of {wanted}"))
            .quoted(wording::invalid(path, &name.into(), SUBDOMAIN_WORDS))
    })
}
