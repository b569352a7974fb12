//! JUnit XML, which CI servers show: a suite for each RouteTest.

use super::{place, said};
use crate::source::Sources;
use crate::testing::{CaseResult, Report, Tested, Verdict};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;

pub(super) fn render(report: &Report, sources: &Sources) -> String {
    let mut suites = BTreeMap::<String, TestSuite>::new();
    for case in &report.cases {
        let name = case.test.to_string();
        let suite = suites.entry(name.clone()).or_insert_with(|| TestSuite::new(name));
        suite.add_test_case(test_case(case, sources));
    }
    let Tested { engine, module, configurations } = &report.tested;
    for suite in suites.values_mut() {
        suite.add_property(("engine", engine.as_str()));
        if let Some(sha256) = module {
            suite.add_property(("module.sha256", sha256.as_str()));
        }
        for configuration in configurations {
            let name = format!("configuration.{}.sha256", configuration.gateway);
            suite.add_property((name.as_str(), configuration.sha256.as_str()));
        }
    }
    let mut document = quick_junit::Report::new("kgwc test");
    document.add_test_suites(suites.into_values());
    // Fails only where text has characters that XML does not have, which the crate leaves out.
    document.to_string().unwrap_or_default()
}

fn test_case(case: &CaseResult, sources: &Sources) -> TestCase {
    let CaseResult { test, name, place: at, request, verdict, explanation, unseen, .. } = case;
    let status = match verdict {
        Verdict::Passed => TestCaseStatus::success(),
        Verdict::NotRun(why) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(why.clone());
            status
        }
        Verdict::Failed(mismatches) => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let first = mismatches.first().map(said).unwrap_or_default();
            let mut text = format!("{request}\n");
            for mismatch in mismatches {
                text.push_str(&said(mismatch));
                text.push('\n');
            }
            if let Some(explanation) = explanation {
                text.push('\n');
                text.push_str(&route::explain::text(explanation));
            }
            status.set_type("mismatch").set_message(first).set_description(text);
            status
        }
    };
    let mut written = TestCase::new(name.clone(), status);
    written.set_classname(test.to_string());
    if !unseen.is_empty() {
        written.set_system_out(format!("not seen: {}", unseen.join(", ")));
    }
    if let Some((file, line)) = place(at, sources) {
        written.extra.insert("file".into(), file.into());
        written.extra.insert("line".into(), line.to_string().into());
    }
    written
}
