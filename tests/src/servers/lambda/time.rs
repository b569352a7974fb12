//! Times as AWS writes them.

use std::time::{Duration, SystemTime};

/// From 1 March of the year 0, which is day 1.
const DAYS_BEFORE_1970: u64 = 719_469;

/// The time of `20260131T235959Z`.
pub(super) fn parse_time(text: &str) -> Option<SystemTime> {
    let is_digit_unless = |(place, byte)| match place {
        8 => byte == b'T',
        15 => byte == b'Z',
        _ => u8::is_ascii_digit(&byte),
    };
    if text.len() != 16 || !text.bytes().enumerate().all(is_digit_unless) {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u64>().ok();
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hour, minute, second) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) =
        if month > 2 { (year, month - 3) } else { (year.checked_sub(1)?, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    let days = days.checked_sub(DAYS_BEFORE_1970)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, seconds) in [
            ("19700101T000000Z", Some(0)),
            ("19700101T000001Z", Some(1)),
            ("20000229T120000Z", Some(951_825_600)),
            ("20001231T235959Z", Some(978_307_199)),
            ("20240301T000000Z", Some(1_709_251_200)),
            ("21000301T000000Z", Some(4_107_542_400)),
            ("19691231T235959Z", None),
            ("20241301T000000Z", None),
            ("20240301 000000Z", None),
            ("2024-03-01T00:00", None),
            ("+0240301T000000Z", None),
            ("00000101T000000Z", None),
            ("", None),
        ] {
            let time = seconds.map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
            assert_eq!(parse_time(text), time, "{text}");
        }
    }
}
