//! The matches that share a path condition.

use crate::config::{Match, NamedMatch, ValueMatch};
use crate::hash::{self, Hash, HashedMap};
use crate::matching::View;
use crate::request::parameters;

/// Below this many, trying each costs less than looking anything up.
const FEW: usize = 6;

/// Matches in precedence order, by their position in the list of their hostname. Where there are
/// many, those with an exact header or parameter condition are found by its value.
#[derive(Debug)]
pub(super) struct Bucket {
    /// The best position in here.
    first: u32,
    plain: Box<[u32]>,
    fan: Option<Box<Fan>>,
}

/// By the hash of the name, then by that of the value. Each match stands under one of its
/// conditions only, the one that the fewest others share.
#[derive(Debug, Default)]
struct Fan {
    headers: HashedMap<HashedMap<Vec<u32>>>,
    query: HashedMap<HashedMap<Vec<u32>>>,
}

/// A condition that a match can be found by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    header: bool,
    name: u64,
    value: u64,
}

impl Bucket {
    /// `positions` ascend; `matched` gives the match at a position.
    pub(super) fn new<'c>(positions: &[u32], matched: impl Fn(u32) -> Option<&'c Match>) -> Self {
        let first = positions.first().copied().unwrap_or(u32::MAX);
        if positions.len() <= FEW {
            return Self { first, plain: positions.into(), fan: None };
        }
        let keys = |position| matched(position).into_iter().flat_map(keys);
        let mut sharers = HashedMap::<u32>::default();
        for key in positions.iter().copied().flat_map(keys) {
            let sharers = sharers.entry(key.combined()).or_default();
            *sharers = sharers.saturating_add(1);
        }
        let mut plain = Vec::new();
        let mut fan = Fan::default();
        for &position in positions {
            let rarest = keys(position).min_by_key(|key| sharers.get(&key.combined()).copied());
            let Some(key) = rarest else {
                plain.push(position);
                continue;
            };
            let names = if key.header { &mut fan.headers } else { &mut fan.query };
            names.entry(key.name).or_default().entry(key.value).or_default().push(position);
        }
        let fan = (plain.len() < positions.len()).then(|| Box::new(fan));
        Self { first, plain: plain.into(), fan }
    }

    /// Lowers `best` to the best position in here whose match passes the test.
    pub(super) fn find(&self, view: &View<'_>, best: &mut u32, test: &impl Fn(u32) -> bool) {
        if self.first >= *best {
            return;
        }
        improve(&self.plain, best, test);
        let Some(fan) = &self.fan else { return };
        if !fan.headers.is_empty() {
            let host = (&b"host"[..], view.request.authority);
            for (name, value) in view.request.headers.iter().copied().chain([host]) {
                if let Some(values) = fan.headers.get(&hash::of_ignoring_case(name))
                    && let Some(positions) = values.get(&hash::of(value))
                {
                    improve(positions, best, test);
                }
            }
        }
        if !fan.query.is_empty() {
            fan.find_by_query(view.query, best, test);
        }
    }
}

impl Fan {
    /// Of a parameter that is sent several times the first one counts. The others are not even
    /// tried: a client that repeats a value a thousand times would pay for a thousand tests.
    fn find_by_query(&self, query: &[u8], best: &mut u32, test: &impl Fn(u32) -> bool) {
        // Seldom more than one, and then nothing is allocated.
        let mut seen = None;
        let mut others = Vec::new();
        for (name, value) in parameters(query) {
            let Some(values) = self.query.get(&hash::of(name)) else { continue };
            match seen {
                None => seen = Some(name),
                Some(seen) if seen == name || others.contains(&name) => continue,
                Some(_) => others.push(name),
            }
            if let Some(positions) = values.get(&hash::of(value)) {
                improve(positions, best, test);
            }
        }
    }
}

impl Key {
    fn combined(self) -> u64 {
        Hash::new()
            .extend([u8::from(self.header)])
            .extend(self.name.to_le_bytes())
            .extend(self.value.to_le_bytes())
            .finish()
    }
}

fn keys(matched: &Match) -> impl Iterator<Item = Key> {
    let exact = |condition: &NamedMatch| match &condition.value {
        ValueMatch::Exact(value) => Some(hash::of(value.as_bytes())),
        ValueMatch::Regex(_) => None,
    };
    let headers = matched.headers.iter().filter_map(move |condition| {
        let name = hash::of_ignoring_case(condition.name.as_bytes());
        Some(Key { header: true, name, value: exact(condition)? })
    });
    let query = matched.query.iter().filter_map(move |condition| {
        let name = hash::of(condition.name.as_bytes());
        Some(Key { header: false, name, value: exact(condition)? })
    });
    headers.chain(query)
}

fn improve(positions: &[u32], best: &mut u32, test: &impl Fn(u32) -> bool) {
    for &position in positions {
        if position >= *best {
            return;
        }
        if test(position) {
            *best = position;
            return;
        }
    }
}
