//! What the filters of the winning rule do.

use super::{Candidate, backends, cors, hosts, paths};
use crate::model::{
    Act, Backend, BackendRef, Bytes, Filter, Gateway, HeaderModifier, Headers, Listener, Outcome,
    Path, RESPONSE, Redirect, Request, grouped,
};

/// The answer of the winning match's rule.
pub(super) fn carry_out(
    gateway: &Gateway,
    listener: &Listener,
    request: &Request,
    winner: &Candidate<'_>,
) -> Outcome {
    let rule = winner.rule();
    let path = &winner.matched().path;
    let mut outcome = Outcome {
        listener: Some(listener.name.clone()),
        winner: Some(winner.winner()),
        backends: Vec::new(),
        act: respond(500, "invalid_rule", rule.error.as_deref().unwrap_or_default()),
        response: unchanged(),
    };
    if rule.error.is_some() {
        return outcome;
    }
    if let Some(act) = answering(&rule.filters, listener, request, path) {
        outcome.act = act;
        change_response(&rule.filters, request, &mut outcome);
        return outcome;
    }
    outcome.backends = rule.backends.iter().map(|b| (b.backend, b.weight)).collect();
    let chosen = match backends::choose(gateway, &rule.backends, request.draw) {
        Ok(chosen) => chosen,
        Err((status, reason, detail)) => {
            outcome.act = respond(status, reason, detail);
            cors::change_response(&rule.filters, request, &mut outcome.response);
            return outcome;
        }
    };
    // Per-backend filters run only when that backend is chosen, after the rule's.
    let filters = [rule.filters.as_slice(), &chosen.filters].concat();
    outcome.act = answering(&chosen.filters, listener, request, path)
        .unwrap_or_else(|| forward(&gateway.backends[chosen.backend], &filters, request, path));
    change_response(&filters, request, &mut outcome);
    outcome
}

pub(super) fn respond(status: u16, reason: &'static str, detail: &str) -> Act {
    let (headers, detail) = (Headers::new(), detail.to_owned());
    Act::Respond { status, headers, body: None, reason, detail }
}

/// The reference's own error, or that of its backend, as a status and a text.
pub(super) fn failure<'g>(gateway: &'g Gateway, backend: &'g BackendRef) -> Option<(u16, &'g str)> {
    match (&backend.error, &gateway.backends[backend.backend].error) {
        (Some(error), _) => Some((500, error)),
        (None, Some((status, reason))) => Some((*status, reason)),
        (None, None) => None,
    }
}

fn answering(
    filters: &[Filter],
    listener: &Listener,
    request: &Request,
    path: &Path,
) -> Option<Act> {
    // A preflight request is always answered.
    if let Some(headers) = cors::preflight(filters, request) {
        let (reason, detail) = ("preflight", String::new());
        return Some(Act::Respond { status: 204, headers, body: None, reason, detail });
    }
    filters.iter().find_map(|filter| match filter {
        Filter::RequestRedirect(redirect) => Some(Act::Redirect {
            status: redirect.status_code,
            location: Bytes(location(redirect, listener, request, path)),
        }),
        Filter::DirectResponse(response) => Some(Act::Respond {
            status: response.status,
            headers: Headers::new(),
            body: response.body.clone(),
            reason: "direct_response",
            detail: String::new(),
        }),
        _ => None,
    })
}

/// Scheme, hostname and path default to the request's. The port: explicit; else that of the given
/// scheme; else the listener's.
fn location(redirect: &Redirect, listener: &Listener, request: &Request, path: &Path) -> Vec<u8> {
    let own = if listener.https { "https" } else { "http" };
    let scheme = redirect.scheme.as_deref().unwrap_or(own);
    let port = match (redirect.port, redirect.scheme.as_deref()) {
        (Some(port), _) => port,
        (None, Some("http")) => 80,
        (None, Some("https")) => 443,
        (None, _) => listener.port,
    };
    let host = match &redirect.hostname {
        Some(hostname) => hostname.clone().into_bytes(),
        None => hosts::of(&request.authority),
    };
    let mut location = Vec::new();
    if !host.is_empty() {
        location.extend(format!("{scheme}://").bytes());
        location.extend(host);
        if (scheme, port) != ("http", 80) && (scheme, port) != ("https", 443) {
            location.extend(format!(":{port}").bytes());
        }
    }
    match &redirect.path {
        Some(modifier) => location.extend(paths::modified(&request.path, modifier, path)),
        None => {
            // What follows the host is a path, whatever the request had.
            if !request.path.starts_with(b"/") {
                location.push(b'/');
            }
            location.extend(&request.path);
        }
    }
    location
}

fn forward(backend: &Backend, filters: &[Filter], request: &Request, matched: &Path) -> Act {
    let mut authority = request.authority.clone();
    let mut path = request.path.clone();
    let mut headers = grouped(request.headers.iter().map(|(name, value)| (&name[..], &value[..])));
    // What only the module may say to its host.
    headers.retain(|name, _| !name.0.starts_with(b"x-kgwc-"));
    for filter in filters {
        match filter {
            Filter::RequestHeaderModifier(modifier) => {
                // The host has its own place in a request.
                for header in modifier.set.iter().chain(&modifier.add) {
                    if header.name.to_lowercase() == "host" {
                        authority = header.value.clone().into_bytes();
                    }
                }
                let host = headers.remove(&key("host"));
                change(modifier, &mut headers);
                headers.remove(&key("host"));
                headers.extend(host.map(|values| (key("host"), values)));
            }
            Filter::UrlRewrite(rewrite) => {
                if let Some(hostname) = &rewrite.hostname {
                    authority = hostname.clone().into_bytes();
                }
                // What it names of the path is in the request as it came.
                if let Some(modifier) = &rewrite.path {
                    path = paths::modified(&request.path, modifier, matched);
                }
            }
            _ => {}
        }
    }
    let id = format!("default/{}:80", backend.name);
    let cluster = backend.cluster.clone().unwrap_or_else(|| id.clone());
    let method = Bytes(request.method.clone());
    let (authority, path) = (Bytes(authority), Bytes(path));
    Act::Forward { backend: id, cluster, method, authority, path, headers }
}

/// The response of a backend as it came.
pub(super) fn unchanged() -> Headers {
    grouped(RESPONSE.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())))
}

fn change_response(filters: &[Filter], request: &Request, outcome: &mut Outcome) {
    if matches!(outcome.act, Act::Respond { reason: "preflight", .. }) {
        return;
    }
    cors::change_response(filters, request, &mut outcome.response);
    for filter in filters {
        if let Filter::ResponseHeaderModifier(modifier) = filter {
            change(modifier, &mut outcome.response);
        }
    }
}

/// Set overwrites, add appends, remove is case-insensitive.
fn change(modifier: &HeaderModifier, headers: &mut Headers) {
    let value = |text: &str| Bytes(text.as_bytes().to_vec());
    for header in &modifier.set {
        headers.insert(key(&header.name), vec![value(&header.value)]);
    }
    for header in &modifier.add {
        headers.entry(key(&header.name)).or_default().push(value(&header.value));
    }
    for name in &modifier.remove {
        headers.remove(&key(name));
    }
}

fn key(name: &str) -> Bytes {
    Bytes(name.to_ascii_lowercase().into_bytes())
}
