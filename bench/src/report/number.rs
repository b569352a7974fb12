//! Figures as people read them: three significant digits, and the unit that leaves few of them
//! before the point.

/// How a figure is written.
pub(super) type Show = fn(f64) -> String;

/// One thing by another, without a unit.
pub(super) fn ratio(value: f64) -> String {
    significant(value)
}

/// What is counted; exact below a million.
pub(super) fn count(value: f64) -> String {
    match value.round() < 1e6 {
        true => grouped(&format!("{value:.0}")),
        false => format!("{} million", significant(value / 1e6)),
    }
}

/// A time in nanoseconds.
pub(super) fn time(nanoseconds: f64) -> String {
    scaled(nanoseconds, &[("s", 1e9), ("ms", 1e6), ("µs", 1e3), ("ns", 1.0)])
}

/// The length of a file in bytes, in powers of a thousand.
pub(super) fn length(bytes: f64) -> String {
    scaled(bytes, &[("MB", 1e6), ("KB", 1e3), ("bytes", 1.0)])
}

/// Memory in bytes, in powers of 1024.
pub(super) fn memory(bytes: f64) -> String {
    scaled(bytes, &[("MiB", 1_048_576.0), ("KiB", 1024.0), ("bytes", 1.0)])
}

/// How long a run took.
pub(super) fn duration(seconds: u64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}

/// A figure that is exact, as the limits of goals are: without zeros behind the point.
pub(super) fn exact(show: Show, value: f64) -> String {
    let text = show(value);
    let (number, unit) = text.split_at(text.find(' ').unwrap_or(text.len()));
    match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.').to_owned() + unit,
        false => text,
    }
}

/// From the first unit that the rounded value has at least one of, else in the last.
fn scaled(value: f64, units: &[(&str, f64)]) -> String {
    let rounded = round(value);
    let unit = units.iter().find(|(_, size)| rounded >= *size).or(units.last());
    let (name, size) = unit.unwrap_or(&("", 1.0));
    format!("{} {name}", significant(value / size))
}

fn significant(value: f64) -> String {
    let rounded = round(value);
    let decimals = 2_i32.saturating_sub(magnitude(rounded)).clamp(0, 12) as usize;
    grouped(&format!("{rounded:.decimals$}"))
}

/// To three significant digits.
fn round(value: f64) -> f64 {
    let step = 10_f64.powi(magnitude(value).saturating_sub(2));
    let rounded = (value / step).round() * step;
    if rounded.is_finite() { rounded } else { value }
}

/// The power of ten of the first digit.
fn magnitude(value: f64) -> i32 {
    value.abs().log10().floor() as i32
}

/// With a comma between thousands.
fn grouped(number: &str) -> String {
    let (whole, fraction) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut out = String::new();
    for (place, digit) in whole.char_indices() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_significant_digits() {
        let figures = [(0.0123, "0.0123"), (0.34567, "0.346"), (1.2, "1.20"), (9.999, "10.0")];
        for (value, text) in figures {
            assert_eq!(ratio(value), text);
        }
        assert_eq!([ratio(99.96), ratio(1234.5), ratio(0.9996)], ["100", "1,230", "1.00"]);
    }

    #[test]
    fn a_time_has_the_unit_that_fits() {
        let times = [(0.5, "0.500 ns"), (35.21, "35.2 ns"), (999.4, "999 ns"), (999.6, "1.00 µs")];
        for (value, text) in times {
            assert_eq!(time(value), text);
        }
        assert_eq!([time(14.91e6), time(1.049e9), time(5e12)], ["14.9 ms", "1.05 s", "5,000 s"]);
        assert_eq!([duration(59), duration(200)], ["59 s", "3 min 20 s"]);
    }

    #[test]
    fn files_count_in_thousands_and_memory_in_powers_of_two() {
        assert_eq!(
            [length(960.0), length(366_265.0), length(1.5e6)],
            ["960 bytes", "366 KB", "1.50 MB"]
        );
        assert_eq!([memory(65_536.0), memory(16.0 * 1_048_576.0)], ["64.0 KiB", "16.0 MiB"]);
    }

    #[test]
    fn counts_are_exact_below_a_million() {
        assert_eq!([count(2.0), count(7_421.0), count(999_999.0)], ["2", "7,421", "999,999"]);
        assert_eq!([count(1e6), count(114_999_068.0)], ["1.00 million", "115 million"]);
    }

    #[test]
    fn limits_have_no_zeros_behind_the_point() {
        assert_eq!([exact(ratio, 1.5), exact(ratio, 0.4), exact(count, 2.0)], ["1.5", "0.4", "2"]);
        assert_eq!([exact(time, 40e6), exact(length, 400e3)], ["40 ms", "400 KB"]);
        assert_eq!([exact(memory, 16.0 * 1_048_576.0), exact(time, 100.0)], ["16 MiB", "100 ns"]);
    }

    #[test]
    fn what_is_no_number_is_written_all_the_same() {
        for value in [0.0, -1.5, f64::NAN, f64::INFINITY, f64::MAX, f64::MIN_POSITIVE] {
            for show in [ratio, count, time, length, memory] as [Show; 5] {
                assert!(!show(value).is_empty());
            }
        }
    }
}
