//! Objects in older shapes, written anew in the current one.
//!
//! Works on the objects as they were written, so that what has nothing to do with the change stays
//! as it is. One shape is old: kgateway's Backend with `lambdaFunctions`, of which each function
//! becomes a Backend of its own; with it change the backendRefs that chose one by a filter of kind
//! `Parameter`, and the ReferenceGrants that name it.

mod left;

pub use left::LeftToDo;

use crate::api::kgateway::legacy::{
    as_user_writes, backends, functions, is_legacy, logical_name, new_names,
};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::index::{DEFAULT_NAMESPACE, ObjectKey};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Entries that the list of a ReferenceGrant can have.
const MOST_GRANTED: usize = 16;

/// The Backends in the older shape among the objects.
#[derive(Debug, Default)]
pub struct Migration {
    backends: BTreeMap<ObjectKey, Vec<Function>>,
}

/// A function of a Backend in the older shape.
#[derive(Debug)]
struct Function {
    /// The name that routes know it by.
    logical: String,
    /// Name of its new Backend.
    name: String,
}

/// What becomes of an object.
#[derive(Debug, Default)]
pub struct Migrated {
    /// What takes its place; nothing where it stays as it is.
    pub documents: Vec<Value>,
    /// What is left to the user.
    pub left: Vec<LeftToDo>,
}

impl Migration {
    /// Finds what has to be written anew.
    pub fn new<'v>(objects: impl IntoIterator<Item = &'v Value>) -> Self {
        let mut taken = BTreeMap::<String, BTreeSet<String>>::new();
        let mut old = Vec::new();
        for object in objects.into_iter().filter(|object| object["kind"] == "Backend") {
            let ObjectKey { namespace, name } = key(object);
            taken.entry(namespace).or_default().insert(name);
            old.extend(is_legacy(object).then_some(object));
        }
        let mut backends = BTreeMap::new();
        for object in old {
            let taken = taken.entry(key(object).namespace).or_default();
            let names = new_names(object, taken);
            taken.extend(names.iter().cloned());
            let logical = functions(object).iter().map(|f| logical_name(f).to_owned());
            let functions = logical.zip(names).map(|(logical, name)| Function { logical, name });
            backends.insert(key(object), functions.collect());
        }
        Self { backends }
    }

    /// Whether there is nothing to write anew.
    pub fn is_empty(&self) -> bool {
        self.backends.is_empty()
    }

    /// What becomes of one of the objects. `account` is the AWS account, which the older shape does
    /// not know.
    pub fn migrate(&self, object: &Value, account: &str) -> Migrated {
        match object["kind"].as_str() {
            Some("Backend") => self.backend(object, account),
            Some("HTTPRoute") => self.route(object),
            Some("ReferenceGrant") => self.grant(object),
            _ => Migrated::default(),
        }
    }

    fn backend(&self, object: &Value, account: &str) -> Migrated {
        let backend = key(object);
        let Some(functions) = self.backends.get(&backend).filter(|_| is_legacy(object)) else {
            return Migrated::default();
        };
        let names: Vec<_> = functions.iter().map(|function| function.name.clone()).collect();
        let mut left = Vec::new();
        left.extend(foreign_secret(object).map(|secret| LeftToDo::Secret { secret }));
        if !names.contains(&backend.name) {
            left.push(LeftToDo::Delete { backend, names: names.clone() });
        }
        Migrated { documents: backends(object, account, &names), left }
    }

    fn route(&self, object: &Value) -> Migrated {
        let route = key(object);
        let mut new = object.clone();
        let mut left = Vec::new();
        let rules = new.pointer_mut("/spec/rules").and_then(Value::as_array_mut);
        for (number, rule) in rules.into_iter().flatten().enumerate() {
            let mut change = |reference: &mut Value| match self.chosen(reference, &route) {
                None => {}
                Some(Ok(name)) => rename(reference, name),
                Some(Err((backend, names))) => left.push(LeftToDo::Choose {
                    route: route.clone(),
                    rule: number,
                    backend,
                    names,
                }),
            };
            mirrors(rule, &mut change);
            for reference in list(rule, "backendRefs") {
                mirrors(reference, &mut change);
                change(reference);
            }
        }
        let documents = if new == *object { vec![] } else { vec![as_user_writes(&new)] };
        Migrated { documents, left }
    }

    /// The new name for a reference of a route to a Backend in the older shape; or that Backend with
    /// the new names, where the reference does not say which function is meant.
    fn chosen(
        &self,
        reference: &Value,
        route: &ObjectKey,
    ) -> Option<Result<String, (ObjectKey, Vec<String>)>> {
        if reference["kind"] != "Backend" || reference["group"] != KGATEWAY_GROUP {
            return None;
        }
        let namespace = reference["namespace"].as_str().unwrap_or(&route.namespace);
        let backend = ObjectKey::new(namespace, text(reference, "name"));
        let functions = self.backends.get(&backend)?;
        let wanted = reference["filters"].as_array().into_iter().flatten().find_map(parameter);
        let found = match (wanted, functions.as_slice()) {
            (Some(wanted), all) => all.iter().find(|function| function.logical == wanted),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        Some(found.map(|function| function.name.clone()).ok_or_else(|| {
            (backend, functions.iter().map(|function| function.name.clone()).collect())
        }))
    }

    /// What a grant says of a Backend in the older shape holds for all that come of it.
    fn grant(&self, object: &Value) -> Migrated {
        let grant = key(object);
        let mut to = Vec::new();
        let mut names = Vec::new();
        let old = object.pointer("/spec/to").and_then(Value::as_array);
        for entry in old.into_iter().flatten() {
            let is_backend = entry["kind"] == "Backend" && entry["group"] == KGATEWAY_GROUP;
            let functions = entry["name"]
                .as_str()
                .filter(|_| is_backend)
                .and_then(|name| self.backends.get(&ObjectKey::new(&grant.namespace, name)));
            let Some(functions) = functions else {
                to.push(entry.clone());
                continue;
            };
            for Function { name, .. } in functions {
                let mut entry = entry.clone();
                entry["name"] = name.as_str().into();
                to.push(entry);
                names.push(name.clone());
            }
        }
        if old.is_none_or(|old| *old == to) {
            return Migrated::default();
        }
        if to.len() > MOST_GRANTED {
            return Migrated { documents: vec![], left: vec![LeftToDo::Grant { grant, names }] };
        }
        let mut new = as_user_writes(object);
        new["spec"]["to"] = json!(to);
        Migrated { documents: vec![new], left: vec![] }
    }
}

/// Makes a backendRef name the Backend of a function.
fn rename(reference: &mut Value, name: String) {
    reference["name"] = Value::from(name);
    if let Some(fields) = reference.as_object_mut()
        && let Some(filters) = fields.get_mut("filters").and_then(Value::as_array_mut)
    {
        let before = filters.len();
        filters.retain(|filter| parameter(filter).is_none());
        if filters.is_empty() && before > 0 {
            fields.remove("filters");
        }
    }
}

/// The backendRefs of the mirrors of a rule or of a backendRef.
fn mirrors(holder: &mut Value, change: &mut impl FnMut(&mut Value)) {
    for filter in list(holder, "filters") {
        filter.pointer_mut("/requestMirror/backendRef").into_iter().for_each(&mut *change);
    }
}

fn list<'v>(value: &'v mut Value, field: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The Secret of another namespace that the Backend names, which the current shape cannot.
fn foreign_secret(object: &Value) -> Option<ObjectKey> {
    let secret = &object["spec"]["aws"]["secretRef"];
    let namespace = secret["namespace"].as_str()?;
    (namespace != key(object).namespace).then(|| ObjectKey::new(namespace, text(secret, "name")))
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
