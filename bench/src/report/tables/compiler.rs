use super::heads;
use crate::measurement::{Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::time;

pub(super) fn section(results: &Results) -> String {
    format!(
        "The stages of the compiler, medians by the number of routes:\n\n{}\n\
         Whole commands, as a user runs them on one YAML file:\n\n{}",
        table(results, "stage", ""),
        table(results, "command", "kgwc ")
    )
}

fn table(results: &Results, what: &str, before: &str) -> Table {
    let sizes = results.sizes(what);
    let mut table = Table::new(&[what], heads(sizes.iter().copied()));
    for name in results.values(what, what) {
        let cells = sizes.iter().map(|routes| {
            let figure =
                results.find(what, Unit::Nanoseconds, &[(what, &name), ("routes", routes)]);
            figure.map(|figure| time(figure.value))
        });
        table.row([plain(&format!("{before}{name}"))], cells);
    }
    table
}
