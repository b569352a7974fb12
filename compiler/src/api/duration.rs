//! Durations as the Gateway API writes them (GEP-2257).

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::pattern;

/// One to four numbers of up to five digits, each with a unit, such as `1h30m` or `500ms`. The
/// units may come in any order and more than once; the duration is their sum. Keeps the text as
/// it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duration {
    text: String,
    value: std::time::Duration,
}

/// A text that is no duration of GEP-2257.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: up to four numbers of up to five digits, each with h, m, s or ms"
)]
pub struct InvalidDuration(String);

impl Duration {
    /// The length, exact to the millisecond.
    pub fn get(&self) -> std::time::Duration {
        self.value
    }

    /// The shortest text for a number of milliseconds; `None` beyond what a duration can say.
    pub fn from_millis(millis: u64) -> Option<Self> {
        const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let mut rest = millis;
        let mut text = String::new();
        for (unit, factor) in UNITS {
            if rest >= factor {
                text.push_str(&format!("{}{unit}", rest / factor));
                rest %= factor;
            }
        }
        if text.is_empty() { "0s".parse().ok() } else { text.parse().ok() }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl FromStr for Duration {
    type Err = InvalidDuration;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value = parse(text).ok_or_else(|| InvalidDuration(text.to_owned()))?;
        Ok(Self { text: text.to_owned(), value })
    }
}

fn parse(text: &str) -> Option<std::time::Duration> {
    let mut rest = text;
    let mut millis = 0u64;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if !(1..=5).contains(&digits) || parts == 4 {
            return None;
        }
        let (number, tail) = rest.split_at(digits);
        // `ms` before `m`: the longer unit wins, as in the pattern of the API.
        let (unit, factor) = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)]
            .into_iter()
            .find(|(unit, _)| tail.starts_with(unit))?;
        millis += number.parse::<u64>().ok()? * factor;
        rest = &tail[unit.len()..];
        parts += 1;
    }
    (parts > 0).then(|| std::time::Duration::from_millis(millis))
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Duration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": pattern::DURATION })
    }
}

#[cfg(test)]
mod tests {
    use super::Duration;

    #[test]
    fn reads_what_gep_2257_allows() {
        for (text, millis) in [
            ("0h", 0),
            ("0s", 0),
            ("150m", 9_000_000),
            ("10s30m1h", 5_410_000),
            ("100ms200ms300ms", 600),
            ("1h30m", 5_400_000),
            ("500ms", 500),
            ("99999h", 359_996_400_000),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration.get().as_millis(), millis, "{text}");
            assert_eq!(duration.to_string(), text);
        }
    }

    #[test]
    fn milliseconds_have_a_shortest_text() {
        for (millis, text) in [
            (0, Some("0s")),
            (90_000, Some("1m30s")),
            (3_600_001, Some("1h1ms")),
            (359_999_999_999, Some("99999h59m59s999ms")),
            (360_000_000_000, None),
            (u64::MAX, None),
        ] {
            let duration = Duration::from_millis(millis);
            assert_eq!(duration.as_ref().map(Duration::as_str), text, "{millis}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in [
            "",
            "1",
            "1m1",
            "1d",
            "1h30m10s20ms50h",
            "999999h",
            "1.5h",
            "-15m",
            " 1s",
            "1s ",
            "s",
            "1S",
        ] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
