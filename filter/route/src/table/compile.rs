//! From a configuration to a table.

use super::hosts::Hosts;
use super::index::Builder;
use super::{ListenerIndex, RouteTable, RuleFacts};
use crate::automaton::{Automaton, Loaded, Outline};
use crate::config::{Carrier, Config, Filter, Listener, PathMatch, Rule, ValueMatch};
use crate::filter::owned;
use crate::hash::HashedMap;
use crate::session;

/// A configuration that no table can be made of.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// A configuration for one port with a listener of another.
    #[error("listener {listener} has port {port}, but this configuration is for port {expected}")]
    ForeignListener {
        /// Name of the listener.
        listener: String,
        /// Its port.
        port: u16,
        /// The port of the configuration.
        expected: u16,
    },
}

/// Something in the configuration that makes a rule answer 500.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place} {number}: {message}")]
pub struct Problem {
    /// The table of the configuration it stands in: `rules`, `matches`, ...
    pub place: &'static str,
    /// Its number there.
    pub number: usize,
    /// What is wrong.
    pub message: String,
}

impl RouteTable {
    /// Indexes a configuration.
    ///
    /// # Errors
    /// When the configuration contradicts itself as a whole. What is wrong in a single rule makes
    /// that rule answer 500 and is listed in [`RouteTable::problems`].
    pub fn compile(config: Config) -> Result<Self, CompileError> {
        if let Some(expected) = config.port
            && let Some(foreign) = config.listeners.iter().find(|l| l.port != expected)
        {
            let (listener, port) = (foreign.name.clone(), foreign.port);
            return Err(CompileError::ForeignListener { listener, port, expected });
        }
        let mut problems = Vec::new();
        let automata: Vec<_> = config
            .regexes
            .iter()
            .enumerate()
            .map(|(number, regex)| match Automaton::load(regex) {
                Ok(automaton) => Ok(automaton),
                Err(error) => {
                    let message = format!("{}: {error}", regex.pattern);
                    problems.push(Problem { place: "regexes", number, message });
                    Err(Outline::of(regex))
                }
            })
            .collect();
        let mut config = config;
        find_missing_matches(&config, &mut problems);
        fail_broken_rules(&mut config, &automata, &mut problems);
        for backend in &mut config.backends {
            if backend.cluster.is_none() {
                backend.cluster = Some(backend.id());
            }
        }

        let mut ports = HashedMap::<Hosts>::default();
        for (listener, number) in config.listeners.iter().zip(0..) {
            let port = ports.entry(u64::from(listener.bound_port())).or_default();
            port.insert(listener.hostname.as_deref(), number);
        }
        let mut index = Builder::new(&config);
        let listeners =
            config.listeners.iter().map(|l| ListenerIndex::new(l, &mut index)).collect();
        let index = index.finish();
        let rules = config.rules.iter().map(|rule| RuleFacts::new(rule, &config)).collect();
        Ok(Self { config, automata, ports, listeners, index, rules, problems })
    }
}

impl RuleFacts {
    fn new(rule: &Rule, config: &Config) -> Self {
        let mut filters = rule.backends.iter().flat_map(|b| &b.filters).chain(&rule.filters);
        let has_cors = filters
            .any(|filter| matches!(config.filters.get(*filter as usize), Some(Filter::Cors(_))));
        let route = config.routes.get(rule.route as usize).map_or("", String::as_str);
        let id = if rule.session_persistence.is_some() { session::rule_id(route, rule) } else { 0 };
        Self { has_cors, id }
    }
}

impl ListenerIndex {
    fn new<'c>(listener: &'c Listener, index: &mut Builder<'c>) -> Self {
        let mut hosts = Hosts::default();
        for (hostname, number) in listener.hostnames.iter().zip(0..) {
            hosts.insert(hostname.hostname.as_deref(), number);
        }
        Self { hosts, paths: listener.hostnames.iter().map(|served| index.add(served)).collect() }
    }
}

/// A match that is not there belongs to no rule that could answer 500.
fn find_missing_matches(config: &Config, problems: &mut Vec<Problem>) {
    for (number, listener) in config.listeners.iter().enumerate() {
        let matches = listener.hostnames.iter().flat_map(|hostname| &hostname.matches);
        for missing in matches.filter(|m| config.matches.get(**m as usize).is_none()) {
            let message = format!("there is no match {missing}");
            problems.push(Problem { place: "listeners", number, message });
        }
    }
}

/// Sets the `error` of every rule that refers to something that is not there.
fn fail_broken_rules(config: &mut Config, automata: &[Loaded], problems: &mut Vec<Problem>) {
    let fail = |number: u32, message: String, config: &mut Config, problems: &mut Vec<_>| {
        let number = number as usize;
        let Some(rule) = config.rules.get_mut(number) else { return };
        if rule.error.is_none() {
            rule.error = Some(message.clone());
        }
        problems.push(Problem { place: "rules", number, message });
    };
    for number in 0..config.rules.len() as u32 {
        if let Some(message) = broken_rule(config, number as usize) {
            fail(number, message, config, problems);
        }
    }
    for number in 0..config.matches.len() {
        let Some(matched) = config.matches.get(number) else { continue };
        if config.rules.get(matched.rule as usize).is_none() {
            let message = format!("there is no rule {}", matched.rule);
            problems.push(Problem { place: "matches", number, message });
            continue;
        }
        let path = match &matched.path {
            PathMatch::Regex(regex) => Some(*regex),
            PathMatch::Exact(_) | PathMatch::Prefix(_) => None,
        };
        let values = matched.headers.iter().chain(&matched.query);
        let broken = values
            .filter_map(|condition| match condition.value {
                ValueMatch::Regex(regex) => Some(regex),
                ValueMatch::Exact(_) => None,
            })
            .chain(path)
            .find(|regex| !matches!(automata.get(*regex as usize), Some(Ok(_))));
        if let Some(regex) = broken {
            let rule = matched.rule;
            let message = format!("the automaton of regex {regex} cannot be used");
            fail(rule, message, config, problems);
        }
    }
}

fn broken_rule(config: &Config, number: usize) -> Option<String> {
    let rule = config.rules.get(number)?;
    let filters = rule.backends.iter().flat_map(|backend| &backend.filters).chain(&rule.filters);
    for filter in filters {
        match config.filters.get(*filter as usize) {
            Some(Filter::Unknown) => {
                return Some(format!(
                    "filter {filter} is of a type that this module does not know"
                ));
            }
            Some(Filter::RequestMirror(mirror))
                if config.backends.get(mirror.backend as usize).is_none() =>
            {
                return Some(format!("there is no backend {}", mirror.backend));
            }
            Some(other) => {
                if let Some((name, owner)) = owned_header(other) {
                    return Some(format!("filter {filter} changes the header {name}: {owner}"));
                }
            }
            None => return Some(format!("there is no filter {filter}")),
        }
    }
    if let Some(session) = rule.session_persistence.as_deref()
        && session.carrier == Carrier::Header
        && let Some(owner) = owned::of_sessions(&session.name)
    {
        return Some(format!("the header {} cannot carry a session: {owner}", session.name));
    }
    let missing = |backend: &&crate::config::BackendRef| {
        config.backends.get(backend.backend as usize).is_none()
    };
    if let Some(backend) = rule.backends.iter().find(missing) {
        return Some(format!("there is no backend {}", backend.backend));
    }
    config.routes.get(rule.route as usize).is_none().then(|| format!("no route {}", rule.route))
}

/// The header that a filter changes and may not.
fn owned_header(filter: &Filter) -> Option<(&str, owned::Owner)> {
    match filter {
        Filter::RequestHeaderModifier(modifier) => owned::changed(modifier, owned::of_requests),
        Filter::ResponseHeaderModifier(modifier) => owned::changed(modifier, owned::of_responses),
        _ => None,
    }
}
