//! Quantities for a person: three significant digits, a unit that fits, digits in groups.
//!
//! Only for the text format: files hold exact numbers.

/// Seconds as `0s`, `12.3ms`, `4.56s`, `1234s`.
pub fn seconds(seconds: f64) -> String {
    const UNITS: [(f64, &str); 4] = [(1.0, "ns"), (1e3, "us"), (1e6, "ms"), (1e9, "s")];
    scaled(seconds * 1e9, &UNITS, 1000.0, "0s")
}

/// Bytes as `0B`, `512B`, `12.3MiB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(f64, &str); 5] = [
        (1.0, "B"),
        (1024.0, "KiB"),
        (1_048_576.0, "MiB"),
        (1_073_741_824.0, "GiB"),
        (1_099_511_627_776.0, "TiB"),
    ];
    scaled(bytes as f64, &UNITS, 1024.0, "0B")
}

/// The value in the largest unit of which it holds at least one, units being `step` apart.
fn scaled(value: f64, units: &[(f64, &'static str)], step: f64, zero: &str) -> String {
    if value <= 0.0 {
        return zero.to_owned();
    }
    for &(unit, name) in units {
        let shown = three_digits(value / unit);
        // What rounds up to a whole next unit is shown in that.
        if shown.parse().is_ok_and(|shown: f64| shown < step) {
            return format!("{shown}{name}");
        }
    }
    units.last().map_or_else(String::new, |&(unit, name)| format!("{}{name}", three_digits(value / unit)))
}

/// Three significant digits, or all before the point; no idle zeros.
pub fn three_digits(value: f64) -> String {
    let decimals = match value {
        ..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    trimmed(&format!("{value:.decimals$}")).to_owned()
}

/// A count with its digits in groups of three: `1,234,567`.
pub fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share as `0%`, `0.012%`, `1.5%`, `100%`.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent {
        ..0.0001 => 6,
        0.0001..0.1 => 4,
        0.1..1.0 => 3,
        1.0..10.0 => 2,
        _ => 1,
    };
    format!("{}%", trimmed(&format!("{percent:.decimals$}")))
}

/// A number with at most three decimals and no idle zeros.
pub fn number(number: f64) -> String {
    trimmed(&format!("{number:.3}")).to_owned()
}

fn trimmed(decimal: &str) -> &str {
    let short =
        if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal };
    // The sum of no numbers is -0.0, and a little less than nothing rounds to it.
    if short == "-0" { "0" } else { short }
}

/// `1 group`, `2 groups`, with the digits in groups.
pub fn plural(number: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(number as u64), if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_three_digits_and_the_unit_that_fits() {
        let shown = [0.0, 1e-9, 1.25e-9, 999e-9, 999.6e-9, 1.2345e-5, 0.01, 0.999_96, 1.0, 12.345, 1234.5];
        assert_eq!(
            shown.map(seconds),
            ["0s", "1ns", "1.25ns", "999ns", "1us", "12.3us", "10ms", "1s", "1s", "12.3s", "1234s"]
        );
    }

    #[test]
    fn bytes_are_binary() {
        let shown = [0, 1, 1023, 1024, 1536, 4096 * 1000, 1 << 30, u64::MAX];
        assert_eq!(
            shown.map(bytes),
            ["0B", "1B", "1023B", "1KiB", "1.5KiB", "3.91MiB", "1GiB", "16777216TiB"]
        );
    }

    #[test]
    fn counts_have_their_digits_in_groups() {
        assert_eq!(
            [0, 12, 999, 1000, 123_456, 1_234_567].map(count),
            ["0", "12", "999", "1,000", "123,456", "1,234,567"]
        );
    }

    #[test]
    fn nothing_has_no_sign() {
        for nothing in [std::iter::empty::<f64>().sum::<f64>(), -1e-9] {
            assert_eq!([three_digits(nothing), number(nothing), percent(nothing)], ["0", "0", "0%"]);
        }
    }

    #[test]
    fn percents_have_no_idle_zeros() {
        assert_eq!(
            [0.0, 0.000_001, 0.01, 0.012_34, 0.5, 1.0, 0.003_456].map(percent),
            ["0%", "0.0001%", "1%", "1.23%", "50%", "100%", "0.346%"]
        );
    }
}
