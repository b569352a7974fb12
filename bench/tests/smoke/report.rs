//! What a reader sees of results.

use super::results;
use kgwc_bench::measurement::{Measurement, Results};
use kgwc_bench::report::{self, PAGE};
use kgwc_bench::workload::Fanout;
use kgwc_bench::{Part, Scale};
use kgwc_tests::has_envoy;
use std::fs;
use std::path::Path;

const HEADINGS: [(Part, &str); 5] = [
    (Part::Engine, "## The engine\n"),
    (Part::Module, "## The module\n"),
    (Part::Compiler, "## The compiler\n"),
    (Part::Envoy, "## In Envoy\n"),
    (Part::Reload, "## A change of routes in Envoy\n"),
];
const TRIAL: &str = "these figures say nothing about performance";
const PLOTS: [(Part, &str); 2] =
    [(Part::Engine, "performance-find.svg"), (Part::Envoy, "performance-envoy.svg")];

/// Those that can be measured on this machine.
fn parts() -> impl Iterator<Item = Part> {
    let needs_envoy = |part: &Part| [Part::Envoy, Part::Reload].contains(part);
    Part::ALL.into_iter().filter(move |part| has_envoy() || !needs_envoy(part))
}

/// The page that is made of results, in the folder where these are.
fn page(folder: &Path, scale: Scale, results: &[Results]) -> String {
    for results in results {
        results.write(folder).unwrap();
    }
    let path = report::write(folder, scale, folder).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(path, folder.join(PAGE));
    let page = fs::read_to_string(path).unwrap();
    tables_are_whole(&page);
    page
}

/// Every row of a table has as many cells as its head.
fn tables_are_whole(page: &str) {
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    let lines: Vec<_> = page.lines().collect();
    for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with('|'))) {
        assert_eq!(cells(pair[0]), cells(pair[1]), "{pair:?}");
    }
}

/// The text of a plot.
fn plot(folder: &Path, name: &str) -> String {
    let svg = fs::read_to_string(folder.join(name)).unwrap();
    uppsala::parse(&svg).expect("well-formed XML");
    svg
}

fn goals(page: &str) -> Vec<&str> {
    let section = page.split("\n## ").find(|section| section.starts_with("Goals")).unwrap();
    section.lines().filter(|line| line.starts_with("| ")).skip(1).collect()
}

/// The same results as if larger tables, and in Envoy more kinds of them, had been measured, too.
fn widened(part: Part) -> Results {
    let results = results(part).clone();
    let of = |measurement: &Measurement, parameter: &str, values: &[&str]| {
        let is_there = measurement.parameters.contains_key(parameter);
        let of = |value: &&str| measurement.clone().of(parameter, value);
        if is_there { values.iter().map(of).collect() } else { vec![measurement.clone()] }
    };
    let mut measurements = results.measurements;
    let mut widen = |parameter: &str, values: &[&str]| {
        measurements = measurements.iter().flat_map(|m| of(m, parameter, values)).collect();
    };
    widen("routes", &["1", "10", "5000", "10000"]);
    if part == Part::Envoy {
        widen("chain", &["bare", "whole"]);
        widen("fanout", &["path prefix", "exact path", "header"]);
    }
    Results { smallest: false, measurements, ..results }
}

#[test]
fn a_trial_says_that_it_is_one_and_what_was_not_measured() {
    let folder = tempfile::tempdir().unwrap();
    let is_left_out = |part: &Part| *part == Part::Compiler;
    let trial: Vec<_> = parts().filter(|p| !is_left_out(p)).map(|p| results(p).clone()).collect();
    let page = page(folder.path(), Scale::Smallest, &trial);
    assert!(page.starts_with("<!-- `make bench` writes this page. -->\n"), "{page}");
    assert!(page.contains(TRIAL), "{page}");
    for (part, heading) in HEADINGS {
        assert!(page.contains(heading), "{heading}");
        let missing = format!("Not measured: `make bench PART={part}` does it.");
        let is_measured = trial.iter().any(|results| results.part == part);
        assert_eq!(page.contains(&missing), !is_measured, "{missing}");
    }
    let goals = goals(&page);
    assert_eq!(goals.len(), 20, "{goals:?}");
    let row = |what: &str| goals.iter().find(|row| row.contains(what)).unwrap();
    let size = row("size of the module");
    assert!(size.contains(" KB | ") && size.contains(" met the "), "{size}");
    // Ten routes are all that a trial has.
    let larger = row("`find()` with 10,000 routes");
    assert!(larger.ends_with("| – | not measured | `make bench PART=engine` |"), "{larger}");
    for (part, name) in PLOTS.into_iter().filter(|(part, _)| parts().any(|p| p == *part)) {
        assert!(page.contains(&format!("]({name})")), "{part}");
        plot(folder.path(), name);
    }
    let find = plot(folder.path(), "performance-find.svg");
    for kind in Fanout::ALL {
        assert!(find.contains(&kind.to_string()), "{kind}");
    }
}

#[test]
fn every_goal_has_its_figures_in_what_the_parts_measure() {
    let folder = tempfile::tempdir().unwrap();
    let page = page(folder.path(), Scale::Full, &parts().map(widened).collect::<Vec<_>>());
    assert!(!page.contains(TRIAL), "{page}");
    for row in goals(&page) {
        let is_measured = parts().any(|part| row.contains(&format!("PART={part}`")));
        assert_eq!(!row.contains("not measured"), is_measured, "{row}");
    }
    if has_envoy() {
        assert!(page.contains("Noise: "), "{page}");
    }
}

#[test]
fn a_trial_is_not_taken_for_figures_of_the_full_size() {
    let folder = tempfile::tempdir().unwrap();
    let engine = results(Part::Engine).clone();
    page(folder.path(), Scale::Smallest, std::slice::from_ref(&engine));
    let plot = folder.path().join("performance-find.svg");
    assert!(plot.exists());
    let page = page(folder.path(), Scale::Full, &[engine]);
    assert_eq!(page.matches("\nNot measured: ").count(), Part::ALL.len(), "{page}");
    assert!(!page.contains(".svg") && !plot.exists(), "{page}");
}

#[test]
fn texts_of_results_are_no_markup() {
    let folder = tempfile::tempdir().unwrap();
    let mut engine = results(Part::Engine).clone();
    let text = "a|b\n</text><script>\u{1}é`";
    engine.machine.processor = text.to_owned();
    engine.module = "é".repeat(20);
    engine.day = text.to_owned();
    engine.envoy = Some(text.to_owned());
    for measurement in &mut engine.measurements {
        measurement.parameters.insert("fanout".to_owned(), text.to_owned());
    }
    let page = page(folder.path(), Scale::Smallest, &[engine]);
    assert!(!page.contains("<script"), "{page}");
    assert!(!plot(folder.path(), "performance-find.svg").contains("<script"));
}
