//! The conditions of Gateways and routes, in the shape of their `status`.

use crate::graph::{Condition, Graph};
use serde::Serialize;

#[derive(Serialize)]
struct Object {
    kind: &'static str,
    metadata: Metadata,
    status: Status,
}

#[derive(Serialize)]
struct Metadata {
    namespace: String,
    name: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Status {
    Gateway { listeners: Vec<Listener> },
    Route { parents: Vec<Parent> },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listener {
    name: String,
    attached_routes: usize,
    conditions: Vec<ConditionStatus>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Parent {
    parent_ref: crate::api::reference::ParentReference,
    conditions: Vec<ConditionStatus>,
}

#[derive(Serialize)]
struct ConditionStatus {
    r#type: &'static str,
    status: &'static str,
    reason: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// One YAML document for each Gateway of the input and for each route.
///
/// # Errors
/// When a condition cannot be written as YAML.
pub fn render(graph: &Graph<'_>) -> Result<String, serde_saphyr::ser::Error> {
    let gateways = graph.gateways.iter().filter(|(_, node)| node.entry.is_some());
    let gateways = gateways.map(|(key, node)| Object {
        kind: "Gateway",
        metadata: Metadata { namespace: key.namespace.clone(), name: key.name.clone() },
        status: Status::Gateway {
            listeners: node
                .listeners
                .iter()
                .map(|listener| Listener {
                    name: listener.name.clone(),
                    attached_routes: listener.attached_routes.len(),
                    conditions: listener.conditions.iter().map(condition).collect(),
                })
                .collect(),
        },
    });
    let routes = graph.routes.iter().map(|(key, node)| Object {
        kind: "HTTPRoute",
        metadata: Metadata { namespace: key.namespace.clone(), name: key.name.clone() },
        status: Status::Route {
            parents: node
                .parents
                .iter()
                .map(|parent| Parent {
                    parent_ref: parent.reference.clone(),
                    conditions: parent.conditions.iter().map(condition).collect(),
                })
                .collect(),
        },
    });
    let mut out = String::new();
    for object in gateways.chain(routes) {
        out.push_str("---\n");
        out.push_str(&serde_saphyr::to_string(&object)?);
    }
    Ok(out)
}

fn condition(condition: &Condition) -> ConditionStatus {
    let Condition { kind, status, reason, message } = condition;
    ConditionStatus {
        r#type: kind,
        status: if *status { "True" } else { "False" },
        reason: reason.as_str(),
        message: message.clone(),
    }
}
