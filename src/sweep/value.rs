//! A value of a varied key: as it was given, as tables show it, as a number with its unit, and its name.

use crate::units::quantity::{parse_bandwidth, parse_duration, parse_rate, parse_size};

use super::flat;

/// A value of a varied key.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// As it is handed to the loader.
    pub given: String,
    /// As it stands in tables: a string without its quotes, a number in its shortest form.
    pub text: String,
    /// Is it a number or a boolean, and so no string in JSON?
    pub bare: bool,
}

/// A unit of the SI (and the byte) to which a quantity written in words is brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A duration, in seconds.
    Seconds,
    /// A size, in bytes.
    Bytes,
    /// A bandwidth, in bits per second.
    BitsPerSecond,
    /// A rate, per second.
    PerSecond,
}

impl Unit {
    /// The end of the name of a column in this unit.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Seconds => "_s",
            Self::Bytes => "_bytes",
            Self::BitsPerSecond => "_bit_per_s",
            Self::PerSecond => "_per_s",
        }
    }
}

impl Value {
    /// Reads TOML, else takes the text as a string.
    pub(super) fn parse(text: &str) -> Self {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {text}"));
        let value = parsed.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
        let (shown, bare) = match value {
            Some(toml::Value::Integer(number)) => (number.to_string(), true),
            Some(toml::Value::Boolean(truth)) => (truth.to_string(), true),
            Some(toml::Value::Float(number)) if number.is_finite() => (flat::shortest(number), true),
            Some(toml::Value::String(string)) => (string, false),
            // What has parts keeps the form that it was given in.
            _ => (text.to_owned(), false),
        };
        Self { given: text.to_owned(), text: shown, bare }
    }

    /// What it is called in a journal: JSON, the same for every way to write one number (`0`, `0.0`, `0.00`).
    pub fn name(&self) -> String {
        if !self.bare {
            return flat::quoted(&self.text);
        }
        // A whole number as a float has the name of the whole number.
        self.text.strip_suffix(".0").map_or_else(
            || self.text.clone(),
            |whole| {
                if whole == "-0" { "0".to_owned() } else { whole.to_owned() }
            },
        )
    }

    /// The quantity that the words say, in its unit; `None` for a plain number, and for what is no quantity.
    pub fn quantity(&self) -> Option<(Unit, f64)> {
        if self.bare {
            return None;
        }
        let text = self.text.as_str();
        let time = || parse_duration(text).ok().map(|time| (Unit::Seconds, time.as_secs_f64()));
        let size = || parse_size(text).ok().map(|size| (Unit::Bytes, size as f64));
        let bandwidth =
            || parse_bandwidth(text).ok().flatten().map(|bits| (Unit::BitsPerSecond, bits as f64));
        let rate = || parse_rate(text).ok().map(|rate| (Unit::PerSecond, rate));
        time().or_else(size).or_else(bandwidth).or_else(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_numbers_in_their_unit() {
        for (text, unit, number) in [
            ("20ms", Unit::Seconds, 0.02),
            ("0s", Unit::Seconds, 0.0),
            ("\"2min\"", Unit::Seconds, 120.0),
            ("4KiB", Unit::Bytes, 4096.0),
            ("1Gbit/s", Unit::BitsPerSecond, 1e9),
            ("1MB/s", Unit::BitsPerSecond, 8e6),
            ("200/s", Unit::PerSecond, 200.0),
        ] {
            assert_eq!(Value::parse(text).quantity(), Some((unit, number)), "{text}");
        }
        for text in ["0.01", "true", "group", "unlimited", "5 apples", "{ mean = \"20ms\" }"] {
            assert_eq!(Value::parse(text).quantity(), None, "{text}");
        }
    }

    #[test]
    fn one_number_has_one_name() {
        for (texts, name) in [
            (vec!["0", "0.0", "0.00", "-0.0", "0e0"], "0"),
            (vec!["0.010", "1e-2", "0.01"], "0.01"),
            (vec!["10", "10.0", "1e1"], "10"),
            (vec!["true"], "true"),
            (vec!["\"true\""], "\"true\""),
            (vec!["group", "\"group\"", "'group'"], "\"group\""),
        ] {
            for text in texts {
                assert_eq!(Value::parse(text).name(), name, "{text}");
            }
        }
    }
}
