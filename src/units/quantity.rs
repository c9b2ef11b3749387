//! Quantities as people write them: `"20ms"`, `"1GiB"`, `"1Gbit/s"`, `"200/s"`.
//!
//! Decimal literals are read in integers, so `"0.1us"` is exactly 100 ns; what is no whole number of the
//! smallest unit is refused, never rounded. Nothing here knows where in a file the text stood.

use std::fmt;

use crate::units::SimDuration;
use crate::units::time::NANOS_PER_SEC;

/// A unit's name and how many of the smallest unit it holds.
type Units = &'static [(&'static str, u64)];
/// What people write instead of a unit, in lower case, and the unit that they mean.
type Aliases = &'static [(&'static str, &'static str)];

/// Nanoseconds.
const DURATIONS: Units = &[
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),  // micro sign
    ("\u{3bc}s", 1_000), // Greek mu: looks the same
    ("ms", 1_000_000),
    ("s", NANOS_PER_SEC),
    ("min", 60 * NANOS_PER_SEC),
    ("h", 3_600 * NANOS_PER_SEC),
];
const DURATION_ALIASES: Aliases = &[
    ("nsec", "ns"),
    ("nanos", "ns"),
    ("nanosecond", "ns"),
    ("nanoseconds", "ns"),
    ("usec", "us"),
    ("micros", "us"),
    ("microsecond", "us"),
    ("microseconds", "us"),
    ("msec", "ms"),
    ("millis", "ms"),
    ("millisecond", "ms"),
    ("milliseconds", "ms"),
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("m", "min"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hour", "h"),
    ("hours", "h"),
];

/// Bytes. Those before [`DECIMAL_SIZES`] are preferred in output.
const BINARY_SIZES: Units = &[("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)];
const DECIMAL_SIZES: Units = &[
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("kB", 1_000),
];
const SIZE_ALIASES: Aliases = &[
    ("byte", "B"),
    ("bytes", "B"),
    ("k", "KiB"),
    ("m", "MiB"),
    ("g", "GiB"),
    ("t", "TiB"),
    ("ki", "KiB"),
    ("mi", "MiB"),
    ("gi", "GiB"),
    ("ti", "TiB"),
];

/// Bits per second.
const BANDWIDTHS: Units = &[
    ("bit/s", 1),
    ("kbit/s", 1_000),
    ("Mbit/s", 1_000_000),
    ("Gbit/s", 1_000_000_000),
    ("Tbit/s", 1_000_000_000_000),
];
const BYTE_BANDWIDTHS: Units = &[
    ("B/s", 8),
    ("KB/s", 8_000),
    ("kB/s", 8_000),
    ("MB/s", 8_000_000),
    ("GB/s", 8_000_000_000),
    ("KiB/s", 8 << 10),
    ("MiB/s", 8 << 20),
    ("GiB/s", 8 << 30),
];
const BANDWIDTH_ALIASES: Aliases = &[
    ("bps", "bit/s"),
    ("kbps", "kbit/s"),
    ("mbps", "Mbit/s"),
    ("gbps", "Gbit/s"),
    ("tbps", "Tbit/s"),
    ("bits/s", "bit/s"),
    ("kbits/s", "kbit/s"),
    ("mbits/s", "Mbit/s"),
    ("gbits/s", "Gbit/s"),
    ("bit", "bit/s"),
    ("kbit", "kbit/s"),
    ("mbit", "Mbit/s"),
    ("gbit", "Gbit/s"),
    ("tbit", "Tbit/s"),
];

const UNLIMITED: &str = "unlimited";

/// Why a text is not the quantity that was expected there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}, found \"{found}\": {problem}")]
pub struct QuantityError {
    /// What was expected, with an example.
    pub expected: &'static str,
    /// What stood there, cut if it is long.
    pub found: String,
    /// What is wrong with it.
    pub problem: Problem,
}

impl QuantityError {
    /// What would have been right, where the text says enough to guess it: a whole quantity, not only its unit.
    pub fn did_you_mean(&self) -> Option<String> {
        let Problem::UnknownUnit { unit, did_you_mean: Some(meant) } = &self.problem else { return None };
        self.found.strip_suffix(unit.as_str()).map(|number| format!("{number}{meant}"))
    }
}

/// What is wrong with the text of a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It does not begin with a decimal number.
    NotANumber,
    /// It is below zero.
    Negative,
    /// It is zero where zero makes no sense.
    Zero,
    /// A number stands alone.
    MissingUnit,
    /// There is no such unit.
    UnknownUnit {
        /// What stands in its place.
        unit: String,
        /// The unit that was probably meant.
        did_you_mean: Option<&'static str>,
    },
    /// It is more than can be counted.
    TooLarge,
    /// It is no whole number of this smallest unit.
    TooFine(&'static str),
    /// Its number has more than 18 digits after the point.
    TooManyDecimals,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANumber => f.write_str("it does not begin with a decimal number"),
            Self::Negative => f.write_str("it is negative"),
            Self::Zero => f.write_str("it is zero"),
            Self::MissingUnit => f.write_str("the unit is missing"),
            Self::UnknownUnit { unit, did_you_mean: None } => write!(f, "there is no unit \"{unit}\""),
            Self::UnknownUnit { unit, did_you_mean: Some(meant) } => {
                write!(f, "there is no unit \"{unit}\"; did you mean \"{meant}\"?")
            }
            Self::TooLarge => f.write_str("it is too large"),
            Self::TooManyDecimals => f.write_str("it has too many decimals"),
            Self::TooFine(smallest) => write!(f, "it is not a whole number of {smallest}"),
        }
    }
}

/// Reads a duration: `"20ms"`, `"1.5s"`, `"0s"`. Units are ns, us (µs), ms, s, min and h.
///
/// # Errors
/// When it is no duration, is longer than 2^64 - 1 ns or finer than 1 ns.
pub fn parse_duration(text: &str) -> Result<SimDuration, QuantityError> {
    scaled(text, &[DURATIONS], DURATION_ALIASES, "nanoseconds")
        .map(SimDuration::from_ns)
        .map_err(|problem| error("a duration such as \"20ms\"", text, problem))
}

/// Reads a size: `"4KiB"`, `"256MiB"`, `"4KB"` (4,000 bytes). The result is in bytes and never 0.
///
/// # Errors
/// When it is no size, or no whole number of bytes from 1 to 2^64 - 1.
pub fn parse_size(text: &str) -> Result<u64, QuantityError> {
    scaled(text, &[BINARY_SIZES, DECIMAL_SIZES], SIZE_ALIASES, "bytes")
        .and_then(not_zero)
        .map_err(|problem| error("a size such as \"4KiB\"", text, problem))
}

/// Reads a size as [`parse_size`] does, or `"unlimited"`, which is `None`.
///
/// # Errors
/// As [`parse_size`].
pub fn parse_size_or_unlimited(text: &str) -> Result<Option<u64>, QuantityError> {
    if text.trim() == UNLIMITED {
        return Ok(None);
    }
    let size = parse_size(text).map_err(|error| QuantityError {
        expected: "a size such as \"256MiB\", or \"unlimited\"",
        ..error
    })?;
    Ok(Some(size))
}

/// Reads a bandwidth: `"1Gbit/s"`, `"100kbit/s"`, `"1MiB/s"`. The result is in bits per second and never 0;
/// `"unlimited"` is `None`.
///
/// # Errors
/// When it is no bandwidth, or no whole number of bits per second from 1 to 2^64 - 1.
pub fn parse_bandwidth(text: &str) -> Result<Option<u64>, QuantityError> {
    if text.trim() == UNLIMITED {
        return Ok(None);
    }
    scaled(text, &[BANDWIDTHS, BYTE_BANDWIDTHS], BANDWIDTH_ALIASES, "bits per second")
        .and_then(not_zero)
        .map(Some)
        .map_err(|problem| error("a bandwidth such as \"1Gbit/s\", or \"unlimited\"", text, problem))
}

const A_RATE: &str = "a rate such as \"200/s\"";

/// Reads a rate: `"200/s"`, `"5/ms"`, `"0.5/min"`. The result is per second and above 0.
///
/// # Errors
/// When it is no rate, or is zero.
pub fn parse_rate(text: &str) -> Result<f64, QuantityError> {
    let rate = rate(text).map_err(|problem| error(A_RATE, text, problem))?;
    // The product is exact for every rate in use, so that "200/s" is 200.0 and not its neighbour.
    Ok(rate.events as f64 * NANOS_PER_SEC as f64 / (rate.span_ns * rate.divisor) as f64)
}

/// Reads a rate as [`parse_rate`] does and gives the mean gap between two events, rounded to the nearest
/// nanosecond and at least 1 ns.
///
/// # Errors
/// When it is no rate, is zero, or is more than one per nanosecond.
pub fn parse_mean_gap(text: &str) -> Result<SimDuration, QuantityError> {
    let gap = |rate: Rate| {
        let numerator = rate.span_ns * rate.divisor;
        if rate.events > numerator {
            return Err(Problem::TooLarge);
        }
        // Below one event in 584 years the gap does not fit; such a host is as good as silent.
        let rounded = (numerator + rate.events / 2) / rate.events;
        Ok(SimDuration::from_ns(u64::try_from(rounded).unwrap_or(u64::MAX)))
    };
    rate(text).and_then(gap).map_err(|problem| error(A_RATE, text, problem))
}

/// `events / divisor` in each `span_ns`.
struct Rate {
    events: u128,
    divisor: u128,
    span_ns: u128,
}

fn rate(text: &str) -> Result<Rate, Problem> {
    let (number, unit) = number_and_unit(text)?;
    let Some(per) = unit.strip_prefix('/') else {
        if unit.is_empty() {
            return Err(Problem::MissingUnit);
        }
        let did_you_mean = matches!(unit, "Hz" | "hz" | "ps" | "iops" | "IOPS").then_some("/s");
        return Err(Problem::UnknownUnit { unit: unit.to_owned(), did_you_mean });
    };
    let span_ns = find_unit(per.trim_start(), &[DURATIONS], DURATION_ALIASES)?;
    let decimal = Decimal::parse(number)?;
    if decimal.digits == 0 {
        return Err(Problem::Zero);
    }
    Ok(Rate { events: decimal.digits, divisor: decimal.divisor, span_ns: u128::from(span_ns) })
}

/// An exact decimal number: `digits / divisor`, the divisor being a power of ten.
struct Decimal {
    digits: u128,
    divisor: u128,
}

impl Decimal {
    /// This many digits after the point, times 2^40 (a TiB in bytes), still fit into 128 bits.
    const MOST_DECIMALS: usize = 18;

    /// Reads what [`number_and_unit`] has found to be digits with at most one point among them.
    fn parse(number: &str) -> Result<Self, Problem> {
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        // Every unit is at least 1, so a whole part beyond 64 bits cannot fit.
        let whole: u64 = whole.parse().map_err(|_| Problem::TooLarge)?;
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > Self::MOST_DECIMALS {
            return Err(Problem::TooManyDecimals);
        }
        let divisor = 10_u128.pow(fraction.len() as u32);
        let fraction: u64 = if fraction.is_empty() { 0 } else { fraction.parse().unwrap_or(u64::MAX) };
        Ok(Self { digits: u128::from(whole) * divisor + u128::from(fraction), divisor })
    }
}

/// Splits `text` where its number ends.
fn number_and_unit(text: &str) -> Result<(&str, &str), Problem> {
    let text = text.trim();
    if text.starts_with(['-', '\u{2212}']) {
        return Err(Problem::Negative);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    if number.is_empty()
        || number.starts_with('.')
        || number.ends_with('.')
        || number.matches('.').count() > 1
    {
        return Err(Problem::NotANumber);
    }
    Ok((number, unit.trim_start()))
}

fn find_unit(unit: &str, tables: &[Units], aliases: Aliases) -> Result<u64, Problem> {
    let known = || tables.iter().flat_map(|table| table.iter());
    if unit.is_empty() {
        return Err(Problem::MissingUnit);
    }
    if let Some(&(_, factor)) = known().find(|(name, _)| *name == unit) {
        return Ok(factor);
    }
    // Case distinguishes units (Mbit, mbit), so another case is only a guess.
    let lower = unit.to_lowercase();
    let alias = aliases.iter().find(|(alias, _)| *alias == lower).map(|&(_, meant)| meant);
    let other_case = || known().find(|(name, _)| name.to_lowercase() == lower).map(|&(name, _)| name);
    Err(Problem::UnknownUnit { unit: shorten(unit), did_you_mean: alias.or_else(other_case) })
}

/// `text` in the smallest unit, which is called `smallest`.
fn scaled(text: &str, tables: &[Units], aliases: Aliases, smallest: &'static str) -> Result<u64, Problem> {
    let (number, unit) = number_and_unit(text)?;
    let factor = find_unit(unit, tables, aliases)?;
    let decimal = Decimal::parse(number)?;
    let product = decimal.digits.checked_mul(u128::from(factor)).ok_or(Problem::TooLarge)?;
    if product % decimal.divisor != 0 {
        return Err(Problem::TooFine(smallest));
    }
    u64::try_from(product / decimal.divisor).map_err(|_| Problem::TooLarge)
}

fn not_zero(value: u64) -> Result<u64, Problem> {
    if value == 0 { Err(Problem::Zero) } else { Ok(value) }
}

fn error(expected: &'static str, text: &str, problem: Problem) -> QuantityError {
    QuantityError { expected, found: shorten(text.trim()), problem }
}

/// An error message quotes at most this many characters of the user's text.
const QUOTED: usize = 40;

fn shorten(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// Shows a number of bytes as a person would write it, exactly: `4KiB`, `1.5GiB`, `4KB`, `513B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_exactly(f, self.0, &[BINARY_SIZES, &DECIMAL_SIZES[..5]])
    }
}

/// Shows bits per second as a person would write them, exactly: `1Gbit/s`, `1.5Mbit/s`; `None` is `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bandwidth(pub Option<u64>);

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str(UNLIMITED),
            Some(bits_per_second) => write_exactly(f, bits_per_second, &[BANDWIDTHS]),
        }
    }
}

/// Writes `value` in the first unit, from the largest of the first table down, that needs at most three
/// decimals; the last table holds a unit of 1.
fn write_exactly(f: &mut fmt::Formatter<'_>, value: u64, tables: &[Units]) -> fmt::Result {
    let units = tables.iter().flat_map(|table| table.iter().rev());
    for &(name, factor) in units {
        let thousandths = u128::from(value) * 1_000;
        if value >= factor && thousandths.is_multiple_of(u128::from(factor)) {
            let thousandths = thousandths / u128::from(factor);
            let decimals = format!(".{:03}", thousandths % 1_000);
            let decimals = decimals.trim_end_matches('0').trim_end_matches('.');
            return f.pad(&format!("{}{decimals}{name}", thousandths / 1_000));
        }
    }
    // Only zero is below every unit.
    let smallest = tables.last().and_then(|table| table.first()).map_or("", |&(name, _)| name);
    f.pad(&format!("0{smallest}"))
}

#[cfg(test)]
mod tests;
