//! The file with the budgets, and how figures are held to it.

use crate::figures::{Figures, Unit};
use kgwc_tests::repository;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

/// How much more a figure that a compiler has a part in may be than its budget, in percent: other
/// machines with the same compiler differ by less.
const OVER: f64 = 2.0;
/// How much less such a figure may be before the budget has to follow.
const UNDER: f64 = 5.0;

/// What every figure may be.
#[derive(Debug)]
pub(crate) struct Budgets {
    /// The release of the compiler that the figures come from.
    compiler: String,
    figures: BTreeMap<String, u64>,
}

/// A figure beside its budget.
#[derive(Debug)]
pub(crate) struct Line {
    what: String,
    budget: Option<u64>,
    now: Option<u64>,
    verdict: Verdict,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Verdict {
    Fine,
    /// Built by another compiler than the one of the budgets.
    NotHeld,
    Over,
    Under,
    NotInFile,
    NotCounted,
}

impl Budgets {
    /// The figures as they are now.
    pub(crate) fn of(figures: &Figures) -> Self {
        let named = figures.0.iter().map(|((what, unit), figure)| (name(what, *unit), *figure));
        Self { compiler: compiler(), figures: named.collect() }
    }

    /// Reads the file.
    ///
    /// # Panics
    /// Where it does not have the shape that [`Budgets::to_json`] gives it.
    pub(crate) fn read(json: &[u8]) -> Self {
        let document: Value = serde_json::from_slice(json).expect("the budgets are JSON");
        let figures = document["figures"].as_object().expect("the budgets have figures");
        let figure = |value: &Value| value.as_u64().expect("a figure is a number");
        let figures = figures.iter().map(|(what, value)| (what.clone(), figure(value)));
        let compiler = document["rustc"].as_str().expect("the budgets name a release of rustc");
        Self { compiler: compiler.to_owned(), figures: figures.collect() }
    }

    /// The text of the file.
    pub(crate) fn to_json(&self) -> String {
        let figures: Map<_, _> =
            self.figures.iter().map(|(what, figure)| (what.clone(), (*figure).into())).collect();
        let document = json!({"rustc": self.compiler, "figures": figures});
        format!("{document:#}\n")
    }

    /// Every figure beside its budget, in the order of their names.
    pub(crate) fn compare(&self, figures: &Figures) -> Vec<Line> {
        let is_same_compiler = self.compiler == compiler();
        let mut lines = Vec::new();
        let mut counted = BTreeSet::new();
        for ((what, unit), &now) in &figures.0 {
            let name = name(what, *unit);
            let budget = self.figures.get(&name).copied();
            let is_of_compiler = unit.is_of_compiler(what);
            let verdict = match budget {
                None => Verdict::NotInFile,
                Some(_) if is_of_compiler && !is_same_compiler => Verdict::NotHeld,
                Some(budget) => {
                    let has_headroom = is_of_compiler && *unit != Unit::Pages;
                    let (over, under) = if has_headroom { (OVER, UNDER) } else { (0.0, 0.0) };
                    judge(percent(budget, now), over, under)
                }
            };
            counted.insert(name.clone());
            lines.push(Line { what: name, budget, now: Some(now), verdict });
        }
        let gone = self.figures.iter().filter(|(name, _)| !counted.contains(*name));
        lines.extend(gone.map(|(name, &budget)| Line {
            what: name.clone(),
            budget: Some(budget),
            now: None,
            verdict: Verdict::NotCounted,
        }));
        lines
    }
}

impl Line {
    pub(crate) fn is_wrong(&self) -> bool {
        !matches!(self.verdict, Verdict::Fine | Verdict::NotHeld)
    }
}

/// `what | budget | now | change` for people.
pub(crate) fn table(lines: &[Line]) -> String {
    let mut text = String::new();
    let width = lines.iter().map(|line| line.what.len()).max().unwrap_or(0);
    let mut row = |what: &str, budget: &str, now: &str, change: &str, verdict: &str| {
        let row = format!("{what:width$} | {budget:>11} | {now:>11} | {change:>8} | {verdict}");
        writeln!(text, "{}", row.trim_end_matches([' ', '|'])).expect("a text takes everything");
    };
    row("what", "budget", "now", "change", "");
    for line in lines {
        let figure = |figure: Option<u64>| figure.map_or("-".to_owned(), |n| n.to_string());
        let change = line.budget.zip(line.now).map(|(budget, now)| percent(budget, now));
        let change = change.map_or("-".to_owned(), |change| format!("{change:+.1} %"));
        let verdict = line.verdict.words();
        row(&line.what, &figure(line.budget), &figure(line.now), &change, verdict);
    }
    text
}

impl Verdict {
    fn words(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::NotHeld => "another compiler",
            Self::Over => "over the budget",
            Self::Under => "better: lower the budget",
            Self::NotInFile => "has no budget",
            Self::NotCounted => "is not counted any more",
        }
    }
}

fn judge(change: f64, over: f64, under: f64) -> Verdict {
    if change > over {
        Verdict::Over
    } else if change < -under {
        Verdict::Under
    } else {
        Verdict::Fine
    }
}

fn percent(budget: u64, now: u64) -> f64 {
    // The counts are far below 2^52: nothing is lost.
    (now as f64 - budget as f64) / budget.max(1) as f64 * 100.0
}

fn name(what: &str, unit: Unit) -> String {
    format!("{what}: {unit}")
}

/// The release of the compiler that builds the module here, as `1.95.0`.
fn compiler() -> String {
    let rustc = Command::new("rustc").arg("--version").current_dir(repository("")).output();
    let rustc = rustc.expect("rustc has built this");
    let version = String::from_utf8_lossy(&rustc.stdout);
    version.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_figure_over_its_budget_or_clearly_under_it_is_wrong() {
    assert_eq!(judge(percent(1_000, 1_020), OVER, UNDER), Verdict::Fine);
    assert_eq!(judge(percent(1_000, 1_021), OVER, UNDER), Verdict::Over);
    assert_eq!(judge(percent(1_000, 950), OVER, UNDER), Verdict::Fine);
    assert_eq!(judge(percent(1_000, 949), OVER, UNDER), Verdict::Under);
    assert_eq!(judge(percent(2, 3), 0.0, 0.0), Verdict::Over);
    assert_eq!(judge(percent(2, 1), 0.0, 0.0), Verdict::Under);
}

#[test]
fn what_fails_is_told_with_budget_and_figure() {
    let figures = |entries: &[(&str, Unit, u64)]| {
        Figures(entries.iter().map(|(what, unit, n)| ((String::from(*what), *unit), *n)).collect())
    };
    let budgets = Budgets::of(&figures(&[
        ("a", Unit::Hostcalls, 2),
        ("b", Unit::Fuel, 1_000),
        ("gone", Unit::Pages, 3),
    ]));
    let budgets = Budgets::read(budgets.to_json().as_bytes());
    let lines = budgets.compare(&figures(&[
        ("a", Unit::Hostcalls, 3),
        ("b", Unit::Fuel, 1_001),
        ("new", Unit::Hostcalls, 1),
    ]));
    let wrong: Vec<_> = lines.into_iter().filter(Line::is_wrong).collect();
    expect_test::expect![[r#"
        what           |      budget |         now |   change
        a: hostcalls   |           2 |           3 |  +50.0 % | over the budget
        new: hostcalls |           - |           1 |        - | has no budget
        gone: pages    |           3 |           - |        - | is not counted any more
    "#]]
    .assert_eq(&table(&wrong));
}
