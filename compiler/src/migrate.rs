//! Objects in older shapes, written anew in the current one.
//!
//! Works on the objects as they were written, so that what has nothing to do with the change stays
//! as it is. One shape is old: kgateway's Backend with `lambdaFunctions`, of which each function
//! becomes a Backend of its own, and the backendRefs that chose one by a filter of kind `Parameter`.

use crate::api::kgateway::legacy::{backends, functions, is_legacy, logical_name, new_name};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::index::{DEFAULT_NAMESPACE, ObjectKey};
use serde_json::Value;
use std::collections::BTreeMap;

/// The Backends in the older shape among the objects.
#[derive(Debug, Default)]
pub struct Migration {
    /// For each the names of the new Backends, by the logical names of the functions.
    backends: BTreeMap<ObjectKey, BTreeMap<String, String>>,
}

impl Migration {
    /// Finds what has to be written anew.
    pub fn new<'v>(objects: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut backends = BTreeMap::new();
        for object in objects.into_iter().filter(|object| is_legacy(object)) {
            let functions = functions(object);
            let names = functions.iter().map(|function| {
                let logical = logical_name(function).to_owned();
                let name = new_name(object, &logical, functions.len());
                (logical, name)
            });
            backends.insert(key(object), names.collect());
        }
        Self { backends }
    }

    /// Whether there is nothing to write anew.
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// What takes the place of the object; `None` where it stays as it is. `account` is the AWS
    /// account, which the older shape does not know.
    pub fn migrate(&self, object: &Value, account: &str) -> Option<Vec<Value>> {
        if is_legacy(object) {
            return Some(backends(object, account));
        }
        if object["kind"] == "HTTPRoute" {
            return self.route(object).map(|route| vec![route]);
        }
        None
    }

    fn route(&self, object: &Value) -> Option<Value> {
        let namespace = key(object).namespace;
        let mut route = object.clone();
        let mut changed = false;
        let rules = route.pointer_mut("/spec/rules").and_then(Value::as_array_mut)?;
        for rule in rules {
            let references = rule.get_mut("backendRefs").and_then(Value::as_array_mut);
            for reference in references.into_iter().flatten() {
                changed |= self.reference(reference, &namespace);
            }
        }
        changed.then_some(route)
    }

    /// Makes a backendRef name the Backend of the function that it chose.
    fn reference(&self, reference: &mut Value, namespace: &str) -> bool {
        if reference["kind"] != "Backend" || reference["group"] != KGATEWAY_GROUP {
            return false;
        }
        let namespace = reference["namespace"].as_str().unwrap_or(namespace);
        let backend = ObjectKey::new(namespace, text(reference, "name"));
        let Some(names) = self.backends.get(&backend) else { return false };
        let chosen = reference["filters"].as_array().into_iter().flatten().find_map(parameter);
        let name = match chosen {
            Some(logical) => names.get(logical),
            None => names.values().next().filter(|_| names.len() == 1),
        };
        let Some(name) = name.cloned() else { return false };
        reference["name"] = Value::from(name);
        if let Some(fields) = reference.as_object_mut()
            && let Some(filters) = fields.get_mut("filters").and_then(Value::as_array_mut)
        {
            filters.retain(|filter| parameter(filter).is_none());
            if filters.is_empty() {
                fields.remove("filters");
            }
        }
        true
    }
}

/// The Secret of another namespace that the Backend names, which the current shape cannot.
pub fn foreign_secret(object: &Value) -> Option<ObjectKey> {
    let secret = &object["spec"]["aws"]["secretRef"];
    let namespace = secret["namespace"].as_str()?;
    let is_foreign = is_legacy(object) && namespace != key(object).namespace;
    is_foreign.then(|| ObjectKey::new(namespace, text(secret, "name")))
}

fn parameter(filter: &Value) -> Option<&str> {
    let reference = filter.get("extensionRef")?;
    let is_parameter = reference["group"] == KGATEWAY_GROUP && reference["kind"] == "Parameter";
    reference["name"].as_str().filter(|_| is_parameter)
}

fn key(object: &Value) -> ObjectKey {
    let metadata = &object["metadata"];
    let namespace = metadata["namespace"].as_str().unwrap_or(DEFAULT_NAMESPACE);
    ObjectKey::new(namespace, text(metadata, "name"))
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}
