//! Reads what `--vary` says: `KEY=V1,V2,..`, or `KEY=A..B:STEP` with both ends.
//!
//! A value is TOML, else a string, as with `--set`; commas inside quotes, brackets and braces do not part
//! values. A range counts in whole decimals, so that `0..0.3:0.1` is 0, 0.1, 0.2 and 0.3, and may carry a unit
//! (`5ms..20ms:5ms`). It is never spelt out in memory. Whether there is such a key, only the loader knows.

use std::collections::BTreeSet;

use super::SweepError;

/// Lists up to this long are searched for a value that stands there twice.
const MOST_COMPARED: u64 = 100_000;
/// Digits of a number in a range: far within `i128`.
const MOST_DIGITS: usize = 30;

/// A varied key and its values, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// The dotted path of the key, as given.
    pub key: String,
    items: Vec<Item>,
    count: u64,
}

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

#[derive(Clone, Debug, PartialEq)]
enum Item {
    One(Value),
    Range(Range),
}

/// `first + step * index`, in units of 10^-`decimals`.
#[derive(Clone, Debug, PartialEq)]
struct Range {
    first: i128,
    step: i128,
    count: u64,
    decimals: usize,
    unit: String,
}

impl Axis {
    /// Reads `KEY=VALUES`.
    ///
    /// # Errors
    /// When there is no key, no value, an empty or endless range, a step of zero, or a value twice.
    pub fn parse(text: &str) -> Result<Self, SweepError> {
        let Some((key, values)) = text.split_once('=') else {
            return Err(wrong(text, "expected KEY=V1,V2,.. or KEY=A..B:STEP"));
        };
        let key = key.trim();
        if key.is_empty() {
            return Err(wrong(text, "the key is missing"));
        }
        let mut items = Vec::new();
        for item in split(values).map_err(|problem| wrong(text, problem))? {
            items.push(Item::parse(item).map_err(|problem| wrong(text, &problem))?);
        }
        let count = items.iter().try_fold(0_u64, |sum, item| sum.checked_add(item.count()));
        let count = count.ok_or_else(|| wrong(text, "more values than can be counted"))?;
        let axis = Self { key: key.to_owned(), items, count };
        if count <= MOST_COMPARED {
            let mut seen = BTreeSet::new();
            for index in 0..count {
                let value = axis.value(index);
                if !seen.insert(value.text.clone()) {
                    return Err(wrong(text, &format!("the value {} stands there twice", value.text)));
                }
            }
        }
        Ok(axis)
    }

    /// How many values it has; never 0.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The value at `index`, which is below [`Axis::count`].
    pub fn value(&self, index: u64) -> Value {
        let mut rest = index;
        for item in &self.items {
            match item {
                Item::One(value) if rest == 0 => return value.clone(),
                Item::Range(range) if rest < range.count => return range.value(rest),
                _ => rest -= item.count(),
            }
        }
        unreachable!("value {index} of {} for {}", self.count, self.key)
    }
}

fn wrong(text: &str, problem: &str) -> SweepError {
    let shown: String = text.chars().take(80).collect();
    SweepError::Input(format!("--vary {shown}: {problem}"))
}

/// Parts values at commas that stand in no quotes, brackets or braces.
fn split(text: &str) -> Result<Vec<&str>, &'static str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    let mut open = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if let Some(end) = quote {
            // Only a basic string knows escapes.
            if escaped {
                escaped = false;
            } else if character == '\\' && end == '"' {
                escaped = true;
            } else if character == end {
                quote = None;
            }
            continue;
        }
        match character {
            // A quote within a word, as in 5'3, is no string.
            '"' | '\'' if !open.is_empty() || text[from..at].trim().is_empty() => quote = Some(character),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' if open.pop() != Some(character) => return Err("a bracket closes that was not opened"),
            ',' if open.is_empty() => {
                parts.push(text[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed");
    }
    if !open.is_empty() {
        return Err("a bracket is not closed");
    }
    parts.push(text[from..].trim());
    if parts.iter().any(|part| part.is_empty()) {
        return Err("a value is missing (write \"\" for an empty string)");
    }
    Ok(parts)
}

impl Item {
    fn parse(text: &str) -> Result<Self, String> {
        Ok(match Range::parse(text)? {
            Some(range) => Self::Range(range),
            None => Self::One(Value::parse(text)),
        })
    }

    const fn count(&self) -> u64 {
        match self {
            Self::One(_) => 1,
            Self::Range(range) => range.count,
        }
    }
}

impl Value {
    /// Reads TOML, else takes the text as a string.
    fn parse(text: &str) -> Self {
        let parsed = toml::from_str::<toml::Table>(&format!("value = {text}"));
        let value = parsed.ok().filter(|table| table.len() == 1).and_then(|mut table| table.remove("value"));
        let (shown, bare) = match value {
            Some(toml::Value::Integer(number)) => (number.to_string(), true),
            Some(toml::Value::Boolean(truth)) => (truth.to_string(), true),
            Some(toml::Value::Float(number)) if number.is_finite() => (super::flat::shortest(number), true),
            Some(toml::Value::String(string)) => (string, false),
            // What has parts keeps the form that it was given in.
            _ => (text.to_owned(), false),
        };
        Self { given: text.to_owned(), text: shown, bare }
    }
}

impl Range {
    /// `None` if it is no range.
    fn parse(text: &str) -> Result<Option<Self>, String> {
        let Some((first, rest)) = text.split_once("..") else { return Ok(None) };
        let Some(first) = Decimal::parse(first) else { return Ok(None) };
        let Some((last, step)) = rest.split_once(':') else {
            return Err(format!("the step of the range is missing: {text}:STEP"));
        };
        let (last, step) = (Decimal::read(last)?, Decimal::read(step)?);
        if first.unit != last.unit || last.unit != step.unit {
            return Err(format!("the numbers of the range {text} differ in their units"));
        }
        let decimals = first.decimals.max(last.decimals).max(step.decimals);
        let [low, high, step] = [&first, &last, &step].map(|number| number.scaled(decimals));
        if step == 0 {
            return Err(format!("the step of the range {text} is zero"));
        }
        if step < 0 {
            return Err(format!("the step of the range {text} is negative; ranges go upwards"));
        }
        if low > high {
            return Err(format!("the range {text} is empty"));
        }
        if (high - low) % step != 0 {
            return Err(format!("no whole number of steps leads to the end of the range {text}"));
        }
        let Ok(steps) = u64::try_from((high - low) / step) else {
            return Err(format!("the range {text} has more values than can be counted"));
        };
        Ok(Some(Self {
            first: low,
            step,
            count: steps.saturating_add(1),
            decimals,
            unit: first.unit.to_owned(),
        }))
    }

    fn value(&self, index: u64) -> Value {
        let digits = self.first + self.step * i128::from(index);
        let sign = if digits < 0 { "-" } else { "" };
        let (whole, part) = {
            let power = 10_u128.pow(self.decimals as u32);
            (digits.unsigned_abs() / power, digits.unsigned_abs() % power)
        };
        let mut text = vec![format!("{sign}{whole}")];
        if self.decimals > 0 {
            // A range over floats has floats only: 0.0, not 0.
            let part = format!("{part:0width$}", width = self.decimals);
            let part = part.trim_end_matches('0');
            text.push(format!(".{}", if part.is_empty() { "0" } else { part }));
        }
        text.push(self.unit.clone());
        Value::parse(&text.concat())
    }
}

/// A decimal number with a unit or none.
struct Decimal<'a> {
    digits: i128,
    decimals: usize,
    unit: &'a str,
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (number, unit) = unsigned.split_at(end);
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        // An exponent looks like a unit; a range has none.
        let exponent = unit.starts_with(['e', 'E']);
        if whole.is_empty() || part.contains('.') || number.len() > MOST_DIGITS || exponent {
            return None;
        }
        let digits: i128 = format!("{whole}{part}").parse().ok()?;
        Some(Self { digits: if negative { -digits } else { digits }, decimals: part.len(), unit })
    }

    fn read(text: &'a str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| format!("{text:?} is no plain number"))
    }

    /// In units of 10^-`decimals`.
    fn scaled(&self, decimals: usize) -> i128 {
        // At most MOST_DIGITS digits either side of the point: a sum that would not fit is out of any use.
        self.digits.saturating_mul(10_i128.saturating_pow((decimals - self.decimals) as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(vary: &str) -> Vec<String> {
        let axis = Axis::parse(vary).unwrap();
        (0..axis.count()).map(|index| axis.value(index).text).collect()
    }

    fn problem(vary: &str) -> String {
        Axis::parse(vary).unwrap_err().to_string()
    }

    #[test]
    fn values_are_toml_else_strings() {
        assert_eq!(texts("protocol.scheme=pair,group,\"none\""), ["pair", "group", "none"]);
        assert_eq!(texts("wan.loss= 0.010, 1e-7 ,2"), ["0.01", "1e-7", "2"]);
        assert_eq!(texts("wan.delay=20ms,5ms"), ["20ms", "5ms"]);
        let axis = Axis::parse("wan.fifo=true,\"true\"");
        assert!(axis.is_err(), "two values that look the same in a table");
        assert!(Axis::parse("k=0.1").unwrap().value(0).bare);
        assert!(!Axis::parse("k=\"0.1\"").unwrap().value(0).bare);
    }

    #[test]
    fn commas_in_quotes_brackets_and_braces_do_not_part() {
        assert_eq!(
            texts(r#"wan.delay={ distribution = "exponential", mean = "20ms" },"5ms""#),
            [r#"{ distribution = "exponential", mean = "20ms" }"#, "5ms"]
        );
        assert_eq!(
            texts(r#"host.0.workload.on=["L1:1", "L1:2"],["L1"]"#),
            [r#"["L1:1", "L1:2"]"#, r#"["L1"]"#]
        );
        assert_eq!(texts(r#"title="a, \" b",'c, \'"#), ["a, \" b", "c, \\"]);
        assert_eq!(texts("title=it's,don't"), ["it's", "don't"]);
    }

    #[test]
    fn a_range_has_both_ends_and_counts_in_decimals() {
        assert_eq!(texts("wan.loss=0..0.3:0.1"), ["0.0", "0.1", "0.2", "0.3"]);
        assert_eq!(texts("local_system.0.units=1..7:3"), ["1", "4", "7"]);
        assert_eq!(texts("wan.delay=5ms..15ms:5ms,1s"), ["5ms", "10ms", "15ms", "1s"]);
        assert_eq!(texts("x=-0.5..0.5:0.5"), ["-0.5", "0.0", "0.5"]);
        assert_eq!(texts("x=3..3:1"), ["3"]);
    }

    #[test]
    fn a_range_of_ten_million_is_not_spelt_out() {
        let axis = Axis::parse("wan.loss=0..1:0.0000001").unwrap();
        assert_eq!(axis.count(), 10_000_001);
        assert_eq!(axis.value(10_000_000).text, "1.0");
        assert_eq!(axis.value(1).text, "1e-7");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (vary, expected) in [
            ("wan.loss", "expected KEY=V1,V2"),
            ("=1", "the key is missing"),
            ("wan.loss=", "a value is missing"),
            ("wan.loss=1,,2", "a value is missing"),
            ("wan.loss=0.1,0.10", "the value 0.1 stands there twice"),
            ("wan.loss=0..1", "the step of the range is missing: 0..1:STEP"),
            ("wan.loss=0..1:0", "the step of the range 0..1:0 is zero"),
            ("wan.loss=0..1:-1", "negative"),
            ("wan.loss=1..0:0.1", "the range 1..0:0.1 is empty"),
            ("wan.loss=0..1:0.3", "no whole number of steps"),
            ("wan.loss=0..1e3:1", "\"1e3\" is no plain number"),
            ("wan.delay=5ms..1s:5ms", "differ in their units"),
            ("wan.delay={mean=\"1s\"", "a bracket is not closed"),
            ("wan.delay=1]", "a bracket closes that was not opened"),
            ("title=\"a", "a quote is not closed"),
        ] {
            assert!(problem(vary).contains(expected), "{vary}: {}", problem(vary));
        }
    }
}
