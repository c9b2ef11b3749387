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
    fn and_written_back() {
        assert_eq!(read(&[&text(Quantity::Time, 0.0125)]), Some((Quantity::Time, vec![0.0125])));
        assert_eq!(read(&[&text(Quantity::Rate, 12.5)]), Some((Quantity::Rate, vec![12.5])));
        assert_eq!(read(&[&text(Quantity::BitsPerSecond, 6e7)]), Some((Quantity::BitsPerSecond, vec![6e7])));
        assert_eq!(read(&[&text(Quantity::Bytes, 4096.0)]), Some((Quantity::Bytes, vec![4096.0])));
    }
}
