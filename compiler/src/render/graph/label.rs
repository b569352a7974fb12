//! The words of a picture.

use crate::api::http_route::{HttpRouteRule, Retry, Timeouts};
use crate::graph::{BackendNode, FilterNode};
use route::config::{
    Carrier, Filter, PathModifier, Redirect, Respond, Rewrite, SessionPersistence,
};

/// Of a longer text the beginning is shown.
const LONG: usize = 80;

/// What a filter does to requests that go on; nothing for one that answers, or that sends copies.
pub(super) fn change(filter: &FilterNode) -> Option<String> {
    let FilterNode::Module(filter) = filter else { return None };
    Some(match filter {
        Filter::RequestHeaderModifier(_) => "changes request headers".to_owned(),
        Filter::ResponseHeaderModifier(_) => "changes response headers".to_owned(),
        Filter::UrlRewrite(Rewrite { hostname, path }) => {
            let hostname = hostname.as_ref().map(|hostname| format!("host {hostname}"));
            let parts: Vec<_> = hostname.into_iter().chain(path.as_ref().map(new_path)).collect();
            format!("rewrites to {}", parts.join(", "))
        }
        Filter::Cors(_) => "CORS".to_owned(),
        Filter::RequestRedirect(_)
        | Filter::DirectResponse(_)
        | Filter::RequestMirror(_)
        | Filter::Unknown => return None,
    })
}

/// What a filter answers, if it does.
pub(super) fn answer(filter: &FilterNode) -> Option<(String, Vec<String>)> {
    match filter {
        FilterNode::Module(Filter::DirectResponse(Respond { status, body })) => {
            let body = body.iter().map(|body| shortened(body)).collect();
            Some((format!("answers {status}"), body))
        }
        FilterNode::Module(Filter::RequestRedirect(redirect)) => {
            Some((format!("redirects with {}", redirect.status_code), target(redirect)))
        }
        _ => None,
    }
}

fn target(redirect: &Redirect) -> Vec<String> {
    let Redirect { scheme, hostname, path, port, status_code: _ } = redirect;
    let parts = [
        scheme.as_ref().map(|scheme| format!("scheme {scheme}")),
        hostname.as_ref().map(|hostname| format!("host {hostname}")),
        port.map(|port| format!("port {port}")),
        path.as_ref().map(new_path),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { Vec::new() } else { vec![format!("to {}", parts.join(", "))] }
}

fn new_path(modifier: &PathModifier) -> String {
    match modifier {
        PathModifier::ReplaceFullPath(path) => format!("path {path}"),
        PathModifier::ReplacePrefixMatch(path) => format!("{path} in place of the prefix"),
    }
}

/// Timeouts, retries and the session of a rule.
pub(super) fn resilience(
    rule: &HttpRouteRule,
    session: Option<&SessionPersistence>,
) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(Timeouts { request, backend_request }) = &rule.timeouts {
        lines.extend(request.as_ref().map(|time| format!("timeout {time}")));
        lines.extend(backend_request.as_ref().map(|time| format!("timeout {time} for each try")));
    }
    if let Some(Retry { codes, attempts, backoff: _ }) = &rule.retry {
        let codes: Vec<_> = codes.iter().map(u16::to_string).collect();
        let after = if codes.is_empty() { "connection errors" } else { &codes.join(", ") };
        let times =
            attempts.map_or_else(String::new, |attempts| format!(" up to {attempts} times"));
        lines.push(format!("retries{times} after {after}"));
    }
    lines.extend(session.map(|session| match session.carrier {
        Carrier::Cookie { .. } => format!("session by the cookie {}", session.name),
        Carrier::Header => format!("session by the header {}", session.name),
    }));
    lines
}

/// The name of a backend.
pub(super) fn backend(node: &BackendNode) -> String {
    let BackendNode { kind, key, port, function, .. } = node;
    let port = port.map_or_else(String::new, |port| format!(":{port}"));
    let function = function.as_ref().map_or_else(String::new, |name| format!(", function {name}"));
    format!("{kind} {key}{port}{function}")
}

/// A part of a whole in percent; one digit after the point where it is not whole.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match (part * 100).checked_rem(whole) {
        Some(0) => format!("{} %", part * 100 / whole),
        Some(_) => {
            let percent = part as f64 * 100.0 / whole as f64;
            let digits = if percent < 0.1 { 4 } else { 1 };
            format!("{percent:.digits$} %")
        }
        None => "0 %".to_owned(),
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
