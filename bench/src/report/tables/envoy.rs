use super::{spread, with_range};
use crate::measurement::{Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::{count, ratio};

const AGAINST: &str = "cpu against native";
const NOISE: &str = "native against itself";

pub(super) fn section(results: &Results) -> String {
    let mut table = Table::new(
        &["chain", "routes differ in", "match", "routes"],
        ["against native", "noise", "CPU time of a request"],
    );
    for chain in results.values(AGAINST, "chain") {
        for kind in results.values(AGAINST, "fanout") {
            for routes in results.sizes(AGAINST) {
                for hit in results.values(AGAINST, "hit") {
                    let find = |name: &str, unit| {
                        let of = [
                            ("chain", &chain as _),
                            ("fanout", &kind as _),
                            ("routes", &routes as _),
                            ("hit", &hit as _),
                        ];
                        results.find(name, unit, &of)
                    };
                    let Some(against) = find(AGAINST, Unit::Ratio) else { continue };
                    let cells = [
                        Some(with_range(against, ratio)),
                        find(NOISE, Unit::Ratio).map(|noise| with_range(noise, ratio)),
                        find("cpu", Unit::Nanoseconds).map(spread),
                    ];
                    let names = [plain(chain), plain(kind), plain(hit), count(routes as f64)];
                    table.row(names, cells);
                }
            }
        }
    }
    format!(
        "The processor time of the whole process of Envoy for a request, with the module against \
         the same table as routes of Envoy's own; below 1 the module is cheaper. The bare chain \
         only routes; the whole one has counters, names of the winners and an access log, too, on \
         both sides. Requests match the last route in precedence, or any. Noise is native against \
         native. All are medians, with the quartiles.\n\n{table}"
    )
}

/// What two Envoys that do the same differ by.
pub(in crate::report) fn noise(results: &Results) -> Option<String> {
    let noise = || results.measurements.iter().filter(|figure| figure.name == NOISE);
    let lows = noise().filter_map(|figure| figure.range).map(|(low, _)| low);
    let highs = noise().filter_map(|figure| figure.range).map(|(_, high)| high);
    let medians = || noise().map(|figure| figure.value);
    Some(format!(
        "Noise: the processor time of an Envoy with native routes, divided by that of another one \
         with the same routes, has medians from {} to {} and quartiles from {} to {}. Smaller \
         differences between the module and native routes mean nothing.",
        ratio(medians().min_by(f64::total_cmp)?),
        ratio(medians().max_by(f64::total_cmp)?),
        ratio(lows.min_by(f64::total_cmp)?),
        ratio(highs.max_by(f64::total_cmp)?)
    ))
}
