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
        let at = place(&case.place, sources);
        let suite = suites.entry(name.clone()).or_insert_with(|| {
            let mut suite = TestSuite::new(name);
            if let Some((file, _)) = &at {
                suite.extra.insert("file".into(), file.as_str().into());
            }
            suite
        });
        suite.add_test_case(test_case(case, at));
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

/// Servers that check JUnit XML against a schema know no file or line of a case, so that they stand
/// in the text of a failure.
fn test_case(case: &CaseResult, at: Option<(String, usize)>) -> TestCase {
    let CaseResult { test, name, request, verdict, explanation, unseen, .. } = case;
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
            let mut text = match at {
                Some((file, line)) => format!("{file}:{line}\n{request}\n"),
                None => format!("{request}\n"),
            };
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
    written
}
