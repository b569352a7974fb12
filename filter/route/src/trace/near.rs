//! How near a request came to what it missed.

use crate::config::{Listener, Match, PathMatch};
use crate::matching::{Methods, Unmet, View, trimmed};
use crate::table::RouteTable;
use std::cmp::Reverse;
use std::ops::ControlFlow;

/// How far a request is from a match; the least is the nearest. A path says more about what was
/// meant than anything else, then the fewer conditions fail the better, then the longer the paths
/// are the same from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Distance {
    path_fails: bool,
    unmet: usize,
    common: Reverse<usize>,
}

impl RouteTable {
    pub(super) fn distance(&self, matched: &Match, view: &View<'_>, methods: Methods) -> Distance {
        let mut distance = Distance { path_fails: false, unmet: 0, common: Reverse(0) };
        let _ = self.visit_unmet(matched, view, methods, |unmet| {
            distance.unmet += 1;
            if let Unmet::Path(path) = unmet {
                distance.path_fails = true;
                distance.common =
                    Reverse(common(self.literal(path).bytes(), view.path.iter().copied()));
            }
            ControlFlow::<()>::Continue(())
        });
        distance
    }

    /// What every path that meets the condition begins with.
    fn literal<'t>(&'t self, path: &'t PathMatch) -> &'t str {
        match path {
            PathMatch::Exact(path) => path,
            PathMatch::Prefix(path) => trimmed(path),
            PathMatch::Regex(number) => {
                self.config().regexes.get(*number as usize).map_or("", |regex| &regex.prefix)
            }
        }
    }
}

/// The hostnames that are served by these listeners, those first that end most like the host.
pub(super) fn hostnames<'t>(
    listeners: impl Iterator<Item = &'t Listener>,
    host: &[u8],
) -> Vec<&'t str> {
    let likeness = |name: &str| {
        let name = name.bytes().rev().map(|b| b.to_ascii_lowercase());
        common(name, host.iter().rev().map(u8::to_ascii_lowercase))
    };
    let mut names: Vec<_> = listeners
        .flat_map(|listener| {
            let of_routes = listener.hostnames.iter();
            of_routes
                .filter_map(|served| served.hostname.as_deref())
                .chain(listener.hostname.as_deref())
        })
        .map(|name| (Reverse(likeness(name)), name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|(_, name)| name).collect()
}

fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}
