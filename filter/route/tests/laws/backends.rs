//! Section 6: which backend, and what an invalid one gives.

use super::{get, outcome, prefix, route, simple, table, to};
use crate::model::{Act, BackendRef};
use route::{Action, SplitMix64};
use std::collections::BTreeMap;

/// What a rule with these backends gives for a draw, as the backend's name or status and reason.
fn drawn(backends: Vec<BackendRef>, draw: u64) -> String {
    let gateway = simple(vec![route("a/r", &[], vec![prefix("/")]).backends(backends)]);
    let mut request = get("http://a.com/");
    request.draw = draw;
    match outcome(&gateway, &request).act {
        Act::Forward { backend, .. } => backend,
        Act::Respond { status, reason, detail, .. } => format!("{status} {reason} {detail}"),
        act @ Act::Redirect { .. } => panic!("{act:?}"),
    }
}

/// The shares in percent, by draws that lie evenly.
fn shares(backends: &[BackendRef]) -> BTreeMap<String, u32> {
    let mut shares = BTreeMap::new();
    for percent in 0..100 {
        let draw = ((u128::from(percent as u32) << 64).div_ceil(100)) as u64;
        *shares.entry(drawn(backends.to_vec(), draw)).or_default() += 1;
    }
    shares
}

fn by_name<const N: usize>(shares: [(&str, u32); N]) -> BTreeMap<String, u32> {
    shares.map(|(name, share)| (name.to_owned(), share)).into()
}

#[test]
fn the_share_of_a_backend_is_its_weight_of_the_sum() {
    let split = [to(0, 10), to(1, 10), to(2, 80)];
    let expected = [("default/v1:80", 10), ("default/v2:80", 10), ("default/v3:80", 80)];
    assert_eq!(shares(&split), by_name(expected));
    let even = [to(0, 1), to(1, 1)];
    assert_eq!(shares(&even), by_name([("default/v1:80", 50), ("default/v2:80", 50)]));
    let large = [to(0, 1_000_000), to(1, 1_000_000), to(2, 2_000_000)];
    let expected = [("default/v1:80", 25), ("default/v2:80", 25), ("default/v3:80", 50)];
    assert_eq!(shares(&large), by_name(expected));
}

/// "10% of traffic is sent to helloworld-v1 and helloworld-v2, and 80% to helloworld-v3."
#[test]
fn a_split_of_10_10_80_comes_out_over_100_000_draws() {
    let backends = vec![to(0, 10), to(1, 10), to(2, 80)];
    let gateway = simple(vec![route("a/r", &[], vec![prefix("/")]).backends(backends)]);
    let table = table(&gateway);
    let mut rng = SplitMix64::new(1);
    let mut counts = BTreeMap::<String, u32>::new();
    get("http://a.com/").lend(|request| {
        for _ in 0..100_000 {
            match table.find(request, &mut rng).action {
                Action::Forward(forward) => {
                    *counts.entry(forward.backend.name.clone()).or_default() += 1;
                }
                action => panic!("{action:?}"),
            }
        }
    });
    for (name, percent) in [("v1", 10.0), ("v2", 10.0), ("v3", 80.0)] {
        let share = f64::from(counts[name]) / 1000.0;
        assert!((share - percent).abs() < 0.5, "{name} gets {share}%");
    }
}

#[test]
fn weight_0_gets_nothing() {
    let shares = shares(&[to(0, 0), to(1, 1), to(2, 0)]);
    assert_eq!(shares, by_name([("default/v2:80", 100)]));
}

#[test]
fn a_single_backend_gets_everything() {
    for weight in [1, 7, 1_000_000] {
        assert_eq!(shares(&[to(0, weight)]), by_name([("default/v1:80", 100)]));
    }
}

#[test]
fn an_invalid_backend_answers_its_share_with_500() {
    let expected = [("500 invalid_backend BackendNotFound", 75), ("default/v1:80", 25)];
    assert_eq!(shares(&[to(0, 1), to(3, 3)]), by_name(expected));
}

#[test]
fn an_invalid_reference_answers_its_share_with_500() {
    let mut invalid = to(1, 1);
    invalid.error = Some("RefNotPermitted".to_owned());
    let expected = [("500 invalid_backend RefNotPermitted", 50), ("default/v1:80", 50)];
    assert_eq!(shares(&[to(0, 1), invalid]), by_name(expected));
}

#[test]
fn a_service_without_endpoints_answers_its_share_with_503() {
    let expected = [("503 invalid_backend no endpoints", 50), ("default/v1:80", 50)];
    assert_eq!(shares(&[to(0, 1), to(4, 1)]), by_name(expected));
}

#[test]
fn a_rule_without_backends_answers_500() {
    assert_eq!(drawn(Vec::new(), 0), "500 no_backends ");
}

#[test]
fn all_weights_0_answer_503() {
    assert_eq!(drawn(vec![to(0, 0)], 0), "503 no_weight ");
    assert_eq!(drawn(vec![to(0, 0), to(3, 0)], 5), "503 no_weight ");
    assert_eq!(drawn(vec![to(4, 0)], 0), "503 no_weight ", "the reference is valid");
}

#[test]
fn all_weights_0_of_invalid_references_answer_500() {
    let mut invalid = to(1, 0);
    invalid.error = Some("RefNotPermitted".to_owned());
    let backends = vec![to(3, 0), invalid];
    assert_eq!(drawn(backends, 0), "500 invalid_backend BackendNotFound");
}
