//! The value of a varied key as a number, and back, so that theory can be drawn between the points.

use super::figure::Quantity;
use crate::units::quantity::{parse_bandwidth, parse_duration, parse_rate, parse_size};

/// What the values of a key are, and each as a number; `None` if they are names.
pub fn numbers(values: &[String]) -> Option<(Quantity, Vec<f64>)> {
    let all = |read: &dyn Fn(&str) -> Option<f64>| -> Option<Vec<f64>> {
        values.iter().map(|value| read(value.trim_matches('"'))).collect()
    };
    if let Some(plain) = all(&|value| value.parse().ok().filter(|number: &f64| number.is_finite())) {
        return Some((Quantity::Number, plain));
    }
    if let Some(times) = all(&|value| parse_duration(value).ok().map(crate::units::SimDuration::as_secs_f64))
    {
        return Some((Quantity::Time, times));
    }
    if let Some(rates) = all(&|value| parse_rate(value).ok()) {
        return Some((Quantity::Rate, rates));
    }
    // The rate of a line; `unlimited` is no number.
    if let Some(rates) = all(&|value| parse_bandwidth(value).ok().flatten().map(|rate| rate as f64)) {
        return Some((Quantity::BitsPerSecond, rates));
    }
    all(&|value| parse_size(value).ok().map(|bytes| bytes as f64)).map(|sizes| (Quantity::Bytes, sizes))
}

/// Are these one value? However a number or a quantity is written: `0` is `0.0`, `5ms` is `0.005s`.
pub fn same(one: &str, other: &str) -> bool {
    let [one, other] = [one, other].map(|value| value.trim_matches('"').to_owned());
    one == other
        || numbers(&[one, other]).is_some_and(|(_, numbers)| numbers[0].total_cmp(&numbers[1]).is_eq())
}

/// `number` as a scenario writes it.
pub fn text(quantity: Quantity, number: f64) -> String {
    match quantity {
        Quantity::Time => format!("{}ns", (number * 1e9).round()),
        Quantity::Rate => format!("{number}/s"),
        Quantity::Bytes => format!("{}B", number.round()),
        Quantity::BitsPerSecond => format!("{}bit/s", number.round()),
        Quantity::Instant
        | Quantity::BytesPerSecond
        | Quantity::Share
        | Quantity::Number
        | Quantity::Count
        | Quantity::Flag
        | Quantity::Text => number.to_string(),
    }
}

/// Where an axis of this quantity begins and ends: `A..B`, of which either may be missing. `A` and `B` are plain numbers
/// in the unit without prefix, or quantities as a scenario writes them.
///
/// # Errors
/// When it is no such range, or an empty one: what was expected.
pub fn limits(text: &str, quantity: Quantity) -> Result<(Option<f64>, Option<f64>), String> {
    let expected = || {
        let example = match quantity {
            Quantity::Time => "10ms..2s",
            Quantity::Bytes => "0B..64MiB",
            Quantity::BitsPerSecond => "0bit/s..1Gbit/s",
            _ => "0..0.5",
        };
        format!("{text:?} are no limits of an axis: expected A..B such as {example}; either may be missing")
    };
    let (from, to) = text.split_once("..").ok_or_else(expected)?;
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        text => match numbers(&[text.to_owned()]) {
            Some((found, values)) if found == quantity || found == Quantity::Number => {
                Ok(values.first().copied())
            }
            // Nanoseconds of the run.
            Some((Quantity::Time, values)) if quantity == Quantity::Instant => {
                Ok(values.first().map(|seconds| seconds * 1e9))
            }
            _ => Err(expected()),
        },
    };
    let (from, to) = (end(from)?, end(to)?);
    match (from, to) {
        (None, None) => Err(expected()),
        (Some(from), Some(to)) if from >= to => Err(format!("the limits {text} hold nothing")),
        limits => Ok(limits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Option<(Quantity, Vec<f64>)> {
        numbers(&values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn values_are_read_in_their_unit() {
        assert_eq!(read(&["0", "0.05"]), Some((Quantity::Number, vec![0.0, 0.05])));
        assert_eq!(read(&["0s", "20ms"]), Some((Quantity::Time, vec![0.0, 0.02])));
        assert_eq!(read(&["200/s", "5/s"]), Some((Quantity::Rate, vec![200.0, 5.0])));
        assert_eq!(read(&["4KiB", "8KiB"]), Some((Quantity::Bytes, vec![4096.0, 8192.0])));
        assert_eq!(read(&["60Mbit/s", "1Gbit/s"]), Some((Quantity::BitsPerSecond, vec![6e7, 1e9])));
        assert_eq!(read(&["60Mbit/s", "unlimited"]), None);
        assert_eq!(read(&["pair", "group"]), None);
        assert_eq!(read(&["5ms", "group"]), None);
    }

    #[test]
    fn one_value_is_the_same_however_it_is_written() {
        for (one, other) in
            [("0.0", "0"), ("0.1", "0.10"), ("1e-1", "0.1"), ("5ms", "0.005s"), ("a", "\"a\"")]
        {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [("0", "1"), ("5", "5ms"), ("pair", "group"), ("1000", "1000B")] {
            assert!(!same(one, other), "{one} {other}");
        }
    }

    #[test]
    fn and_written_back() {
        assert_eq!(read(&[&text(Quantity::Time, 0.0125)]), Some((Quantity::Time, vec![0.0125])));
        assert_eq!(read(&[&text(Quantity::Rate, 12.5)]), Some((Quantity::Rate, vec![12.5])));
        assert_eq!(read(&[&text(Quantity::BitsPerSecond, 6e7)]), Some((Quantity::BitsPerSecond, vec![6e7])));
        assert_eq!(read(&[&text(Quantity::Bytes, 4096.0)]), Some((Quantity::Bytes, vec![4096.0])));
    }

    #[test]
    fn limits_are_in_the_unit_of_their_axis() {
        for (text, quantity, read) in [
            ("10ms..2s", Quantity::Time, (Some(0.01), Some(2.0))),
            ("0.5..", Quantity::Time, (Some(0.5), None)),
            ("..0.5", Quantity::Share, (None, Some(0.5))),
            ("1KiB .. 1MiB", Quantity::Bytes, (Some(1024.0), Some(1_048_576.0))),
        ] {
            assert_eq!(limits(text, quantity), Ok(read), "{text}");
        }
        for text in ["1", "..", "2s..1s", "1KiB..", "x..1", "1..1"] {
            assert!(limits(text, Quantity::Time).is_err(), "{text}");
        }
    }
}
