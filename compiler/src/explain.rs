//! What becomes of one request, and why: the decision of the engine for people and for programs.

use crate::render::visible::visible;
use crate::testing::{Draw, Prepared};
use route::explain::Explanation;
use route::{RouteTable, SplitMix64};

/// The explanation for a terminal, in lines: names and values of others change nothing in it.
pub fn lines(explanation: &Explanation) -> impl Iterator<Item = String> {
    route::explain::lines(explanation).into_iter().map(|line| visible(&line))
}

/// Explains what becomes of a request; of several backends it goes to the one with the largest
/// share. Of more than `limit` matches that lost the nearest are named.
pub fn explain(table: &RouteTable, request: &Prepared, limit: usize) -> Explanation {
    request.with_view(|view| {
        let backends = table.find(view, &mut SplitMix64::new(0)).backends;
        let largest = (0..backends.len()).max_by_key(|n| (backends[*n].weight, usize::MAX - n));
        let mut draw = largest.and_then(|n| Draw::of(backends, n)).unwrap_or_default();
        route::explain::explain(table.config(), &table.trace(view, &mut draw, limit), view)
    })
}
