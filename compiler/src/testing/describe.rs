//! Requests, expectations and outcomes in a line each, for people.

use super::engine::Outcome;
use crate::api::route_test::{Expectation, TestCase};
use std::collections::BTreeMap;

pub(super) fn weights(weights: &BTreeMap<String, u64>) -> String {
    if weights.is_empty() {
        return "no split".to_owned();
    }
    let shown: Vec<_> = weights.iter().map(|(name, weight)| format!("{name}: {weight}")).collect();
    shown.join(", ")
}

pub(super) fn request(case: &TestCase) -> String {
    let mut shown = format!("{} {}", case.request.method.as_str(), case.request.url);
    for (name, values) in &case.request.headers {
        for value in values.as_slice() {
            shown.push_str(&format!("  {name}: {value}"));
        }
    }
    shown
}

pub(super) fn expected(expect: &Expectation) -> String {
    let status = expect.response.as_ref().and_then(|response| response.status);
    let location = expect
        .response
        .as_ref()
        .and_then(|response| response.headers.get("location"))
        .map(|values| format!(" to {}", values.as_slice().join(" ")))
        .unwrap_or_default();
    match (&expect.backend, status) {
        (Some(backend), _) => backend.clone(),
        (None, _) if !expect.backends.is_empty() => {
            weights(&expect.backends.iter().map(|(n, w)| (n.clone(), (*w).into())).collect())
        }
        (None, Some(status)) => format!("{status}{location}"),
        (None, None) => "as described".to_owned(),
    }
}

pub(super) fn outcome(outcome: &Outcome) -> String {
    let location = outcome.headers.iter().find(|(name, _)| name == "location");
    match (&outcome.backend, location) {
        (Some(backend), _) => backend.clone(),
        (None, Some((_, to))) => format!("{} to {}", outcome.status, String::from_utf8_lossy(to)),
        (None, None) => outcome.status.to_string(),
    }
}
