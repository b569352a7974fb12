//! From the model to a plugin configuration, as a compiler would do it.

use super::{Gateway, Listener, Match, Path, Route, Value};
use route::config::{
    self, Backend, BackendError, BackendRef, Config, Filter, Hostname, NamedMatch, PathMatch,
    Protocol, ValueMatch,
};
use route::precedence::Precedence;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

thread_local! {
    /// Minimal automata are expensive, and the patterns of the tests are few.
    static AUTOMATA: RefCell<HashMap<String, config::Regex>> = RefCell::default();
}

#[derive(Default)]
struct Assembler {
    config: Config,
    regexes: HashMap<String, u32>,
}

/// The configuration of the Gateway, for all of its ports.
pub(crate) fn assemble(gateway: &Gateway) -> Config {
    let mut assembler = Assembler::default();
    let config = &mut assembler.config;
    config.version = config::VERSION;
    config.gateway = "default/gateway".to_owned();
    config.hostname_fallthrough = gateway.fallthrough;
    config.backends = gateway.backends.iter().map(backend).collect();
    // For each route the numbers of its matches.
    let matches: Vec<Vec<u32>> = gateway.routes.iter().map(|r| assembler.add(r)).collect();
    let Assembler { mut config, .. } = assembler;
    for listener in &gateway.listeners {
        let hostnames = hostnames(gateway, listener, &matches, &config);
        config.listeners.push(config::Listener {
            name: listener.name.clone(),
            port: listener.port,
            bound: None,
            protocol: if listener.https { Protocol::Https } else { Protocol::Http },
            hostname: listener.hostname.clone(),
            hostnames,
        });
    }
    config
}

/// The hostnames that the attached routes have on a listener, with all matches in their order.
fn hostnames(
    gateway: &Gateway,
    listener: &Listener,
    matches: &[Vec<u32>],
    config: &Config,
) -> Vec<Hostname> {
    let mut served = BTreeMap::<Option<String>, Vec<(Precedence<'_>, u32)>>::new();
    for (route, numbers) in gateway.routes.iter().zip(matches) {
        if !route.parents.contains(&listener.name) {
            continue;
        }
        for hostname in intersections(listener.hostname.as_deref(), &route.hostnames) {
            for &number in numbers {
                let matched = &config.matches[number as usize];
                let precedence = Precedence::of(
                    matched,
                    |number| config.regexes[number as usize].pattern.as_str(),
                    None,
                    &route.name,
                    route.created.as_deref(),
                    config.rules[matched.rule as usize].index as usize,
                    gateway.regex_rank,
                );
                served.entry(hostname.clone()).or_default().push((precedence, number));
            }
        }
    }
    let in_order = |(hostname, mut matches): (_, Vec<(Precedence<'_>, u32)>)| {
        matches.sort_by(|a, b| a.0.cmp(&b.0));
        Hostname { hostname, matches: matches.into_iter().map(|(_, number)| number).collect() }
    };
    served.into_iter().map(in_order).collect()
}

fn intersections(listener: Option<&str>, route: &[String]) -> BTreeSet<Option<String>> {
    if route.is_empty() {
        return BTreeSet::from([listener.map(str::to_owned)]);
    }
    let mut all = BTreeSet::new();
    for route in route {
        match listener {
            None => all.insert(Some(route.clone())),
            Some(listener) if within(route, listener) => all.insert(Some(route.clone())),
            Some(listener) if within(listener, route) => all.insert(Some(listener.to_owned())),
            Some(_) => false,
        };
    }
    all
}

/// Whether every host of the one hostname is a host of the other.
fn within(narrow: &str, wide: &str) -> bool {
    match wide.strip_prefix('*') {
        Some(suffix) => narrow == wide || narrow.trim_start_matches("*.").ends_with(suffix),
        None => narrow == wide,
    }
}

fn backend(backend: &super::Backend) -> Backend {
    Backend {
        kind: "Service".to_owned(),
        namespace: "default".to_owned(),
        name: backend.name.clone(),
        port: Some(80),
        cluster: backend.cluster.clone(),
        error: backend.error.clone().map(|(status, reason)| BackendError { status, reason }),
    }
}

impl Assembler {
    fn add(&mut self, route: &Route) -> Vec<u32> {
        let mut numbers = Vec::new();
        let route_number = self.config.routes.len() as u32;
        self.config.routes.push(route.name.clone());
        for (rule, index) in route.rules.iter().zip(0..) {
            let rule_number = self.config.rules.len() as u32;
            for (matched, index) in rule.matches.iter().zip(0..) {
                numbers.push(self.config.matches.len() as u32);
                let matched = self.matched(matched, rule_number, index);
                self.config.matches.push(matched);
            }
            let filters = self.filters(&rule.filters);
            let backends = rule.backends.iter().map(|backend| BackendRef {
                backend: backend.backend as u32,
                weight: backend.weight,
                error: backend.error.clone(),
                filters: self.filters(&backend.filters),
                ..config::BackendRef::default()
            });
            let backends = backends.collect();
            self.config.rules.push(config::Rule {
                route: route_number,
                index,
                name: rule.name.clone(),
                error: rule.error.clone(),
                filters,
                backends,
                ..config::Rule::default()
            });
        }
        numbers
    }

    fn filters(&mut self, filters: &[Filter]) -> Vec<u32> {
        let first = self.config.filters.len() as u32;
        self.config.filters.extend_from_slice(filters);
        (first..self.config.filters.len() as u32).collect()
    }

    fn matched(&mut self, matched: &Match, rule: u32, index: u32) -> config::Match {
        let named = |this: &mut Self, conditions: &[(String, Value)]| {
            let conditions = conditions.iter().map(|(name, value)| {
                let value = match value {
                    Value::Exact(exact) => ValueMatch::Exact(exact.clone()),
                    Value::Regex(pattern) => ValueMatch::Regex(this.regex(pattern)),
                };
                NamedMatch { name: name.clone(), value }
            });
            conditions.collect()
        };
        config::Match {
            rule,
            index,
            path: match &matched.path {
                Path::Exact(path) => PathMatch::Exact(path.clone()),
                Path::Prefix(path) => PathMatch::Prefix(path.clone()),
                Path::Regex(pattern) => PathMatch::Regex(self.regex(pattern)),
            },
            method: matched.method.clone(),
            headers: named(self, &matched.headers),
            query: named(self, &matched.query),
        }
    }

    fn regex(&mut self, pattern: &str) -> u32 {
        if let Some(number) = self.regexes.get(pattern) {
            return *number;
        }
        let regex = AUTOMATA.with_borrow_mut(|automata| {
            let built = || route::build::compile(pattern).expect("the pattern is supported");
            automata.entry(pattern.to_owned()).or_insert_with(built).clone()
        });
        let number = self.config.regexes.len() as u32;
        self.config.regexes.push(regex);
        self.regexes.insert(pattern.to_owned(), number);
        number
    }
}
