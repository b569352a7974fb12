use super::{growth, heads, spread};
use crate::measurement::{Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::{count, length, memory, ratio};

pub(super) fn section(results: &Results) -> String {
    let module = results.find("module", Unit::Bytes, &[]).map(|figure| length(figure.value));
    format!(
        "The module has {}. What it takes to read a configuration in wasmtime (time: median, and from the \
         smallest to the largest):\n\n{}\n\
         Fuel (Wasm instructions) of a request, from its first byte to the end of its response, by \
         the number of routes. Hostcalls are the least and the most of any number of \
         routes.\n\n{}",
        module.unwrap_or_else(|| "an unknown length".to_owned()),
        configurations(results),
        requests(results)
    )
}

fn configurations(results: &Results) -> Table {
    let figures = ["configuration", "per route", "`on_configure`", "fuel", "memory"];
    let mut table = Table::new(&["routes differ in", "routes"], figures);
    for kind in results.values("on_configure", "fanout") {
        for routes in results.sizes("on_configure") {
            let find = |name: &str, unit| {
                results.find(name, unit, &[("fanout", &kind), ("routes", &routes)])
            };
            let value = |name: &str, unit| find(name, unit).map(|figure| figure.value);
            let cells = [
                value("plugin configuration", Unit::Bytes).map(length),
                value("plugin configuration of a route", Unit::Bytes).map(length),
                find("on_configure", Unit::Nanoseconds).map(spread),
                value("on_configure", Unit::Fuel).map(count),
                value("memory after on_configure", Unit::Bytes).map(memory),
            ];
            table.row([plain(kind), count(routes as f64)], cells);
        }
    }
    table
}

fn requests(results: &Results) -> Table {
    let sizes = results.sizes("request");
    let figures = heads(sizes.iter().copied());
    let figures = figures.into_iter().chain(["10,000 to 10", "hostcalls"].map(str::to_owned));
    let mut table = Table::new(&["routes differ in", "match"], figures);
    for kind in results.values("request", "fanout") {
        for hit in results.values("request", "hit") {
            let find = |name: &str, unit, routes: &usize| {
                let of = [("fanout", &kind as _), ("hit", &hit as _), ("routes", routes as _)];
                results.find(name, unit, &of).map(|figure| figure.value)
            };
            let growth =
                growth(results, "request", Unit::Fuel, &[("fanout", &kind), ("hit", &hit)]);
            let calls =
                sizes.iter().filter_map(|routes| find("hostcalls of request", Unit::Count, routes));
            let fuel = sizes.iter().map(|routes| find("request", Unit::Fuel, routes).map(count));
            let cells = fuel.chain([growth.map(ratio), least_and_most(calls)]);
            table.row([plain(kind), plain(hit)], cells);
        }
    }
    table
}

fn least_and_most(values: impl Iterator<Item = f64> + Clone) -> Option<String> {
    let least = values.clone().min_by(f64::total_cmp)?;
    let most = values.max_by(f64::total_cmp)?;
    Some(if least == most { count(least) } else { format!("{} to {}", count(least), count(most)) })
}
