//! Matches with what their precedence depends on.

use super::tables::Tables;
use route::config::Match;
use route::precedence::{Precedence, RegexRank};

/// A match of a route that is attached to the Gateway.
pub(super) struct Served {
    pub(super) matched: Match,
    /// `namespace/name` of the route.
    pub(super) route: String,
    /// `creationTimestamp` of the route, in UTC and whole seconds.
    pub(super) created: Option<String>,
    /// Number of the rule in the route.
    pub(super) rule: usize,
}

impl Served {
    pub(super) fn precedence<'k>(
        &'k self,
        hostname: Option<&'k str>,
        tables: &'k Tables<'_>,
        regex_rank: RegexRank,
    ) -> Precedence<'k> {
        Precedence::of(
            &self.matched,
            |number| tables.pattern(number),
            hostname,
            &self.route,
            self.created.as_deref(),
            self.rule,
            regex_rank,
        )
    }
}
