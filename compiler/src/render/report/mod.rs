//! Results of RouteTests, one format a file.

mod github;
mod json;
mod junit;
mod lcov;
mod shown;
mod table;
mod text;

pub use lcov::render as lcov;

use crate::diagnostic::Place;
use crate::source::Sources;
use crate::testing::{Coverage, ItemKind, Mismatch, Report, Tally, Verdict};
use clap::ValueEnum;

/// Format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// What failed, with what was expected and what there was
    Text,
    /// One object with every case
    Json,
    /// A line for each case: request, what was expected, who answered
    Table,
    /// JUnit XML, for CI servers
    Junit,
    /// Annotations of GitHub Actions
    Github,
}

/// How many cases ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
    not_run: usize,
}

/// The report in a format; in colour where that is asked for and the format has any.
pub fn render(report: &Report, sources: &Sources, format: Format, color: bool) -> String {
    match format {
        Format::Text => text::render(&shown::shown(report), sources, color),
        Format::Json => json::render(report, sources),
        Format::Table => table::render(&shown::shown(report), color),
        Format::Junit => junit::render(report, sources),
        Format::Github => github::render(report, sources),
    }
}

/// A share as people write it: `94.1 %`, `100 %`. What is short of everything never shows as 100 %.
pub fn percent(percent: f64) -> String {
    if percent == 100.0 {
        return "100 %".to_owned();
    }
    format!("{:.1} %", (percent * 10.0).floor() / 10.0)
}

/// What cases reach, by the name of its kind.
type Reachable = (&'static str, fn(&ItemKind) -> bool);

/// Everything that cases reach.
const KINDS: [Reachable; 4] = [
    ("rules", |kind| matches!(kind, ItemKind::Rule)),
    ("matches", |kind| matches!(kind, ItemKind::Match(_))),
    ("filters", |kind| matches!(kind, ItemKind::Filter(_) | ItemKind::BackendFilter(..))),
    ("backends", |kind| matches!(kind, ItemKind::Backend(_))),
];

/// How much the cases reach, of each kind that there is: `3 of 3 rules, 7 of 8 matches`.
fn tallies(coverage: &Coverage) -> String {
    let tallies = KINDS.iter().filter_map(|(name, is_meant)| {
        let Tally { reached, total } = coverage.tally_of(is_meant);
        (total > 0).then(|| format!("{reached} of {total} {name}"))
    });
    tallies.collect::<Vec<_>>().join(", ")
}

/// A mismatch in a line.
fn said(mismatch: &Mismatch) -> String {
    let Mismatch { what, expected, got } = mismatch;
    format!("{what}: expected {expected}, got {got}")
}

/// File and line of a case.
fn place(place: &Place, sources: &Sources) -> Option<(String, usize)> {
    let location = sources.locate(place)?;
    Some((location.name, location.position?.line))
}

impl Counts {
    fn of(report: &Report) -> Self {
        let mut counts = Self::default();
        for case in &report.cases {
            match case.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Failed(_) => counts.failed += 1,
                Verdict::NotRun(_) => counts.not_run += 1,
            }
        }
        counts
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.not_run > 0 {
            write!(f, ", {} not run", self.not_run)?;
        }
        Ok(())
    }
}

/// Text in a colour of the terminal, or as it is.
fn painted(text: &str, code: &str, color: bool) -> String {
    if color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";
const BOLD: &str = "1";
