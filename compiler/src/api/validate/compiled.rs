//! Schemas and CEL programs of a kind, ready to use.

use k8s_openapi::api::core::v1::{Namespace, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube_cel::cel::{Context, ParseErrors};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::rules::{self, Node};
use crate::api::crds;
use crate::api::kinds::Kind;

/// A schema of this crate that does not compile.
#[derive(Debug, thiserror::Error)]
pub enum InvalidSchema {
    /// The JSON schema.
    #[error("schema of {0}: {1}")]
    Schema(Kind, Box<jsonschema::ValidationError<'static>>),
    /// A CEL rule.
    #[error("rule of {0}: {1}")]
    Rule(Kind, ParseErrors),
}

/// Schemas and CEL programs of a kind.
pub(super) struct Compiled {
    /// Structural schema of the whole object, metadata included.
    pub(super) schema: Value,
    pub(super) validator: jsonschema::Validator,
    pub(super) rules: Node,
    pub(super) context: Context<'static>,
}

impl Compiled {
    pub(super) fn new(kind: Kind) -> Result<Self, InvalidSchema> {
        let schema = schema(kind);
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft4)
            .with_pattern_options(jsonschema::PatternOptions::regex())
            .should_validate_formats(false)
            .build(&schema)
            .map_err(|error| InvalidSchema::Schema(kind, Box::new(error)))?;
        let rules = Node::new(&schema).map_err(|error| InvalidSchema::Rule(kind, error))?;
        Ok(Self { schema, validator, rules, context: rules::context() })
    }
}

fn schema(kind: Kind) -> Value {
    let mut schema = match kind {
        Kind::Service => core::<Service>(),
        Kind::EndpointSlice => core::<EndpointSlice>(),
        Kind::Secret => core::<Secret>(),
        Kind::Namespace => core::<Namespace>(),
        _ => crds::schema(kind).unwrap_or_default(),
    };
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("status");
        properties.insert("metadata".to_owned(), core::<ObjectMeta>());
        properties.insert("apiVersion".to_owned(), json!({ "type": "string" }));
        properties.insert("kind".to_owned(), json!({ "type": "string" }));
    }
    drop_descriptions(&mut schema);
    schema
}

/// The schema of a type of k8s-openapi. It has the types of the fields and which are required.
fn core<T: JsonSchema>() -> Value {
    let generator = SchemaSettings::openapi3()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    let mut schema = generator.into_root_schema_for::<T>().to_value();
    crds::name_types(&mut schema);
    schema
}

fn drop_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(node) => {
            if node.get("description").is_some_and(Value::is_string) {
                node.remove("description");
            }
            node.values_mut().for_each(drop_descriptions);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_descriptions),
        _ => {}
    }
}
