//! What a backendRef leads to.

use super::filter::{self, FilterNode, Unusable};
use super::service::service;
use super::upstream::{Endpoint, Endpoints, UpstreamProtocol};
use super::{Context, Reason};
use crate::api::Kind;
use crate::api::http_route::HttpBackendRef;
use crate::api::kgateway::backend::{AppProtocol, BackendSpec};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use crate::index::ObjectKey;

/// A backend of a rule; a bad one stays, with its weight.
#[derive(Clone, Debug)]
pub struct BackendNode {
    /// Kind of the referent.
    pub kind: String,
    /// The referent.
    pub key: ObjectKey,
    /// Its port; absent where the kind has none.
    pub port: Option<u16>,
    /// Its weight.
    pub weight: u32,
    /// What it leads to.
    pub state: BackendState,
    /// Its filters, or why they cannot be carried out.
    pub filters: Result<Vec<FilterNode>, Unusable>,
}

/// What a backendRef leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendState {
    /// Something that requests can be sent to.
    Resolved(Target),
    /// The same, taken on trust: a Service of a namespace that the input has no Services of.
    Assumed(Target),
    /// A Service without ready endpoints.
    NoEndpoints,
    /// Nothing.
    Unresolved {
        /// Reason of the route's `ResolvedRefs` condition.
        reason: Reason,
        /// The same in words.
        message: String,
    },
}

/// Something that requests can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub endpoints: Endpoints,
    /// What is spoken to it.
    pub protocol: UpstreamProtocol,
}

pub(super) fn backend(
    context: &mut Context<'_>,
    id: ObjectId,
    route: &ObjectKey,
    reference: &HttpBackendRef,
    path: &FieldPath,
) -> BackendNode {
    let HttpBackendRef { backend, weight, filters } = reference;
    let namespace = backend.namespace.as_deref().unwrap_or(&route.namespace);
    let key = ObjectKey::new(namespace, &backend.name);
    let is_backend = backend.group == KGATEWAY_GROUP && backend.kind == Kind::Backend.name();
    let granted = |context: &Context<'_>| {
        let to = (backend.group.as_str(), backend.kind.as_str());
        context.is_granted(Kind::HttpRoute, &route.namespace, to, &key)
    };
    let unresolved = |reason, message| BackendState::Unresolved { reason, message };
    let (state, part) = match (backend.is_service(), is_backend) {
        (false, false) => {
            let group = if backend.group.is_empty() { "the core group" } else { &backend.group };
            let message =
                format!("a backend is a Service or a Backend, not a {} of {group}", backend.kind);
            (unresolved(Reason::InvalidKind, message), "kind")
        }
        _ if !granted(context) => {
            let message = format!(
                "no ReferenceGrant in namespace {namespace} lets HTTPRoutes of {} use {} {}",
                route.namespace, backend.kind, backend.name
            );
            (unresolved(Reason::RefNotPermitted, message), "namespace")
        }
        (true, _) => match backend.port {
            Some(port) => (service(context, &key, port), "name"),
            None => (unresolved(Reason::BackendNotFound, "a Service needs a port".into()), "name"),
        },
        (_, true) => (resolve_backend(context, &key), "name"),
    };
    report(context, &state, id, &key, &path.field(part));
    let filters = filter::filters(context, id, route, filters, &path.field("filters"), true);
    let port = backend.port.filter(|_| backend.is_service());
    BackendNode { kind: backend.kind.clone(), key, port, weight: *weight, state, filters }
}

fn report(
    context: &mut Context<'_>,
    state: &BackendState,
    id: ObjectId,
    key: &ObjectKey,
    path: &FieldPath,
) {
    let place = Place::value(id, path.clone());
    let diagnostic = match state {
        BackendState::Resolved(_) => return,
        BackendState::Assumed(_) => Diagnostic::note(
            Code::AssumedService,
            place,
            format!("Service {key} is taken to exist: the input has no Service of its namespace"),
        )
        .help("add the Services to the input, or use --strict-refs"),
        BackendState::NoEndpoints => Diagnostic::warning(
            Code::NoEndpoints,
            place,
            format!("Service {key} has no ready endpoints: its share of the requests gets 503"),
        ),
        BackendState::Unresolved { reason, message } => {
            let code = match reason {
                Reason::RefNotPermitted => Code::RefNotPermitted,
                Reason::InvalidKind => Code::InvalidKind,
                Reason::UnsupportedProtocol => Code::UnsupportedProtocol,
                Reason::UnsupportedValue => Code::UnsupportedValue,
                _ => Code::BackendNotFound,
            };
            let help = match reason {
                Reason::RefNotPermitted => format!(
                    "add a ReferenceGrant to namespace {}, or use --assume-grants where the input \
                     comes without them",
                    key.namespace
                ),
                _ => "its share of the requests gets 500 until this is changed".to_owned(),
            };
            Diagnostic::error(code, place, message.clone()).help(help)
        }
    };
    context.report(diagnostic);
}

/// kgateway's Backend.
fn resolve_backend(context: &Context<'_>, key: &ObjectKey) -> BackendState {
    let Some(entry) = context.index.backends.get(key) else {
        let message = format!("Backend {key} is not in the input");
        return BackendState::Unresolved { reason: Reason::BackendNotFound, message };
    };
    let BackendSpec { backend_type: _, aws, static_hosts, dynamic_forward_proxy, gcp } =
        &entry.object.spec;
    if let Some(found) = static_hosts {
        let protocol = match found.app_protocol {
            None => UpstreamProtocol::Http1,
            Some(AppProtocol::H2c | AppProtocol::Http2 | AppProtocol::Grpc) => {
                UpstreamProtocol::H2c
            }
            Some(AppProtocol::GrpcWeb) => UpstreamProtocol::Http1,
            Some(AppProtocol::Ws) => UpstreamProtocol::WebSocket,
        };
        let hosts = found.hosts.iter();
        let endpoints = hosts.map(|h| Endpoint { host: h.host.clone(), port: h.port }).collect();
        return BackendState::Resolved(Target {
            endpoints: Endpoints::Static(endpoints),
            protocol,
        });
    }
    let what = match (aws, dynamic_forward_proxy, gcp) {
        (Some(_), _, _) => "AWS Lambda",
        (_, Some(_), _) => "dynamicForwardProxy",
        _ => "this kind of Backend",
    };
    let message = format!("Backend {key}: {what} is read, but not carried out by this release");
    BackendState::Unresolved { reason: Reason::UnsupportedValue, message }
}
