//! An order that only a cluster knows.

use crate::api::http_route::HttpRouteMatch;
use crate::diagnostic::{Code, Diagnostic, FieldPath, Place};
use crate::graph::Graph;
use crate::index::ObjectKey;
use std::collections::BTreeMap;

/// A match of a route on a listener, under a hostname.
type Served<'g> = (&'g ObjectKey, usize, Option<&'g str>, String);

/// Two routes that match the same requests are served by age; without a creationTimestamp kgwc goes
/// on to their names, and a cluster may decide otherwise.
pub(super) fn check(graph: &Graph<'_>, found: &mut Vec<Diagnostic>) {
    let mut first = BTreeMap::<Served<'_>, (&ObjectKey, Place)>::new();
    for (key, node) in &graph.routes {
        if node.entry.object.metadata.creation_timestamp.is_some() {
            continue;
        }
        let mut told = Vec::new();
        for (rule, number, matched) in node.rules.iter().enumerate().flat_map(|(rule, node)| {
            let matches = node.rule.matches.iter().enumerate();
            matches.map(move |(number, matched)| (rule, number, matched))
        }) {
            let path = FieldPath::from("spec.rules").index(rule).field("matches").index(number);
            let place = Place::value(node.entry.id, path);
            for parent in &node.parents {
                for attachment in parent.attached() {
                    for hostname in &attachment.hostnames {
                        let served = (
                            &parent.gateway,
                            attachment.listener,
                            hostname.as_deref(),
                            conditions(matched),
                        );
                        match first.get(&served) {
                            Some((other, at)) if *other != key && !told.contains(&place) => {
                                told.push(place.clone());
                                found.push(warning(key, other, place.clone(), at.clone()));
                            }
                            Some(_) => {}
                            None => {
                                first.insert(served, (key, place.clone()));
                            }
                        }
                    }
                }
            }
        }
    }
}

fn warning(key: &ObjectKey, other: &ObjectKey, place: Place, at: Place) -> Diagnostic {
    let message = format!(
        "{other} has the same match: which of the two routes wins depends on their age, which a \
         file does not have"
    );
    Diagnostic::warning(Code::OrderByAge, place, message).related(at, "the other match").help(format!(
        "here {other} wins over {key} by its name; in a cluster the older one does: make one of \
         the matches more specific, or take it out"
    ))
}

/// The conditions in an order of their own, as text.
fn conditions(matched: &HttpRouteMatch) -> String {
    let HttpRouteMatch { path, headers, query_params, method } = matched;
    let mut headers: Vec<_> = headers
        .iter()
        .map(|h| format!("{:?} {} {}", h.match_type, h.name.to_ascii_lowercase(), h.value))
        .collect();
    headers.sort();
    let mut query: Vec<_> =
        query_params.iter().map(|q| format!("{:?} {} {}", q.match_type, q.name, q.value)).collect();
    query.sort();
    format!("{path:?} {method:?} {headers:?} {query:?}")
}
