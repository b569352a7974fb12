//! Runs RouteTests.

use super::engine::{Engine, EngineError, Outcome};
use super::expect::compare;
use super::native::Native;
use super::request::Prepared;
use super::share::{is_named, is_plausible, outcome_of, weights};
use crate::api::route_test::RouteTest;
use crate::api::route_test::{Expectation, TestCase};
use crate::diagnostic::{FieldPath, ObjectId, Place};
use crate::index::{Entry, ObjectKey};
use route::SplitMix64;
use route::config::BackendRef;
use std::collections::BTreeMap;
use std::fmt::Display;

/// The results of RouteTests in one engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each case, in the order of the input.
    pub cases: Vec<CaseResult>,
}

/// The result of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The RouteTest.
    pub test: ObjectKey,
    /// Name of the case.
    pub name: String,
    /// Where it stands.
    pub place: Place,
    /// The request, for people.
    pub request: String,
    /// What was expected, for people.
    pub expected: String,
    /// What became of the request, for people.
    pub got: String,
    /// The result.
    pub verdict: Verdict,
}

/// The result of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything is as expected.
    Passed,
    /// Something is not.
    Failed(Vec<Mismatch>),
    /// The engine cannot run it; the text says why.
    NotRun(String),
}

/// One thing that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What: `backend`, `request.path`, ...
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What there was.
    pub got: String,
}

impl Mismatch {
    pub(super) fn new(what: impl Into<String>, expected: impl Display, got: impl Display) -> Self {
        Self { what: what.into(), expected: expected.to_string(), got: got.to_string() }
    }
}

impl Report {
    /// Whether no case failed.
    pub fn is_success(&self) -> bool {
        !self.cases.iter().any(|case| matches!(case.verdict, Verdict::Failed(_)))
    }
}

/// How cases are run.
pub struct Runner<'e> {
    /// Sends the requests.
    pub engine: &'e mut dyn Engine,
    /// Knows the shares, which no number of requests shows exactly.
    pub native: &'e Native,
    /// Leaves paths as they stand.
    pub raw_path: bool,
}

impl Runner<'_> {
    /// Runs every case of a RouteTest.
    pub fn run(&mut self, key: &ObjectKey, entry: &Entry<RouteTest>) -> Vec<CaseResult> {
        let cases = entry.object.spec.cases.iter().enumerate();
        cases.map(|(number, case)| self.case(key, entry.id, number, case)).collect()
    }

    fn case(
        &mut self,
        key: &ObjectKey,
        id: ObjectId,
        number: usize,
        case: &TestCase,
    ) -> CaseResult {
        let (verdict, got) = match self.verdict(case) {
            Ok((mismatches, got)) if mismatches.is_empty() => (Verdict::Passed, got),
            Ok((mismatches, got)) => (Verdict::Failed(mismatches), got),
            Err(EngineError::NotRun(why)) => (Verdict::NotRun(why.clone()), why),
            Err(error) => {
                let failed = Mismatch::new("request", "an answer", &error);
                (Verdict::Failed(vec![failed]), error.to_string())
            }
        };
        CaseResult {
            test: key.clone(),
            name: case.name.clone(),
            place: Place::value(id, FieldPath::from("cases").index(number)),
            request: describe_request(case),
            expected: describe_expected(&case.expect),
            got,
            verdict,
        }
    }

    fn verdict(&mut self, case: &TestCase) -> Result<(Vec<Mismatch>, String), EngineError> {
        let prepared = Prepared::of_case(&case.request).map_err(EngineError::failed)?;
        let request = match prepared.clone().normalized() {
            _ if self.raw_path => prepared.clone(),
            Ok(request) => request,
            Err(_) if self.engine.normalizes_paths() => prepared.clone(),
            // What the host refuses never gets to the module.
            Err(_) => {
                let refused = Outcome { status: 400, ..Outcome::default() };
                return Ok((compare(&case.expect, &refused), describe_outcome(&refused)));
            }
        };
        let sent = if self.engine.normalizes_paths() { &prepared } else { &request };
        let table = self.native.table();
        let backends = request.with_view(|view| table.find(view, &mut SplitMix64::new(0)).backends);
        let mut found = Vec::new();
        let expected = &case.expect.backends;
        if !expected.is_empty() {
            let got = weights(table.config(), backends);
            compare_shares(expected, &got, &mut found);
            if found.is_empty() {
                self.sample(sent, &got, &mut found)?;
            }
        }
        let chosen = self.chosen(&case.expect, backends);
        let outcome = self.engine.send(sent, chosen)?;
        let split = weights(table.config(), backends);
        let mut got = describe_outcome(&outcome);
        if expected.is_empty() && split.len() > 1 {
            if let Some(backend) = &case.expect.backend {
                let split = describe_weights(&split);
                let help = format!("{split}: name the shares under `backends`");
                found.push(Mismatch::new("backend", backend, help));
            }
        } else if split.len() > 1 {
            got = describe_weights(&split);
        }
        if found.is_empty() {
            found = compare(&case.expect, &outcome);
        }
        Ok((found, got))
    }

    /// The number of the backend that the expectation is about.
    fn chosen(&self, expect: &Expectation, backends: &[BackendRef]) -> Option<usize> {
        let config = self.native.table().config();
        let backend = expect.backend.as_ref()?;
        backends.iter().position(|b| b.weight > 0 && is_named(backend, &outcome_of(config, b)))
    }

    /// Whether the engine keeps to the shares: many requests, each left to chance.
    fn sample(
        &mut self,
        request: &Prepared,
        weights: &BTreeMap<String, u64>,
        found: &mut Vec<Mismatch>,
    ) -> Result<(), EngineError> {
        let draws = self.engine.samples();
        let mut hits = BTreeMap::<String, u32>::new();
        for _ in 0..draws {
            let outcome = self.engine.send(request, None)?;
            let got = outcome.backend.unwrap_or_else(|| outcome.status.to_string());
            *hits.entry(got).or_default() += 1;
        }
        let total: u64 = weights.values().sum();
        for (name, weight) in weights {
            let hits = hits.remove(name).unwrap_or_default();
            let share = *weight as f64 / total as f64;
            if draws > 0 && !is_plausible(hits, draws, share) {
                let what = format!("share of {name}");
                let expected = format!("about {:.1} % of {draws} requests", share * 100.0);
                found.push(Mismatch::new(what, expected, format!("{hits} requests")));
            }
        }
        for (name, hits) in hits {
            found.push(Mismatch::new(format!("share of {name}"), "none", hits));
        }
        Ok(())
    }
}

/// Runs RouteTests in an engine.
pub fn run<'t>(
    runner: &mut Runner<'_>,
    tests: impl IntoIterator<Item = (&'t ObjectKey, &'t Entry<RouteTest>)>,
) -> Report {
    let cases = tests.into_iter().flat_map(|(key, entry)| runner.run(key, entry)).collect();
    Report { cases }
}

fn compare_shares(
    expected: &BTreeMap<String, u32>,
    got: &BTreeMap<String, u64>,
    found: &mut Vec<Mismatch>,
) {
    let mut rest = got.clone();
    let expected_total: u64 = expected.values().map(|weight| u64::from(*weight)).sum();
    let got_total: u64 = got.values().sum();
    let mut same = got_total > 0 && expected_total > 0;
    for (name, weight) in expected {
        let named: Vec<_> = rest.keys().filter(|id| is_named(name, id)).cloned().collect();
        // A share of nothing is still the share of a backend that is there.
        same &= !named.is_empty();
        let sum: u64 = named.iter().filter_map(|id| rest.remove(id)).sum();
        same &= u64::from(*weight) * got_total == sum * expected_total;
    }
    if !same || !rest.is_empty() {
        let wanted: Vec<_> = expected.iter().map(|(name, w)| format!("{name}: {w}")).collect();
        found.push(Mismatch::new("backends", wanted.join(", "), describe_weights(got)));
    }
}

fn describe_weights(weights: &BTreeMap<String, u64>) -> String {
    if weights.is_empty() {
        return "no split".to_owned();
    }
    let shown: Vec<_> = weights.iter().map(|(name, weight)| format!("{name}: {weight}")).collect();
    shown.join(", ")
}

fn describe_request(case: &TestCase) -> String {
    let mut shown = format!("{} {}", case.request.method.as_str(), case.request.url);
    for (name, values) in &case.request.headers {
        for value in values.as_slice() {
            shown.push_str(&format!("  {name}: {value}"));
        }
    }
    shown
}

fn describe_expected(expect: &Expectation) -> String {
    let status = expect.response.as_ref().and_then(|response| response.status);
    let location = expect
        .response
        .as_ref()
        .and_then(|response| response.headers.get("location"))
        .map(|values| format!(" to {}", values.as_slice().join(" ")))
        .unwrap_or_default();
    match (&expect.backend, status) {
        (Some(backend), _) => backend.clone(),
        (None, _) if !expect.backends.is_empty() => describe_weights(
            &expect.backends.iter().map(|(n, w)| (n.clone(), (*w).into())).collect(),
        ),
        (None, Some(status)) => format!("{status}{location}"),
        (None, None) => "as described".to_owned(),
    }
}

fn describe_outcome(outcome: &Outcome) -> String {
    let location = outcome.headers.iter().find(|(name, _)| name == "location");
    match (&outcome.backend, location) {
        (Some(backend), _) => backend.clone(),
        (None, Some((_, to))) => format!("{} to {}", outcome.status, String::from_utf8_lossy(to)),
        (None, None) => outcome.status.to_string(),
    }
}
