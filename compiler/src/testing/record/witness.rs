//! Requests that a match may win.

use super::example::examples;
use crate::testing::Prepared;
use route::Config;
use route::config::{Listener, Match, NamedMatch, PathMatch, Protocol, ValueMatch};

/// Host of a request where any will do.
const ANY_HOST: &str = "any.example.com";
/// What stands for `*` in a hostname.
const LABELS: [&str; 3] = ["www", "other", "www.sub"];
/// What is put behind a prefix, so that longer ones do not take the request.
const TAILS: [&str; 4] = ["", "/", "/sub", "/sub/page"];
/// Methods of a request where any will do.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "DELETE", "PATCH"];

/// Requests that meet all conditions of a match on a listener, the simplest first. Another match
/// may still take them.
pub(super) fn requests(
    config: &Config,
    listener: &Listener,
    hostname: Option<&str>,
    matched: &Match,
) -> Vec<Prepared> {
    let pattern = |number: u32| config.regexes.get(number as usize).map(|r| r.pattern.as_str());
    let values = |condition: &NamedMatch| match &condition.value {
        ValueMatch::Exact(value) => Some(value.clone()),
        ValueMatch::Regex(number) => {
            // An empty value is one that many clients leave out.
            let found = examples(pattern(*number)?);
            found.iter().find(|text| !text.is_empty()).or(found.first()).cloned()
        }
    };
    let named = |conditions: &[NamedMatch]| {
        let pairs = conditions.iter().map(|c| Some((c.name.clone(), values(c)?)));
        pairs.collect::<Option<Vec<_>>>()
    };
    let (Some(headers), Some(query)) = (named(&matched.headers), named(&matched.query)) else {
        return Vec::new();
    };
    let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    let paths = paths(&matched.path, pattern);
    let hosts = hosts(hostname.or(listener.hostname.as_deref()));
    let methods: Vec<&str> = match &matched.method {
        // It asks for a host and a port, and has no URL.
        Some(method) if method == "CONNECT" => return Vec::new(),
        Some(method) => vec![method],
        None => METHODS.to_vec(),
    };
    let mut found = Vec::new();
    for host in &hosts {
        for method in &methods {
            for path in paths.iter().filter(|path| is_sendable(path)) {
                let url = url(listener, host, path, &query);
                found.extend(Prepared::new(method, &url, headers.clone()));
            }
        }
    }
    found
}

/// The URL of a request to a listener; the port is left out where the scheme says it.
fn url(listener: &Listener, host: &str, path: &str, query: &str) -> String {
    let (scheme, usual) = match listener.protocol {
        Protocol::Http => ("http", 80),
        Protocol::Https => ("https", 443),
    };
    let port = if listener.port == usual { String::new() } else { format!(":{}", listener.port) };
    format!("{scheme}://{host}{port}{path}{query}")
}

fn hosts(hostname: Option<&str>) -> Vec<String> {
    match hostname {
        None => vec![ANY_HOST.to_owned()],
        Some(name) => match name.strip_prefix("*.") {
            Some(suffix) => LABELS.iter().map(|label| format!("{label}.{suffix}")).collect(),
            None => vec![name.to_owned()],
        },
    }
}

fn paths<'p>(path: &PathMatch, pattern: impl Fn(u32) -> Option<&'p str>) -> Vec<String> {
    match path {
        PathMatch::Exact(path) => vec![path.clone()],
        PathMatch::Prefix(prefix) => {
            let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
            let tails = TAILS.iter().map(|tail| format!("{prefix}{tail}"));
            tails.filter(|path| !path.is_empty()).collect()
        }
        PathMatch::Regex(number) => {
            let mut found = pattern(*number).map(examples).unwrap_or_default();
            // `.*` and the like begin with a slash only where it is asked for.
            found.push("/".to_owned());
            found.extend(
                pattern(*number).map(examples).unwrap_or_default().iter().map(|p| format!("/{p}")),
            );
            found
        }
    }
}

/// Whether a path can stand in a URL as it is.
fn is_sendable(path: &str) -> bool {
    path.starts_with('/')
        && path.bytes().all(|b| b.is_ascii_graphic() && !b"?#\"<>\\^`{|}".contains(&b))
}
