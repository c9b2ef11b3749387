//! Reads what `--vary` says: `KEY=V1,V2,..`, `KEY=A..B:STEP` with both ends, or `K1,K2=(V1,V2),(W1,W2)`, where
//! several keys go together.
//!
//! A value is TOML, else a string, as with `--set`; commas inside quotes, brackets and braces do not part
//! values. A range counts in whole decimals, so that `0..0.3:0.1` is 0, 0.1, 0.2 and 0.3, and may carry a unit
//! (`5ms..20ms:5ms`). It is never spelt out in memory. Whether there is such a key, only the loader knows.

use std::collections::{BTreeMap, BTreeSet};

use super::SweepError;
use super::range::Range;
pub use super::value::{Unit, Value};

/// The key of the axis of whole scenarios, in a sweep of several.
pub const SCENARIO_KEY: &str = "scenario";

/// Lists up to this long are searched for a value that is given twice.
const MOST_COMPARED: u64 = 100_000;

/// A varied key, or several that go together, and the values in the order given.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    keys: Vec<String>,
    items: Vec<Item>,
    count: u64,
    /// Where each value that does not come from a range stands, by its names.
    places: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq)]
enum Item {
    /// A value of each key, and how it was given.
    One(Vec<Value>, String),
    Range(Range),
}

impl Axis {
    /// Reads `KEY=VALUES`.
    ///
    /// # Errors
    /// When there is no key, no value, an empty or endless range, a step of zero, or a value twice.
    pub fn parse(text: &str) -> Result<Self, SweepError> {
        Self::read(text).map_err(|problem| wrong(text, &problem))
    }

    /// As [`Axis::parse`], with errors that do not name the option.
    ///
    /// # Errors
    /// As [`Axis::parse`]: what is wrong.
    pub fn read(text: &str) -> Result<Self, String> {
        let Some((keys, values)) = text.split_once('=') else {
            return Err("expected KEY=V1,V2,.. or KEY=A..B:STEP".to_owned());
        };
        let keys: Vec<String> = keys.split(',').map(|key| key.trim().to_owned()).collect();
        if keys.iter().any(String::is_empty) {
            return Err("the key is missing".to_owned());
        }
        let items = split(values, keys.len() > 1)?.into_iter().map(|item| Item::parse(item, keys.len()));
        let items: Vec<Item> = items.collect::<Result<_, _>>()?;
        Self::new(keys, items)
    }

    /// The axis of whole scenarios with these names.
    ///
    /// # Errors
    /// When a name is given twice.
    pub fn of_scenarios(names: &[&str]) -> Result<String, SweepError> {
        let quoted: Vec<String> = names.iter().map(|name| super::flat::quoted(name)).collect();
        let given = format!("{SCENARIO_KEY}={}", quoted.join(","));
        Self::read(&given).map(|_| given).map_err(SweepError::Input)
    }

    fn new(keys: Vec<String>, items: Vec<Item>) -> Result<Self, String> {
        let count = items.iter().try_fold(0_u64, |sum, item| sum.checked_add(item.count()));
        let count = count.ok_or("more values than can be counted")?;
        let (mut places, mut shown, mut meant) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
        let (mut from, mut twice) = (0, None);
        for item in &items {
            if let Item::One(values, _) = item {
                // `true` and "true" are two values, which nobody could tell apart in a table; 1ms and 1000us are one.
                let is_new = places.insert(names(values), from).is_none()
                    & shown.insert(texts(values))
                    & meant.insert(meanings(values));
                twice = twice.or_else(|| (!is_new).then(|| texts(values)));
            }
            from += item.count();
        }
        let axis = Self { keys, items, count, places };
        let has_ranges = axis.places.len() < axis.items.len();
        if twice.is_none() && has_ranges && axis.items.len() > 1 && count <= MOST_COMPARED {
            let again = (0..count).find(|&index| axis.index_of(&names(&axis.values(index))) != Some(index));
            twice = again.map(|index| axis.text(index));
        }
        twice.map_or(Ok(axis), |value| Err(format!("the value {value} is given twice")))
    }

    /// The dotted paths of its keys, as given: one, or several that go together.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// What it is called: its keys with commas between.
    pub fn name(&self) -> String {
        self.keys.join(",")
    }

    /// How many values it has; never 0.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The value of each key at `index`, which is below [`Axis::count`].
    pub fn values(&self, index: u64) -> Vec<Value> {
        let mut rest = index;
        for item in &self.items {
            match item {
                Item::One(values, _) if rest == 0 => return values.clone(),
                Item::Range(range) if rest < range.count() => return vec![range.value(rest)],
                _ => rest -= item.count(),
            }
        }
        unreachable!("value {index} of {} for {}", self.count, self.name())
    }

    /// The value at `index` as it stands in tables.
    pub fn text(&self, index: u64) -> String {
        texts(&self.values(index))
    }

    /// The place of the value with these names, if it is among them.
    pub fn index_of(&self, names: &str) -> Option<u64> {
        if let Some(&index) = self.places.get(names) {
            return Some(index);
        }
        let mut from = 0;
        for item in &self.items {
            if let Item::Range(range) = item
                && let Some(index) = range.index_of(names)
            {
                return Some(from + index);
            }
            from += item.count();
        }
        None
    }

    /// The first value of `other` that is not among these.
    pub fn lacks(&self, other: &Self) -> Option<String> {
        let lost = |index: &u64| self.index_of(&names(&other.values(*index))).is_none();
        (0..other.count).find(lost).map(|index| other.text(index))
    }

    /// `--vary` for these values, and after them those of `other` that are not among them. Both are of the
    /// same keys.
    ///
    /// # Errors
    /// When there are more values than can be counted.
    pub fn and(&self, other: &Self) -> Result<String, SweepError> {
        let mut given: Vec<String> = self.items.iter().map(|item| item.text().to_owned()).collect();
        for item in &other.items {
            let alone = Self::new(self.keys.clone(), vec![item.clone()]).map_err(SweepError::Input)?;
            let added = |index: &u64| self.index_of(&names(&alone.values(*index))).is_none();
            let new = (0..alone.count).filter(added).count() as u64;
            if new == alone.count {
                given.push(item.text().to_owned());
            } else {
                let new = (0..alone.count).filter(added);
                given.extend(new.map(|index| given_of(&alone.values(index))));
            }
        }
        Ok(format!("{}={}", self.name(), given.join(",")))
    }

    /// The unit of each key whose values are quantities of one kind; words among them have no number.
    pub fn units(&self) -> Vec<Option<Unit>> {
        let unit = |key: usize| {
            let mut found = None;
            for item in &self.items {
                let value = match item {
                    Item::One(values, _) => values[key].quantity(),
                    Item::Range(range) => range.value(0).quantity(),
                };
                match (found, value) {
                    (Some(before), Some((unit, _))) if before != unit => return None,
                    (None, Some((unit, _))) => found = Some(unit),
                    _ => {}
                }
            }
            found
        };
        (0..self.keys.len()).map(unit).collect()
    }
}

/// `text` as it is given for one key: in quotes where it would be read as something else than this string. `A..B:STEP`
/// stays a range.
pub fn given_text(text: &str) -> String {
    let quoted = super::flat::quoted(text);
    if text.trim() != text || text.starts_with(['"', '\'', '[', '{', '(']) {
        return quoted;
    }
    let alone = Axis::read(&format!("key={text}"));
    let is_range = alone.as_ref().is_ok_and(|axis| axis.count() > 1 && !text.contains(','));
    let is_itself = alone.is_ok_and(|axis| {
        axis.count() == 1 && axis.values(0).first().is_some_and(|value| !value.bare && value.text == text)
    });
    // What looks like a range and is none is told as such.
    if is_range || is_itself || text.contains("..") { text.to_owned() } else { quoted }
}

/// The names of the values of one point of an axis, as a journal has them.
fn names(values: &[Value]) -> String {
    values.iter().map(Value::name).collect::<Vec<_>>().join(",")
}

/// The same for every way to write one quantity.
fn meanings(values: &[Value]) -> String {
    let meaning = |value: &Value| match value.quantity() {
        Some((unit, number)) => format!("{number:e}{}", unit.suffix()),
        None => value.name(),
    };
    values.iter().map(meaning).collect::<Vec<_>>().join(",")
}

fn texts(values: &[Value]) -> String {
    values.iter().map(|value| value.text.as_str()).collect::<Vec<_>>().join(",")
}

/// As it would be given.
fn given_of(values: &[Value]) -> String {
    let given: Vec<&str> = values.iter().map(|value| value.given.as_str()).collect();
    if given.len() == 1 { given.concat() } else { format!("({})", given.join(",")) }
}

fn wrong(text: &str, problem: &str) -> SweepError {
    let shown: String = text.chars().take(80).collect();
    SweepError::Input(format!("--vary {shown}: {problem}"))
}

/// Parts values at commas that stand in no quotes, brackets or braces; with `tuples` in no parentheses either.
fn split(text: &str, tuples: bool) -> Result<Vec<&str>, &'static str> {
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
            '(' if tuples => open.push(')'),
            ')' if tuples && open.pop() != Some(character) => {
                return Err("a closing bracket has no opening one");
            }
            '[' => open.push(']'),
            '{' => open.push('}'),
            ']' | '}' if open.pop() != Some(character) => return Err("a closing bracket has no opening one"),
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
    /// Reads the value of one key, or `(V1,V2,..)` of several.
    fn parse(text: &str, keys: usize) -> Result<Self, String> {
        if keys == 1 {
            return Ok(match Range::parse(text)? {
                Some(range) => Self::Range(range),
                None => Self::One(vec![Value::parse(text)], text.to_owned()),
            });
        }
        let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
        let Some(inner) = inner else {
            return Err(format!("keys that go together take tuples, as in (1,2),(3,4); found {text}"));
        };
        let values: Vec<Value> = split(inner, true)?.into_iter().map(Value::parse).collect();
        if values.len() != keys {
            return Err(format!("{text} has {} values for {keys} keys", values.len()));
        }
        Ok(Self::One(values, text.to_owned()))
    }

    const fn count(&self) -> u64 {
        match self {
            Self::One(..) => 1,
            Self::Range(range) => range.count(),
        }
    }

    fn text(&self) -> &str {
        match self {
            Self::One(_, text) => text,
            Self::Range(range) => range.text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(vary: &str) -> Vec<String> {
        let axis = Axis::parse(vary).unwrap();
        (0..axis.count()).map(|index| axis.text(index)).collect()
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
        assert!(Axis::parse("k=0.1").unwrap().values(0)[0].bare);
        assert!(!Axis::parse("k=\"0.1\"").unwrap().values(0)[0].bare);
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
        assert_eq!(axis.text(10_000_000), "1.0");
        assert_eq!(axis.text(1), "1e-7");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (vary, expected) in [
            ("wan.loss", "expected KEY=V1,V2"),
            ("=1", "the key is missing"),
            ("wan.loss=", "a value is missing"),
            ("wan.loss=1,,2", "a value is missing"),
            ("wan.loss=0,1,0.0", "the value 0.0 is given twice"),
            ("wan.loss=0..0.2:0.1,0.1", "is given twice"),
            ("wan.loss=0..2:1,1..5:2", "the value 1 is given twice"),
            ("a,b=1,2", "keys that go together take tuples, as in (1,2),(3,4); found 1"),
            ("a,b=(1,2),(3)", "(3) has 1 values for 2 keys"),
            ("a,b=(1,2),(1.0,2)", "the value 1.0,2 is given twice"),
            ("a,b=(1,2),(3,4", "a bracket is not closed"),
            ("a,=(1,2)", "the key is missing"),
            ("wan.loss=0.1,0.10", "the value 0.1 is given twice"),
            ("wan.delay=1ms,2ms,1000us", "the value 1000us is given twice"),
            ("a,b=(1,4KiB),(1.0,4096B)", "the value 1.0,4096B is given twice"),
            ("wan.loss=0..1", "the step of the range is missing: 0..1:STEP"),
            ("wan.loss=0..1:0", "the step of the range 0..1:0 is zero"),
            ("wan.loss=0..1:-1", "negative"),
            ("wan.loss=1..0:0.1", "the range 1..0:0.1 is empty"),
            ("wan.loss=0..1:0.3", "no whole number of steps"),
            ("wan.loss=0..1e3:1", "\"1e3\" is not a plain number"),
            ("wan.delay=5ms..1s:5ms", "differ in their units"),
            ("wan.delay={mean=\"1s\"", "a bracket is not closed"),
            ("wan.delay=1]", "a closing bracket has no opening one"),
            ("title=\"a", "a quote is not closed"),
        ] {
            assert!(problem(vary).contains(expected), "{vary}: {}", problem(vary));
        }
    }

    #[test]
    fn keys_that_go_together_have_a_value_each() {
        let axis = Axis::parse(r#"a,b.c=(1,"x, (y)"),(2,{ k = [1, 2] })"#).unwrap();
        assert_eq!(axis.keys(), ["a", "b.c"]);
        assert_eq!(axis.count(), 2);
        let texts = |index| axis.values(index).into_iter().map(|value| value.text).collect::<Vec<_>>();
        assert_eq!(texts(0), ["1", "x, (y)"]);
        assert_eq!(texts(1), ["2", "{ k = [1, 2] }"]);
        assert_eq!(axis.index_of("1,\"x, (y)\""), Some(0));
        assert_eq!(axis.index_of("2,\"x, (y)\""), None);
    }

    #[test]
    fn values_of_two_axes_are_put_together() {
        for (one, other, both) in [
            ("k=0,0.01", "k=0.02", "k=0,0.01,0.02"),
            ("k=0,0.01", "k=0.01,0.0,0.5", "k=0,0.01,0.5"),
            ("k=0..0.2:0.1", "k=0.3", "k=0..0.2:0.1,0.3"),
            ("k=0..2:1", "k=2..4:1", "k=0..2:1,3,4"),
            ("k=0..2:1", "k=3..4:1", "k=0..2:1,3..4:1"),
            ("k=\"a, b\"", "k=c", "k=\"a, b\",c"),
            ("a,b=(1,2)", "a,b=(1,2),(1,3)", "a,b=(1,2),(1,3)"),
        ] {
            let [one, other] = [one, other].map(|text| Axis::parse(text).unwrap());
            let joined = one.and(&other).unwrap();
            assert_eq!(joined, both);
            let joined = Axis::parse(&joined).unwrap();
            assert_eq!((joined.lacks(&one), joined.lacks(&other)), (None, None));
            assert!(one.lacks(&joined).is_some());
        }
    }

    #[test]
    fn a_key_has_a_unit_if_its_quantities_are_of_one_kind() {
        let units = |vary: &str| Axis::parse(vary).unwrap().units();
        assert_eq!(units("k=20ms,1s"), [Some(Unit::Seconds)]);
        assert_eq!(units("k=1Gbit/s,unlimited"), [Some(Unit::BitsPerSecond)]);
        assert_eq!(units("k=5ms..20ms:5ms"), [Some(Unit::Seconds)]);
        assert_eq!(units("k=5ms,4KiB"), [None]);
        assert_eq!(units("k=0.1,0.2"), [None]);
        assert_eq!(units("a,b=(1,4KiB),(2,8KiB)"), [None, Some(Unit::Bytes)]);
    }
}
