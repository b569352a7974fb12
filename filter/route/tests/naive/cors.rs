//! CORS, sentence by sentence of the semantics.

use crate::model::{Bytes, Cors, Filter, Headers, Request, Rule};

/// Whether the rule or one of its backends has the filter.
pub(crate) fn has(rule: &Rule) -> bool {
    let of_backends = rule.backends.iter().flat_map(|backend| &backend.filters);
    rule.filters.iter().chain(of_backends).any(|filter| matches!(filter, Filter::Cors(_)))
}

/// Preflight = OPTIONS + Origin + Access-Control-Request-Method.
pub(crate) fn is_preflight(request: &Request) -> bool {
    request.method == b"OPTIONS"
        && first(request, "origin").is_some()
        && first(request, "access-control-request-method").is_some()
}

/// The request that a preflight request asks for, with no more of it than that says.
pub(crate) fn asked(request: &Request) -> Request {
    let method = first(request, "access-control-request-method").expect("a preflight request");
    Request { method, ..request.clone() }
}

/// The headers of the answer to a preflight request, if the filters and the request ask for one.
pub(super) fn preflight(filters: &[Filter], request: &Request) -> Option<Headers> {
    let cors = last(filters).filter(|_| is_preflight(request))?;
    let mut headers = Headers::new();
    if !origin_is_allowed(cors, request) {
        return Some(headers);
    }
    common(cors, request, &mut headers);
    let asked = |name: &str| first(request, name).filter(|value| !value.is_empty());
    for (name, list, asked) in [
        ("allow-methods", &cors.allow_methods, asked("access-control-request-method")),
        ("allow-headers", &cors.allow_headers, asked("access-control-request-headers")),
    ] {
        let is_any = list.len() == 1 && list[0] == "*";
        let value = match (list.is_empty(), is_any && cors.allow_credentials) {
            (true, _) => None,
            (false, true) => asked,
            (false, false) => Some(list.join(", ").into_bytes()),
        };
        if let Some(value) = value {
            set(&mut headers, name, value);
        }
    }
    set(&mut headers, "max-age", cors.max_age.to_string().into_bytes());
    Some(headers)
}

/// Such headers from the backend are replaced.
pub(super) fn change_response(filters: &[Filter], request: &Request, headers: &mut Headers) {
    let Some(cors) = last(filters) else { return };
    headers.retain(|name, _| !name.0.starts_with(b"access-control-"));
    if origin_is_allowed(cors, request) {
        common(cors, request, headers);
    }
}

fn common(cors: &Cors, request: &Request, headers: &mut Headers) {
    let origin = first(request, "origin").expect("an allowed origin is there");
    if cors.allow_origins[0] == "*" && !cors.allow_credentials {
        set(headers, "allow-origin", b"*".to_vec());
    } else {
        set(headers, "allow-origin", origin);
        headers.entry(Bytes(b"vary".to_vec())).or_default().push(Bytes(b"origin".to_vec()));
    }
    if cors.allow_credentials {
        set(headers, "allow-credentials", b"true".to_vec());
    }
    if !cors.expose_headers.is_empty() {
        set(headers, "expose-headers", cors.expose_headers.join(", ").into_bytes());
    }
}

/// `*` alone, or `scheme://host[:port]` where the host may begin with `*.`.
fn origin_is_allowed(cors: &Cors, request: &Request) -> bool {
    let Some(origin) = first(request, "origin") else { return false };
    let pattern = |allowed: &String| {
        let escaped = regex::escape(allowed).replacen(r"://\*\.", r"://([^/:]+\.)", 1);
        regex::bytes::Regex::new(&format!("^(?i-u:{escaped})$")).expect("an escaped text")
    };
    cors.allow_origins.iter().any(|allowed| allowed == "*" || pattern(allowed).is_match(&origin))
}

fn last(filters: &[Filter]) -> Option<&Cors> {
    filters.iter().rev().find_map(|filter| match filter {
        Filter::Cors(cors) => Some(cors),
        _ => None,
    })
}

fn first(request: &Request, name: &str) -> Option<Vec<u8>> {
    let found = request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
    found.map(|(_, value)| value.clone())
}

fn set(headers: &mut Headers, name: &str, value: Vec<u8>) {
    headers.insert(Bytes(format!("access-control-{name}").into_bytes()), vec![Bytes(value)]);
}
