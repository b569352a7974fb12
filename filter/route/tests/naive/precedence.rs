//! Which of two matches wins, one criterion after the other.

use super::{Candidate, hosts};
use crate::model::Path;
use route::precedence::RegexRank;

/// Whether a match wins over another. "Proxy or Load Balancer routing configuration generated
/// from HTTPRoutes MUST prioritize matches based on the following criteria, continuing on ties."
pub(crate) fn beats(a: &Candidate<'_>, b: &Candidate<'_>, rank: RegexRank) -> bool {
    // (1) The hostname.
    if hosts::more_specific(a.hostname, b.hostname) {
        return true;
    }
    if hosts::more_specific(b.hostname, a.hostname) {
        return false;
    }
    // (2) Exact path, (3) prefix path with largest number of characters; regular expressions
    // stand between them or last, and the longest pattern wins.
    let (path_a, path_b) = (&a.matched().path, &b.matched().path);
    let class = |path: &Path| match (path, rank) {
        (Path::Exact(_), _) => 1,
        (Path::Regex(_), RegexRank::BeforePrefix) => 2,
        (Path::Prefix(_), _) => 3,
        (Path::Regex(_), RegexRank::AfterPrefix) => 4,
    };
    if class(path_a) != class(path_b) {
        return class(path_a) < class(path_b);
    }
    let characters = |path: &Path| match path {
        // All exact paths that match a request are the same.
        Path::Exact(_) => 0,
        Path::Prefix(text) | Path::Regex(text) => text.chars().count(),
    };
    if characters(path_a) != characters(path_b) {
        return characters(path_a) > characters(path_b);
    }
    // (4) Method match.
    if a.matched().method.is_some() != b.matched().method.is_some() {
        return a.matched().method.is_some();
    }
    // (5) Largest number of header matches.
    if a.matched().headers.len() != b.matched().headers.len() {
        return a.matched().headers.len() > b.matched().headers.len();
    }
    // (6) Largest number of query param matches.
    if a.matched().query.len() != b.matched().query.len() {
        return a.matched().query.len() > b.matched().query.len();
    }
    // (7) The oldest route; one without a timestamp is younger than any that has one.
    match (&a.route.created, &b.route.created) {
        (Some(a), Some(b)) if a != b => return a < b,
        (Some(_), None) => return true,
        (None, Some(_)) => return false,
        (Some(_), Some(_)) | (None, None) => {}
    }
    // (8) The route appearing first in alphabetical order by "{namespace}/{name}".
    if a.route.name != b.route.name {
        return a.route.name < b.route.name;
    }
    // (9) The first rule, then the first match of it.
    if a.rule != b.rule {
        return a.rule < b.rule;
    }
    a.index < b.index
}
