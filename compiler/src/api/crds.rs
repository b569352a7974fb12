//! The CustomResourceDefinitions of the kinds whose types stand in this folder: what `kgwc crds`
//! prints. They can be installed in a cluster that has none yet; the descriptions are short, the
//! limits are those of upstream's experimental channel.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Value, json};

use super::gateway::Gateway;
use super::gateway_class::GatewayClass;
use super::http_route::HTTPRoute;
use super::kgateway::backend::Backend;
use super::kgateway::direct_response::DirectResponse;
use super::kinds::Kind;
use super::reference_grant::ReferenceGrant;
use super::route_test::RouteTest;

/// Name of the file and YAML of every CustomResourceDefinition, in the order of [`Kind::ALL`].
///
/// # Errors
/// Where a definition cannot be written as YAML.
pub fn crds() -> Result<Vec<(String, String)>, serde_saphyr::ser::Error> {
    Kind::ALL
        .into_iter()
        .filter_map(definition)
        .map(|definition| {
            let name = format!("{}.yaml", definition["metadata"]["name"].as_str().unwrap_or("crd"));
            Ok((name, serde_saphyr::to_string(&definition)?))
        })
        .collect()
}

/// The schema of a kind whose type stands in this folder, for editors and for validation, with the
/// CEL rules as `x-kubernetes-validations`; `None` for the kinds of Kubernetes itself.
pub fn schema(kind: Kind) -> Option<Value> {
    let mut definition = definition(kind)?;
    let mut schema = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].take();
    name_types(&mut schema);
    Some(schema)
}

fn definition(kind: Kind) -> Option<Value> {
    let definition: CustomResourceDefinition = match kind {
        Kind::HttpRoute => HTTPRoute::crd(),
        Kind::Gateway => Gateway::crd(),
        Kind::GatewayClass => GatewayClass::crd(),
        Kind::ReferenceGrant => ReferenceGrant::crd(),
        Kind::DirectResponse => DirectResponse::crd(),
        Kind::Backend => Backend::crd(),
        Kind::RouteTest => RouteTest::crd(),
        Kind::Service | Kind::EndpointSlice | Kind::Secret | Kind::Namespace => return None,
    };
    let mut definition = serde_json::to_value(definition).ok()?;
    let versions = definition["spec"]["versions"].as_array_mut()?;
    let first = versions.first_mut()?;
    let schema = &mut first["schema"]["openAPIV3Schema"];
    as_kubernetes(schema);
    drop_foreign_descriptions(schema);
    for version in &kind.versions()[1..] {
        let mut older = versions.first()?.clone();
        older["name"] = (*version).into();
        older["storage"] = false.into();
        versions.push(older);
    }
    Some(definition)
}

/// Turns what the derives write into what the API server knows: no `nullable` (an absent field is
/// absent, as upstream), and only formats that it knows.
fn as_kubernetes(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.remove("nullable");
            if let Some(values) = object.get_mut("enum").and_then(Value::as_array_mut) {
                values.retain(|value| !value.is_null());
            }
            if object.get("type").and_then(Value::as_str) == Some("integer") {
                let format = object.get("format").and_then(Value::as_str);
                if format.is_some_and(|format| format.starts_with("uint")) {
                    // The largest number of the format itself says nothing to a reader.
                    if object.get("maximum").and_then(Value::as_f64) == Some(f64::from(u32::MAX)) {
                        object.remove("maximum");
                    }
                    object.insert("format".to_owned(), "int32".into());
                }
                for limit in ["minimum", "maximum"] {
                    if let Some(number) = object.get(limit).and_then(Value::as_f64) {
                        object.insert(limit.to_owned(), (number as i64).into());
                    }
                }
            }
            object.values_mut().for_each(as_kubernetes);
        }
        Value::Array(items) => items.iter_mut().for_each(as_kubernetes),
        _ => {}
    }
}

/// Types of Kubernetes itself bring descriptions that are longer than everything else together.
fn drop_foreign_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            for (name, child) in object {
                if name == "conditions" || name == "selector" {
                    drop_descriptions_below(child);
                } else {
                    drop_foreign_descriptions(child);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(drop_foreign_descriptions),
        _ => {}
    }
}

fn drop_descriptions_below(schema: &mut Value) {
    for child in schema.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
        if let Some(child) = child.as_object_mut()
            && child.get("description").is_some_and(Value::is_string)
        {
            child.remove("description");
        }
        drop_descriptions_below(child);
    }
}

/// Says in JSON Schema what a structural schema can only say by extensions.
pub(super) fn name_types(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            if object.contains_key("x-kubernetes-int-or-string") {
                object.insert("type".to_owned(), json!(["integer", "string"]));
            } else if object.contains_key("x-kubernetes-preserve-unknown-fields")
                && !object.contains_key("type")
            {
                // The one type of this folder that stands behind it is a test's header values.
                object.insert("type".to_owned(), json!(["string", "array"]));
                object.insert("items".to_owned(), json!({ "type": "string" }));
            }
            object.values_mut().for_each(name_types);
        }
        Value::Array(items) => items.iter_mut().for_each(name_types),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::schema;
    use crate::api::kinds::Kind;

    #[test]
    fn editors_get_a_schema_for_every_kind_of_this_folder() {
        for kind in Kind::ALL {
            let of_kubernetes = matches!(
                kind,
                Kind::Service | Kind::EndpointSlice | Kind::Secret | Kind::Namespace
            );
            assert_eq!(schema(kind).is_none(), of_kubernetes, "{kind}");
        }
    }

    #[test]
    fn a_schema_names_the_types_that_extensions_stand_for() {
        let schema = schema(Kind::RouteTest).unwrap();
        let case = &schema["properties"]["cases"]["items"]["properties"];
        let header = &case["request"]["properties"]["headers"]["additionalProperties"];
        assert_eq!(header["type"], json!(["string", "array"]));
        assert_eq!(case["expect"]["properties"]["rule"]["type"], json!(["integer", "string"]));
    }

    #[test]
    fn every_rule_has_a_message() {
        fn walk(kind: Kind, schema: &Value) {
            match schema {
                Value::Object(object) => {
                    let rules = object.get("x-kubernetes-validations").and_then(Value::as_array);
                    for rule in rules.into_iter().flatten() {
                        assert!(rule["message"].is_string(), "{kind}: {rule}");
                    }
                    object.values().for_each(|child| walk(kind, child));
                }
                Value::Array(items) => items.iter().for_each(|item| walk(kind, item)),
                _ => {}
            }
        }
        for kind in Kind::ALL {
            schema(kind).iter().for_each(|schema| walk(kind, schema));
        }
    }
}
