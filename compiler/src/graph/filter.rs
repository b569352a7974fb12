//! Filters of rules and backends, as the module will carry them out.

use super::backend::{self, BackendNode, BackendState};
use super::external;
use super::{Context, Reason};
use crate::api::Kind;
use crate::api::http_route::{
    CorsFilter, CorsMethod, Filter, HeaderFilter, HttpHeader, HttpRouteFilter, PathModifier,
    PathReplacement, RequestRedirectFilter, Scheme, UrlRewriteFilter,
};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::api::reference::LocalObjectReference;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
use crate::index::ObjectKey;
use route::config;
use route::owned::{self, Owner};

/// A filter that can be carried out.
#[derive(Clone, Debug)]
pub enum FilterNode {
    /// By the module alone.
    Module(config::Filter),
    /// A copy of the request, sent by the host.
    Mirror(Mirror),
}

/// A backend that gets copies of requests; a bad one gets none.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// The backend.
    pub backend: Box<BackendNode>,
    /// Not above the denominator.
    pub numerator: u32,
    /// Not 0.
    pub denominator: u32,
}

impl Mirror {
    /// Whether there is a backend that copies can be sent to.
    pub fn is_usable(&self) -> bool {
        matches!(self.backend.state, BackendState::Resolved(_) | BackendState::Assumed(_))
    }
}

/// Why the filters of a rule or backend cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Reason of the route's `Accepted` condition.
    pub reason: Reason,
    /// The same in words.
    pub message: String,
}

/// What filters stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// A rule.
    Rule,
    /// A reference to a Backend, whose function a `Parameter` may choose.
    Backend,
    /// A reference to anything else.
    Service,
}

/// All filters of a rule or backend; one that cannot be carried out is never skipped, so that
/// there are either all or none.
pub(super) fn filters(
    context: &mut Context<'_>,
    id: ObjectId,
    route: &ObjectKey,
    filters: &[HttpRouteFilter],
    path: &FieldPath,
    holder: Holder,
) -> Result<Vec<FilterNode>, Unusable> {
    let mut nodes = Vec::with_capacity(filters.len());
    let mut problem = None;
    let mut parameters = 0;
    for (number, filter) in filters.iter().enumerate() {
        let path = path.index(number);
        let found = match (external::parameter(filter), holder) {
            // It belongs to the reference, not to the request: see `backend`.
            (Some(_), Holder::Backend) if parameters == 0 => {
                parameters += 1;
                continue;
            }
            (Some(name), _) => Err(misplaced_parameter(name, holder)),
            (None, _) => node(context, id, route, filter, &path, holder),
        };
        match found {
            Ok(node) => nodes.push(node),
            Err(Problem { code, field, unusable, is_told }) => {
                let place = Place::value(id, FieldPath([path.0, field.0].concat()));
                let diagnostic = Diagnostic::error(code, place, unusable.message.clone());
                let whose = if holder == Holder::Rule { "the rule" } else { "the backend's share" };
                if !is_told {
                    context.report(diagnostic.help(format!(
                        "a filter is never skipped: {whose} answers 500 until this is changed"
                    )));
                }
                problem.get_or_insert(unusable);
            }
        }
    }
    match problem {
        Some(problem) => Err(problem),
        None => Ok(nodes),
    }
}

struct Problem {
    code: Code,
    /// The way to the field that is to blame, from the filter.
    field: FieldPath,
    unusable: Unusable,
    /// Whether the cause is in an object that was refused.
    is_told: bool,
}

fn problem(code: Code, field: &[&'static str], reason: Reason, message: String) -> Problem {
    let field = field.iter().fold(FieldPath::root(), |path, name| path.field(name));
    Problem { code, field, unusable: Unusable { reason, message }, is_told: false }
}

fn misplaced_parameter(name: &str, holder: Holder) -> Problem {
    let why = match holder {
        Holder::Rule => "it stands in a backendRef, not in a rule",
        Holder::Service => "this backendRef is to something else",
        Holder::Backend => "there is another one before it",
    };
    let message = format!("Parameter {name} chooses a function of a Backend: {why}");
    let reason = Reason::IncompatibleFilters;
    problem(Code::IncompatibleFilters, &["extensionRef"], reason, message)
}

fn node(
    context: &mut Context<'_>,
    id: ObjectId,
    route: &ObjectKey,
    filter: &HttpRouteFilter,
    path: &FieldPath,
    holder: Holder,
) -> Result<FilterNode, Problem> {
    let module = match filter.kind() {
        Some(Filter::RequestHeaderModifier(modifier)) => {
            refuse_owned(modifier, "requestHeaderModifier", owned::of_requests)?;
            refuse_no_host(modifier)?;
            config::Filter::RequestHeaderModifier(header_modifier(modifier))
        }
        Some(Filter::ResponseHeaderModifier(modifier)) => {
            refuse_owned(modifier, "responseHeaderModifier", owned::of_responses)?;
            config::Filter::ResponseHeaderModifier(header_modifier(modifier))
        }
        Some(Filter::RequestRedirect(redirected)) => {
            config::Filter::RequestRedirect(redirect(redirected))
        }
        Some(Filter::UrlRewrite(UrlRewriteFilter { hostname, path })) => {
            let path = path.as_ref().and_then(path_modifier);
            config::Filter::UrlRewrite(config::Rewrite { hostname: hostname.clone(), path })
        }
        Some(Filter::ExtensionRef(reference)) => extension(context, route, reference, holder)?,
        Some(Filter::Cors(filter)) => config::Filter::Cors(cors(filter)),
        Some(Filter::RequestMirror(filter)) => {
            let path = path.field("requestMirror").field("backendRef");
            let node = backend::mirror(context, id, route, &filter.backend_ref, &path);
            let share = filter.share();
            return Ok(FilterNode::Mirror(Mirror {
                backend: Box::new(node),
                numerator: share.numerator,
                denominator: share.denominator,
            }));
        }
        Some(Filter::ExternalAuth(_)) => {
            let message = "ExternalAuth is not supported".to_owned();
            let (code, reason) = (Code::UnsupportedValue, Reason::UnsupportedValue);
            return Err(problem(code, &["externalAuth"], reason, message));
        }
        None => {
            let message = format!("{:?} has no settings", filter.filter_type);
            return Err(problem(Code::InvalidValue, &["type"], Reason::UnsupportedValue, message));
        }
    };
    Ok(FilterNode::Module(module))
}

fn extension(
    context: &Context<'_>,
    route: &ObjectKey,
    reference: &LocalObjectReference,
    holder: Holder,
) -> Result<config::Filter, Problem> {
    const FIELD: &[&str] = &["extensionRef"];
    const NAME: &[&str] = &["extensionRef", "name"];
    let LocalObjectReference { group, kind, name } = reference;
    match (group.as_str(), kind.as_str()) {
        (KGATEWAY_GROUP, "DirectResponse") if holder != Holder::Rule => {
            let message = "a DirectResponse stands in a rule, not in a backendRef".to_owned();
            Err(problem(Code::IncompatibleFilters, FIELD, Reason::IncompatibleFilters, message))
        }
        (KGATEWAY_GROUP, "DirectResponse") => {
            let key = ObjectKey::new(&route.namespace, name);
            let Some(found) = context.index.direct_responses.get(&key) else {
                let is_told = context.index.is_refused(Kind::DirectResponse, &key);
                let what = if is_told { "is not valid" } else { "is not in the input" };
                let message = format!("DirectResponse {key} {what}");
                let reason = Reason::BackendNotFound;
                let missing = problem(Code::FilterNotFound, NAME, reason, message);
                return Err(Problem { is_told, ..missing });
            };
            let spec = &found.object.spec;
            if spec.body_format.is_some() {
                let message = format!("DirectResponse {key}: bodyFormat is not supported");
                let (code, reason) = (Code::UnsupportedValue, Reason::UnsupportedValue);
                return Err(problem(code, NAME, reason, message));
            }
            let response = config::Respond { status: spec.status, body: spec.body.clone() };
            Ok(config::Filter::DirectResponse(response))
        }
        _ => {
            let group = if group.is_empty() { "the core group" } else { group };
            let known = Kind::DirectResponse;
            let message = format!("{kind} of {group} is no filter; {known} of {KGATEWAY_GROUP} is");
            let (code, reason) = (Code::InvalidKind, Reason::InvalidKind);
            Err(problem(code, &["extensionRef", "kind"], reason, message))
        }
    }
}

fn cors(filter: &CorsFilter) -> config::Cors {
    let CorsFilter {
        allow_origins,
        allow_credentials,
        allow_methods,
        allow_headers,
        expose_headers,
        max_age,
    } = filter;
    config::Cors {
        allow_origins: allow_origins.clone(),
        allow_credentials: *allow_credentials,
        allow_methods: allow_methods
            .iter()
            .copied()
            .map(CorsMethod::as_str)
            .map(Into::into)
            .collect(),
        allow_headers: allow_headers.clone(),
        expose_headers: expose_headers.clone(),
        max_age: *max_age,
    }
}

/// Refuses changes to what is the proxy's own.
fn refuse_owned(
    modifier: &HeaderFilter,
    field: &str,
    owner: fn(&str) -> Option<Owner>,
) -> Result<(), Problem> {
    let HeaderFilter { set, add, remove } = modifier;
    let field = FieldPath::root().field(field);
    let named = |list: &str, headers: &[HttpHeader]| {
        let list = field.field(list);
        let names = headers.iter().enumerate();
        names.map(|(n, h)| (list.index(n).field("name"), h.name.clone())).collect::<Vec<_>>()
    };
    let list = field.field("remove");
    let removed = remove.iter().enumerate().map(|(n, name)| (list.index(n), name.clone()));
    for (field, name) in named("set", set).into_iter().chain(named("add", add)).chain(removed) {
        if let Some(owner) = owner(&name) {
            let message = format!("a route cannot change the header `{name}`: {owner}");
            return Err(unsupported(field, message));
        }
    }
    Ok(())
}

/// A host can be set, which does what URLRewrite does, but a request cannot be without one.
fn refuse_no_host(modifier: &HeaderFilter) -> Result<(), Problem> {
    match modifier.remove.iter().position(|name| name.eq_ignore_ascii_case("host")) {
        None => Ok(()),
        Some(number) => {
            let message = "a request cannot be without `Host`; URLRewrite changes it".to_owned();
            let list = FieldPath::root().field("requestHeaderModifier").field("remove");
            Err(unsupported(list.index(number), message))
        }
    }
}

fn unsupported(field: FieldPath, message: String) -> Problem {
    let unusable = Unusable { reason: Reason::UnsupportedValue, message };
    Problem { code: Code::UnsupportedValue, field, unusable, is_told: false }
}

fn header_modifier(modifier: &HeaderFilter) -> config::HeaderModifier {
    let HeaderFilter { set, add, remove } = modifier;
    let values = |headers: &[HttpHeader]| {
        let pair = |h: &HttpHeader| config::HeaderValue {
            name: h.name.to_ascii_lowercase(),
            value: h.value.clone(),
        };
        headers.iter().map(pair).collect()
    };
    config::HeaderModifier {
        set: values(set),
        add: values(add),
        remove: remove.iter().map(|name| name.to_ascii_lowercase()).collect(),
    }
}

fn redirect(filter: &RequestRedirectFilter) -> config::Redirect {
    let RequestRedirectFilter { scheme, hostname, path, port, status_code } = filter;
    config::Redirect {
        scheme: scheme.map(|scheme| match scheme {
            Scheme::Http => "http".to_owned(),
            Scheme::Https => "https".to_owned(),
        }),
        hostname: hostname.clone(),
        path: path.as_ref().and_then(path_modifier),
        port: *port,
        status_code: *status_code,
    }
}

fn path_modifier(modifier: &PathModifier) -> Option<config::PathModifier> {
    Some(match modifier.kind()? {
        PathReplacement::FullPath(path) => config::PathModifier::ReplaceFullPath(encoded(path)),
        PathReplacement::PrefixMatch(path) => {
            config::PathModifier::ReplacePrefixMatch(encoded(path))
        }
    })
}

/// A path for a request line: what cannot stand in one, or would end the path, is percent-encoded.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'?' | b'#' | b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                out.push_str(&format!("%{byte:02X}"));
            }
            0x21..=0x7e => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_cannot_stand_in_a_path_is_encoded() {
        assert_eq!(encoded("/a b/é?x#y"), "/a%20b/%C3%A9%3Fx%23y");
        assert_eq!(encoded("/a%20b/~c;d=1,2"), "/a%20b/~c;d=1,2");
    }
}
