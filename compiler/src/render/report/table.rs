//! A line for each case: the request, what was expected, who answered.

use super::{BOLD, Counts, GREEN, RED, YELLOW, painted};
use crate::testing::{Report, Verdict};
use std::fmt::Write;

/// Wider cells push the rest of their line to the right.
const WIDEST: usize = 96;

/// Writing to a string cannot fail.
pub(super) fn render(report: &Report, color: bool) -> String {
    let rows = report.cases.iter().map(|case| [&case.request, &case.expected]);
    let headings = ["request".to_owned(), "expected".to_owned()];
    let width = |column: usize| {
        let cells = rows.clone().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let [requests, expectations] = [width(0), width(1)];
    let line = |request: &str, expected: &str, got: &str| {
        format!("{request:<requests$}  {expected:<expectations$}  {got}")
    };
    let mut out = String::new();
    let heading = line("request", "expected", "answered");
    let _ = writeln!(out, "{}", painted(&format!("   {heading}"), BOLD, color));
    for case in &report.cases {
        let (mark, code) = match case.verdict {
            Verdict::Passed => ("ok", GREEN),
            Verdict::Failed(_) => ("NO", RED),
            Verdict::NotRun(_) => ("--", YELLOW),
        };
        let row = line(&case.request, &case.expected, &painted(&case.got, code, color));
        let _ = writeln!(out, "{} {row}", painted(mark, code, color));
        if let Verdict::Failed(mismatches) = &case.verdict {
            let _ = writeln!(out, "     {}: {}", case.test, case.name);
            for mismatch in mismatches {
                let (what, expected, got) = (&mismatch.what, &mismatch.expected, &mismatch.got);
                let _ = writeln!(out, "     {what}: expected {expected}, got {got}");
            }
        }
    }
    let counts = Counts::of(report);
    let code = if counts.failed > 0 { RED } else { GREEN };
    let _ = writeln!(out, "{}", painted(&counts.to_string(), code, color));
    out
}
