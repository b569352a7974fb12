//! The conditions of one match.

use super::paths;
use crate::model::{Match, Path, Request, Value};
use regex::bytes::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::HashMap;

thread_local! {
    static REGEXES: RefCell<HashMap<String, Regex>> = RefCell::default();
}

/// Whether all conditions hold.
pub(crate) fn holds(matched: &Match, request: &Request) -> bool {
    method_holds(matched, request) && others_hold(matched, request)
}

/// Whether all conditions but that on the method hold.
pub(crate) fn others_hold(matched: &Match, request: &Request) -> bool {
    path_holds(&matched.path, request)
        && matched.headers.iter().all(|(name, value)| header_holds(name, value, request))
        && matched.query.iter().all(|(name, value)| query_holds(name, value, request))
}

pub(crate) fn path_holds(condition: &Path, request: &Request) -> bool {
    let path = paths::without_query(&request.path);
    match condition {
        Path::Exact(exact) => path == exact.as_bytes(),
        // What is left out of a route: it admits every request.
        Path::Prefix(prefix) if prefix == "/" => true,
        Path::Prefix(prefix) => paths::elements(path).starts_with(&paths::elements_of(prefix)),
        Path::Regex(pattern) => whole(pattern, path),
    }
}

pub(crate) fn method_holds(matched: &Match, request: &Request) -> bool {
    matched.method.as_ref().is_none_or(|method| method.as_bytes() == request.method)
}

/// A header that is sent several times matches when any one of its values does.
pub(crate) fn header_holds(name: &str, condition: &Value, request: &Request) -> bool {
    let mut values = Vec::new();
    for (found, value) in &request.headers {
        if found.to_ascii_lowercase() == name.to_ascii_lowercase().as_bytes() {
            values.push(value.as_slice());
        }
    }
    if name.eq_ignore_ascii_case("host") {
        values.push(&request.authority);
    }
    values.into_iter().any(|value| value_holds(condition, value))
}

/// Of a repeated parameter the first one counts.
pub(crate) fn query_holds(name: &str, condition: &Value, request: &Request) -> bool {
    let query = paths::query(&request.path).unwrap_or_default();
    for parameter in query.split(|b| *b == b'&') {
        let mut halves = parameter.splitn(2, |b| *b == b'=');
        if halves.next() == Some(name.as_bytes()) {
            return value_holds(condition, halves.next().unwrap_or_default());
        }
    }
    false
}

fn value_holds(condition: &Value, value: &[u8]) -> bool {
    match condition {
        Value::Exact(exact) => exact.as_bytes() == value,
        Value::Regex(pattern) => whole(pattern, value),
    }
}

/// Whether the pattern matches the whole of the value.
fn whole(pattern: &str, value: &[u8]) -> bool {
    let build = || {
        let wrapped = RegexBuilder::new(&format!("^(?:{pattern})$")).unicode(false).build();
        wrapped.expect("the pattern is supported")
    };
    REGEXES.with_borrow_mut(|regexes| match regexes.get(pattern) {
        Some(regex) => regex.is_match(value),
        None => regexes.entry(pattern.to_owned()).or_insert_with(build).is_match(value),
    })
}
