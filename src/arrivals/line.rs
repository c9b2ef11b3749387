//! One line of a log of arrivals: which column is which, and what its fields say.

use super::Arrival;
use crate::units::SimTime;

/// What is wrong with a line, and how many bytes of it stand before.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

impl Fault {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

const TIMES: [&str; 8] =
    ["time", "timestamp", "t", "time_s", "arrival", "arrival_time", "arrived", "received_at"];
const NUMBERS: [&str; 9] =
    ["sequence", "seq", "sequence_number", "seqno", "sequence number", "number", "id", "packet", "seq_no"];
const SIZES: [&str; 6] = ["size", "bytes", "length", "len", "payload", "payload_size"];

/// Where the three columns stand, from 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    time: usize,
    number: usize,
    size: Option<usize>,
}

/// A field without quotes and spaces around it, and where it begins.
type Field<'a> = (usize, &'a str);

impl Columns {
    /// The columns that the first line names, or has; and is it a header?
    pub(super) fn of_first_line(text: &[u8]) -> Result<(Self, bool), Fault> {
        let fields = fields(text)?;
        let is_number =
            |&(_, field): &Field| field.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        if fields.iter().any(is_number) {
            if fields.len() < 2 {
                return Err(too_few(text, fields.len()));
            }
            let size = (fields.len() > 2).then_some(2);
            return Ok((Self { time: 0, number: 1, size }, false));
        }
        let find = |names: &[&str]| {
            fields.iter().position(|(_, field)| names.contains(&field.to_ascii_lowercase().as_str()))
        };
        match (find(&TIMES), find(&NUMBERS)) {
            (Some(time), Some(number)) => Ok((Self { time, number, size: find(&SIZES) }, true)),
            // A header with names of its own: the columns go by place.
            (None, None) if fields.len() >= 2 => {
                Ok((Self { time: 0, number: 1, size: (fields.len() > 2).then_some(2) }, true))
            }
            (time, _) => {
                let (wanted, names) =
                    if time.is_none() { ("time", &TIMES[..3]) } else { ("sequence number", &NUMBERS[..3]) };
                let found: Vec<&str> = fields.iter().map(|&(_, field)| field).collect();
                let message = format!(
                    "found the columns {}; expected a column for the {wanted}, called {}",
                    found.join(", "),
                    names.join(", ")
                );
                Err(Fault::new(0, message))
            }
        }
    }

    pub(super) const fn has_size(&self) -> bool {
        self.size.is_some()
    }

    /// Where the time stands in a line that was parsed.
    pub(super) fn time_at(&self, text: &[u8]) -> usize {
        fields(text).ok().and_then(|fields| fields.get(self.time).map(|&(at, _)| at)).unwrap_or(0)
    }

    pub(super) fn parse(&self, text: &[u8]) -> Result<Arrival, Fault> {
        let fields = fields(text)?;
        let field = |index: usize| fields.get(index).copied().ok_or_else(|| too_few(text, fields.len()));
        let at = field(self.time)?;
        let number = field(self.number)?;
        let bytes = match self.size {
            None => None,
            Some(size) => {
                let (at, size) = field(size)?;
                let bytes: u32 = whole(at, size, "size")?.try_into().map_err(|_| {
                    Fault::new(at, format!("found the size {size}; expected at most {}", u32::MAX))
                })?;
                Some(bytes)
            }
        };
        Ok(Arrival { at: time(at)?, number: whole(number.0, number.1, "sequence number")?, bytes })
    }
}

fn too_few(text: &[u8], found: usize) -> Fault {
    let plural = if found == 1 { "field" } else { "fields" };
    let separator = [(b';', "semicolons"), (b'\t', "tabs")].into_iter().find(|(byte, _)| text.contains(byte));
    let hint =
        separator.map_or_else(String::new, |(_, name)| format!(", separated by commas and not {name}"));
    Fault::new(text.len(), format!("found {found} {plural}; expected time,sequence[,size]{hint}"))
}

/// The fields of a line.
fn fields(text: &[u8]) -> Result<Vec<Field<'_>>, Fault> {
    let text = std::str::from_utf8(text).map_err(|error| {
        Fault::new(error.valid_up_to(), "found bytes that are not UTF-8; expected a CSV file")
    })?;
    let mut start = 0;
    let mut found = Vec::with_capacity(4);
    for part in text.split(',') {
        let mut field = part.trim_end();
        let mut at = start + field.len() - field.trim_start().len();
        field = field.trim_start();
        if let Some(inner) = field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
            at += 1;
            field = inner;
        }
        found.push((at, field));
        start += part.len() + 1;
    }
    Ok(found)
}

/// A field as a message can show it.
fn quoted(field: &str) -> String {
    let shown: String = field.escape_debug().take(40).collect();
    if field.is_empty() { "nothing".to_owned() } else { format!("`{shown}`") }
}

fn whole(at: usize, field: &str, what: &str) -> Result<u64, Fault> {
    let wrong =
        |expected: &str| Fault::new(at, format!("found {} as {what}; expected {expected}", quoted(field)));
    if field.is_empty() || !field.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("a whole number, 0 or more"));
    }
    field.parse().map_err(|_| wrong("at most 18446744073709551615"))
}

/// What a time looks like.
const EXPECTED: &str = "seconds (12.5), or a number with ns, us, ms or s";

/// A time in seconds, or with a unit: exact to the nanosecond, further digits are dropped.
fn time((at, field): Field<'_>) -> Result<SimTime, Fault> {
    let wrong =
        |expected: &str| Fault::new(at, format!("found {} as time; expected {expected}", quoted(field)));
    let units = [("ns", 0), ("us", 3), ("ms", 6), ("s", 9), ("", 9)];
    let Some((digits, unit)) =
        units.into_iter().find_map(|(unit, power)| Some((field.strip_suffix(unit)?, power)))
    else {
        return Err(wrong(EXPECTED));
    };
    let (mantissa, exponent) = match digits.trim_end().split_once(['e', 'E']) {
        None => (digits.trim_end(), 0),
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| wrong(EXPECTED))?),
    };
    if mantissa.starts_with('-') {
        return Err(wrong("0 or more"));
    }
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let is_decimal = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + part.len() == 0 || !is_decimal(whole) || !is_decimal(part) {
        return Err(wrong(EXPECTED));
    }
    // Nanoseconds are all digits, with the point moved.
    let moved =
        i64::from(exponent.clamp(-1_000, 1_000)) + unit - i64::try_from(part.len()).unwrap_or(i64::MAX);
    let mut ns: u128 = 0;
    for digit in whole.bytes().chain(part.bytes()) {
        ns = ns.saturating_mul(10).saturating_add(u128::from(digit - b'0'));
    }
    for _ in 0..moved.unsigned_abs() {
        ns = if moved > 0 { ns.saturating_mul(10) } else { ns / 10 };
    }
    u64::try_from(ns).map(SimTime::from_ns).map_err(|_| wrong("at most 18446744073 s"))
}
