//! The index is made once, of all hostnames together.

use super::{ELEMENT, FEW, Fan, Index, Kind, Paths, Slot, name_key, path_key, value_key};
use crate::config::{Config, Hostname, Match, NamedMatch, PathMatch, ValueMatch};
use crate::hash::{self, Hash, HashedMap};
use crate::matching::trimmed;

/// Gathers the matches of hostnames.
pub(in crate::table) struct Builder<'c> {
    config: &'c Config,
    hostnames: Vec<&'c Hostname>,
    entries: Vec<Entry>,
    literals: Vec<u32>,
}

/// A match that is found under a key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    key: u64,
    position: u32,
    hostname: u32,
}

/// A condition that a match can be found by, as the hashes of its name and value.
#[derive(Clone, Copy)]
struct Condition {
    fan: Fan,
    name: u64,
    value: u64,
}

impl<'c> Builder<'c> {
    pub(in crate::table) fn new(config: &'c Config) -> Self {
        Self { config, hostnames: Vec::new(), entries: Vec::new(), literals: Vec::new() }
    }

    /// Adds the matches of a hostname.
    pub(in crate::table) fn add(&mut self, served: &'c Hostname) -> Paths {
        let len = number(served.matches.len());
        if served.matches.len() <= FEW {
            return Paths::Few(len);
        }
        let hostname = number(self.hostnames.len());
        self.hostnames.push(served);
        let mut literals = Vec::new();
        let mut exact = false;
        for position in 0..len {
            let Some(matched) = self.matched(hostname, position) else { continue };
            let (kind, text) = match &matched.path {
                PathMatch::Exact(path) => {
                    exact = true;
                    (Kind::Exact, path.as_str())
                }
                PathMatch::Prefix(path) => (Kind::Prefix, trimmed(path)),
                PathMatch::Regex(regex) => {
                    let regex = self.config.regexes.get(*regex as usize);
                    let literal = regex.map_or("", |regex| regex.prefix.as_str());
                    let length = number(literal.len());
                    if let Err(at) = literals.binary_search(&length) {
                        literals.insert(at, length);
                    }
                    (Kind::Regex, literal)
                }
            };
            let key = path_key(Hash::new().extend(text.bytes()), hostname, kind);
            self.entries.push(Entry { key, position, hostname });
        }
        let start = number(self.literals.len());
        self.literals.append(&mut literals);
        Paths::Indexed { hostname, exact, literals: (start, number(self.literals.len())) }
    }

    pub(in crate::table) fn finish(mut self) -> Index {
        let mut entries = std::mem::take(&mut self.entries);
        entries.sort_unstable();
        let mut slots = with_room_for(&entries);
        let mut positions = Vec::with_capacity(entries.len());
        let mut fanned = Vec::new();
        for entries in entries.chunk_by(|a, b| a.key == b.key) {
            let Some(first) = entries.first() else { continue };
            let start = number(positions.len());
            let (first, key, before) = (first.position, first.key, fanned.len());
            self.spread(entries, &mut positions, &mut fanned);
            let len = number(positions.len()).saturating_sub(start);
            let new = fanned.get(before..).unwrap_or_default();
            let fans = [Fan::Header, Fan::Query, Fan::Element].map(|fan| {
                new.iter().any(|(condition, _): &(Condition, Entry)| condition.fan == fan)
            });
            slots.insert(key, Slot { first, start, len, fans });
        }
        let by_name = |(condition, entry): &(Condition, Entry)| {
            name_key(entry.key, condition.fan, condition.name)
        };
        let leaf = |fanned: &(Condition, Entry)| Entry {
            key: value_key(by_name(fanned), fanned.0.value),
            ..fanned.1
        };
        let mut leaves: Vec<_> = fanned.iter().map(leaf).collect();
        leaves.sort_unstable();
        let mut values = with_room_for(&leaves);
        for entries in leaves.chunk_by(|a, b| a.key == b.key) {
            let Some(&Entry { position: first, key, .. }) = entries.first() else { continue };
            let (start, len) = (number(positions.len()), number(entries.len()));
            positions.extend(entries.iter().map(|entry| entry.position));
            values.insert(key, Slot { first, start, len, fans: [false; 3] });
        }
        // Nothing stands under a name alone; that it is there says that its values are.
        for name in fanned.iter().map(by_name) {
            values.entry(name).or_default();
        }
        Index { paths: slots, values, positions: positions.into(), literals: self.literals.into() }
    }

    /// What is found under one path: few are tried one by one, of many each that has an exact
    /// condition or a pattern with elements is found by one of these, the one that the fewest
    /// others share.
    fn spread(
        &self,
        entries: &[Entry],
        plain: &mut Vec<u32>,
        fanned: &mut Vec<(Condition, Entry)>,
    ) {
        if entries.len() <= FEW {
            plain.extend(entries.iter().map(|entry| entry.position));
            return;
        }
        let conditions = |entry: &Entry| {
            let matched = self.matched(entry.hostname, entry.position);
            matched.into_iter().flat_map(|matched| conditions(matched, self.config))
        };
        let mut sharers = HashedMap::<u32>::default();
        for condition in entries.iter().flat_map(conditions) {
            let sharers = sharers.entry(condition.hash()).or_default();
            *sharers = sharers.saturating_add(1);
        }
        for entry in entries {
            let shared = |condition: &Condition| sharers.get(&condition.hash()).copied();
            match conditions(entry).min_by_key(shared) {
                Some(rarest) => fanned.push((rarest, *entry)),
                None => plain.push(entry.position),
            }
        }
    }

    fn matched(&self, hostname: u32, position: u32) -> Option<&'c Match> {
        let number = self.hostnames.get(hostname as usize)?.matches.get(position as usize)?;
        self.config.matches.get(*number as usize)
    }
}

impl Condition {
    fn hash(self) -> u64 {
        Hash::of_numbers([self.fan as u64, self.name, self.value])
    }
}

fn conditions<'c>(matched: &'c Match, config: &'c Config) -> impl Iterator<Item = Condition> {
    let exact = |condition: &NamedMatch| match &condition.value {
        ValueMatch::Exact(value) => Some(hash::of(value.as_bytes())),
        ValueMatch::Regex(_) => None,
    };
    let headers = matched.headers.iter().filter_map(move |condition| {
        let name = hash::of_ignoring_case(condition.name.as_bytes());
        Some(Condition { fan: Fan::Header, name, value: exact(condition)? })
    });
    let query = matched.query.iter().filter_map(move |condition| {
        let name = hash::of(condition.name.as_bytes());
        Some(Condition { fan: Fan::Query, name, value: exact(condition)? })
    });
    let elements = match &matched.path {
        PathMatch::Regex(regex) => config.regexes.get(*regex as usize),
        PathMatch::Exact(_) | PathMatch::Prefix(_) => None,
    };
    let elements = elements.into_iter().flat_map(|regex| &regex.elements).map(|element| {
        Condition { fan: Fan::Element, name: ELEMENT, value: hash::of(element.as_bytes()) }
    });
    headers.chain(query).chain(elements)
}

/// A map for as many keys as the sorted entries have.
fn with_room_for(entries: &[Entry]) -> HashedMap<Slot> {
    let keys = entries.chunk_by(|a, b| a.key == b.key).count();
    HashedMap::with_capacity_and_hasher(keys, Default::default())
}

/// There are no more than a `u32` can count: the numbers in the configuration are such.
fn number(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
