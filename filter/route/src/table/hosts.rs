//! From a host to what serves it, the most specific first.

use crate::hash::{self, Hash};
use hashbrown::HashTable;

/// Hostnames by what is cheap to compare: exact ones by hash, wildcards by the hash of their
/// suffix, read from the end.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    exact: HashTable<Entry>,
    /// Suffixes from the dot on: `.example.com` of `*.example.com`.
    wildcard: HashTable<Entry>,
    /// Length of the longest suffix: no more of a host than that is looked at, however long a
    /// client makes it.
    longest: usize,
    any: Option<u32>,
}

/// A name with what it leads to.
type Entry = (Box<str>, u32);

impl Hosts {
    /// Adds a hostname; the first of several equal ones counts.
    pub(super) fn insert(&mut self, hostname: Option<&str>, value: u32) {
        let Some(hostname) = hostname else {
            self.any.get_or_insert(value);
            return;
        };
        let (table, name, rehash) = match hostname.strip_prefix('*') {
            Some(suffix) => {
                self.longest = self.longest.max(suffix.len());
                (&mut self.wildcard, suffix, of_suffix as fn(&Entry) -> u64)
            }
            None => (&mut self.exact, hostname, of_name as fn(&Entry) -> u64),
        };
        let entry = (Box::from(name), value);
        let hash = rehash(&entry);
        if table.find(hash, |(found, _)| found.eq_ignore_ascii_case(name)).is_none() {
            table.insert_unique(hash, entry, rehash);
        }
    }

    /// What serves the host: exact, then the wildcards from the longest to the shortest, then
    /// what serves any host.
    pub(super) fn find<'h>(&'h self, host: &'h [u8]) -> impl Iterator<Item = u32> + 'h {
        let exact = (!self.exact.is_empty())
            .then(|| {
                self.exact.find(hash::of_ignoring_case(host), |(name, _)| {
                    name.as_bytes().eq_ignore_ascii_case(host)
                })
            })
            .flatten();
        exact.map(|(_, value)| *value).into_iter().chain(self.wildcards(host)).chain(self.any)
    }

    fn wildcards<'h>(&'h self, host: &'h [u8]) -> impl Iterator<Item = u32> + 'h {
        // The label that `*` stands for has at least one character.
        let from = host.len().saturating_sub(self.longest).max(1);
        (from..host.len()).filter(|at| host.get(*at) == Some(&b'.')).filter_map(|at| {
            let suffix = host.get(at..)?;
            let hash = Hash::new().extend(suffix.iter().rev().map(u8::to_ascii_lowercase));
            self.wildcard
                .find(hash.finish(), |(name, _)| name.as_bytes().eq_ignore_ascii_case(suffix))
                .map(|(_, value)| *value)
        })
    }
}

fn of_name((name, _): &Entry) -> u64 {
    hash::of_ignoring_case(name.as_bytes())
}

fn of_suffix((suffix, _): &Entry) -> u64 {
    Hash::new().extend(suffix.bytes().rev().map(|b| b.to_ascii_lowercase())).finish()
}

#[cfg(test)]
mod tests {
    use super::Hosts;

    #[test]
    fn most_specific_first() {
        let mut hosts = Hosts::default();
        for (value, name) in
            [None, Some("*.example.com"), Some("*.a.example.com"), Some("b.a.example.com")]
                .into_iter()
                .enumerate()
        {
            hosts.insert(name, value as u32);
        }
        let find = |host: &str| hosts.find(host.as_bytes()).collect::<Vec<_>>();
        assert_eq!(find("b.a.example.com"), [3, 2, 1, 0]);
        assert_eq!(find("B.A.EXAMPLE.com"), [3, 2, 1, 0]);
        assert_eq!(find("c.b.a.example.com"), [2, 1, 0]);
        assert_eq!(find("x.example.com"), [1, 0]);
        assert_eq!(find("example.com"), [0]);
        assert_eq!(find(".example.com"), [0], "the wildcard stands for a label, not for nothing");
        assert_eq!(find(""), [0]);
    }

    #[test]
    fn the_first_of_equal_hostnames_counts() {
        let mut hosts = Hosts::default();
        for value in 0..3 {
            hosts.insert(Some("a.example.com"), value);
            hosts.insert(None, value);
        }
        assert_eq!(hosts.find(b"a.example.com").collect::<Vec<_>>(), [0, 0]);
    }
}
