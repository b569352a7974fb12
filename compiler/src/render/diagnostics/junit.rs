//! Diagnostics as JUnit XML, which CI servers show: a suite for each file, so that they show what
//! was checked, too.

use std::collections::BTreeMap;
use std::fmt::Write;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Located, located};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::{Location, Sources};

/// A case for each problem: a failure for an error, a skipped one for a warning, a passed one for a
/// note. A file without problems is one case that passed.
pub fn render(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut suites: BTreeMap<&str, Vec<TestCase>> =
        sources.file_names().map(|name| (name, Vec::new())).collect();
    let all = located(diagnostics, sources);
    for problem in &all {
        let file = problem.location.as_ref().map_or("input", |location| location.name.as_str());
        suites.entry(file).or_default().push(case(problem, file));
    }
    let mut report = Report::new("kgwc check");
    for (file, mut cases) in suites {
        if cases.is_empty() {
            cases.push(named("no problems", file, TestCaseStatus::success()));
        }
        let mut suite = TestSuite::new(file);
        suite.add_test_cases(cases);
        report.add_test_suite(suite);
    }
    // Fails only where text has characters that XML does not have, which the crate leaves out.
    report.to_string().unwrap_or_default()
}

fn case(problem: &Located<'_>, file: &str) -> TestCase {
    let Diagnostic { code, severity, message, .. } = problem.diagnostic;
    let position = problem.location.as_ref().and_then(|location| location.position.as_ref());
    let name = match position {
        Some(position) => format!("{}:{} {code}", position.line, position.column),
        None => code.to_string(),
    };
    let mut status = match severity {
        Severity::Error => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Severity::Warning => TestCaseStatus::skipped(),
        Severity::Note => {
            let mut case = named(&name, file, TestCaseStatus::success());
            case.set_system_out(description(problem));
            return case;
        }
    };
    status.set_type(code.as_str()).set_message(message.clone());
    status.set_description(description(problem));
    named(&name, file, status)
}

fn named(name: &str, file: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(file);
    case
}

/// All that there is to say: place and message of the problem and of what is related, and the help.
fn description(problem: &Located<'_>) -> String {
    let Diagnostic { message, help, quoted, .. } = problem.diagnostic;
    let mut text = String::new();
    let first = std::iter::once((&problem.location, message.as_str()));
    for (location, message) in first.chain(problem.related.iter().map(|(l, m)| (l, *m))) {
        let place = match location {
            Some(Location { name, position: Some(position) }) => {
                format!("{name}:{}:{}: ", position.line, position.column)
            }
            Some(Location { name, position: None }) => format!("{name}: "),
            None => String::new(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{place}{message}");
    }
    if let Some(quoted) = quoted {
        let _ = writeln!(text, "the API server says: {quoted}");
    }
    if let Some(help) = help {
        let _ = writeln!(text, "help: {help}");
    }
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::fixture;
    use super::render;
    use crate::source::Sources;

    #[test]
    fn a_suite_for_each_file() {
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="kgwc check" tests="4" skipped="1" failures="2" errors="0">
                <testsuite name="input" tests="1" skipped="0" errors="0" failures="0">
                    <testcase name="no-input" classname="input">
                        <system-out>nothing to do
            </system-out>
                    </testcase>
                </testsuite>
                <testsuite name="no/such file.yaml" tests="1" skipped="0" errors="0" failures="1">
                    <testcase name="unreadable" classname="no/such file.yaml">
                        <failure message="there is no such file or folder" type="unreadable">no/such file.yaml: there is no such file or folder
            </failure>
                    </testcase>
                </testsuite>
                <testsuite name="routes/a, b.yaml" tests="2" skipped="1" errors="0" failures="1">
                    <testcase name="5:5 unknown-field" classname="routes/a, b.yaml">
                        <failure message="there is no field `matchs`" type="unknown-field">routes/a, b.yaml:5:5: there is no field `matchs`
            the API server says: strict decoding error: unknown field &quot;spec.rules[0].matchs&quot;
            help: did you mean `matches`?
            </failure>
                    </testcase>
                    <testcase name="6:21 wrong-type" classname="routes/a, b.yaml">
                        <skipped message="a number where a string is wanted" type="wrong-type">routes/a, b.yaml:6:21: a number where a string is wanted
            routes/a, b.yaml:2:1: 100% of it: here
            </skipped>
                    </testcase>
                </testsuite>
            </testsuites>
        "#]].assert_eq(&render(&fixture::diagnostics(), &fixture::sources()));
    }

    #[test]
    fn a_file_without_problems_is_shown() {
        let (sources, _) = Sources::from_text("good.yaml", "kind: Service");
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="kgwc check" tests="1" skipped="0" failures="0" errors="0">
                <testsuite name="good.yaml" tests="1" skipped="0" errors="0" failures="0">
                    <testcase name="no problems" classname="good.yaml"/>
                </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&render(&[], &sources));
    }
}
