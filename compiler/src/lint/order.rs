//! An order that only a cluster knows.

use crate::api::http_route::{
    HeaderMatch, HttpMethod, HttpPathMatch, HttpRouteMatch, QueryParamMatch, ValueMatchType,
};
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::graph::{Graph, RouteNode};
use crate::index::ObjectKey;
use std::collections::HashMap;

/// A match of a route on a listener, under a hostname; its conditions are referred to by number.
type Served<'g> = (&'g ObjectKey, usize, Option<&'g str>, usize);

/// Where a match stands: the route, the number of the rule, and of the match in it.
type Origin<'g> = (&'g ObjectKey, &'g RouteNode<'g>, usize, usize);

/// The conditions of a match in an order of their own, names of headers in lower case.
#[derive(PartialEq, Eq, Hash)]
struct Conditions<'g> {
    path: &'g HttpPathMatch,
    method: Option<HttpMethod>,
    headers: Vec<(String, ValueMatchType, &'g str)>,
    query: Vec<(&'g str, ValueMatchType, &'g str)>,
}

/// Two routes that match the same requests are served by age; without a creationTimestamp kgwc goes
/// on to their names, and a cluster may decide otherwise.
pub(super) fn check<'g>(graph: &'g Graph<'_>, found: &mut Vec<Diagnostic>) {
    let mut numbers = HashMap::<Conditions<'g>, usize>::new();
    let mut first = HashMap::<Served<'g>, Origin<'g>>::new();
    for (key, node) in &graph.routes {
        if node.entry.object.metadata.creation_timestamp.is_some() {
            continue;
        }
        for (rule, number, matched) in node.rules.iter().enumerate().flat_map(|(rule, node)| {
            let matches = node.rule.matches.iter().enumerate();
            matches.map(move |(number, matched)| (rule, number, matched))
        }) {
            let new = numbers.len();
            let conditions = *numbers.entry(Conditions::of(matched)).or_insert(new);
            let mut is_told = false;
            for parent in &node.parents {
                for attachment in parent.attached() {
                    for hostname in &attachment.hostnames {
                        let hostname = hostname.as_deref();
                        let served = (&parent.gateway, attachment.listener, hostname, conditions);
                        let here = (key, node, rule, number);
                        let there = *first.entry(served).or_insert(here);
                        if there.0 != key && !is_told {
                            is_told = true;
                            found.push(warning(here, there));
                        }
                    }
                }
            }
        }
    }
}

impl<'g> Conditions<'g> {
    fn of(matched: &'g HttpRouteMatch) -> Self {
        let HttpRouteMatch { path, headers, query_params, method } = matched;
        let header = |header: &'g HeaderMatch| {
            let HeaderMatch { match_type, name, value } = header;
            (name.to_ascii_lowercase(), *match_type, value.as_str())
        };
        let mut headers: Vec<_> = headers.iter().map(header).collect();
        headers.sort_unstable();
        let parameter = |parameter: &'g QueryParamMatch| {
            let QueryParamMatch { match_type, name, value } = parameter;
            (name.as_str(), *match_type, value.as_str())
        };
        let mut query: Vec<_> = query_params.iter().map(parameter).collect();
        query.sort_unstable();
        Self { path, method: *method, headers, query }
    }
}

fn place((_, node, rule, number): Origin<'_>) -> Place {
    let path = FieldPath::from("spec.rules").index(rule).field("matches").index(number);
    Place::value(node.entry.id, path)
}

fn warning(here: Origin<'_>, there: Origin<'_>) -> Diagnostic {
    let (key, other) = (here.0, there.0);
    let message = format!(
        "{other} has the same match: which of the two routes wins depends on their age, which a \
         file does not have"
    );
    let diagnostic = Diagnostic::warning(Code::OrderByAge, place(here), message);
    diagnostic.related(place(there), "the other match").help(format!(
        "here {other} wins over {key} by its name; in a cluster the older one does: make one of \
         the matches more specific, or take it out"
    ))
}
