//! What a backendRef leads to.

use super::external;
use super::filter::{self, FilterNode, Holder, Unusable};
use super::service::service;
use super::upstream::{Endpoints, UpstreamProtocol};
use super::{Context, Reason};
use crate::api::Kind;
use crate::api::http_route::HttpBackendRef;
use crate::api::kinds::KGATEWAY_GROUP;
use crate::api::reference::BackendObjectReference;
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
    /// The function of it, of a Backend that has several.
    pub function: Option<String>,
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
        /// Whether the user knows: the cause is in an object that was refused.
        is_told: bool,
    },
}

impl BackendState {
    pub(super) fn unresolved(reason: Reason, message: String) -> Self {
        Self::Unresolved { reason, message, is_told: false }
    }
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
    let holder = if is_external(backend) { Holder::Backend } else { Holder::Service };
    // Of other backends the filter is an error.
    let function = filters.iter().find_map(external::parameter);
    let function = function.filter(|_| holder == Holder::Backend);
    let (state, part) = resolve(context, route, backend, function);
    let key = key_of(route, backend);
    let lost = "its share of the requests gets 500 until this is changed";
    report(context, &state, id, &key, &path.field(part), lost);
    let filters = filter::filters(context, id, route, filters, &path.field("filters"), holder);
    BackendNode {
        kind: backend.kind.clone(),
        key,
        port: backend.port.filter(|_| backend.is_service()),
        function: function.map(str::to_owned),
        weight: *weight,
        state,
        filters,
    }
}

/// The backend that gets copies; a bad one is told, and gets none.
pub(super) fn mirror(
    context: &mut Context<'_>,
    id: ObjectId,
    route: &ObjectKey,
    backend: &BackendObjectReference,
    path: &FieldPath,
) -> BackendNode {
    let (state, part) = resolve(context, route, backend, None);
    let key = key_of(route, backend);
    let lost = "no copies are sent until this is changed; the requests themselves are served";
    report(context, &state, id, &key, &path.field(part), lost);
    BackendNode {
        kind: backend.kind.clone(),
        key,
        port: backend.port.filter(|_| backend.is_service()),
        function: None,
        weight: 1,
        state,
        filters: Ok(Vec::new()),
    }
}

fn is_external(backend: &BackendObjectReference) -> bool {
    backend.group == KGATEWAY_GROUP && backend.kind == Kind::Backend.name()
}

fn key_of(route: &ObjectKey, backend: &BackendObjectReference) -> ObjectKey {
    ObjectKey::new(backend.namespace.as_deref().unwrap_or(&route.namespace), &backend.name)
}

/// What the reference leads to, and the field of it that is to blame where that is nothing.
fn resolve(
    context: &Context<'_>,
    route: &ObjectKey,
    backend: &BackendObjectReference,
    function: Option<&str>,
) -> (BackendState, &'static str) {
    let key = key_of(route, backend);
    let granted = || {
        let to = (backend.group.as_str(), backend.kind.as_str());
        context.is_granted(Kind::HttpRoute, &route.namespace, to, &key)
    };
    let unresolved = BackendState::unresolved;
    match (backend.is_service(), is_external(backend)) {
        (false, false) => {
            let group = if backend.group.is_empty() { "the core group" } else { &backend.group };
            let message =
                format!("a backend is a Service or a Backend, not a {} of {group}", backend.kind);
            (unresolved(Reason::InvalidKind, message), "kind")
        }
        _ if !granted() => {
            let message = format!(
                "no ReferenceGrant in namespace {} lets HTTPRoutes of {} use {} {}",
                key.namespace, route.namespace, backend.kind, backend.name
            );
            let is_told = context.index.refuses_any(Kind::ReferenceGrant, &key.namespace);
            let reason = Reason::RefNotPermitted;
            (BackendState::Unresolved { reason, message, is_told }, "namespace")
        }
        (true, _) => match backend.port {
            Some(port) => {
                let state = service(context, &key, port);
                let is_of_port = matches!(
                    &state,
                    BackendState::Unresolved {
                        reason: Reason::BackendNotFound | Reason::UnsupportedProtocol,
                        ..
                    }
                );
                let is_there = context.index.services.get(&key).is_some();
                (state, if is_of_port && is_there { "port" } else { "name" })
            }
            None => (unresolved(Reason::BackendNotFound, "a Service needs a port".into()), "name"),
        },
        (_, true) => (external::resolve(context, &key, function), "name"),
    }
}

fn report(
    context: &mut Context<'_>,
    state: &BackendState,
    id: ObjectId,
    key: &ObjectKey,
    path: &FieldPath,
    lost: &str,
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
        BackendState::Unresolved { is_told: true, .. } => return,
        BackendState::Unresolved { reason, message, is_told: false } => {
            let code = match reason {
                Reason::RefNotPermitted => Code::RefNotPermitted,
                Reason::InvalidKind => Code::InvalidKind,
                Reason::UnsupportedProtocol => Code::UnsupportedProtocol,
                Reason::UnsupportedValue => Code::UnsupportedValue,
                _ => Code::BackendNotFound,
            };
            let help = match reason {
                // The message says which namespace it has to be in.
                Reason::RefNotPermitted => {
                    "add one there, or use --assume-grants where the input \
                                            comes without them"
                }
                _ => lost,
            };
            Diagnostic::error(code, place, message.clone()).help(help)
        }
    };
    context.report(diagnostic);
}
