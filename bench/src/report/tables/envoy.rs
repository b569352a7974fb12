use super::{spread, with_range};
use crate::measurement::{Measurement, Results, Unit};
use crate::report::markdown::{Table, plain};
use crate::report::number::{count, ratio};

const AGAINST: &str = "cpu against native";
const NOISE: &str = "native against itself";

pub(super) fn section(results: &Results) -> String {
    let mut table = Table::new(
        &["chain", "routes differ in", "match", "routes"],
        ["against native", "at best", "noise", "CPU time of a request"],
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
                        at_best(results, chain, against, find("cpu", Unit::Nanoseconds)),
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
         both sides. Requests match the last route in precedence, or any. At best is \
         what a module that costs nothing would have: a single native route against the native \
         table. Noise is native against native. All are medians, with the quartiles.\n\n{table}"
    )
}

/// What the ratio would be if the module cost nothing.
fn at_best(
    results: &Results,
    chain: &str,
    against: &Measurement,
    cpu: Option<&Measurement>,
) -> Option<String> {
    let native = |against: &Measurement, cpu: &Measurement| cpu.value / against.value;
    let one = |name, unit| results.find(name, unit, &[("chain", &chain), ("routes", &1)]);
    let single = native(one(AGAINST, Unit::Ratio)?, one("cpu", Unit::Nanoseconds)?);
    Some(ratio(single / native(against, cpu?)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_module_can_do_better_than_a_single_native_route() {
        let of = |figure: Measurement, routes: usize| {
            figure.of("chain", "bare").of("fanout", "header").of("hit", "any").of("routes", routes)
        };
        let figures = |routes, against, cpu| {
            let against = Measurement::one(AGAINST, Unit::Ratio, against);
            [of(against, routes), of(Measurement::one("cpu", Unit::Nanoseconds, cpu), routes)]
        };
        // A single native route takes 40 µs, the native table 100.
        let many = figures(5_000, 0.5, 50e3);
        let with = |measurements| {
            at_best(&Results::of_envoy(measurements), "bare", &many[0], Some(&many[1]))
        };
        assert_eq!(with([figures(1, 1.1, 44e3), many.clone()].concat()).as_deref(), Some("0.400"));
        assert_eq!(with(many.to_vec()), None);
    }
}
