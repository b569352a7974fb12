//! From a request to the matches that can win, by what is cheap to compare.

mod build;

pub(super) use build::Builder;

use crate::hash::{self, Hash, HashedMap};
use crate::matching::View;
use crate::request::parameters;

/// Below this many, trying each costs less than looking anything up.
const FEW: usize = 6;

/// The matches of all hostnames, in one map and one list. A match is known by its position in the
/// list of its hostname, which is in the order of precedence.
///
/// A key is the hash of what a request has to have in common with a match, with that of the
/// hostname. Under a key may stand matches of something else, if hashes collide: every match that is
/// found is tested with all its conditions.
#[derive(Debug, Default)]
pub(super) struct Index {
    paths: HashedMap<Slot>,
    /// By header, parameter or element of the path, where many share a key of `paths`.
    values: HashedMap<Slot>,
    positions: Box<[u32]>,
    /// Lengths of the literals that regular expressions begin with, ascending for each hostname.
    literals: Box<[u32]>,
}

/// What stands under a key: a part of the list of positions, ascending.
#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    /// The best position of all that are found from here.
    first: u32,
    start: u32,
    len: u32,
    /// Whether there are more, under a [`Fan`] of its number.
    fans: [bool; 3],
}

/// The matches of one hostname.
#[derive(Clone, Copy, Debug)]
pub(super) enum Paths {
    /// Each is tried in its turn.
    Few(u32),
    /// Found by path.
    Indexed {
        /// Number of the hostname among all of the table.
        hostname: u32,
        /// Whether there is an exact path among them.
        exact: bool,
        /// The part of the list of lengths.
        literals: (u32, u32),
    },
}

/// Kind of a path condition.
#[derive(Clone, Copy)]
enum Kind {
    Exact,
    Prefix,
    /// By the literal that it begins with.
    Regex,
}

/// Where many matches share a path, or the literal that their patterns begin with, they are found
/// by what else each asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fan {
    /// A header with this value.
    Header,
    /// A query parameter with this value.
    Query,
    /// An element of the path, wherever it stands: [`crate::config::Regex::elements`].
    Element,
}

/// What was tried for a request already: a client that says the same a thousand times, or a
/// thousand things with one hash, would pay for a thousand tests. Seldom more than one, and then
/// nothing is allocated.
#[derive(Default)]
struct Tried {
    first: Option<u32>,
    others: HashedMap<u32>,
}

impl Tried {
    /// Whether it is tried for the first time.
    fn is_new(&mut self, slot: &Slot) -> bool {
        match self.first {
            None => self.first = Some(slot.start),
            Some(first) if first == slot.start => return false,
            Some(_) => return self.others.insert(u64::from(slot.start), slot.start).is_none(),
        }
        true
    }
}

impl Index {
    /// The first position of a hostname whose match passes the test.
    pub(super) fn find(
        &self,
        paths: Paths,
        view: &View<'_>,
        test: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        match paths {
            Paths::Few(len) => (0..len).find(|position| test(*position)),
            Paths::Indexed { hostname, exact, literals: (start, end) } => {
                let literals = self.literals.get(start as usize..end as usize).unwrap_or_default();
                let mut best = u32::MAX;
                if exact {
                    let hash = Hash::new().extend(view.path.iter().copied());
                    self.improve(path_key(hash, hostname, Kind::Exact), view, &mut best, &test);
                }
                self.improve_by_start(hostname, literals, view, &mut best, &test);
                (best != u32::MAX).then_some(best)
            }
        }
    }

    /// By prefixes and patterns, in one pass over the path: at its start, before every `/` and at
    /// its end stands a prefix by element.
    fn improve_by_start(
        &self,
        hostname: u32,
        literals: &[u32],
        view: &View<'_>,
        best: &mut u32,
        test: &impl Fn(u32) -> bool,
    ) {
        let path = view.path;
        let mut hash = Hash::new();
        let mut literals = literals.iter().map(|length| *length as usize).peekable();
        for at in 0..=path.len() {
            if literals.next_if_eq(&at).is_some() {
                self.improve(path_key(hash, hostname, Kind::Regex), view, best, test);
            }
            let next = path.get(at).copied();
            if at == 0 || matches!(next, None | Some(b'/')) {
                self.improve(path_key(hash, hostname, Kind::Prefix), view, best, test);
            }
            if let Some(byte) = next {
                hash.push(byte);
            }
        }
    }

    /// Lowers `best` to the best position under a key whose match passes the test.
    fn improve(&self, key: u64, view: &View<'_>, best: &mut u32, test: &impl Fn(u32) -> bool) {
        let Some(slot) = self.paths.get(&key) else { return };
        if slot.first >= *best {
            return;
        }
        self.try_each(slot, best, test);
        let [by_header, by_query, by_element] = slot.fans;
        let mut tried = Tried::default();
        if by_header {
            let host = (&b"host"[..], view.request.authority);
            for (name, value) in view.request.headers.iter().copied().chain([host]) {
                let name = name_key(key, Fan::Header, hash::of_ignoring_case(name));
                self.improve_by_value(name, value, &mut tried, best, test);
            }
        }
        if by_query {
            self.improve_by_query(key, view.query, &mut tried, best, test);
        }
        if by_element {
            let name = name_key(key, Fan::Element, ELEMENT);
            for element in view.path.split(|byte| *byte == b'/') {
                self.improve_by_value(name, element, &mut tried, best, test);
            }
        }
    }

    /// Of a parameter that is sent several times the first one counts. The others are not even
    /// looked up: a test reads the query up to the first one.
    fn improve_by_query(
        &self,
        key: u64,
        query: &[u8],
        tried: &mut Tried,
        best: &mut u32,
        test: &impl Fn(u32) -> bool,
    ) {
        let mut first = None;
        let mut others = HashedMap::<&[u8]>::default();
        for (name, value) in parameters(query) {
            let by_name = name_key(key, Fan::Query, hash::of(name));
            if !self.values.contains_key(&by_name) {
                continue;
            }
            match first {
                None => first = Some(name),
                Some(first) if first == name => continue,
                // Of several names with one hash, which only an attacker has, the first is known
                // again.
                Some(_) => match others.get(&by_name) {
                    Some(known) if *known == name => continue,
                    Some(_) => {}
                    None => _ = others.insert(by_name, name),
                },
            }
            self.improve_by_value(by_name, value, tried, best, test);
        }
    }

    /// The value is only looked at where some match has a condition of that name.
    fn improve_by_value(
        &self,
        name: u64,
        value: &[u8],
        tried: &mut Tried,
        best: &mut u32,
        test: &impl Fn(u32) -> bool,
    ) {
        if self.values.contains_key(&name)
            && let Some(slot) = self.values.get(&value_key(name, hash::of(value)))
            && slot.first < *best
            && tried.is_new(slot)
        {
            self.try_each(slot, best, test);
        }
    }

    fn try_each(&self, slot: &Slot, best: &mut u32, test: &impl Fn(u32) -> bool) {
        let start = slot.start as usize;
        let positions = self.positions.get(start..start.saturating_add(slot.len as usize));
        for &position in positions.unwrap_or_default() {
            if position >= *best {
                return;
            }
            if test(position) {
                *best = position;
                return;
            }
        }
    }
}

fn path_key(path: Hash, hostname: u32, kind: Kind) -> u64 {
    path.finish_with(u64::from(hostname) << 2 | kind as u64)
}

/// In place of the name that an element of a path does not have.
const ELEMENT: u64 = 0;

/// Stands for the matches of a slot that have a condition on that name.
fn name_key(slot: u64, fan: Fan, name: u64) -> u64 {
    Hash::of_numbers([slot, fan as u64, name])
}

fn value_key(name: u64, value: u64) -> u64 {
    Hash::of_numbers([name, value])
}
