//! For a terminal: what failed, and a line that counts.

use super::{BOLD, Counts, GREEN, RED, YELLOW, painted};
use crate::source::Sources;
use crate::testing::{Report, Verdict};
use std::fmt::Write;

/// Writing to a string cannot fail.
pub(super) fn render(report: &Report, sources: &Sources, color: bool) -> String {
    let mut out = String::new();
    for case in &report.cases {
        let place = sources.locate(&case.place);
        let at = place.map(|location| match location.position {
            Some(position) => format!("  at {}:{}", location.name, position.line),
            None => format!("  at {}", location.name),
        });
        let title = format!("{}: {}", case.test, case.name);
        match &case.verdict {
            Verdict::Passed => {}
            Verdict::Failed(mismatches) => {
                let verdict = painted("FAILED", RED, color);
                let _ = writeln!(out, "{verdict} {}", painted(&title, BOLD, color));
                let _ = writeln!(out, "{}\n  {}", at.unwrap_or_default(), case.request);
                for mismatch in mismatches {
                    let _ = writeln!(out, "  {}", mismatch.what);
                    let _ = writeln!(out, "    expected  {}", mismatch.expected);
                    let _ = writeln!(out, "    got       {}", mismatch.got);
                }
                out.push('\n');
            }
            Verdict::NotRun(why) => {
                let _ = writeln!(out, "{} {title}: {why}\n", painted("NOT RUN", YELLOW, color));
            }
        }
    }
    let counts = Counts::of(report);
    let code = if counts.failed > 0 { RED } else { GREEN };
    let _ = writeln!(out, "{}", painted(&counts.to_string(), code, color));
    out
}
