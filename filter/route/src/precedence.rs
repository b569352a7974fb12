//! Which of several matching matches wins.
//!
//! Gateway API, `HTTPRouteRule.matches`: "Proxy or Load Balancer routing configuration generated
//! from HTTPRoutes MUST prioritize matches based on the following criteria, continuing on ties."
//! The compiler sorts with it; the module takes the order from the configuration.

use crate::config::{Match, PathMatch};
use std::cmp::{Ordering, Reverse};

/// Where regular expressions stand among the path kinds; the specification leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegexRank {
    /// Exact, RegularExpression (longest pattern first), PathPrefix.
    #[default]
    BeforePrefix,
    /// Exact, PathPrefix, RegularExpression.
    AfterPrefix,
}

/// The kind of a path condition with its length in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathRank {
    /// All Exact conditions that match one request are equal.
    Exact,
    /// Length of the prefix.
    Prefix(usize),
    /// Length of the pattern.
    Regex(usize),
}

/// What the precedence of a match depends on. The lesser key wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precedence<'a> {
    /// The hostname it is served under: exact, or with a leading `*.`; `None` for any host.
    pub hostname: Option<&'a str>,
    /// Its path condition.
    pub path: PathRank,
    /// Where regular expressions stand.
    pub regex_rank: RegexRank,
    /// Whether it has a method condition.
    pub method: bool,
    /// Number of header conditions.
    pub headers: usize,
    /// Number of query parameter conditions.
    pub query: usize,
    /// `creationTimestamp` of the route in RFC 3339 form, in UTC and whole seconds, so that it
    /// compares as text. Absent in files: such a route counts as newer than any that has one.
    pub created: Option<&'a str>,
    /// `namespace/name` of the route.
    pub route: &'a str,
    /// Number of the rule in the route.
    pub rule: usize,
    /// Number of the match in the rule.
    pub index: usize,
}

impl PathRank {
    /// The rank of a path condition; `pattern` gives the text of a regular expression by number.
    pub fn of<'p>(path: &PathMatch, pattern: impl Fn(u32) -> &'p str) -> Self {
        match path {
            PathMatch::Exact(_) => Self::Exact,
            PathMatch::Prefix(prefix) => Self::Prefix(prefix.chars().count()),
            PathMatch::Regex(number) => Self::Regex(pattern(*number).chars().count()),
        }
    }

    fn key(self, regex_rank: RegexRank) -> (u8, Reverse<usize>) {
        match (self, regex_rank) {
            (Self::Exact, _) => (0, Reverse(0)),
            (Self::Regex(length), RegexRank::BeforePrefix) => (1, Reverse(length)),
            (Self::Prefix(length), _) => (2, Reverse(length)),
            (Self::Regex(length), RegexRank::AfterPrefix) => (3, Reverse(length)),
        }
    }
}

/// Orders hostnames: "Characters in a matching non-wildcard hostname", then "Characters in a
/// matching hostname"; the one that wins first.
pub fn by_hostname(a: Option<&str>, b: Option<&str>) -> Ordering {
    let key = |hostname: Option<&str>| match hostname {
        Some(name) if !name.starts_with("*.") => (0, Reverse(name.len())),
        Some(name) => (1, Reverse(name.len())),
        None => (2, Reverse(0)),
    };
    key(a).cmp(&key(b))
}

impl Ord for Precedence<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        by_hostname(self.hostname, other.hostname)
            // "Exact" path match, then "Prefix" path match with largest number of characters.
            .then_with(|| self.path.key(self.regex_rank).cmp(&other.path.key(other.regex_rank)))
            // Method match.
            .then_with(|| other.method.cmp(&self.method))
            // Largest number of header matches, then of query param matches.
            .then_with(|| other.headers.cmp(&self.headers))
            .then_with(|| other.query.cmp(&self.query))
            // The oldest Route based on creation timestamp.
            .then_with(|| created(self.created).cmp(&created(other.created)))
            // The Route appearing first in alphabetical order by "{namespace}/{name}".
            .then_with(|| self.route.cmp(other.route))
            // Matches within one route: the first matching rule, in list order.
            .then_with(|| self.rule.cmp(&other.rule))
            .then_with(|| self.index.cmp(&other.index))
    }
}

impl PartialOrd for Precedence<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn created(timestamp: Option<&str>) -> (bool, Option<&str>) {
    (timestamp.is_none(), timestamp)
}

impl<'a> Precedence<'a> {
    /// The precedence of a match of a route under a hostname.
    pub fn of<'p>(
        matched: &Match,
        pattern: impl Fn(u32) -> &'p str,
        hostname: Option<&'a str>,
        route: &'a str,
        created: Option<&'a str>,
        rule: usize,
        regex_rank: RegexRank,
    ) -> Self {
        Self {
            hostname,
            path: PathRank::of(&matched.path, pattern),
            regex_rank,
            method: matched.method.is_some(),
            headers: matched.headers.len(),
            query: matched.query.len(),
            created,
            route,
            rule,
            index: matched.index as usize,
        }
    }
}

#[cfg(test)]
mod tests;
