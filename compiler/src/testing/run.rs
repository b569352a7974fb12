//! Runs RouteTests.

use super::coverage::Reached;
use super::describe;
use super::engine::{Engine, EngineError, Outcome, Timeouts};
use super::expect::compare;
use super::native::Native;
use super::report::{CaseResult, Mismatch, Verdict};
use super::request::Prepared;
use super::share::{is_named, is_plausible, outcome_of, weights};
use crate::api::route_test::RouteTest;
use crate::api::route_test::{Expectation, TestCase};
use crate::diagnostic::{FieldPath, ObjectId, Place};
use crate::explain::explain;
use crate::index::{Entry, ObjectKey};
use route::SplitMix64;
use route::config::BackendRef;
use route::explain::CANDIDATES;
use std::collections::BTreeMap;

/// How cases are run.
pub(super) struct Runner<'e> {
    /// Sends the requests.
    pub(super) engine: &'e mut dyn Engine,
    /// Knows the shares, which no number of requests shows exactly.
    pub(super) native: &'e Native,
    /// Leaves paths as they stand.
    pub(super) raw_path: bool,
    /// How many requests show the shares of a split.
    pub(super) samples: u32,
}

/// What came of a case that was run.
#[derive(Default)]
struct Compared {
    mismatches: Vec<Mismatch>,
    unseen: Vec<String>,
    got: String,
    reached: Option<Reached>,
}

impl Runner<'_> {
    /// Runs the cases of a RouteTest that are chosen by their names; `ran` is called after each.
    ///
    /// # Errors
    /// When there is nobody to send requests to.
    pub(super) fn run(
        &mut self,
        key: &ObjectKey,
        entry: &Entry<RouteTest>,
        is_chosen: impl Fn(&str) -> bool,
        ran: &dyn Fn(),
    ) -> Result<Vec<CaseResult>, EngineError> {
        let cases = entry.object.spec.cases.iter().enumerate();
        let chosen = cases.filter(|(_, case)| is_chosen(&case.name));
        let run = chosen.map(|(number, case)| self.case(key, entry.id, number, case));
        run.inspect(|_| ran()).collect()
    }

    fn case(
        &mut self,
        key: &ObjectKey,
        id: ObjectId,
        number: usize,
        case: &TestCase,
    ) -> Result<CaseResult, EngineError> {
        let mut result = CaseResult {
            test: key.clone(),
            name: case.name.clone(),
            place: Place::value(id, FieldPath::from("cases").index(number)),
            request: describe::request(case),
            expected: describe::expected(&case.expect),
            got: String::new(),
            verdict: Verdict::Passed,
            unseen: Vec::new(),
            reached: None,
            explanation: None,
        };
        match self.compare(case) {
            Ok(Compared { mismatches, unseen, got, reached }) => {
                if !mismatches.is_empty() {
                    result.explanation = self.explain(case);
                    result.verdict = Verdict::Failed(mismatches);
                } else if unseen.len() == case.expect.len() {
                    let unseen = unseen.join(", ");
                    result.verdict = Verdict::NotRun(format!("a response does not show: {unseen}"));
                }
                (result.got, result.unseen, result.reached) = (got, unseen, reached);
            }
            Err(EngineError::NotRun(why)) => {
                result.got.clone_from(&why);
                result.verdict = Verdict::NotRun(why);
            }
            Err(error @ EngineError::Unreachable { .. }) => return Err(error),
            Err(error) => {
                result.got = error.to_string();
                let failed = Mismatch::new("request", "an answer", &error);
                result.verdict = Verdict::Failed(vec![failed]);
            }
        }
        Ok(result)
    }

    /// Why the request gets what it gets, by the routes; nothing for what the host refuses.
    fn explain(&self, case: &TestCase) -> Option<Box<route::explain::Explanation>> {
        let mut request = Prepared::of_case(&case.request).ok()?;
        if !self.raw_path {
            request = request.normalized().ok()?;
        }
        Some(Box::new(explain(self.native.table(), &request, CANDIDATES)))
    }

    fn compare(&mut self, case: &TestCase) -> Result<Compared, EngineError> {
        let prepared = Prepared::of_case(&case.request).map_err(EngineError::failed)?;
        let request = match prepared.clone().normalized() {
            _ if self.raw_path => prepared.clone(),
            Ok(request) => request,
            Err(_) if self.engine.normalizes_paths() => prepared.clone(),
            // What the host refuses never gets to the module.
            Err(_) => {
                let refused = Outcome {
                    status: 400,
                    mirrors: Some(Vec::new()),
                    timeouts: Some(Timeouts::default()),
                    ..Outcome::default()
                };
                let got = describe::outcome(&refused);
                let (mismatches, unseen) = compare(&case.expect, &refused);
                return Ok(Compared { mismatches, unseen, got, reached: None });
            }
        };
        let sent = if self.engine.normalizes_paths() { &prepared } else { &request };
        let table = self.native.table();
        let backends = request.with_view(|view| table.find(view, &mut SplitMix64::new(0)).backends);
        let mut compared = Compared::default();
        let expected = &case.expect.backends;
        let split = weights(table.config(), backends);
        if !expected.is_empty() {
            compare_shares(expected, &split, &mut compared.mismatches);
            if compared.mismatches.is_empty() {
                self.sample(sent, &split, &mut compared)?;
            }
        }
        let chosen = self.chosen(&case.expect, backends);
        let outcome = self.engine.send(sent, chosen)?;
        compared.got = describe::outcome(&outcome);
        if expected.is_empty() && split.len() > 1 {
            if let Some(backend) = &case.expect.backend {
                let split = describe::weights(&split);
                let help = format!("{split}: name the shares under `backends`");
                compared.mismatches.push(Mismatch::new("backend", backend, help));
            }
        } else if split.len() > 1 {
            compared.got = describe::weights(&split);
        }
        if compared.mismatches.is_empty() {
            let (mismatches, unseen) = compare(&case.expect, &outcome);
            compared.mismatches = mismatches;
            compared.unseen.extend(unseen);
        }
        if outcome.hidden.backend {
            compared.got = format!("{}, backend not shown", describe::outcome(&outcome));
        }
        compared.reached = outcome.won.clone().map(|won| {
            let backends = self.reached(&case.expect, backends, &outcome);
            Reached { won, backends }
        });
        Ok(compared)
    }

    /// The numbers of the backends that the case is about: those whose shares it names, else those
    /// that got the request.
    fn reached(
        &self,
        expect: &Expectation,
        backends: &[BackendRef],
        outcome: &Outcome,
    ) -> Vec<usize> {
        let config = self.native.table().config();
        let status = outcome.status.to_string();
        let got = outcome.backend.as_ref().unwrap_or(&status);
        let is_reached = |reference: &BackendRef| {
            reference.weight > 0
                && (!expect.backends.is_empty() || outcome_of(config, reference) == *got)
        };
        (0..backends.len()).filter(|number| is_reached(&backends[*number])).collect()
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
        compared: &mut Compared,
    ) -> Result<(), EngineError> {
        let draws = self.samples;
        let found = &mut compared.mismatches;
        let mut hits = BTreeMap::<String, u32>::new();
        for _ in 0..draws {
            let outcome = self.engine.send_one_of_many(request)?;
            if outcome.hidden.backend {
                compared.unseen.push("backends".to_owned());
                return Ok(());
            }
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
        found.push(Mismatch::new("backends", wanted.join(", "), describe::weights(got)));
    }
}
