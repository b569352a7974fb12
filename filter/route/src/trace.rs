//! The same decision, with the reasons why nothing else won.

mod near;

use crate::config::{Listener, Match, NamedMatch, PathMatch, ValueMatch};
use crate::decision::{Decision, Matched, Reason};
use crate::matching::{Methods, Unmet, View};
use crate::request::{Request, query_value};
use crate::rng::Rng;
use crate::table::{Found, RouteTable};
use std::fmt;

/// A decision with its losers.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<'t> {
    /// What [`RouteTable::find`] says.
    pub decision: Decision<'t>,
    /// Every other match of the hostname that decided, the nearest first: those that match too in
    /// the order of precedence, then those whose path fits, then the rest.
    pub candidates: Vec<Candidate<'t>>,
    /// How many more there are.
    pub left_out: usize,
    /// Where no hostname fits, those that are served on the port, first those that end most like
    /// that of the request.
    pub hostnames: Vec<&'t str>,
}

/// A match that lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'t> {
    /// The match.
    pub matched: Matched<'t>,
    /// Why it lost.
    pub failed: Failed,
}

/// Why a match lost: its first condition that does not hold. Bytes that are no UTF-8 are shown as
/// replacement characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failed {
    /// Its path.
    Path {
        /// The path of the request.
        is: String,
        /// The condition, as a phrase.
        wants: String,
    },
    /// Its method.
    Method {
        /// The method of the request.
        is: String,
        /// The method that is wanted.
        wants: String,
    },
    /// A header or query parameter.
    Value {
        /// `header` or `query parameter`.
        what: &'static str,
        /// Its name.
        name: String,
        /// What the request has; empty where it has none.
        is: Vec<String>,
        /// The condition, as a phrase.
        wants: String,
    },
    /// None: it matches too, and comes later in the order of precedence.
    Outranked,
}

impl RouteTable {
    /// Decides as [`RouteTable::find`] does, and says for every other match of the hostname that
    /// decided why it lost; of more than `limit` of them for the nearest ones.
    pub fn trace<'t>(
        &'t self,
        request: &Request<'_>,
        rng: &mut impl Rng,
        limit: usize,
    ) -> Trace<'t> {
        let view = View::new(request);
        let found = self.locate(&view);
        let decision = self.decide(&view, &found, rng);
        let hostname =
            found.listener.zip(found.hostname).and_then(|(l, number)| l.hostnames.get(number));
        let numbers = hostname.map(|hostname| hostname.matches.as_slice()).unwrap_or_default();
        let winner = found.matched.as_ref().ok().copied();
        let losers = numbers
            .iter()
            .filter_map(|number| self.config().matches.get(*number as usize))
            .filter(|matched| !winner.is_some_and(|winner| std::ptr::eq(winner, *matched)));
        let distance = |matched| self.distance(matched, &view, found.methods);
        let mut losers: Vec<_> =
            (0u32..).zip(losers).map(|(n, matched)| (distance(matched), n, matched)).collect();
        // A stable sort would be ten kilobytes of the module.
        losers.sort_unstable_by_key(|(distance, number, _)| (*distance, *number));
        let left_out = losers.len().saturating_sub(limit);
        let candidates = losers
            .into_iter()
            .take(limit)
            .filter_map(|(_, _, matched)| {
                let rule = self.config().rules.get(matched.rule as usize)?;
                let failed = self.failed(matched, &view, found.methods);
                Some(Candidate { matched: self.matched(matched, rule), failed })
            })
            .collect();
        let hostnames = match found.matched {
            Err(Reason::NoListener | Reason::NoMatch) if found.hostname.is_none() => {
                near::hostnames(self.asked(&found, request), request.host())
            }
            _ => Vec::new(),
        };
        Trace { decision, candidates, left_out, hostnames }
    }

    /// The listeners that the request could have been for.
    fn asked(&self, found: &Found<'_>, request: &Request<'_>) -> impl Iterator<Item = &Listener> {
        let only = found.listener.map(|listener| &listener.name);
        let port = request.port;
        self.config().listeners.iter().filter(move |listener| match only {
            Some(name) => listener.name == *name,
            None => port.is_none_or(|port| listener.bound.unwrap_or(listener.port) == port),
        })
    }

    fn failed(&self, matched: &Match, view: &View<'_>, methods: Methods) -> Failed {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self.unmet(matched, view, methods) {
            None => Failed::Outranked,
            Some(Unmet::Path(path)) => {
                Failed::Path { is: text(view.path), wants: self.path_phrase(path) }
            }
            Some(Unmet::Method(method)) => {
                Failed::Method { is: text(view.request.method), wants: method.to_owned() }
            }
            Some(Unmet::Header(condition)) => Failed::Value {
                what: "header",
                name: condition.name.clone(),
                is: view.header_values(&condition.name).map(text).collect(),
                wants: self.value_phrase(condition),
            },
            Some(Unmet::Query(condition)) => Failed::Value {
                what: "query parameter",
                name: condition.name.clone(),
                is: query_value(view.query, condition.name.as_bytes())
                    .map(text)
                    .into_iter()
                    .collect(),
                wants: self.value_phrase(condition),
            },
        }
    }

    fn path_phrase(&self, path: &PathMatch) -> String {
        match path {
            PathMatch::Exact(exact) => format!("exactly {exact}"),
            PathMatch::Prefix(prefix) => format!("the prefix {prefix}"),
            PathMatch::Regex(number) => format!("the pattern {}", self.pattern(*number)),
        }
    }

    fn value_phrase(&self, condition: &NamedMatch) -> String {
        match &condition.value {
            ValueMatch::Exact(exact) => exact.clone(),
            ValueMatch::Regex(number) => format!("the pattern {}", self.pattern(*number)),
        }
    }

    fn pattern(&self, number: u32) -> &str {
        self.config().regexes.get(number as usize).map_or("", |regex| regex.pattern.as_str())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path { is, wants } => write!(f, "path is {is}, the match wants {wants}"),
            Self::Method { is, wants } => write!(f, "method is {is}, the match wants {wants}"),
            Self::Value { what, name, is, wants } if is.is_empty() => {
                write!(f, "{what} {name} is absent, the match wants {wants}")
            }
            Self::Value { what, name, is, wants } => {
                write!(f, "{what} {name} is {}, the match wants {wants}", is.join(" and "))
            }
            Self::Outranked => f.write_str("matches too, but comes later in precedence"),
        }
    }
}
