//! Routes: their parents and their rules.

use super::attach;
use super::backend::{self, BackendNode, BackendState};
use super::filter::{self, FilterNode, Holder, Mirror, Unusable};
use super::gateway::{GatewayNode, gateway_key, is_gateway};
use super::pattern;
use super::resilience::{self, Resilience};
use super::{Condition, Context, Reason, rule_path};
use crate::api::Kind;
use crate::api::http_route::{HTTPRoute, HttpRouteRule};
use crate::api::reference::ParentReference;
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::index::{Entry, ObjectKey};
use std::collections::BTreeMap;

pub use attach::Attachment;

/// A route.
#[derive(Debug)]
pub struct RouteNode<'i> {
    /// The route.
    pub entry: &'i Entry<HTTPRoute>,
    /// Its parents that are Gateways of ours.
    pub parents: Vec<ParentNode<'i>>,
    /// Its rules, in their order.
    pub rules: Vec<RuleNode<'i>>,
}

/// A route on one parent.
#[derive(Debug)]
pub struct ParentNode<'i> {
    /// The reference.
    pub reference: &'i ParentReference,
    /// The Gateway that it names.
    pub gateway: ObjectKey,
    /// Where the route is served; or why it is not.
    pub attachments: Result<Vec<Attachment>, (Reason, String)>,
    /// `Accepted`, `ResolvedRefs` and `PartiallyInvalid`.
    pub conditions: Vec<Condition>,
}

/// A rule of a route.
#[derive(Debug)]
pub struct RuleNode<'i> {
    /// The rule.
    pub rule: &'i HttpRouteRule,
    /// Its filters, or why the rule cannot be carried out: then it answers 500.
    pub filters: Result<Vec<FilterNode>, Unusable>,
    /// Its backends, the bad ones included.
    pub backends: Vec<BackendNode>,
    /// Its timeouts, retries and sessions.
    pub resilience: Resilience,
}

impl ParentNode<'_> {
    /// The listeners that serve the route.
    pub fn attached(&self) -> &[Attachment] {
        self.attachments.as_deref().unwrap_or_default()
    }
}

pub(super) fn route<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    entry: &'i Entry<HTTPRoute>,
    gateways: &BTreeMap<ObjectKey, GatewayNode<'i>>,
) -> RouteNode<'i> {
    let spec = &entry.object.spec;
    let rules: Vec<_> =
        spec.rules.iter().enumerate().map(|(n, r)| rule(context, key, entry, n, r)).collect();
    let parents = spec
        .parent_refs
        .iter()
        .enumerate()
        .filter(|(_, reference)| is_gateway(reference))
        .filter_map(|(number, reference)| {
            parent(context, key, entry, (number, reference), gateways, &rules)
        })
        .collect();
    for (number, reference) in spec.parent_refs.iter().enumerate().filter(|(_, r)| !is_gateway(r)) {
        let place = Place::value(entry.id, FieldPath::from("spec.parentRefs").index(number));
        let message = format!("{} {} is no Gateway: passed over", reference.kind, reference.name);
        context.report(Diagnostic::warning(Code::InvalidKind, place, message));
    }
    if spec.parent_refs.is_empty() {
        let place = Place::value(entry.id, "spec".into());
        let message = format!("HTTPRoute {key} names no parent, so nothing serves it");
        let warning = Diagnostic::warning(Code::NoParent, place, message);
        context.report(warning.help("name the Gateway under spec.parentRefs"));
    }
    RouteNode { entry, parents, rules }
}

fn parent<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    entry: &'i Entry<HTTPRoute>,
    (number, reference): (usize, &'i ParentReference),
    gateways: &BTreeMap<ObjectKey, GatewayNode<'i>>,
    rules: &[RuleNode<'_>],
) -> Option<ParentNode<'i>> {
    let gateway = gateway_key(key, reference);
    let path = FieldPath::from("spec.parentRefs").index(number);
    let attachments = match gateways.get(&gateway) {
        Some(node) => attach::attach(context, key, &entry.object, reference, &gateway, node),
        // A Gateway of another class is somebody else's.
        None if context.index.gateways.get(&gateway).is_some() => return None,
        None => Err((Reason::NoMatchingParent, format!("Gateway {gateway} is not in the input"))),
    };
    // That the Gateway itself was refused has been told.
    let is_told = context.index.is_refused(Kind::Gateway, &gateway);
    if let (Err((reason, message)), false) = (&attachments, is_told) {
        let declared = gateways.get(&gateway).and_then(|node| node.entry);
        let at = path.field(match reference {
            _ if declared.is_none() => "name",
            ParentReference { section_name: Some(_), .. } => "sectionName",
            ParentReference { port: Some(_), .. } => "port",
            _ => "name",
        });
        let (code, at) = match reason {
            Reason::NotAllowedByListeners => (Code::NotAllowedByListeners, path),
            Reason::NoMatchingListenerHostname => {
                (Code::NoMatchingListenerHostname, "spec.hostnames".into())
            }
            _ => (Code::NoMatchingParent, at),
        };
        let mut error = Diagnostic::error(code, Place::value(entry.id, at), message.clone());
        if let Some(declared) = declared {
            let listeners = Place::value(declared.id, "spec.listeners".into());
            error = error.related(listeners, "the listeners of the Gateway");
        }
        context.report(match code {
            Code::NotAllowedByListeners => error.help(
                "let a listener take them: allowedRoutes.namespaces says from where, \
                 allowedRoutes.kinds what",
            ),
            Code::NoMatchingListenerHostname => {
                error.help("name a host that the listener serves, or change that of the listener")
            }
            _ if declared.is_none() => {
                error.help("add the Gateway to the input, or leave --strict-parents out")
            }
            _ => error.help("name a listener that there is, or none to be served by all"),
        });
    }
    let conditions = conditions(&attachments, rules);
    Some(ParentNode { reference, gateway, attachments, conditions })
}

fn rule<'i>(
    context: &mut Context<'i>,
    key: &ObjectKey,
    entry: &'i Entry<HTTPRoute>,
    number: usize,
    rule: &'i HttpRouteRule,
) -> RuleNode<'i> {
    let HttpRouteRule {
        name: _,
        matches,
        filters,
        backend_refs,
        timeouts: _,
        retry: _,
        session_persistence: _,
    } = rule;
    let path = rule_path(number);
    let backends: Vec<_> = backend_refs
        .iter()
        .enumerate()
        .map(|(n, reference)| {
            let path = path.field("backendRefs").index(n);
            backend::backend(context, entry.id, key, reference, &path)
        })
        .collect();
    let mut nodes =
        filter::filters(context, entry.id, key, filters, &path.field("filters"), Holder::Rule);
    let resilience = match resilience::resilience(context, entry.id, key, number, rule, &path) {
        Ok(resilience) => resilience,
        Err(unusable) => {
            nodes = nodes.and(Err(unusable));
            Resilience::default()
        }
    };
    for (n, matched) in matches.iter().enumerate() {
        let at = || path.field("matches").index(n);
        if let Some(unusable) = pattern::check(context, entry.id, matched, at) {
            nodes = nodes.and(Err(unusable));
        }
    }
    if let Ok(found) = &nodes
        && let Err(unusable) = answers_once(found, !backends.is_empty())
    {
        let place = Place::value(entry.id, path.field("filters"));
        let mut error =
            Diagnostic::error(Code::IncompatibleFilters, place, unusable.message.clone());
        if !backends.is_empty() {
            let refs = Place::key(entry.id, path.field("backendRefs"));
            error = error.related(refs, "the backends of the rule");
        }
        context.report(error.help("the rule answers 500 until one of them is taken out"));
        nodes = Err(unusable);
    }
    let answers = nodes.as_ref().is_ok_and(|nodes| nodes.iter().any(is_answer));
    if nodes.is_ok() && backends.is_empty() && !answers {
        let place = Place::value(entry.id, path);
        let message = "the rule has no backendRefs, so it answers 500";
        context.report(Diagnostic::warning(Code::NoBackends, place, message));
    }
    RuleNode { rule, filters: nodes, backends, resilience }
}

fn is_answer(filter: &FilterNode) -> bool {
    use route::config::Filter;
    matches!(filter, FilterNode::Module(Filter::DirectResponse(_) | Filter::RequestRedirect(_)))
}

/// A DirectResponse is the only answer of its rule, and the rule has no backends.
fn answers_once(filters: &[FilterNode], has_backends: bool) -> Result<(), Unusable> {
    use route::config::Filter;
    let direct =
        |filter: &&FilterNode| matches!(filter, FilterNode::Module(Filter::DirectResponse(_)));
    let message = match filters.iter().filter(direct).count() {
        0 => return Ok(()),
        1 if has_backends => "a rule with a DirectResponse has no backendRefs",
        1 if filters.iter().filter(|f| is_answer(f)).count() == 1 => return Ok(()),
        1 => "a DirectResponse cannot be used together with a RequestRedirect",
        _ => "a rule has one DirectResponse at most",
    };
    Err(Unusable { reason: Reason::IncompatibleFilters, message: message.to_owned() })
}

/// Gateway API, `RouteConditionType`: a route of which every rule is bad is not accepted; one of
/// which some are is `PartiallyInvalid`.
fn conditions(
    attachments: &Result<Vec<Attachment>, (Reason, String)>,
    rules: &[RuleNode<'_>],
) -> Vec<Condition> {
    let bad: Vec<_> = rules.iter().filter_map(|rule| rule.filters.as_ref().err()).collect();
    // Of these only the backend's share of the requests is lost.
    let bad_shares: Vec<_> = rules
        .iter()
        .flat_map(|rule| &rule.backends)
        .filter_map(|backend| backend.filters.as_ref().err())
        .collect();
    let mut conditions = Vec::new();
    conditions.push(match (attachments, bad.first()) {
        (Err((reason, message)), _) => Condition::not("Accepted", *reason, message),
        (Ok(_), Some(first)) if bad.len() == rules.len() => {
            Condition::not("Accepted", accepted_reason(first.reason), &first.message)
        }
        (Ok(_), _) => Condition::is("Accepted", Reason::Accepted),
    });
    let filters = bad.iter().chain(&bad_shares).filter(|b| is_reference_reason(b.reason));
    let filters = filters.map(|b| (b.reason, b.message.as_str()));
    let backends = rules.iter().flat_map(|rule| &rule.backends);
    let mirrors = rules.iter().flat_map(mirrors).map(|mirror| &*mirror.backend);
    let backends = backends.chain(mirrors);
    let unresolved = filters.chain(backends.filter_map(|backend| match &backend.state {
        BackendState::Unresolved { reason, message, is_told: _ } => {
            Some((*reason, message.as_str()))
        }
        _ => None,
    }));
    conditions.push(match unresolved.into_iter().next() {
        Some((reason, message)) => Condition::not("ResolvedRefs", reason, message),
        None => Condition::is("ResolvedRefs", Reason::ResolvedRefs),
    });
    let is_partial = bad.len() < rules.len() && attachments.is_ok();
    if let Some(first) = bad.iter().chain(&bad_shares).next().filter(|_| is_partial) {
        let mut partially = Condition::is("PartiallyInvalid", accepted_reason(first.reason));
        partially.message = first.message.clone();
        conditions.push(partially);
    }
    conditions
}

fn mirrors<'r>(rule: &'r RuleNode<'_>) -> impl Iterator<Item = &'r Mirror> {
    let own = rule.filters.iter().flatten();
    let of_backends = rule.backends.iter().flat_map(|backend| backend.filters.iter().flatten());
    own.chain(of_backends).filter_map(|filter| match filter {
        FilterNode::Mirror(mirror) => Some(mirror),
        FilterNode::Module(_) => None,
    })
}

fn is_reference_reason(reason: Reason) -> bool {
    matches!(reason, Reason::BackendNotFound | Reason::InvalidKind | Reason::RefNotPermitted)
}

fn accepted_reason(reason: Reason) -> Reason {
    if is_reference_reason(reason) { Reason::UnsupportedValue } else { reason }
}
