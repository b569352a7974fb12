//! For programs.

use super::Counts;
use crate::source::Sources;
use crate::testing::{CaseResult, Report, Verdict};
use serde_json::{Value, json};

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let Counts { passed, failed, not_run } = Counts::of(report);
    let cases: Vec<_> = report.cases.iter().map(|case| describe(case, sources)).collect();
    let document = json!({
        "passed": passed,
        "failed": failed,
        "notRun": not_run,
        "cases": cases,
    });
    format!("{document:#}\n")
}

fn describe(case: &CaseResult, sources: &Sources) -> Value {
    let CaseResult { test, name, place, request, expected, got, verdict } = case;
    let location = sources.locate(place);
    let line = location.as_ref().and_then(|location| location.position.as_ref()).map(|p| p.line);
    let mut described = json!({
        "test": test.to_string(),
        "case": name,
        "file": location.map(|location| location.name),
        "line": line,
        "request": request,
        "expected": expected,
        "got": got,
        "result": match verdict {
            Verdict::Passed => "passed",
            Verdict::Failed(_) => "failed",
            Verdict::NotRun(_) => "notRun",
        },
    });
    if let Verdict::Failed(mismatches) = verdict {
        let mismatches = mismatches.iter().map(
            |mismatch| json!({"what": mismatch.what, "expected": mismatch.expected, "got": mismatch.got}),
        );
        described["mismatches"] = mismatches.collect();
    }
    described
}
