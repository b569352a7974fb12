//! What is expected of a request, compared with what became of it.

use super::engine::{Outcome, Timeouts, Won};
use super::report::Mismatch;
use super::share::is_named;
use crate::api::route_test::{
    Expectation, ExpectedRequest, ExpectedResponse, ExpectedTimeouts, RuleRef, Values,
};
use std::collections::BTreeMap;

/// Everything that is not as expected, and what the engine does not show of what was expected. What
/// is not named is not compared; shares are compared elsewhere.
pub(super) fn compare(expected: &Expectation, outcome: &Outcome) -> (Vec<Mismatch>, Vec<String>) {
    let Expectation { backend, backends: _, route, rule, request, response, mirrors, timeouts } =
        expected;
    let mut found = Vec::new();
    let mut unseen = Vec::new();
    match backend {
        Some(_) if outcome.hidden.backend => unseen.push("backend".to_owned()),
        Some(backend) => {
            let got =
                outcome.backend.clone().unwrap_or_else(|| format!("status {}", outcome.status));
            if !is_named(backend, &got) {
                found.push(Mismatch::new("backend", backend, got));
            }
        }
        None => {}
    }
    if outcome.hidden.won {
        unseen.extend(route.is_some().then(|| "route".to_owned()));
        unseen.extend(rule.is_some().then(|| "rule".to_owned()));
    } else if let Some(won) = &outcome.won {
        compare_won(route.as_deref(), rule.as_ref(), won, &mut found);
    } else if route.is_some() || rule.is_some() {
        let expected = route.clone().unwrap_or_else(|| "a rule".to_owned());
        found.push(Mismatch::new("route", expected, format!("none: status {}", outcome.status)));
    }
    match (mirrors, &outcome.mirrors) {
        (Some(mirrors), Some(got)) => compare_mirrors(mirrors, got, &mut found),
        (Some(_), None) => unseen.push("mirrors".to_owned()),
        (None, _) => {}
    }
    match (timeouts, &outcome.timeouts) {
        (Some(timeouts), Some(got)) => compare_timeouts(timeouts, got, &mut found),
        (Some(_), None) => unseen.push("timeouts".to_owned()),
        (None, _) => {}
    }
    match request {
        Some(_) if outcome.hidden.request => unseen.push("request".to_owned()),
        Some(request) => compare_request(request, outcome, &mut found),
        None => {}
    }
    if let Some(response) = response {
        compare_response(response, outcome, &mut found);
    }
    (found, unseen)
}

fn compare_won(route: Option<&str>, rule: Option<&RuleRef>, won: &Won, found: &mut Vec<Mismatch>) {
    if let Some(route) = route
        && route != won.route
        && Some(route) != won.route.rsplit('/').next()
    {
        found.push(Mismatch::new("route", route, &won.route));
    }
    match rule {
        Some(RuleRef::Number(number)) if *number != won.rule => {
            found.push(Mismatch::new("rule", number, won.rule));
        }
        Some(RuleRef::Name(name)) if Some(name) != won.rule_name.as_ref() => {
            let got = won.rule_name.clone().unwrap_or_else(|| won.rule.to_string());
            found.push(Mismatch::new("rule", name, got));
        }
        _ => {}
    }
}

/// Who gets copies, in any order.
fn compare_mirrors(expected: &[String], got: &[String], found: &mut Vec<Mismatch>) {
    let mut rest: Vec<&String> = got.iter().collect();
    let mut same = true;
    for name in expected {
        match rest.iter().position(|id| is_named(name, id)) {
            Some(at) => {
                rest.remove(at);
            }
            None => same = false,
        }
    }
    if !same || !rest.is_empty() {
        let listed = |names: &[String]| match names {
            [] => "none".to_owned(),
            names => names.join(", "),
        };
        found.push(Mismatch::new("mirrors", listed(expected), listed(got)));
    }
}

fn compare_timeouts(expected: &ExpectedTimeouts, got: &Timeouts, found: &mut Vec<Mismatch>) {
    let ExpectedTimeouts { request, backend_request } = expected;
    for (what, expected, got) in [
        ("timeouts.request", request, got.request),
        ("timeouts.backendRequest", backend_request, got.backend_request),
    ] {
        // No limit is what `0s` says.
        let got = got.unwrap_or_default();
        if let Some(expected) = expected
            && expected.get().as_millis() != u128::from(got)
        {
            found.push(Mismatch::new(what, expected, format!("{got}ms")));
        }
    }
}

fn compare_request(expected: &ExpectedRequest, outcome: &Outcome, found: &mut Vec<Mismatch>) {
    let ExpectedRequest { path, host, headers, absent } = expected;
    let Some(forwarded) = &outcome.forwarded else {
        let got = format!("none: status {}", outcome.status);
        found.push(Mismatch::new("request", "a request to the backend", got));
        return;
    };
    for (what, expected, got) in
        [("request.path", path, &forwarded.path), ("request.host", host, &forwarded.authority)]
    {
        if let Some(expected) = expected
            && expected.as_bytes() != got
        {
            found.push(Mismatch::new(what, expected, text(got)));
        }
    }
    compare_headers("request", headers, absent, &forwarded.headers, found);
}

fn compare_response(expected: &ExpectedResponse, outcome: &Outcome, found: &mut Vec<Mismatch>) {
    let ExpectedResponse { status, headers, absent, body } = expected;
    if let Some(status) = status
        && *status != outcome.status
    {
        let got = match &outcome.backend {
            Some(backend) => format!("{} from {backend}", outcome.status),
            None => outcome.status.to_string(),
        };
        found.push(Mismatch::new("response.status", status, got));
    }
    if let Some(body) = body
        && body.as_bytes() != outcome.body
    {
        found.push(Mismatch::new("response.body", body, text(&outcome.body)));
    }
    compare_headers("response", headers, absent, &outcome.headers, found);
}

fn compare_headers(
    of: &str,
    expected: &BTreeMap<String, Values>,
    absent: &[String],
    headers: &[(String, Vec<u8>)],
    found: &mut Vec<Mismatch>,
) {
    let values = |name: &str| -> Vec<String> {
        let same = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        same.map(|(_, value)| text(value)).collect()
    };
    for (name, wanted) in expected {
        let got = values(name);
        if got != wanted.as_slice() {
            let shown = if got.is_empty() { "absent".to_owned() } else { got.join(" and ") };
            let what = format!("{of}.headers.{name}");
            found.push(Mismatch::new(what, wanted.as_slice().join(" and "), shown));
        }
    }
    for name in absent {
        let got = values(name);
        if !got.is_empty() {
            found.push(Mismatch::new(format!("{of}.headers.{name}"), "absent", got.join(" and ")));
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
