//! Headers that a log does not have and that would change where its requests go.

use crate::testing::examples;
use route::config::{Config, Match, ValueMatch};
use route::{Failed, Request, RouteTable, SplitMix64};
use std::collections::{BTreeSet, HashMap};

/// For every match that asks for headers, one header line for each of them that it would take.
#[derive(Debug)]
pub(super) struct Asked {
    matches: HashMap<Key, Vec<(String, String)>>,
    /// The names of all headers that matches ask for.
    names: BTreeSet<String>,
}

/// Route, rule and match.
type Key = (String, u32, u32);

impl Asked {
    pub(super) fn new(config: &Config) -> Self {
        let asking = config.matches.iter().filter(|matched| !matched.headers.is_empty());
        let lines = asking.filter_map(|matched| {
            let rule = config.rules.get(matched.rule as usize)?;
            let route = config.routes.get(rule.route as usize)?;
            Some(((route.clone(), rule.index, matched.index), wanted(config, matched)?))
        });
        let matches: HashMap<_, _> = lines.collect();
        let all = config.matches.iter().flat_map(|matched| &matched.headers);
        let names = all.map(|condition| condition.name.clone()).collect();
        Self { matches, names }
    }

    /// The names of headers with which another match would win the request.
    pub(super) fn missing(&self, table: &RouteTable, request: &Request<'_>) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        if self.matches.is_empty() {
            return names;
        }
        let mut rng = SplitMix64::new(0);
        let is_sent = |name: &str| request.headers.iter().any(|(n, _)| *n == name.as_bytes());
        let absent = self.names.iter().filter(|name| !is_sent(name)).count();
        for candidate in table.trace(request, &mut rng, usize::MAX).candidates {
            if names.len() == absent {
                break;
            }
            let Failed::Value { what: "header", is, .. } = &candidate.failed else { continue };
            let matched = candidate.matched;
            let key = (matched.route.to_owned(), matched.rule, matched.index);
            let Some(wanted) = self.matches.get(&key).filter(|_| is.is_empty()) else { continue };
            let absent: Vec<_> = wanted.iter().filter(|(name, _)| !is_sent(name)).collect();
            let added = absent.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            let headers: Vec<_> = request.headers.iter().copied().chain(added).collect();
            let with = Request { headers: &headers, ..*request };
            if table.find(&with, &mut rng).matched == Some(matched) {
                names.extend(absent.into_iter().map(|(name, _)| name.clone()));
            }
        }
        names
    }
}

/// A header line for each condition; `None` where no text meets one of them.
fn wanted(config: &Config, matched: &Match) -> Option<Vec<(String, String)>> {
    let line = |condition: &route::config::NamedMatch| {
        let value = match &condition.value {
            ValueMatch::Exact(value) => value.clone(),
            ValueMatch::Regex(number) => {
                let pattern = &config.regexes.get(*number as usize)?.pattern;
                examples(pattern).into_iter().next()?
            }
        };
        Some((condition.name.clone(), value))
    };
    matched.headers.iter().map(line).collect()
}
