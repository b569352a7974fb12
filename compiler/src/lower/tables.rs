//! The tables of a configuration while they are filled: what is the same stands once.

use super::Cluster;
use super::collision::Collision;
use super::names::{ClusterNames, TRIES};
use crate::graph::{BackendNode, BackendState, FilterNode, Pattern, Reason};
use route::build;
use route::config::{self, Backend, BackendError, Config, Filter, Match, Ref, Regex, Rule};
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) struct Tables<'n> {
    names: &'n ClusterNames,
    /// Whether the clusters are those of the generated Envoy configuration, with its own beside.
    is_generated: bool,
    patterns: &'n BTreeMap<String, Pattern>,
    config: Config,
    clusters: BTreeMap<String, Cluster>,
    backends: HashMap<String, Ref>,
    filters: HashMap<Filter, Ref>,
    regexes: HashMap<String, Ref>,
    /// Names of clusters that a backend cannot have.
    pub(super) collisions: BTreeSet<Collision>,
}

impl<'n> Tables<'n> {
    pub(super) fn new(
        names: &'n ClusterNames,
        is_generated: bool,
        patterns: &'n BTreeMap<String, Pattern>,
    ) -> Self {
        Self {
            names,
            is_generated,
            patterns,
            config: Config::default(),
            clusters: BTreeMap::new(),
            backends: HashMap::new(),
            filters: HashMap::new(),
            regexes: HashMap::new(),
            collisions: BTreeSet::new(),
        }
    }

    pub(super) fn route(&mut self, name: String) -> Ref {
        push(&mut self.config.routes, name)
    }

    pub(super) fn rule(&mut self, rule: Rule) -> Ref {
        push(&mut self.config.rules, rule)
    }

    /// The numbers of the filters. A mirror whose backend is bad is left out.
    pub(super) fn filters<'f>(
        &mut self,
        nodes: impl IntoIterator<Item = &'f FilterNode>,
    ) -> Vec<Ref> {
        let mut numbers = Vec::new();
        for node in nodes {
            numbers.extend(match node {
                FilterNode::Module(filter) => Some(self.filter(filter.clone())),
                FilterNode::Mirror(mirror) if mirror.is_usable() => {
                    let backend = self.backend(&mirror.backend);
                    let is_usable = self
                        .config
                        .backends
                        .get(backend as usize)
                        .is_some_and(|b| b.error.is_none());
                    let (numerator, denominator) = (mirror.numerator, mirror.denominator);
                    let mirror = config::Mirror { backend, numerator, denominator };
                    is_usable.then(|| self.filter(Filter::RequestMirror(mirror)))
                }
                FilterNode::Mirror(_) => None,
            });
        }
        numbers
    }

    fn filter(&mut self, filter: Filter) -> Ref {
        if let Some(number) = self.filters.get(&filter) {
            return *number;
        }
        let number = push(&mut self.config.filters, filter.clone());
        self.filters.insert(filter, number);
        number
    }

    /// The number of a pattern's automaton; `None` where it has none.
    pub(super) fn regex(&mut self, pattern: &str) -> Option<Ref> {
        if let Some(number) = self.regexes.get(pattern) {
            return Some(*number);
        }
        let regex = self.patterns.get(pattern)?.regex.clone()?;
        let number = push(&mut self.config.regexes, regex);
        self.regexes.insert(pattern.to_owned(), number);
        Some(number)
    }

    /// The number of an automaton that accepts every value.
    pub(super) fn anything(&mut self) -> Option<Ref> {
        const ANYTHING: &str = "(?s).*";
        if let Some(number) = self.regexes.get(ANYTHING) {
            return Some(*number);
        }
        let number = push(&mut self.config.regexes, build::compile(ANYTHING).ok()?);
        self.regexes.insert(ANYTHING.to_owned(), number);
        Some(number)
    }

    pub(super) fn pattern(&self, number: Ref) -> &str {
        self.config.regexes.get(number as usize).map_or("", |Regex { pattern, .. }| pattern)
    }

    pub(super) fn backend(&mut self, node: &BackendNode) -> Ref {
        let BackendNode { kind, key, port, function, weight: _, state, filters: _ } = node;
        let mut backend = Backend {
            kind: kind.clone(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            port: *port,
            cluster: None,
            error: error(state),
        };
        let id = backend.id();
        // Whether a reference is granted depends on who refers: the same backend can stand in the
        // table with and without an error.
        let reason = backend.error.as_ref().map_or("", |e| e.reason.as_str());
        let part = function.as_deref().unwrap_or_default();
        let entry = format!("{id} {part} {reason}");
        if let Some(number) = self.backends.get(&entry) {
            return *number;
        }
        if let BackendState::Resolved(target) | BackendState::Assumed(target) = state {
            backend.cluster = self.names.name(&backend);
            if let Some(function) = function {
                let of_backend = backend.cluster.clone().unwrap_or_else(|| id.clone());
                backend.cluster = Some(format!("{of_backend}/{function}"));
            }
            let name = backend.cluster.clone().unwrap_or_else(|| id.clone());
            let other = self.clusters.get(&name).filter(|other| other.backend != id);
            let collision = match other {
                Some(other) => {
                    let (first, second) = (other.backend.clone(), id.clone());
                    Some(Collision::Backends { cluster: name.clone(), first, second })
                }
                None if self.is_generated && name == TRIES => {
                    Some(Collision::Own { cluster: name.clone(), backend: id.clone() })
                }
                None => None,
            };
            match collision {
                Some(collision) => {
                    self.collisions.insert(collision);
                    backend.error = Some(Collision::error());
                }
                None => {
                    let (endpoints, protocol) = (target.endpoints.clone(), target.protocol);
                    let cluster = Cluster { name: name.clone(), backend: id, endpoints, protocol };
                    self.clusters.insert(name, cluster);
                }
            }
        }
        let number = push(&mut self.config.backends, backend);
        self.backends.insert(entry, number);
        number
    }

    pub(super) fn finish(self, matches: impl Iterator<Item = Match>) -> (Config, Vec<Cluster>) {
        let mut config = self.config;
        config.matches = matches.collect();
        (config, self.clusters.into_values().collect())
    }
}

fn error(state: &BackendState) -> Option<BackendError> {
    let (status, reason) = match state {
        BackendState::Resolved(_) | BackendState::Assumed(_) => return None,
        BackendState::NoEndpoints => (503, "NoEndpoints"),
        BackendState::Unresolved { reason, .. } => (500, Reason::as_str(*reason)),
    };
    Some(BackendError { status, reason: reason.to_owned() })
}

fn push<T>(table: &mut Vec<T>, entry: T) -> Ref {
    table.push(entry);
    (table.len() - 1) as Ref
}
