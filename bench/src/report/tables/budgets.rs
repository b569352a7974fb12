//! What other kinds of request cost. Nothing is measured for it here: the tests hold these figures,
//! and have written them down.

use crate::report::markdown::{Table, plain};
use crate::report::number::{count, ratio};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

const FILE: &str = include_str!("../../../../tests/tests/budgets/budgets.json");

#[derive(Deserialize)]
struct Budgets {
    /// By `KIND, NUMBER routes: UNIT`, and others.
    figures: BTreeMap<String, f64>,
    /// The compiler of the module.
    rustc: String,
}

/// The figures of a kind of request, by the number of routes and the unit.
type Kinds<'b> = BTreeMap<&'b str, BTreeMap<(usize, &'b str), f64>>;

/// The section of the page, as Markdown.
///
/// # Errors
/// When the budgets have another shape.
pub(in crate::report) fn section() -> Result<String> {
    let budgets: Budgets = serde_json::from_str(FILE).context("the budgets have another shape")?;
    let kinds = kinds(&budgets.figures);
    let mut table = Table::new(
        &["request"],
        ["fuel, 10 routes", "fuel, 10,000 routes", "10,000 to 10", "hostcalls"],
    );
    for (kind, figures) in &kinds {
        let [few, many] = [10, 10_000].map(|routes| figures.get(&(routes, "fuel")).copied());
        let growth = few.zip(many).map(|(few, many)| many / few);
        let hostcalls = figures.get(&(10_000, "hostcalls")).copied();
        let cells = [few.map(count), many.map(count), growth.map(ratio), hostcalls.map(count)];
        table.row([plain(kind)], cells);
    }
    Ok(format!(
        "The same for requests that do more than to be forwarded. These are the budgets that \
         `make test` holds the module to, as Rust {} compiles it; a figure over or clearly under \
         its budget fails.\n\n{table}",
        plain(&budgets.rustc)
    ))
}

fn kinds(figures: &BTreeMap<String, f64>) -> Kinds<'_> {
    let mut kinds = Kinds::new();
    for (key, value) in figures {
        let Some((of, unit)) = key.rsplit_once(": ") else { continue };
        let Some((kind, routes)) = of.rsplit_once(", ") else { continue };
        let Some(routes) = routes.strip_suffix(" routes").and_then(|n| n.parse().ok()) else {
            continue;
        };
        kinds.entry(kind).or_default().insert((routes, unit), *value);
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_request_has_all_figures() {
        let section = section().unwrap();
        let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| ")).collect();
        assert!(rows.len() > 10, "{section}");
        assert!(!section.contains('–'), "{section}");
        assert!(section.contains("\n| session, new |"), "{section}");
    }
}
