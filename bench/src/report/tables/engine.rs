use super::{growth, heads};
use crate::measurement::{Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::{ratio, time};

pub(super) fn section(results: &Results) -> String {
    let sizes = results.sizes("find");
    let figures = heads(sizes.iter().copied()).into_iter().chain(["10,000 to 10".to_owned()]);
    let mut table = Table::new(&["routes differ in", "match"], figures);
    for kind in results.values("find", "fanout") {
        for hit in results.values("find", "hit") {
            let find = |routes| {
                let of = [("fanout", &kind as _), ("hit", &hit as _), ("routes", routes as _)];
                results.find("find", Unit::Nanoseconds, &of).map(|figure| time(figure.value))
            };
            let growth =
                growth(results, "find", Unit::Nanoseconds, &[("fanout", &kind), ("hit", &hit)]);
            let cells = sizes.iter().map(find).chain([growth.map(ratio)]);
            table.row([plain(kind), plain(hit)], cells);
        }
    }
    format!(
        "The time of one `find()`, native code, by the number of routes. Requests match the first \
         route in precedence, the last, none (miss), or any: thousands of requests that are spread \
         over the table, so that a processor does not have all of it in its caches.\n\n{table}"
    )
}
