//! The figures that answer a goal.

use super::Figure;
use crate::measurement::{Measurement, Parameter, Results, Unit};
use crate::part::Chain;
use crate::proxy::Form;
use crate::report::{number, tables};
use crate::workload::Fanout;

/// Kinds of routes whose number should make no difference.
pub(super) const SIMPLE: [Fanout; 5] =
    [Fanout::Host, Fanout::Exact, Fanout::Prefix, Fanout::Header, Fanout::Query];
pub(super) const REGEX: [Fanout; 2] = [Fanout::Regex, Fanout::RegexEnd];

fn worst(figures: Vec<Figure>) -> Option<Figure> {
    figures.into_iter().max_by(|a, b| a.value.total_cmp(&b.value))
}

/// Requests that are alike.
const ALIKE: [&str; 3] = ["first", "last", "miss"];

pub(super) fn growth_of_find(results: &Results, kinds: &[Fanout]) -> Option<Vec<Figure>> {
    growth(results, "find", Unit::Nanoseconds, kinds, &ALIKE)
}

/// Of requests that are spread over the table: what it costs that a processor does not have all of
/// it in its caches.
pub(super) fn growth_of_any_find(results: &Results, kinds: &[Fanout]) -> Option<Vec<Figure>> {
    growth(results, "find", Unit::Nanoseconds, kinds, &["any"])
}

pub(super) fn growth_of_fuel(results: &Results, kinds: &[Fanout]) -> Option<Vec<Figure>> {
    growth(results, "request", Unit::Fuel, kinds, &ALIKE)
}

/// The worst ratio of 10,000 routes to 10 among kinds of routes and of requests.
fn growth(
    results: &Results,
    name: &str,
    unit: Unit,
    kinds: &[Fanout],
    hits: &[&str],
) -> Option<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in kinds {
        for hit in hits {
            let value = tables::growth(results, name, unit, &[("fanout", kind), ("hit", hit)])?;
            figures.push(Figure { value, of: format!("worst: {kind}, {hit}") });
        }
    }
    worst(figures).map(|figure| vec![figure])
}

/// The most of any kind and number of routes.
pub(super) fn hostcalls(results: &Results) -> Option<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in SIMPLE.iter().chain(&REGEX) {
        for routes in results.sizes("hostcalls of request") {
            for hit in ["first", "last"] {
                let of: [Parameter; 3] = [("fanout", kind), ("hit", &hit), ("routes", &routes)];
                let value = results.find("hostcalls of request", Unit::Count, &of)?.value;
                figures.push(Figure { value, of: String::new() });
            }
        }
    }
    worst(figures).map(|figure| vec![figure])
}

/// A single route.
pub(super) fn against_one(results: &Results, chain: Chain) -> Option<Vec<Figure>> {
    let of: [Parameter; 3] = [("chain", &chain), ("hit", &"last"), ("routes", &1)];
    let value = results.find("cpu against native", Unit::Ratio, &of)?.value;
    Some(vec![Figure { value, of: String::new() }])
}

/// The worst of path and header routes for each chain; exact paths were measured with one of them.
pub(super) fn against_many(results: &Results, hit: &str, routes: usize) -> Option<Vec<Figure>> {
    let worst_of = |chain: Chain, kinds: &[Fanout]| {
        let mut figures = Vec::new();
        for kind in kinds {
            let of: [Parameter; 4] =
                [("chain", &chain), ("fanout", kind), ("hit", &hit), ("routes", &routes)];
            let value = results.find("cpu against native", Unit::Ratio, &of)?.value;
            figures.push(Figure { value, of: format!("{chain}: {kind}") });
        }
        worst(figures)
    };
    let bare = worst_of(Chain::Bare, &[Fanout::Prefix, Fanout::Header, Fanout::Exact])?;
    Some(vec![bare, worst_of(Chain::Whole, &[Fanout::Prefix, Fanout::Header])?])
}

/// The worst of 5,000 routes of the simple kinds.
pub(super) fn of_simple(results: &Results, name: &str, unit: Unit) -> Option<Vec<Figure>> {
    let mut figures = Vec::new();
    for kind in SIMPLE {
        let figure = results.find(name, unit, &[("fanout", &kind), ("routes", &5_000)])?;
        figures.push(Figure { value: figure.value, of: format!("worst: {kind}") });
    }
    worst(figures).map(|figure| vec![figure])
}

/// Linear memory only grows: what it is after the requests is the most that it was.
pub(super) fn memory(results: &Results) -> Option<Vec<Figure>> {
    let configured = of_simple(results, "memory after on_configure", Unit::Bytes)?;
    let mut figures = configured;
    for kind in SIMPLE {
        for hit in ["first", "last", "miss"] {
            let of: [Parameter; 3] = [("fanout", &kind), ("hit", &hit), ("routes", &5_000)];
            let figure = results.find("memory after request", Unit::Bytes, &of)?;
            figures.push(Figure { value: figure.value, of: format!("worst: {kind}") });
        }
    }
    worst(figures).map(|figure| vec![figure])
}

fn reloading<'r>(results: &'r Results, name: &str) -> Option<&'r Measurement> {
    results.find(name, Unit::Nanoseconds, &[("form", &Form::Binary), ("routes", &5_000)])
}

pub(super) fn new_answer(results: &Results) -> Option<Vec<Figure>> {
    reloading(results, "new answer").and_then(median)
}

/// The slowest of all changes, as one slow answer is what somebody waits for.
pub(super) fn slowest_answer(results: &Results) -> Option<Vec<Figure>> {
    let figure = reloading(results, "slowest answer")?;
    let (_, slowest) = figure.range?;
    let (_, quiet) = reloading(results, "slowest answer without a change")?.range?;
    let [median, quiet] = [figure.value, quiet].map(number::time);
    let of = format!("of {} changes, median {median}; without a change {quiet}", figure.samples);
    Some(vec![Figure { value: slowest, of }])
}

/// What it is that takes the time is in the parameter that is named as the figure.
pub(super) fn compiler(results: &Results, name: &str, what: &str) -> Option<Vec<Figure>> {
    let figure = results.find(name, Unit::Nanoseconds, &[(name, &what), ("routes", &5_000)]);
    figure.and_then(median)
}

fn median(figure: &Measurement) -> Option<Vec<Figure>> {
    let (low, high) = figure.range?;
    let [low, high] = [low, high].map(number::time);
    let of = format!("median of {}; {low} to {high}", figure.samples);
    Some(vec![Figure { value: figure.value, of }])
}

pub(super) fn module(results: &Results) -> Option<Vec<Figure>> {
    let value = results.find("module", Unit::Bytes, &[])?.value;
    Some(vec![Figure { value, of: String::new() }])
}
