//! What the module may cost: fuel and hostcalls of each kind of request with few and with many
//! routes, fuel and memory of a configuration, bytes of the configuration and of the module.
//!
//! `budgets.json` has the figures as they were when they were last agreed to. A figure over its
//! budget fails, and so does one that is clearly under it: what was gained would be lost again
//! unseen. `UPDATE_EXPECT=1 cargo test --workspace --test budgets` writes the present figures into
//! it; read them before they are committed. `-- --nocapture` prints all of them.
//!
//! All figures are counts, the same in every run. Those that a compiler has a part in are held to
//! their budgets only where it is the release that `budgets.json` names.

mod budget;
mod figures;
mod requests;
mod tables;

use budget::Budgets;
use figures::{FEW, FIGURES, Figures, MANY, Unit};
use kgwc_tests::repository;

const FILE: &str = "tests/tests/budgets/budgets.json";

#[test]
#[allow(clippy::print_stdout, reason = "the figures are worth knowing")]
fn every_figure_keeps_to_its_budget() {
    let path = repository(FILE);
    if std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1") {
        std::fs::write(&path, Budgets::of(&FIGURES).to_json()).unwrap();
    }
    let budgets = Budgets::read(&std::fs::read(&path).unwrap());
    let lines = budgets.compare(&FIGURES);
    println!("{}", budget::table(&lines));
    let wrong: Vec<_> = lines.into_iter().filter(|line| line.is_wrong()).collect();
    assert!(
        wrong.is_empty(),
        "figures that do not keep to {FILE}:\n\n{}\n\
         Is it meant to be so? UPDATE_EXPECT=1 cargo test --workspace --test budgets",
        budget::table(&wrong)
    );
}

/// All headers in one call, and the cluster.
#[test]
fn a_plain_forward_makes_two_hostcalls_at_any_size() {
    for routes in [FEW, MANY] {
        for what in ["plain forward", "plain forward of 13 headers", "one of many paths"] {
            assert_eq!(
                FIGURES.request(what, routes, Unit::Hostcalls),
                2,
                "{what}, {routes} routes"
            );
        }
    }
}

/// An explanation is for people, and looks at everything that was near.
#[test]
fn a_thousand_times_the_routes_cost_a_request_less_than_a_third_more() {
    let is_told = |what: &str| what == "explained";
    for what in requests::names().filter(|what| !is_told(what)) {
        let [few, many] = [FEW, MANY].map(|routes| FIGURES.request(what, routes, Unit::Fuel));
        let ratio = many as f64 / few as f64;
        assert!(ratio <= 1.3, "{what}: {few} with {FEW} routes, {many} with {MANY}: {ratio:.2}");
    }
}

#[test]
fn five_thousand_routes_fit_into_16_mebibytes() {
    let pages = FIGURES.get(Figures::CONFIGURE, Unit::Pages);
    assert!(pages * 65_536 <= 16 << 20, "{pages} pages of 64 KiB");
}

#[test]
fn five_thousand_routes_are_less_than_a_megabyte_and_a_half() {
    let bytes = FIGURES.get(Figures::CONFIGURATION, Unit::Bytes);
    assert!(bytes <= 1_500_000, "{bytes} bytes");
}

#[test]
fn the_module_has_less_than_400_kilobytes() {
    let bytes = FIGURES.get(Figures::MODULE, Unit::Bytes);
    assert!(bytes <= 400_000, "{bytes} bytes");
}
