//! Which listeners of a Gateway take a route.

use super::gateway::{GatewayNode, ListenerNode, Namespaces};
use super::hostname::intersections;
use super::{Context, Reason};
use crate::api::http_route::HTTPRoute;
use crate::api::reference::ParentReference;
use crate::index::ObjectKey;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::BTreeMap;

/// A listener that serves a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Number of the listener in its Gateway.
    pub listener: usize,
    /// The hostnames it is served under; `None` stands for any host.
    pub hostnames: Vec<Option<String>>,
}

/// The listeners that take the route, or why none does.
pub(crate) fn attach(
    context: &Context<'_>,
    route: &ObjectKey,
    object: &HTTPRoute,
    parent: &ParentReference,
    gateway_key: &ObjectKey,
    gateway: &GatewayNode<'_>,
) -> Result<Vec<Attachment>, (Reason, String)> {
    let named: Vec<_> = gateway
        .listeners
        .iter()
        .enumerate()
        .filter(|(_, l)| parent.section_name.as_ref().is_none_or(|s| l.sections.contains(s)))
        .filter(|(_, l)| parent.port.is_none_or(|port| port == l.port))
        .collect();
    if named.is_empty() {
        return Err((Reason::NoMatchingParent, no_such_listener(parent, gateway_key, gateway)));
    }
    let allowed: Vec<_> = named
        .iter()
        .filter(|(_, l)| l.takes_http_routes && allows(context, l, gateway_key, route))
        .collect();
    if allowed.is_empty() {
        let why = if named.iter().any(|(_, l)| l.takes_http_routes) {
            format!("routes of namespace {}", route.namespace)
        } else {
            "HTTPRoutes".to_owned()
        };
        let message = format!("{} of Gateway {gateway_key} does not take {why}", listed(&named));
        return Err((Reason::NotAllowedByListeners, message));
    }
    let attachments: Vec<_> = allowed
        .iter()
        .map(|(number, l)| Attachment {
            listener: *number,
            hostnames: intersections(l.hostname, &object.spec.hostnames),
        })
        .filter(|attachment| !attachment.hostnames.is_empty())
        .collect();
    if attachments.is_empty() {
        let hostnames: Vec<_> = allowed.iter().filter_map(|(_, l)| l.hostname).collect();
        let message = format!(
            "no hostname of the route meets {} of Gateway {gateway_key}",
            hostnames.join(" or ")
        );
        return Err((Reason::NoMatchingListenerHostname, message));
    }
    Ok(attachments)
}

fn no_such_listener(
    parent: &ParentReference,
    key: &ObjectKey,
    gateway: &GatewayNode<'_>,
) -> String {
    let wanted = match (&parent.section_name, parent.port) {
        (Some(section), Some(port)) => format!("named {section} on port {port}"),
        (Some(section), None) => format!("named {section}"),
        (None, Some(port)) => format!("on port {port}"),
        (None, None) => "that carries HTTP".to_owned(),
    };
    let has: Vec<_> =
        gateway.listeners.iter().map(|l| format!("{} on port {}", l.name, l.port)).collect();
    format!("Gateway {key} has no listener {wanted}; it has {}", has.join(", "))
}

fn listed(listeners: &[(usize, &ListenerNode<'_>)]) -> String {
    let names: Vec<_> = listeners.iter().map(|(_, l)| l.name.as_str()).collect();
    format!("listener {}", names.join(", "))
}

fn allows(
    context: &Context<'_>,
    listener: &ListenerNode<'_>,
    gateway: &ObjectKey,
    route: &ObjectKey,
) -> bool {
    match listener.namespaces {
        Namespaces::All => true,
        Namespaces::Same => gateway.namespace == route.namespace,
        Namespaces::None => false,
        Namespaces::Selector(selector) => {
            selects(selector, &labels_of_namespace(context, &route.namespace))
        }
    }
}

/// The labels of a Namespace object of the input. Every cluster sets the one with its name, also
/// where the input does not have the object.
fn labels_of_namespace(context: &Context<'_>, namespace: &str) -> BTreeMap<String, String> {
    let entry = context.index.namespaces.get(&ObjectKey::new("", namespace));
    let mut labels = entry.and_then(|e| e.object.metadata.labels.clone()).unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name".to_owned(), namespace.to_owned());
    labels
}

/// Whether labels fit: all of `matchLabels` and all of `matchExpressions`.
fn selects(selector: &LabelSelector, labels: &BTreeMap<String, String>) -> bool {
    let by_label = selector.match_labels.iter().flatten();
    let mut expressions = selector.match_expressions.iter().flatten();
    by_label.into_iter().all(|(name, value)| labels.get(name) == Some(value))
        && expressions.all(|expression| {
            let value = labels.get(&expression.key);
            let listed = |value: &String| expression.values.iter().flatten().any(|v| v == value);
            match expression.operator.as_str() {
                "In" => value.is_some_and(listed),
                "NotIn" => !value.is_some_and(listed),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                // The API server admits no other operator; what is not understood selects nothing.
                _ => false,
            }
        })
}
