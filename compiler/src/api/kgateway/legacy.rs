//! A Backend as older versions of kgateway have it, with `lambdaFunctions`: as JSON, before any
//! default is filled in.

use crate::api::kinds::KGATEWAY_GROUP;
use serde_json::{Map, Value, json};

/// Stands where the older shape does not know the account.
pub const UNKNOWN_ACCOUNT: &str = "000000000000";

/// The Backends in the current shape that stand for one in the older shape: one for each function.
pub(crate) fn backends(object: &Value, account: &str) -> Vec<Value> {
    let functions = functions(object);
    let new = |function: &Value| {
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
        let mut backend = object.clone();
        let name = new_name(object, logical_name(function), functions.len());
        backend["metadata"]["name"] = name.into();
        backend["spec"] = json!({"aws": aws});
        backend
    };
    functions.iter().map(new).collect()
}

/// Whether the object is a Backend with `lambdaFunctions`.
pub(crate) fn is_legacy(object: &Value) -> bool {
    let version = object["apiVersion"].as_str().unwrap_or_default();
    object["kind"] == "Backend"
        && version.split('/').next() == Some(KGATEWAY_GROUP)
        && !functions(object).is_empty()
}

/// Its functions.
pub(crate) fn functions(object: &Value) -> &[Value] {
    object["spec"]["aws"]["lambdaFunctions"].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Name of the Backend that stands for a function.
pub(crate) fn new_name(object: &Value, logical: &str, functions: usize) -> String {
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if functions == 1 { name.to_owned() } else { format!("{name}-{logical}") }
}

/// The name by which routes know a function.
pub(crate) fn logical_name(function: &Value) -> &str {
    function["logicalName"].as_str().unwrap_or_default()
}
