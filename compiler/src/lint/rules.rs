//! Whole rules.

use crate::api::duration::Duration;
use crate::api::http_route::{Filter, RequestRedirectFilter, Scheme};
use crate::api::kinds::KGATEWAY_GROUP;
use crate::diagnostic::{Code, Diagnostic, FieldPath, ObjectId, Place};
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
        origins(node.entry.id, rule, &path, found);
        found.extend(too_long(rule).map(|(message, help)| {
            let path = path.field("timeouts").field("backendRequest");
            Diagnostic::warning(Code::TimeoutTooLong, place(path), message).help(help)
        }));
    }
}

/// Origins of CORS filters that no browser sends.
fn origins(id: ObjectId, rule: &RuleNode<'_>, path: &FieldPath, found: &mut Vec<Diagnostic>) {
    let of_rule = (path.clone(), &rule.rule.filters);
    let of_backends = rule.rule.backend_refs.iter().enumerate();
    let of_backends = of_backends.filter(|(_, r)| !r.filters.is_empty());
    let of_backends = of_backends.map(|(n, r)| (path.field("backendRefs").index(n), &r.filters));
    for (path, filters) in std::iter::once(of_rule).chain(of_backends) {
        for (n, filter) in filters.iter().enumerate() {
            let Some(Filter::Cors(cors)) = filter.kind() else { continue };
            let path = path.field("filters").index(n).field("cors").field("allowOrigins");
            for (n, origin) in cors.allow_origins.iter().enumerate() {
                let Some(why) = why_unmatchable(origin) else { continue };
                let message = format!("no browser sends an origin like `{origin}`: {why}");
                let place = Place::value(id, path.index(n));
                found.push(Diagnostic::warning(Code::UnmatchableOrigin, place, message).help(
                    "an origin is a scheme, a host and a port that is not the scheme's own; `*.` \
                     before the host stands for any labels",
                ));
            }
        }
    }
}

/// What is wrong with an origin, of those that the API takes: `*`, or `scheme://host[:port]`.
fn why_unmatchable(origin: &str) -> Option<&'static str> {
    let (_, rest) = origin.split_once("://")?;
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "80"));
    let host = host.strip_prefix("*.").unwrap_or(host);
    if host.contains('*') {
        return Some("`*` stands for whole labels at the beginning only");
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        return Some("the host has a character that no host has");
    }
    if host.split('.').any(str::is_empty) {
        return Some("the host has an empty label");
    }
    port.parse::<u16>().is_err().then_some("the port is above 65535")
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
    if second < request {
        return None;
    }
    // As they were written.
    let written = rule.rule.timeouts.as_ref()?;
    let (request, each) = (written.request.as_ref()?, written.backend_request.as_ref()?);
    let message =
        format!("the request ends after {request}, before a try that took {each} can be repeated");
    let tries = u64::from(retry.attempts) + 1;
    let help = match Duration::from_millis(tries.saturating_mul(second)) {
        Some(all) => format!(
            "a request of {all} leaves room for all {tries} tries, or shorten backendRequest"
        ),
        None => format!("no request can be long enough for {tries} tries: shorten backendRequest"),
    };
    Some((message, help))
}

#[cfg(test)]
mod tests {
    use super::why_unmatchable;

    #[test]
    fn origins_that_browsers_send_are_fine() {
        for origin in [
            "*",
            "https://example.com",
            "https://*.example.com:8443",
            "HTTP://A_b.example.com:65535",
            "capacitor://localhost",
        ] {
            assert_eq!(why_unmatchable(origin), None, "{origin}");
        }
    }

    #[test]
    fn origins_that_no_browser_sends_are_not() {
        for origin in [
            "https://*",
            "https://*example.com",
            "https://a.*.example.com",
            "https://user@example.com",
            "https://exa mple.com",
            "https://.example.com",
            "https://example.com:65536",
        ] {
            assert!(why_unmatchable(origin).is_some(), "{origin}");
        }
    }
}
