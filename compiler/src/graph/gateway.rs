//! Gateways and their listeners, those included that the routes only imply.

use super::upstream::Certificate;
use super::{Condition, Context, Reason, secret};
use crate::api::Kind;
use crate::api::gateway::{FromNamespaces, Gateway, Listener, RouteGroupKind, TlsMode};
use crate::api::kinds::GATEWAY_GROUP;
use crate::api::reference::{ParentReference, SecretObjectReference};
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::index::{Entry, ObjectKey};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use std::collections::{BTreeMap, BTreeSet};

/// A Gateway.
#[derive(Debug)]
pub struct GatewayNode<'i> {
    /// The Gateway; `None` for one that is not in the input and only implied by its routes.
    pub entry: Option<&'i Entry<Gateway>>,
    /// Its listeners, in their order.
    pub listeners: Vec<ListenerNode<'i>>,
}

/// A listener of a Gateway.
#[derive(Debug)]
pub struct ListenerNode<'i> {
    /// Its name.
    pub name: String,
    /// The section names that it answers to: its name; of an implied one several, if routes name
    /// several on one port.
    pub sections: BTreeSet<String>,
    /// Its port.
    pub port: u16,
    /// Its protocol; `None` for one that carries no HTTP.
    pub protocol: Option<Protocol>,
    /// Its hostname; any when absent.
    pub hostname: Option<&'i str>,
    /// Whose routes it takes.
    pub namespaces: Namespaces<'i>,
    /// Whether it takes HTTPRoutes.
    pub takes_http_routes: bool,
    /// What it shows to clients in TLS handshakes.
    pub certificates: Vec<Certificate>,
    /// Its conditions: `Accepted`, `Conflicted`, `ResolvedRefs`.
    pub conditions: Vec<Condition>,
    /// The accepted routes.
    pub attached_routes: BTreeSet<ObjectKey>,
}

/// Protocol of a listener that carries HTTP.
pub use route::config::Protocol;

/// Namespaces whose routes a listener takes.
#[derive(Clone, Copy, Debug)]
pub enum Namespaces<'i> {
    /// Those of every namespace.
    All,
    /// Those of the Gateway's.
    Same,
    /// Those whose Namespace object has fitting labels.
    Selector(&'i LabelSelector),
    /// None.
    None,
}

impl ListenerNode<'_> {
    /// Whether it serves requests: it is accepted and not in conflict with another.
    pub fn is_served(&self) -> bool {
        let is =
            |kind, status| self.conditions.iter().any(|c| c.kind == kind && c.status == status);
        self.protocol.is_some() && !is("Accepted", false) && !is("Conflicted", true)
    }
}

pub(crate) fn gateways<'i>(context: &mut Context<'i>) -> BTreeMap<ObjectKey, GatewayNode<'i>> {
    let index = context.index;
    let class = context.options.gateway_class.as_deref();
    let mut gateways = BTreeMap::new();
    for (key, entry) in index.gateways.iter() {
        if class.is_none_or(|class| entry.object.spec.gateway_class_name == class) {
            gateways.insert(key.clone(), declared(context, key, entry));
        }
    }
    for (key, parents) in missing_parents(context) {
        gateways.insert(key.clone(), implied(context, &key, &parents));
    }
    gateways
}

fn declared<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    entry: &'i Entry<Gateway>,
) -> GatewayNode<'i> {
    report_unsupported(context, entry);
    let listeners = &entry.object.spec.listeners;
    let nodes = listeners
        .iter()
        .enumerate()
        .map(|(number, listener)| {
            let conflict = conflict(listener, number, listeners);
            let path = FieldPath::from("spec.listeners").index(number);
            // Told at the later one, with the earlier one beside it.
            if let Some((other, conflict)) = conflict.as_ref().filter(|(other, _)| *other < number)
            {
                let message = format!("listener {}: {}", listener.name, conflict.message);
                let place = Place::value(entry.id, path.clone());
                let first = FieldPath::from("spec.listeners").index(*other);
                let error = Diagnostic::error(Code::ConflictedListener, place, message);
                context.report(error.related(Place::value(entry.id, first), "the other one").help(
                    "neither is served: listeners of one port have one protocol, and a hostname of \
                     their own each",
                ));
            }
            let conflict = conflict.map(|(_, condition)| condition);
            listener_node(context, key, entry, listener, &path, conflict)
        })
        .collect();
    GatewayNode { entry: Some(entry), listeners: nodes }
}

fn listener_node<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    entry: &'i Entry<Gateway>,
    listener: &'i Listener,
    path: &FieldPath,
    conflict: Option<Condition>,
) -> ListenerNode<'i> {
    let protocol = match listener.protocol.as_str() {
        "HTTP" => Some(Protocol::Http),
        "HTTPS" => Some(Protocol::Https),
        _ => None,
    };
    let kinds = &listener.allowed_routes.kinds;
    let takes_http_routes =
        protocol.is_some() && (kinds.is_empty() || kinds.iter().any(is_http_route));
    let namespaces = &listener.allowed_routes.namespaces;
    let mut conditions = vec![accepted(context, entry, listener, path)];
    conditions.push(match conflict {
        Some(conflict) => conflict,
        None => Condition::not("Conflicted", Reason::NoConflicts, ""),
    });
    let mut certificates = Vec::new();
    let mut resolved = Condition::is("ResolvedRefs", Reason::ResolvedRefs);
    if let Some(other) = kinds.iter().find(|k| !is_http_route(k)) {
        let message = format!("routes of kind {} are not served", other.kind);
        resolved = Condition::not("ResolvedRefs", Reason::InvalidRouteKinds, message);
    }
    if let (Some(Protocol::Https), Some(tls)) = (protocol, &listener.tls)
        && tls.mode == TlsMode::Terminate
    {
        for (number, reference) in tls.certificate_refs.iter().enumerate() {
            let place =
                Place::value(entry.id, path.field("tls").field("certificateRefs").index(number));
            match certificate(context, key, reference) {
                Ok(certificate) => certificates.push(certificate),
                Err(InvalidCertificate { reason, message, help, is_told }) => {
                    resolved = Condition::not("ResolvedRefs", reason, &message);
                    if !is_told {
                        let error = Diagnostic::error(Code::InvalidCertificate, place, message);
                        context.report(error.help(help));
                    }
                }
            }
        }
    }
    conditions.push(resolved);
    ListenerNode {
        name: listener.name.clone(),
        sections: BTreeSet::from([listener.name.clone()]),
        port: listener.port,
        protocol,
        hostname: listener.hostname.as_deref().filter(|hostname| !hostname.is_empty()),
        namespaces: match (namespaces.from, &namespaces.selector) {
            (FromNamespaces::All, _) => Namespaces::All,
            (FromNamespaces::Same, _) => Namespaces::Same,
            (FromNamespaces::Selector, Some(selector)) => Namespaces::Selector(selector),
            (FromNamespaces::Selector, None) | (FromNamespaces::None, _) => Namespaces::None,
        },
        takes_http_routes,
        certificates,
        conditions,
        attached_routes: BTreeSet::new(),
    }
}

fn is_http_route(kind: &RouteGroupKind) -> bool {
    kind.group == GATEWAY_GROUP && kind.kind == Kind::HttpRoute.name()
}

/// Whether kgwc can serve the listener as it is asked for.
fn accepted(
    context: &mut Context<'_>,
    entry: &Entry<Gateway>,
    listener: &Listener,
    path: &FieldPath,
) -> Condition {
    if !matches!(listener.protocol.as_str(), "HTTP" | "HTTPS") {
        let message = format!(
            "listener {} is left out: {} carries no HTTP",
            listener.name, listener.protocol
        );
        let place = Place::value(entry.id, path.field("protocol"));
        context.report(Diagnostic::note(Code::UnsupportedProtocol, place, message.clone()));
        return Condition::not("Accepted", Reason::UnsupportedProtocol, message);
    }
    let validates_clients =
        entry.object.spec.tls.as_ref().is_some_and(|tls| tls.frontend.is_some());
    // Serving without the validation that was asked for would let everybody in.
    if listener.protocol == "HTTPS" && validates_clients {
        let message = "validation of client certificates is not supported";
        return Condition::not("Accepted", Reason::UnsupportedValue, message);
    }
    Condition::is("Accepted", Reason::Accepted)
}

/// Reports what a Gateway asks for and kgwc does not do.
fn report_unsupported(context: &mut Context<'_>, entry: &Entry<Gateway>) {
    let Some(tls) = &entry.object.spec.tls else { return };
    let asked = [
        (tls.frontend.is_some(), "frontend", "its HTTPS listeners are not served"),
        (tls.backend.is_some(), "backend", "no certificate is shown to backends"),
    ];
    for (_, field, what) in asked.into_iter().filter(|(is_set, ..)| *is_set) {
        let place = Place::value(entry.id, FieldPath::from("spec.tls").field(field));
        let message = format!("tls.{field} is not supported: {what}");
        context.report(Diagnostic::error(Code::UnsupportedValue, place, message));
    }
}

/// Gateway API, `GatewaySpec.listeners`: listeners of one port have to be distinct, by hostname
/// where their protocol has one. "Indistinct" listeners are all in conflict, none wins. Gives the
/// number of the first other one, too.
fn conflict(
    listener: &Listener,
    number: usize,
    listeners: &[Listener],
) -> Option<(usize, Condition)> {
    let others = listeners
        .iter()
        .enumerate()
        .filter(|(other, l)| *other != number && l.port == listener.port);
    for (at, other) in others {
        // TCP and UDP have ports of their own: HTTP/3 declares 443 beside HTTPS.
        if (other.protocol == "UDP") != (listener.protocol == "UDP") {
            continue;
        }
        let names_host = |l: &Listener| matches!(l.protocol.as_str(), "HTTPS" | "TLS");
        let compatible =
            other.protocol == listener.protocol || (names_host(other) && names_host(listener));
        let (reason, what) = if !compatible {
            (Reason::ProtocolConflict, "another protocol")
        } else if other.hostname == listener.hostname {
            (Reason::HostnameConflict, "the same hostname")
        } else {
            continue;
        };
        let message = format!("port {} has {what} in listener {}", listener.port, other.name);
        return Some((at, Condition { kind: "Conflicted", status: true, reason, message }));
    }
    None
}

/// Why a certificate cannot be used.
struct InvalidCertificate {
    /// Reason of the listener's `ResolvedRefs` condition.
    reason: Reason,
    /// The same in words.
    message: String,
    /// What to do.
    help: &'static str,
    /// Whether the cause is in an object that was refused.
    is_told: bool,
}

/// The certificate of a Secret of the input.
fn certificate(
    context: &Context<'_>,
    gateway: &ObjectKey,
    reference: &SecretObjectReference,
) -> Result<Certificate, InvalidCertificate> {
    let reason = Reason::InvalidCertificateRef;
    if !reference.group.is_empty() || reference.kind != "Secret" {
        let message = format!("a certificate is a Secret, not a {}", reference.kind);
        let help = "name a Secret of type kubernetes.io/tls";
        return Err(InvalidCertificate { reason, message, help, is_told: false });
    }
    let namespace = reference.namespace.as_deref().unwrap_or(&gateway.namespace);
    let key = ObjectKey::new(namespace, &reference.name);
    if !context.is_granted(Kind::Gateway, &gateway.namespace, ("", "Secret"), &key) {
        let message = format!(
            "no ReferenceGrant in namespace {namespace} lets this Gateway use Secret {key}"
        );
        let help = "add one there, or use --assume-grants where the input comes without them";
        let is_told = context.index.refuses_any(Kind::ReferenceGrant, namespace);
        return Err(InvalidCertificate { reason: Reason::RefNotPermitted, message, help, is_told });
    }
    let Some(secret) = context.index.secrets.get(&key) else {
        let is_told = context.index.is_refused(Kind::Secret, &key);
        let what = if is_told { "is not valid" } else { "is not in the input" };
        let message = format!("Secret {key} {what}");
        let help = "the listener needs a certificate to serve HTTPS: add the Secret to the input";
        return Err(InvalidCertificate { reason, message, help, is_told });
    };
    let text =
        |name| secret::text(&secret.object, name).filter(|text| text.contains("-----BEGIN "));
    match (text("tls.crt"), text("tls.key")) {
        (Some(chain), Some(key)) => Ok(Certificate { chain, key }),
        _ => {
            let message = format!("Secret {key} has no PEM in tls.crt and tls.key");
            let help = "the listener needs the certificate in tls.crt and its key in tls.key";
            Err(InvalidCertificate { reason, message, help, is_told: false })
        }
    }
}

/// A reference to a Gateway with its place.
type Parent<'i> = (&'i ParentReference, Place);

/// The Gateways that routes name and the input does not have, with the references to each.
fn missing_parents<'i>(context: &Context<'i>) -> BTreeMap<ObjectKey, Vec<Parent<'i>>> {
    let mut missing = BTreeMap::<_, Vec<_>>::new();
    if context.options.strict_parents || context.options.gateway_class.is_some() {
        return missing;
    }
    let index = context.index;
    for (route, entry) in index.http_routes.iter() {
        for (number, parent) in entry.object.spec.parent_refs.iter().enumerate() {
            let key = gateway_key(route, parent);
            // A Gateway that was refused may have said whom it admits: nothing takes its place.
            let is_missing =
                index.gateways.get(&key).is_none() && !index.is_refused(Kind::Gateway, &key);
            if is_gateway(parent) && is_missing {
                let path = FieldPath::from("spec.parentRefs").index(number);
                let place = Place::value(entry.id, path.field("name"));
                missing.entry(key).or_default().push((parent, place));
            }
        }
    }
    missing
}

/// A Gateway that admits all routes, with a listener for each section or port that they name.
fn implied<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    parents: &[Parent<'i>],
) -> GatewayNode<'i> {
    // A section whose port no reference names has the one that its name suggests.
    let explicit: BTreeMap<&str, u16> = parents
        .iter()
        .filter_map(|(parent, _)| Some((parent.section_name.as_deref()?, parent.port?)))
        .collect();
    // Sections of one port cannot be told apart without hostnames: they share a listener.
    let mut ports: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    for (parent, _) in parents {
        let (name, port) = match (&parent.section_name, parent.port) {
            (Some(section), Some(port)) => (section.clone(), port),
            (Some(section), None) => {
                let port = explicit.get(section.as_str()).copied();
                (section.clone(), port.unwrap_or_else(|| default_port(section)))
            }
            (None, Some(port)) => (format!("port-{port}"), port),
            (None, None) => continue,
        };
        ports.entry(port).or_default().insert(name);
    }
    if ports.is_empty() {
        ports.insert(80, BTreeSet::from(["http".to_owned()]));
    }
    let listeners: Vec<_> = ports
        .into_iter()
        .filter_map(|(port, sections)| {
            // A section's name says more than the number of the port.
            let named = sections.iter().find(|name| **name != format!("port-{port}"));
            let name = named.or(sections.first())?.clone();
            let is_https = sections.iter().any(|name| name.starts_with("https")) || port == 443;
            Some(ListenerNode {
                protocol: Some(if is_https { Protocol::Https } else { Protocol::Http }),
                name,
                sections,
                port,
                hostname: None,
                namespaces: Namespaces::All,
                takes_http_routes: true,
                certificates: Vec::new(),
                conditions: Vec::new(),
                attached_routes: BTreeSet::new(),
            })
        })
        .collect();
    let shown: Vec<_> = listeners
        .iter()
        .map(|l| {
            let protocol = if l.protocol == Some(Protocol::Https) { "HTTPS" } else { "HTTP" };
            let sections: Vec<_> = l.sections.iter().map(String::as_str).collect();
            format!("{} ({protocol} on port {})", sections.join(" and "), l.port)
        })
        .collect();
    let message = format!(
        "Gateway {key} is not in the input: taken to admit all routes, with the {} {}",
        if shown.len() == 1 { "listener" } else { "listeners" },
        shown.join(", ")
    );
    let place = parents.first().map_or(Place::Input, |(_, place)| place.clone());
    let note = Diagnostic::note(Code::ImpliedGateway, place, message);
    context.report(note.help("add the Gateway to the input, or use --strict-parents"));
    GatewayNode { entry: None, listeners }
}

fn default_port(section: &str) -> u16 {
    if section.starts_with("https") { 443 } else { 80 }
}

/// Whether the reference is to a Gateway and not, say, to a Service of a mesh.
pub(crate) fn is_gateway(parent: &ParentReference) -> bool {
    parent.group == GATEWAY_GROUP && parent.kind == Kind::Gateway.name()
}

/// The Gateway that a route of that key names.
pub(crate) fn gateway_key(route: &ObjectKey, parent: &ParentReference) -> ObjectKey {
    ObjectKey::new(parent.namespace.as_deref().unwrap_or(&route.namespace), &parent.name)
}
