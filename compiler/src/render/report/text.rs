//! For a terminal: what failed and why, what no case reached, and a line that counts.

use super::{BOLD, Counts, GREEN, RED, YELLOW, painted, percent, tallies};
use crate::diagnostic::Place;
use crate::explain;
use crate::render::visible::{visible, visible_name};
use crate::source::Sources;
use crate::testing::{CaseResult, Configuration, Mismatch, Report, Tested, Verdict};
use std::fmt::Write;

/// Values wider than this stand below each other, not side by side.
const WIDEST: usize = 48;
/// How much of what no case reached is shown.
const UNREACHED: usize = 20;

/// Writing to a string cannot fail.
pub(super) fn render(report: &Report, sources: &Sources, color: bool) -> String {
    let mut out = String::new();
    for case in &report.cases {
        write_case(&mut out, case, sources, color);
    }
    let counts = Counts::of(report);
    let code = if counts.failed > 0 { RED } else { GREEN };
    let _ = writeln!(out, "{}", painted(&counts.to_string(), code, color));
    write_coverage(&mut out, report, sources);
    write_tested(&mut out, &report.tested);
    out
}

fn write_case(out: &mut String, case: &CaseResult, sources: &Sources, color: bool) {
    let title = format!("{}: {}", case.test, case.name);
    match &case.verdict {
        Verdict::Passed if case.unseen.is_empty() => {}
        Verdict::Passed => {
            let _ = writeln!(out, "passed {title}; not seen: {}\n", case.unseen.join(", "));
        }
        Verdict::NotRun(why) => {
            let _ = writeln!(out, "{} {title}: {why}\n", painted("NOT RUN", YELLOW, color));
        }
        Verdict::Failed(mismatches) => {
            let verdict = painted("FAILED", RED, color);
            let _ = writeln!(out, "{verdict} {}", painted(&title, BOLD, color));
            if let Some((file, line)) = place(&case.place, sources) {
                let _ = writeln!(out, "  at {file}:{line}");
            }
            let _ = writeln!(out, "  {}\n", case.request);
            write_mismatches(out, mismatches, color);
            if let Some(explanation) = &case.explanation {
                out.push('\n');
                for line in explain::lines(explanation) {
                    let _ = writeln!(out, "  {}", line.trim_end());
                }
            }
            out.push('\n');
        }
    }
}

/// Expected and got side by side where they fit, else below each other.
fn write_mismatches(out: &mut String, mismatches: &[Mismatch], color: bool) {
    let width = |text: fn(&Mismatch) -> &str| {
        mismatches.iter().map(|m| text(m).chars().count()).max().unwrap_or_default()
    };
    let name = width(|m| &m.what);
    let expected = width(|m| &m.expected).max("expected".len());
    let fits = expected <= WIDEST && !mismatches.iter().any(|m| m.expected.contains('\n'));
    if fits {
        let _ = writeln!(out, "  {:name$}  {:expected$}  got", "", "expected");
        for Mismatch { what, expected: wanted, got } in mismatches {
            let got = painted(got, RED, color);
            let _ = writeln!(out, "  {what:name$}  {wanted:expected$}  {got}");
        }
        return;
    }
    for Mismatch { what, expected, got } in mismatches {
        let _ = writeln!(out, "  {what}");
        let _ = writeln!(out, "    expected  {expected}");
        let _ = writeln!(out, "    got       {}", painted(got, RED, color));
    }
}

/// File and line of a place, as they may begin a line.
fn place(place: &Place, sources: &Sources) -> Option<(String, usize)> {
    super::place(place, sources).map(|(file, line)| (visible_name(&file), line))
}

fn write_coverage(out: &mut String, report: &Report, sources: &Sources) {
    let Some(coverage) = &report.coverage else { return };
    let tally = coverage.tally();
    if tally.total == 0 {
        return;
    }
    let share = percent(tally.percent());
    let _ = writeln!(out, "the cases reach {share}: {}", tallies(coverage));
    let unreached: Vec<_> = coverage.unreached().collect();
    if unreached.is_empty() {
        return;
    }
    let _ = writeln!(out, "no case reaches");
    for item in unreached.iter().take(UNREACHED) {
        let at = place(&item.place, sources);
        let at = at.map(|(file, line)| format!("{file}:{line}: ")).unwrap_or_default();
        let _ = writeln!(out, "  {at}{}", visible(&item.to_string()));
    }
    if unreached.len() > UNREACHED {
        let more = unreached.len() - UNREACHED;
        let _ = writeln!(out, "  and {more} more: --output json names all");
    }
}

fn write_tested(out: &mut String, tested: &Tested) {
    let Tested { engine, module, configurations } = tested;
    let module = module.as_ref().map(|sha256| format!(", module sha256:{sha256}"));
    let _ = writeln!(out, "engine: {engine}{}", module.unwrap_or_default());
    for Configuration { gateway, sha256 } in configurations {
        let _ = writeln!(out, "configuration of {gateway}: sha256:{sha256}");
    }
}
