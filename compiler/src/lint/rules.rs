//! Whole rules.

use crate::api::http_route::{Filter, RequestRedirectFilter, Scheme};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::graph::{Graph, Protocol, RouteNode, RuleNode};

pub(super) fn check(graph: &Graph<'_>, node: &RouteNode<'_>, found: &mut Vec<Diagnostic>) {
    let is_secure = is_secure(graph, node);
    for (number, rule) in node.rules.iter().enumerate() {
        let path = FieldPath::from("spec.rules").index(number);
        let place = |path: FieldPath| Place::value(node.entry.id, path);
        found.extend(no_traffic(rule).map(|message| {
            Diagnostic::warning(Code::NoTraffic, place(path.field("backendRefs")), message)
                .help("every request gets 503: give a backend that is to be used a weight")
        }));
        if let (Some(filter), true) = (redirect_to_itself(rule), is_secure) {
            let path = path.field("filters").index(filter).field("requestRedirect");
            let message = "HTTPS requests are redirected to the URL that they came for";
            found.push(Diagnostic::warning(Code::RedirectLoop, place(path), message).help(
                "attach the route to the HTTP listener alone: name it with `sectionName` in \
                     parentRefs",
            ));
        }
        for (backend, reference) in rule.rule.backend_refs.iter().enumerate() {
            let backend_ref = &reference.backend;
            let is_backend = backend_ref.kind == "Backend" && backend_ref.group == KGATEWAY_GROUP;
            if let Some(port) = backend_ref.port.filter(|_| is_backend) {
                let path = path.field("backendRefs").index(backend).field("port");
                let message = format!("port {port} means nothing: a Backend has its own ports");
                found.push(
                    Diagnostic::warning(Code::BackendPort, place(path), message)
                        .help("leave it out; the hosts of a static Backend have a port each"),
                );
            }
        }
        found.extend(too_long(rule).map(|(message, help)| {
            let path = path.field("timeouts").field("backendRequest");
            Diagnostic::warning(Code::TimeoutTooLong, place(path), message).help(help)
        }));
    }
}

/// Whether a listener that serves the route speaks HTTPS: the redirect may be meant for an HTTP
/// listener beside it, and goes in circles all the same.
fn is_secure(graph: &Graph<'_>, node: &RouteNode<'_>) -> bool {
    node.parents.iter().any(|parent| {
        let listeners = graph.gateways.get(&parent.gateway).map(|g| g.listeners.as_slice());
        parent.attached().iter().any(|attachment| {
            let listener = listeners.and_then(|all| all.get(attachment.listener));
            listener.is_some_and(|listener| listener.protocol == Some(Protocol::Https))
        })
    })
}

fn no_traffic(rule: &RuleNode<'_>) -> Option<String> {
    let references = &rule.rule.backend_refs;
    let is_idle = !references.is_empty() && references.iter().all(|r| r.weight == 0);
    is_idle.then(|| match references.as_slice() {
        [_] => "the only backend of the rule has weight 0".to_owned(),
        all => format!("all {} backends of the rule have weight 0", all.len()),
    })
}

/// The number of a filter that redirects HTTPS to the very same URL.
fn redirect_to_itself(rule: &RuleNode<'_>) -> Option<usize> {
    rule.rule.filters.iter().position(|filter| match filter.kind() {
        Some(Filter::RequestRedirect(redirect)) => {
            let RequestRedirectFilter { scheme, hostname, path, port, status_code: _ } = redirect;
            let port = port.is_none_or(|port| port == 443);
            *scheme == Some(Scheme::Https) && hostname.is_none() && path.is_none() && port
        }
        _ => false,
    })
}

/// A try that may take so long that the request ends before it can be repeated.
fn too_long(rule: &RuleNode<'_>) -> Option<(String, String)> {
    let timeouts = rule.resilience.timeouts?;
    let retry = rule.resilience.retry.as_ref().filter(|retry| retry.attempts > 0)?;
    let (request, each) = (timeouts.request?, timeouts.backend_request?);
    let second = each.saturating_add(retry.backoff.unwrap_or_default());
    (second >= request).then(|| {
        let message = format!(
            "the request ends after {request} ms, before a try that took {each} ms can be repeated"
        );
        let tries = u64::from(retry.attempts) + 1;
        let help = format!(
            "a request of {} ms leaves room for all {tries} tries, or shorten backendRequest",
            tries.saturating_mul(second)
        );
        (message, help)
    })
}
