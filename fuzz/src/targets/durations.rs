//! Durations of GEP-2257.

use super::text;
use kgwc::api::duration::Duration;
use regex::Regex;
use std::sync::LazyLock;

/// The pattern of GEP-2257, by which an API server decides.
static PATTERN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\A([0-9]{1,5}(h|m|s|ms)){1,4}\z").expect("the pattern is right"));

/// What the pattern admits is read, nothing else, and keeps its length when it is written anew.
pub(crate) fn run(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let read = text.parse::<Duration>();
    assert_eq!(read.is_ok(), PATTERN.is_match(text), "{text:?}");
    let Ok(duration) = read else { return };
    assert_eq!(duration.as_str(), text);
    let millis = u64::try_from(duration.get().as_millis()).expect("20 digits are enough");
    // Four times 99999h is more than the shortest text can say.
    let Some(shortest) = Duration::from_millis(millis) else {
        assert!(millis >= 100_000 * 3_600_000, "{text:?} has no shortest text");
        return;
    };
    assert_eq!(shortest.get(), duration.get(), "{text:?} became {shortest}");
    assert_eq!(Duration::from_millis(millis), Some(shortest));
}
