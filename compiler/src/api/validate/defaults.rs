//! Nulls and defaults, as an API server treats them.

use serde_json::{Map, Value};

use crate::api::kinds::Kind;

/// Drops the nulls that Go's decoder takes for absent: those of metadata, and all of a core kind.
pub(super) fn drop_nulls(kind: Kind, value: &mut Value) {
    match kind {
        Kind::Service | Kind::EndpointSlice | Kind::Secret | Kind::Namespace => drop_all(value),
        _ => {
            if let Some(metadata) = value.get_mut("metadata") {
                drop_all(metadata);
            }
        }
    }
}

fn drop_all(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|_, child| !child.is_null());
            object.values_mut().for_each(drop_all);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_all),
        _ => {}
    }
}

/// Fills in the defaults of a structural schema. A null where there is a default counts as absent.
pub(super) fn apply(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(object) => apply_to_object(schema, object),
        Value::Array(items) => {
            if let Some(item) = schema.get("items") {
                items.iter_mut().for_each(|value| apply(item, value));
            }
        }
        _ => {}
    }
}

fn apply_to_object(schema: &Value, object: &mut Map<String, Value>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        for (name, property) in properties {
            match (object.get_mut(name), property.get("default")) {
                (Some(present), Some(default)) if present.is_null() => {
                    *present = default.clone();
                }
                (Some(present), _) => apply(property, present),
                (None, Some(default)) => {
                    object.insert(name.clone(), default.clone());
                }
                (None, None) => {}
            }
        }
    }
    if let Some(additional) = schema.get("additionalProperties").filter(|s| s.is_object()) {
        object.values_mut().for_each(|value| apply(additional, value));
    }
}
