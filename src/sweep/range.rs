//! A range of values, `A..B:STEP` with both ends: counted in whole decimals, never spelt out in memory.

use super::value::Value;

/// Digits of a number in a range: far within `i128`.
const MOST_DIGITS: usize = 30;

/// `first + step * index`, in units of 10^-`decimals`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    first: i128,
    step: i128,
    count: u64,
    decimals: usize,
    unit: String,
    text: String,
}

impl Range {
    /// Reads `A..B:STEP`; `None` if it is no range.
    ///
    /// # Errors
    /// When it is one that is empty, endless or not even.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
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
            text: text.to_owned(),
        }))
    }

    /// How many values it has; never 0.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// As it was given.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The place of the value with this name, from 0.
    pub(super) fn index_of(&self, name: &str) -> Option<u64> {
        let text = name.strip_prefix('"').map_or(name, |text| text.strip_suffix('"').unwrap_or(text));
        let number: f64 = text.strip_suffix(self.unit.as_str())?.parse().ok()?;
        let power = 10_u64.pow((self.decimals as u32).min(19)) as f64;
        let nearest = (number * power - self.first as f64) / self.step as f64;
        if !(-1.0..=self.count as f64).contains(&nearest) {
            return None;
        }
        // A float may be off by one place; the name decides.
        let nearest = nearest.round().max(0.0) as u64;
        let last = self.count - 1;
        let mut near = nearest.saturating_sub(1)..=nearest.saturating_add(1).min(last);
        near.find(|&index| self.value(index).name() == name)
    }

    /// The value at `index`, which is below its count.
    pub(super) fn value(&self, index: u64) -> Value {
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
        Self::parse(text).ok_or_else(|| format!("{text:?} is not a plain number"))
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

    #[test]
    fn every_value_is_found_by_its_name_and_no_other_is() {
        for text in ["0..0.3:0.1", "1..7:3", "5ms..15ms:5ms", "-0.5..0.5:0.25", "0..1:0.0000001", "3..3:1"] {
            let range = Range::parse(text).unwrap().unwrap();
            for index in (0..range.count()).step_by(1 + range.count() as usize / 1_000) {
                assert_eq!(range.index_of(&range.value(index).name()), Some(index), "{text} at {index}");
            }
            for absent in ["0.055555555", "\"7ms\"", "\"5s\"", "1e300", "-9", "true", "\"x\"", "NaN"] {
                assert_eq!(range.index_of(absent), None, "{absent} in {text}");
            }
        }
    }
}
