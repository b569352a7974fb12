//! Rules and their matches.

use super::matches::Served;
use super::tables::Tables;
use crate::api::http_route::{
    HttpPathMatch, HttpRouteMatch, HttpRouteRule, PathMatchType, ValueMatchType,
};
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::graph::{RouteNode, RuleNode};
use crate::index::ObjectKey;
use route::build::{BuildError, SIZE_LIMIT};
use route::config::{BackendRef, Match, NamedMatch, PathMatch, Rule, ValueMatch};

/// Adds the rules of a route to the tables; their matches are returned in order.
pub(super) fn lower_route(
    tables: &mut Tables<'_>,
    key: &ObjectKey,
    node: &RouteNode<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Served> {
    let route = tables.route(key.to_string());
    let created = node.entry.object.metadata.creation_timestamp.as_ref();
    // RFC 3339 in UTC and whole seconds, which compares as text.
    let created = created.map(|time| time.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut served = Vec::new();
    for (number, node_rule) in node.rules.iter().enumerate() {
        let mut errors = Vec::new();
        let path = FieldPath::from("spec.rules").index(number).field("matches");
        let matches: Vec<_> = node_rule
            .rule
            .matches
            .iter()
            .enumerate()
            .filter_map(|(index, source)| {
                lower_match(tables, source, index, &path.index(index), &mut errors)
            })
            .collect();
        let rule = lower_rule(tables, node_rule, route, number, errors.first());
        let rule = tables.rule(rule);
        served.extend(matches.into_iter().map(|matched| Served {
            matched: Match { rule, ..matched },
            route: key.to_string(),
            created: created.clone(),
            rule: number,
        }));
        for InvalidRegex { path, pattern, error } in errors {
            let diagnostic = invalid_regex(Place::value(node.entry.id, path), &pattern, &error);
            // A route is lowered once for each Gateway; its problems are told once.
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    served
}

/// A regular expression that cannot be used.
struct InvalidRegex {
    path: FieldPath,
    pattern: String,
    error: BuildError,
}

fn invalid_regex(place: Place, pattern: &str, error: &BuildError) -> Diagnostic {
    match error {
        BuildError::Syntax { message, span } => {
            let part = pattern.get(span.clone()).unwrap_or_default();
            let at = if part.is_empty() || part == pattern {
                String::new()
            } else {
                format!(" at `{part}`")
            };
            let message = format!("`{pattern}` is not a regular expression{at}: {message}");
            Diagnostic::error(Code::InvalidRegex, place, message).help(
                "the syntax is that of RE2 and of GEP-4359: no look-around, no back-references; \
                 the whole value has to match",
            )
        }
        BuildError::TooLarge => {
            let message = format!("the automaton of `{pattern}` exceeds {} KiB", SIZE_LIMIT / 1024);
            Diagnostic::error(Code::RegexTooLarge, place, message).help(
                "counted repetitions such as {20} multiply: use * or +, or smaller numbers; until \
                 then the rule answers 500",
            )
        }
    }
}

fn lower_rule(
    tables: &mut Tables<'_>,
    node: &RuleNode<'_>,
    route: u32,
    number: usize,
    regex: Option<&InvalidRegex>,
) -> Rule {
    let HttpRouteRule { name, .. } = node.rule;
    let regex = regex.map(|invalid| match invalid.error {
        BuildError::Syntax { .. } => format!("{} is not a regular expression", invalid.pattern),
        BuildError::TooLarge => format!("the automaton of {} is too large", invalid.pattern),
    });
    let error = node.filters.as_ref().err().map(|unusable| unusable.message.clone()).or(regex);
    let mut rule = Rule {
        route,
        index: number as u32,
        name: name.clone(),
        error,
        filters: Vec::new(),
        backends: Vec::new(),
    };
    // What answers 500 needs neither filters nor backends.
    if rule.error.is_some() {
        return rule;
    }
    rule.filters = node.filters.iter().flatten().map(|filter| tables.filter(filter)).collect();
    rule.backends = node
        .backends
        .iter()
        .map(|backend| BackendRef {
            backend: tables.backend(backend),
            weight: backend.weight,
            error: backend.filters.as_ref().err().cloned(),
            filters: backend.filters.iter().flatten().map(|filter| tables.filter(filter)).collect(),
        })
        .collect();
    rule
}

/// `None` where nothing can be said about the requests that the match is for.
fn lower_match(
    tables: &mut Tables<'_>,
    source: &HttpRouteMatch,
    index: usize,
    place: &FieldPath,
    errors: &mut Vec<InvalidRegex>,
) -> Option<Match> {
    let HttpRouteMatch { path, headers, query_params, method } = source;
    let HttpPathMatch { match_type, value } = path;
    let mut regex = |pattern: &str, place: FieldPath| {
        let (number, error) = tables.regex(pattern);
        if let Some(error) = error {
            errors.push(InvalidRegex { path: place, pattern: pattern.to_owned(), error });
        }
        number
    };
    let path = match match_type {
        PathMatchType::Exact => Some(PathMatch::Exact(value.clone())),
        PathMatchType::PathPrefix => Some(PathMatch::Prefix(value.clone())),
        PathMatchType::RegularExpression => {
            regex(value, place.field("path").field("value")).map(PathMatch::Regex)
        }
    };
    let mut named = |match_type, name: &str, value: &str, place: FieldPath| {
        let value = match match_type {
            ValueMatchType::Exact => Some(ValueMatch::Exact(value.to_owned())),
            ValueMatchType::RegularExpression => {
                regex(value, place.field("value")).map(ValueMatch::Regex)
            }
        };
        value.map(|value| NamedMatch { name: name.to_owned(), value })
    };
    let lowered_headers: Vec<_> = headers
        .iter()
        .enumerate()
        .map(|(n, h)| {
            let name = h.name.to_ascii_lowercase();
            named(h.match_type, &name, &h.value, place.field("headers").index(n))
        })
        .collect();
    let lowered_query: Vec<_> = query_params
        .iter()
        .enumerate()
        .map(|(n, q)| named(q.match_type, &q.name, &q.value, place.field("queryParams").index(n)))
        .collect();
    Some(Match {
        rule: 0,
        index: index as u32,
        path: path?,
        method: method.map(|method| method.as_str().to_owned()),
        // A header or parameter of which nothing can be said is left out: the rule answers 500 to
        // what meets the other conditions.
        headers: lowered_headers.into_iter().flatten().collect(),
        query: lowered_query.into_iter().flatten().collect(),
    })
}
