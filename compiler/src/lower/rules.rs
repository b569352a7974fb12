//! Rules and their matches.

use super::matches::Served;
use super::tables::Tables;
use crate::api::http_route::{
    HttpPathMatch, HttpRouteMatch, HttpRouteRule, PathMatchType, ValueMatchType,
};
use crate::graph::{Resilience, RouteNode, RuleNode};
use crate::index::ObjectKey;
use route::config::{BackendRef, Match, NamedMatch, PathMatch, Rule, ValueMatch};

/// Adds the rules of a route to the tables; their matches are returned in order.
pub(super) fn lower_route(
    tables: &mut Tables<'_>,
    key: &ObjectKey,
    node: &RouteNode<'_>,
) -> Vec<Served> {
    let route = tables.route(key.to_string());
    let created = node.entry.object.metadata.creation_timestamp.as_ref();
    // RFC 3339 in UTC and whole seconds, which compares as text.
    let created = created.map(|time| time.0.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    let mut served = Vec::new();
    for (number, rule) in node.rules.iter().enumerate() {
        let lowered = lower_rule(tables, rule, route, number);
        let lowered = tables.rule(lowered);
        let matches = rule.rule.matches.iter().enumerate();
        let matches = matches.filter_map(|(index, source)| lower_match(tables, source, index));
        served.extend(matches.map(|matched| Served {
            matched: Match { rule: lowered, ..matched },
            route: key.to_string(),
            created: created.clone(),
            rule: number,
        }));
    }
    served
}

fn lower_rule(tables: &mut Tables<'_>, node: &RuleNode<'_>, route: u32, number: usize) -> Rule {
    let HttpRouteRule { name, .. } = node.rule;
    let error = node.filters.as_ref().err().map(|unusable| unusable.message.clone());
    let mut rule =
        Rule { route, index: number as u32, name: name.clone(), error, ..Rule::default() };
    // What answers 500 needs neither filters nor backends.
    if rule.error.is_some() {
        return rule;
    }
    rule.filters = tables.filters(node.filters.iter().flatten());
    rule.backends = node
        .backends
        .iter()
        .map(|backend| BackendRef {
            backend: tables.backend(backend),
            weight: backend.weight,
            error: backend.filters.as_ref().err().map(|unusable| unusable.message.clone()),
            filters: tables.filters(backend.filters.iter().flatten()),
            ..BackendRef::default()
        })
        .collect();
    let Resilience { timeouts, retry, session_persistence } = node.resilience.clone();
    rule.timeouts = timeouts;
    rule.retry = retry.map(Box::new);
    rule.session_persistence = session_persistence.map(Box::new);
    rule
}

/// `None` for a path of which nothing can be said: its requests go to other rules, until the
/// pattern, whose error was told, is mended.
fn lower_match(tables: &mut Tables<'_>, source: &HttpRouteMatch, index: usize) -> Option<Match> {
    let HttpRouteMatch { path, headers, query_params, method } = source;
    let HttpPathMatch { match_type, value } = path;
    let path = match match_type {
        PathMatchType::Exact => PathMatch::Exact(value.clone()),
        PathMatchType::PathPrefix => PathMatch::Prefix(value.clone()),
        PathMatchType::RegularExpression => PathMatch::Regex(tables.regex(value)?),
    };
    let mut named = |match_type, name: &str, value: &str| {
        let value = match match_type {
            ValueMatchType::Exact => ValueMatch::Exact(value.to_owned()),
            // Of a pattern that says nothing at least this much is known: a value is there.
            ValueMatchType::RegularExpression => {
                let number = tables.regex(value).or_else(|| tables.anything());
                ValueMatch::Regex(number?)
            }
        };
        Some(NamedMatch { name: name.to_owned(), value })
    };
    let headers = headers
        .iter()
        .map(|h| named(h.match_type, &h.name.to_ascii_lowercase(), &h.value))
        .collect::<Option<_>>()?;
    let query = query_params
        .iter()
        .map(|q| named(q.match_type, &q.name, &q.value))
        .collect::<Option<_>>()?;
    Some(Match {
        rule: 0,
        index: index as u32,
        path,
        method: method.map(|method| method.as_str().to_owned()),
        headers,
        query,
    })
}
