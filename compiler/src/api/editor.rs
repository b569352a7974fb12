//! One JSON schema for every kind, for editors: a file has documents of several kinds, and an
//! editor knows one schema for a file.

use super::crds;
use super::kinds::{Kind, Lookup, lookup};
use serde_json::{Map, Value, json};

/// A schema (draft 7) that holds each object against that of its `apiVersion` and `kind`, with
/// fields that the kind does not have refused. Kinds that have no schema here are taken as they
/// are.
pub fn editor_schema() -> Value {
    let mut definitions = Map::new();
    let mut conditions = Vec::new();
    let mut names = Vec::new();
    for kind in Kind::ALL {
        let Some(mut schema) = crds::schema(kind) else { continue };
        complete(&mut schema);
        close(&mut schema);
        definitions.insert(kind.name().to_owned(), schema);
        names.push(kind.name());
        let versions: Vec<_> = kind.api_versions().collect();
        conditions.push(json!({
            "if": is(kind, &json!({ "enum": versions })),
            "then": { "$ref": format!("#/definitions/{kind}") },
        }));
        // Where no other API has the kind, its group or version is misspelt.
        if let Lookup::WrongGroup(_) = lookup("example.com/v1", kind.name()) {
            conditions.push(json!({
                "if": { "properties": { "kind": { "const": kind.name() } }, "required": ["kind"] },
                "then": { "properties": { "apiVersion": { "enum": versions } } },
            }));
        }
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Kubernetes objects that kgwc reads",
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {
            "apiVersion": { "type": "string" },
            // The list is for completion: other kinds are right, too.
            "kind": { "anyOf": [{ "enum": names }, { "type": "string" }] },
        },
        "allOf": conditions,
        "definitions": definitions,
    })
}

fn is(kind: Kind, api_version: &Value) -> Value {
    json!({
        "properties": { "apiVersion": api_version, "kind": { "const": kind.name() } },
        "required": ["apiVersion", "kind"],
    })
}

/// Adds what every object has.
fn complete(schema: &mut Value) {
    let texts = json!({ "type": "object", "additionalProperties": { "type": "string" } });
    let common = json!({
        "apiVersion": { "type": "string", "description": "Group and version of the kind." },
        "kind": { "type": "string", "description": "What this is." },
        "metadata": {
            "type": "object",
            "description": "Name, namespace, labels and annotations.",
            "required": ["name"],
            "properties": {
                "name": { "type": "string" },
                "namespace": { "type": "string" },
                "labels": texts,
                "annotations": texts,
            },
            // There are more fields, which a cluster sets.
            "additionalProperties": true,
        },
    });
    let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
    if let (Some(properties), Value::Object(common)) = (properties, common) {
        properties.extend(common);
    }
}

/// Refuses fields that are not listed, where fields are. What stands under `anyOf` and the like is
/// a further condition on the same object, which does not list all of them.
fn close(schema: &mut Value) {
    let Some(node) = schema.as_object_mut() else { return };
    let keeps_unknown = node.contains_key("x-kubernetes-preserve-unknown-fields");
    if node.contains_key("properties") && !keeps_unknown {
        node.entry("additionalProperties").or_insert(json!(false));
    }
    for (name, child) in node {
        match (name.as_str(), child) {
            ("properties", Value::Object(fields)) => fields.values_mut().for_each(close),
            ("items" | "additionalProperties", child) => close(child),
            _ => {}
        }
    }
}
