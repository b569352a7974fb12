//! A report as people see it: what tests and answers say is escaped where it would change other text.

use crate::render::visible::visible;
use crate::testing::{CaseResult, Mismatch, Report, Verdict};

/// The report with its texts [`visible`]; explanations are left to who writes them.
pub(super) fn shown(report: &Report) -> Report {
    Report { cases: report.cases.iter().map(case).collect(), ..report.clone() }
}

fn case(case: &CaseResult) -> CaseResult {
    CaseResult {
        name: visible(&case.name),
        request: visible(&case.request),
        expected: visible(&case.expected),
        got: visible(&case.got),
        verdict: verdict(&case.verdict),
        unseen: case.unseen.iter().map(|text| visible(text)).collect(),
        ..case.clone()
    }
}

fn verdict(verdict: &Verdict) -> Verdict {
    match verdict {
        Verdict::Passed => Verdict::Passed,
        Verdict::NotRun(why) => Verdict::NotRun(visible(why)),
        Verdict::Failed(mismatches) => Verdict::Failed(mismatches.iter().map(mismatch).collect()),
    }
}

fn mismatch(Mismatch { what, expected, got }: &Mismatch) -> Mismatch {
    Mismatch { what: visible(what), expected: visible(expected), got: visible(got) }
}
