//! The shares of a split.

use route::config::{BackendRef, Config};
use std::collections::BTreeMap;

/// What a share of the requests gets: a backend by its id, or a status.
pub(crate) fn outcome_of(config: &Config, reference: &BackendRef) -> String {
    let backend = config.backends.get(reference.backend as usize);
    match (&reference.error, backend.map(|backend| (&backend.error, backend.id()))) {
        (Some(_), _) | (None, None) => "500".to_owned(),
        (None, Some((Some(error), _))) => error.status.to_string(),
        (None, Some((None, id))) => id,
    }
}

/// The weights by what the requests get; what gets nothing is left out.
pub(super) fn weights(config: &Config, backends: &[BackendRef]) -> BTreeMap<String, u64> {
    let mut weights = BTreeMap::new();
    for reference in backends.iter().filter(|reference| reference.weight > 0) {
        *weights.entry(outcome_of(config, reference)).or_default() += u64::from(reference.weight);
    }
    weights
}

/// Whether the name that a test gives stands for the backend of that id. A namespace or port that
/// is not named is not compared; without a kind a Service is meant.
pub(super) fn is_named(expected: &str, id: &str) -> bool {
    if expected == id {
        return true;
    }
    let (kind, rest) = split_kind(expected);
    let (actual_kind, actual) = split_kind(id);
    let (name, port) = split_port(rest);
    let (actual_name, actual_port) = split_port(actual);
    let bare = actual_name.rsplit('/').next();
    kind == actual_kind
        && (name == actual_name || (!name.contains('/') && bare == Some(name)))
        && port.is_none_or(|port| Some(port) == actual_port)
}

/// Kinds begin with a capital letter, which no namespace and no name has.
fn split_kind(name: &str) -> (Option<&str>, &str) {
    match name.split_once('/') {
        Some((kind, rest)) if kind.starts_with(|c: char| c.is_ascii_uppercase()) => {
            (Some(kind).filter(|kind| *kind != "Service"), rest)
        }
        _ => (None, name),
    }
}

fn split_port(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (name, None),
    }
}

/// Whether so many hits of so many draws are to be expected of such a share: within five standard
/// deviations, and one draw more for small numbers. Chance alone fails this less than once in a
/// million.
pub(super) fn is_plausible(hits: u32, draws: u32, share: f64) -> bool {
    let draws = f64::from(draws);
    let deviation = (draws * share * (1.0 - share)).sqrt();
    (f64::from(hits) - draws * share).abs() <= 5.0 * deviation + 1.0
}

#[cfg(test)]
mod tests {
    use super::{is_named, is_plausible};

    #[test]
    fn what_a_test_does_not_name_is_not_compared() {
        let id = "default/httpbin:8000";
        for name in ["httpbin:8000", "httpbin", "default/httpbin", "Service/default/httpbin:8000"] {
            assert!(is_named(name, id), "{name}");
        }
        for name in
            ["httpbin:80", "other/httpbin", "http", "Backend/httpbin", "Backend/default/httpbin"]
        {
            assert!(!is_named(name, id), "{name}");
        }
        assert!(is_named("Backend/site", "Backend/default/site"));
        assert!(!is_named("site", "Backend/default/site"));
        assert!(is_named("500", "500"));
    }

    #[test]
    fn shares_are_judged_by_their_spread() {
        assert!(is_plausible(100, 1000, 0.1));
        assert!(is_plausible(140, 1000, 0.1));
        assert!(!is_plausible(160, 1000, 0.1));
        assert!(!is_plausible(500, 1000, 0.1));
        assert!(!is_plausible(990, 1000, 1.0));
    }
}
