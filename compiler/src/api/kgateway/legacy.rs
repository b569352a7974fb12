//! A Backend as older versions of kgateway have it, with `lambdaFunctions`: as JSON, before any
//! default is filled in.

use crate::api::kinds::KGATEWAY_GROUP;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Stands where the older shape does not know the account.
pub const UNKNOWN_ACCOUNT: &str = "000000000000";

/// Length of the longest name of an object.
const LONGEST: usize = 253;

/// What the API server writes and not the user. Whoever sends it for another object is refused, and
/// for the same object when that has changed.
const OF_THE_SERVER: [&str; 7] = [
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
];

/// What `kubectl apply` says an object was before.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The Backends in the current shape that stand for one in the older shape: one for each function,
/// with these names.
pub(crate) fn backends(object: &Value, account: &str, names: &[String]) -> Vec<Value> {
    let new = |(function, name): (&Value, &String)| {
        let mut lambda = Map::new();
        lambda.insert("functionName".into(), function["lambdaFunctionName"].clone());
        if let Some(qualifier) = function.get("qualifier") {
            lambda.insert("qualifier".into(), qualifier.clone());
        }
        let old = &object["spec"]["aws"];
        let mut aws = Map::new();
        aws.insert("accountId".into(), account.into());
        if let Some(region) = old.get("region") {
            aws.insert("region".into(), region.clone());
        }
        if let Some(secret) = old.get("secretRef") {
            let secret = json!({"name": secret["name"]});
            aws.insert("auth".into(), json!({"type": "Secret", "secretRef": secret}));
        }
        aws.insert("lambda".into(), lambda.into());
        let mut backend = as_user_writes(object);
        backend["metadata"]["name"] = name.as_str().into();
        backend["spec"] = json!({"aws": aws});
        backend
    };
    functions(object).iter().zip(names).map(new).collect()
}

/// The object without what only the API server, or `kubectl apply`, writes.
pub(crate) fn as_user_writes(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| !OF_THE_SERVER.contains(&name.as_str()));
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.remove(LAST_APPLIED);
            if annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
    }
    object
}

/// Whether the object is a Backend with `lambdaFunctions`, and can be named.
pub(crate) fn is_legacy(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    object["kind"] == "Backend"
        && object["metadata"].is_object()
        && version.split('/').next() == Some(KGATEWAY_GROUP)
        && !functions(object).is_empty()
}

/// Its functions.
pub(crate) fn functions(object: &Value) -> &[Value] {
    object["spec"]["aws"]["lambdaFunctions"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Names of the Backends that stand for the functions, in their order; none of them is taken. A
/// single function keeps the name, of several each has its own behind it.
pub(crate) fn new_names(object: &Value, taken: &BTreeSet<String>) -> Vec<String> {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let functions = functions(object);
    if functions.len() == 1 {
        return vec![name.to_owned()];
    }
    let mut names: Vec<String> = Vec::new();
    for function in functions {
        let whole = valid_name(&format!("{name}-{}", logical_name(function)));
        let is_free =
            |wanted: &String| !taken.contains(wanted) && wanted != name && !names.contains(wanted);
        let numbered = (2..).map(|number: u64| {
            let end = format!("-{number}");
            shortened(&whole, LONGEST - end.len()) + &end
        });
        let first = shortened(&whole, LONGEST);
        names.extend(std::iter::once(first).chain(numbered).find(is_free));
    }
    names
}

/// Names of objects are lower case letters, digits, `-` and `.`; each part between dots begins and
/// ends with one of the first two.
fn valid_name(text: &str) -> String {
    let spelled: String = text
        .to_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' })
        .collect();
    let parts = spelled.split('.').map(|part| part.trim_matches('-'));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

fn shortened(name: &str, length: usize) -> String {
    let end = name.floor_char_boundary(length.min(name.len()));
    name[..end].trim_end_matches(['-', '.']).to_owned()
}

/// The name by which routes know a function.
pub(crate) fn logical_name(function: &Value) -> &str {
    function["logicalName"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(logical: &[&str], taken: &[&str]) -> Vec<String> {
        let functions: Vec<_> = logical.iter().map(|name| json!({"logicalName": name})).collect();
        let object = json!({
            "metadata": {"name": "old"},
            "spec": {"aws": {"lambdaFunctions": functions}},
        });
        new_names(&object, &taken.iter().map(|&name| name.to_owned()).collect())
    }

    #[test]
    fn a_name_is_valid_and_free() {
        assert_eq!(names(&["Anything At All"], &["old"]), ["old"]);
        assert_eq!(names(&["one", "Two_B"], &[]), ["old-one", "old-two-b"]);
        assert_eq!(names(&["a_b", "a-b", "A b"], &[]), ["old-a-b", "old-a-b-2", "old-a-b-3"]);
        assert_eq!(names(&["one", "two"], &["old-one", "old-one-2"]), ["old-one-3", "old-two"]);
        assert_eq!(names(&["", "."], &[]), ["old-2", "old-3"]);
        assert_eq!(names(&["v1.2_", "é"], &[]), ["old-v1.2", "old-2"]);
    }

    #[test]
    fn a_name_is_not_too_long() {
        let long = "x".repeat(253);
        let names = names(&[&long, &long], &[]);
        assert_eq!(names[0], format!("old-{}", "x".repeat(249)));
        assert_eq!(names[1], format!("old-{}-2", "x".repeat(247)));
    }
}
