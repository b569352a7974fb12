use super::spread;
use crate::measurement::{Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::count;

pub(super) fn section(results: &Results) -> String {
    let figures = ["new answer", "slowest answer", "slowest without a change", "right answers"];
    let mut table = Table::new(&["file", "routes"], figures);
    for form in results.values("new answer", "form") {
        for routes in results.sizes("new answer") {
            let find = |name: &str, unit| {
                results.find(name, unit, &[("form", &form), ("routes", &routes)])
            };
            let time = |name| find(name, Unit::Nanoseconds).map(spread);
            let answers = find("right answers", Unit::Count).map(|figure| count(figure.value));
            let cells = [
                time("new answer"),
                time("slowest answer"),
                time("slowest answer without a change"),
                answers,
            ];
            table.row([plain(form), count(routes as f64)], cells);
        }
    }
    format!(
        "A file of routes is replaced in a running Envoy with one worker and a client that asks \
         without a pause. The new answer is there that long after the file got its name; the \
         slowest answer is the slowest of those that the client waited for meanwhile, and just \
         before, without a change. All are medians of the changes, with the smallest and the \
         largest. Every answer was right.\n\n{table}"
    )
}
