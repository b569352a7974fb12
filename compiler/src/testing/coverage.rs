//! What of the routes the cases of RouteTests reach: rules, matches, filters and backends.

use super::engine::Won;
use super::report::CaseResult;
use crate::api::http_route::{HTTPRoute, HttpRouteFilter};
use crate::diagnostic::{FieldPath, Place};
use crate::index::{Entry, ObjectKey, Store};
use std::collections::BTreeMap;

/// What one request reached: the match that won, and which backends of its rule it can go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The match that won.
    pub won: Won,
    /// Numbers of the rule's backendRefs that get such requests in this case.
    pub backends: Vec<usize>,
}

/// Everything that a request can reach, with the number of cases that did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// In the order of the routes' names, then as they stand in a route.
    pub items: Vec<Item>,
}

/// One thing that a request can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The route.
    pub route: ObjectKey,
    /// Number of the rule.
    pub rule: usize,
    /// Its name.
    pub rule_name: Option<String>,
    /// What it is.
    pub kind: ItemKind,
    /// The match, the type of the filter, the name of the backend: for people.
    pub what: String,
    /// Where it stands.
    pub place: Place,
    /// How many cases reached it.
    pub hits: u64,
}

/// What can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A rule: one of its matches won.
    Rule,
    /// A match, by its number in the rule: it won.
    Match(usize),
    /// A filter of the rule, by its number: the rule won.
    Filter(usize),
    /// A backendRef with a weight, by its number in the rule: it got the request, or it is named
    /// among the shares that were compared.
    Backend(usize),
    /// A filter of a backendRef, by the numbers of both: the backend was reached.
    BackendFilter(usize, usize),
}

/// How much of something was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were.
    pub reached: usize,
    /// How many there are.
    pub total: usize,
}

/// The cases that reached a rule.
#[derive(Default)]
struct Hits {
    rule: u64,
    matches: BTreeMap<usize, u64>,
    backends: BTreeMap<usize, u64>,
}

impl Coverage {
    /// The coverage of routes by cases. `routes` are those that the tested Gateways serve.
    pub fn new<'r>(
        http_routes: &Store<HTTPRoute>,
        routes: impl IntoIterator<Item = &'r ObjectKey>,
        cases: &[CaseResult],
    ) -> Self {
        let mut all = BTreeMap::<(&str, usize), Hits>::new();
        for Reached { won, backends } in cases.iter().filter_map(|case| case.reached.as_ref()) {
            let hits = all.entry((&won.route, won.rule as usize)).or_default();
            hits.rule += 1;
            *hits.matches.entry(won.index as usize).or_default() += 1;
            for backend in backends {
                *hits.backends.entry(*backend).or_default() += 1;
            }
        }
        let mut items = Vec::new();
        for key in routes {
            let Some(entry) = http_routes.get(key) else { continue };
            let name = key.to_string();
            for rule in 0..entry.object.spec.rules.len() {
                let none = Hits::default();
                let hits = all.get(&(name.as_str(), rule)).unwrap_or(&none);
                push_rule(key, entry, rule, hits, &mut items);
            }
        }
        Self { items }
    }

    /// How much of everything was reached.
    pub fn tally(&self) -> Tally {
        self.tally_of(|_| true)
    }

    /// How much of some of it was.
    pub fn tally_of(&self, is_meant: impl Fn(&ItemKind) -> bool) -> Tally {
        let meant = self.items.iter().filter(|item| is_meant(&item.kind));
        meant.fold(Tally::default(), |tally, item| Tally {
            reached: tally.reached + usize::from(item.hits > 0),
            total: tally.total + 1,
        })
    }

    /// What no case reached. What belongs to a rule that no case reached is not named beside it.
    pub fn unreached(&self) -> impl Iterator<Item = &Item> {
        let mut rule_is_reached = true;
        self.items.iter().filter(move |item| {
            if item.kind == ItemKind::Rule {
                rule_is_reached = item.hits > 0;
                return !rule_is_reached;
            }
            rule_is_reached && item.hits == 0
        })
    }
}

impl Tally {
    /// The share that was reached, in percent; of nothing all is reached.
    pub fn percent(self) -> f64 {
        match self.total {
            0 => 100.0,
            total => self.reached as f64 * 100.0 / total as f64,
        }
    }
}

/// A rule, then what is in it.
fn push_rule(
    key: &ObjectKey,
    entry: &Entry<HTTPRoute>,
    number: usize,
    hits: &Hits,
    items: &mut Vec<Item>,
) {
    let rule = &entry.object.spec.rules[number];
    let at = FieldPath::from("spec.rules").index(number);
    let mut push = |kind, what: String, path, hits| {
        items.push(Item {
            route: key.clone(),
            rule: number,
            rule_name: rule.name.clone(),
            kind,
            what,
            place: Place::value(entry.id, path),
            hits,
        });
    };
    push(ItemKind::Rule, String::new(), at.clone(), hits.rule);
    for (matched, conditions) in rule.matches.iter().enumerate() {
        let hits = hits.matches.get(&matched).copied().unwrap_or_default();
        let at = at.field("matches").index(matched);
        push(ItemKind::Match(matched), conditions.to_string(), at, hits);
    }
    for (filter, settings) in rule.filters.iter().enumerate() {
        let at = at.field("filters").index(filter);
        push(ItemKind::Filter(filter), type_of(settings), at, hits.rule);
    }
    for (backend, reference) in rule.backend_refs.iter().enumerate() {
        // Nobody can reach what gets no traffic.
        if reference.weight == 0 {
            continue;
        }
        let at = at.field("backendRefs").index(backend);
        let hits = hits.backends.get(&backend).copied().unwrap_or_default();
        push(ItemKind::Backend(backend), reference.backend.to_string(), at.clone(), hits);
        for (filter, settings) in reference.filters.iter().enumerate() {
            let at = at.field("filters").index(filter);
            push(ItemKind::BackendFilter(backend, filter), type_of(settings), at, hits);
        }
    }
}

fn type_of(filter: &HttpRouteFilter) -> String {
    filter.filter_type.as_str().to_owned()
}

impl std::fmt::Display for Item {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { route, rule, rule_name, kind, what, place: _, hits: _ } = self;
        write!(f, "{route}, rule {rule}")?;
        if let Some(name) = rule_name {
            write!(f, " ({name})")?;
        }
        match kind {
            ItemKind::Rule => Ok(()),
            ItemKind::Match(number) => write!(f, ", match {number}: {what}"),
            ItemKind::Filter(number) => write!(f, ", filter {number}: {what}"),
            ItemKind::Backend(number) => write!(f, ", backend {number}: {what}"),
            ItemKind::BackendFilter(backend, number) => {
                write!(f, ", backend {backend}, filter {number}: {what}")
            }
        }
    }
}
