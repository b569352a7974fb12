//! The figures of each part, all of them.

mod budgets;
mod compiler;
mod engine;
mod envoy;
mod module;
mod reload;

use super::number::{Show, time};
use crate::measurement::{Measurement, Parameter, Results, Unit};
use crate::part::Part;

pub(super) use budgets::section as budgets;
pub(super) use envoy::noise;

/// The tables of a part, as Markdown.
pub(super) fn of(results: &Results) -> String {
    match results.part {
        Part::Engine => engine::section(results),
        Part::Module => module::section(results),
        Part::Compiler => compiler::section(results),
        Part::Envoy => envoy::section(results),
        Part::Reload => reload::section(results),
    }
}

/// The heads of columns with numbers of routes.
fn heads(sizes: impl IntoIterator<Item = usize>) -> Vec<String> {
    sizes.into_iter().map(|routes| super::number::count(routes as f64)).collect()
}

/// What figures of 10,000 routes are to those of 10.
pub(super) fn growth(results: &Results, name: &str, unit: Unit, of: &[Parameter]) -> Option<f64> {
    let value = |routes: usize| {
        let of: Vec<Parameter> = of.iter().copied().chain([("routes", &routes as _)]).collect();
        results.find(name, unit, &of).map(|figure| figure.value)
    };
    Some(value(10_000)? / value(10)?)
}

/// A time as its median and what it was between.
fn spread(figure: &Measurement) -> String {
    with_range(figure, time)
}

fn with_range(figure: &Measurement, show: Show) -> String {
    let value = show(figure.value);
    match figure.range {
        Some((low, high)) if figure.samples > 1 => {
            format!("{value} ({} to {})", show(low), show(high))
        }
        _ => value,
    }
}
