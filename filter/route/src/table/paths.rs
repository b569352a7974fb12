//! The matches of one hostname, by path.

use super::bucket::Bucket;
use crate::config::{Match, PathMatch, Regex};
use crate::hash::{self, Hash, HashedMap};
use crate::matching::{View, trimmed};

/// Below this many, trying each costs less than looking anything up.
const FEW: usize = 6;

/// The matches of one hostname in precedence order. Under a hash may stand matches of different
/// paths, if they collide: every match that is found is tested with all its conditions.
#[derive(Debug)]
pub(super) enum Paths {
    /// Each is tried in its turn.
    Few(u32),
    /// Found by path.
    Indexed(Box<Index>),
}

/// By the hash of an exact path, of each prefix by path element, of each literal that regular
/// expressions begin with.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: HashedMap<Bucket>,
    prefix: HashedMap<Bucket>,
    /// Lengths of the literals, ascending.
    literals: Vec<usize>,
    regex: HashedMap<Bucket>,
}

impl Paths {
    /// `matches` in precedence order.
    pub(super) fn new<'c>(
        len: u32,
        matched: impl Fn(u32) -> Option<&'c Match>,
        regexes: &[Regex],
    ) -> Self {
        if len as usize <= FEW {
            return Self::Few(len);
        }
        let mut exact = HashedMap::<Vec<u32>>::default();
        let mut prefix = HashedMap::<Vec<u32>>::default();
        let mut regex = HashedMap::<Vec<u32>>::default();
        let mut literals = Vec::new();
        for position in 0..len {
            let Some(path) = matched(position).map(|matched| &matched.path) else { continue };
            let (map, key) = match path {
                PathMatch::Exact(path) => (&mut exact, path.as_str()),
                PathMatch::Prefix(path) => (&mut prefix, trimmed(path)),
                PathMatch::Regex(number) => {
                    let literal =
                        regexes.get(*number as usize).map_or("", |regex| regex.prefix.as_str());
                    literals.push(literal.len());
                    (&mut regex, literal)
                }
            };
            map.entry(hash::of(key.as_bytes())).or_default().push(position);
        }
        literals.sort_unstable();
        literals.dedup();
        let buckets = |map: HashedMap<Vec<u32>>| {
            map.into_iter()
                .map(|(hash, positions)| (hash, Bucket::new(&positions, &matched)))
                .collect()
        };
        Self::Indexed(Box::new(Index {
            exact: buckets(exact),
            prefix: buckets(prefix),
            regex: buckets(regex),
            literals,
        }))
    }

    /// The first position whose match passes the test.
    pub(super) fn find(&self, view: &View<'_>, test: impl Fn(u32) -> bool) -> Option<u32> {
        match self {
            Self::Few(len) => (0..*len).find(|position| test(*position)),
            Self::Indexed(index) => index.find(view, &test),
        }
    }
}

impl Index {
    fn find(&self, view: &View<'_>, test: &impl Fn(u32) -> bool) -> Option<u32> {
        let mut best = u32::MAX;
        let path = view.path;
        if !self.exact.is_empty()
            && let Some(bucket) = self.exact.get(&hash::of(path))
        {
            bucket.find(view, &mut best, test);
        }
        let mut hash = Hash::new();
        let mut literals = self.literals.iter().copied().peekable();
        // One pass: at the start, before every `/` and at the end stands a prefix by element.
        for at in 0..=path.len() {
            if literals.next_if_eq(&at).is_some()
                && let Some(bucket) = self.regex.get(&hash.finish())
            {
                bucket.find(view, &mut best, test);
            }
            let next = path.get(at).copied();
            if (at == 0 || matches!(next, None | Some(b'/')))
                && let Some(bucket) = self.prefix.get(&hash.finish())
            {
                bucket.find(view, &mut best, test);
            }
            if let Some(byte) = next {
                hash.push(byte);
            }
        }
        (best != u32::MAX).then_some(best)
    }
}
