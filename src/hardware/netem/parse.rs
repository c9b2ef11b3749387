//! Reads the arguments of netem as tc does: keywords may be cut short, bare times are microseconds, bare numbers are
//! per cent where a share is meant.

use std::ops::Range;

use super::{Chance, Loss, Rate, Slot, SlotGap, Spec, Table};

/// Why the arguments cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Where, in bytes of the text.
    pub place: Range<usize>,
    /// What was expected, and what was found.
    pub title: String,
    /// More about it, or nothing.
    pub help: String,
}

/// Every keyword, in the order in which tc tries them: the first that begins with what was written is meant.
const KEYWORDS: [&str; 14] = [
    "limit",
    "latency",
    "delay",
    "loss",
    "drop",
    "ecn",
    "reorder",
    "corrupt",
    "gap",
    "duplicate",
    "distribution",
    "rate",
    "seed",
    "slot",
];

/// The arguments in `text`. `table` finds the table of a distribution by its name.
///
/// # Errors
/// Where tc would refuse them, or rcsim cannot do what they say.
pub fn parse(text: &str, table: &mut dyn FnMut(&str) -> Result<Table, String>) -> Result<Spec, ParseError> {
    let mut words = Words::new(text);
    // A whole command is as good: what counts comes after the name.
    if let Some(after) = words.places.iter().position(|word| &text[word.clone()] == "netem") {
        words.next = after + 1;
    }
    let mut spec = Spec::new(text.trim());
    let (mut lossy, mut distribution, mut ecn, mut reorder, mut gap): Seen = Default::default();
    let mut any = false;
    while let Some(word) = words.take() {
        any = true;
        let written = &text[word.clone()];
        match KEYWORDS.iter().find(|keyword| keyword.starts_with(written)).copied() {
            Some("limit") => spec.limit = words.needed(&word, "a number of packets", count)?,
            Some("latency" | "delay") => {
                spec.latency_ns = words.needed(&word, TIME, time)?;
                if let Some(jitter) = words.number(TIME, time)? {
                    spec.jitter_ns = jitter.min(i64::from(i32::MAX));
                    spec.delay_correlation = words.number(PERCENT, percent)?.unwrap_or(0);
                }
            }
            Some("loss" | "drop") => {
                if let Some(before) = lossy.replace(word.clone()) {
                    let title = format!("expected one loss model, found a second `{written}`");
                    return Err(ParseError {
                        place: word,
                        title,
                        help: format!("the first is `{}`", &text[before]),
                    });
                }
                spec.loss = words.loss(&word)?;
            }
            Some("ecn") => (spec.ecn, ecn) = (true, Some(word)),
            Some("reorder") => {
                spec.reorder = words.chance(&word)?;
                reorder = Some(word);
            }
            Some("corrupt") => spec.corrupt = words.chance(&word)?,
            Some("gap") => {
                spec.gap = words.needed(&word, "a number of packets", whole)?;
                gap = Some(word);
            }
            Some("duplicate") => spec.duplicate = words.chance(&word)?,
            Some("distribution") => {
                spec.distribution = Some(words.table(&word, table)?);
                distribution = Some(word);
            }
            Some("rate") => spec.rate = Some(words.rate(&word)?),
            Some("seed") => spec.seed = Some(words.needed(&word, "a number", |text| text.parse().ok())?),
            Some("slot") => spec.slot = Some(words.slot(&word, table)?),
            _ => return Err(unknown(word, written)),
        }
    }
    if !any {
        let title = "expected arguments of netem such as \"delay 100ms 10ms loss 1%\", found none".into();
        return Err(ParseError { place: 0..text.len(), title, help: String::new() });
    }
    let refuse = |place: Option<Range<usize>>, title: &str| match place {
        Some(place) => Err(ParseError { place, title: title.into(), help: "tc refuses it too".into() }),
        None => Ok(()),
    };
    if spec.reorder.probability > 0 {
        if spec.latency_ns == 0 {
            refuse(reorder, "expected a delay that `reorder` can skip, found none")?;
        }
        spec.gap = spec.gap.max(1);
    } else if spec.gap > 0 {
        refuse(gap, "expected `reorder` beside `gap`, found none")?;
    }
    if spec.loss == Loss::NONE {
        refuse(ecn, "expected a loss model beside `ecn`, found none")?;
    }
    if spec.latency_ns == 0 || spec.jitter_ns == 0 {
        refuse(distribution, "expected a delay and a jitter beside `distribution`, found none")?;
    }
    Ok(spec)
}

/// Where keywords stand that are looked at again in the end.
type Seen = (
    Option<Range<usize>>,
    Option<Range<usize>>,
    Option<Range<usize>>,
    Option<Range<usize>>,
    Option<Range<usize>>,
);

const TIME: &str = "a time such as 100ms (without a unit: microseconds)";
const PERCENT: &str = "a share from 0% to 100%";
const RATE: &str = "a rate such as 10mbit (bits) or 1mbps (bytes)";

fn unknown(place: Range<usize>, written: &str) -> ParseError {
    let nearest = KEYWORDS
        .iter()
        .map(|keyword| (strsim::damerau_levenshtein(keyword, written), keyword))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, keyword)| *distance <= keyword.len() / 3);
    let help = match nearest {
        Some((_, keyword)) => format!("did you mean `{keyword}`?"),
        None => format!("there are: {}", KEYWORDS.join(", ")),
    };
    ParseError { place, title: format!("expected an argument of netem, found `{written}`"), help }
}

/// The words of the text.
struct Words<'t> {
    text: &'t str,
    places: Vec<Range<usize>>,
    next: usize,
}

impl<'t> Words<'t> {
    fn new(text: &'t str) -> Self {
        let begin = text.as_ptr() as usize;
        let words = text.split_whitespace().map(|word| {
            let start = word.as_ptr() as usize - begin;
            start..start + word.len()
        });
        Self { text, places: words.collect(), next: 0 }
    }

    fn take(&mut self) -> Option<Range<usize>> {
        let word = self.places.get(self.next).cloned();
        self.next += usize::from(word.is_some());
        word
    }

    fn peek(&self) -> Option<&'t str> {
        self.places.get(self.next).map(|word| &self.text[word.clone()])
    }

    /// The value that must follow the keyword at `after`.
    fn needed<T>(
        &mut self,
        after: &Range<usize>,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, ParseError> {
        let Some(word) = self.take() else {
            let title = format!("expected {expected} after `{}`, found the end", &self.text[after.clone()]);
            return Err(ParseError { place: after.clone(), title, help: String::new() });
        };
        let found = &self.text[word.clone()];
        read(found).ok_or_else(|| {
            let title = format!("expected {expected}, found `{found}`");
            ParseError { place: word, title, help: String::new() }
        })
    }

    /// The number that may follow: as tc, whatever begins with a digit is one.
    fn number<T>(
        &mut self,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ParseError> {
        match self.peek() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                self.needed(&(0..0), expected, read).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// As `number`, or with a minus.
    fn signed(&mut self) -> Result<Option<i32>, ParseError> {
        match self.peek() {
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                self.needed(&(0..0), "a whole number of bytes", |text| text.parse().ok()).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn chance(&mut self, after: &Range<usize>) -> Result<Chance, ParseError> {
        let probability = self.needed(after, PERCENT, percent)?;
        Ok(Chance { probability, correlation: self.number(PERCENT, percent)?.unwrap_or(0) })
    }

    fn loss(&mut self, after: &Range<usize>) -> Result<Loss, ParseError> {
        match self.peek() {
            Some("random") => {
                self.next += 1;
                self.chance(after).map(Loss::Random)
            }
            Some("state") => {
                self.next += 1;
                let p13 = self.needed(after, PERCENT, share)?;
                let mut rest = [of_u32(1.0 - p13), 0, u32::MAX, 0];
                for value in &mut rest {
                    match self.number(PERCENT, percent)? {
                        Some(given) => *value = given,
                        None => break,
                    }
                }
                let [p31, p32, p23, p14] = rest;
                Ok(Loss::State { p13: of_u32(p13), p31, p32, p23, p14 })
            }
            Some("gemodel") => {
                self.next += 1;
                let p = self.needed(after, PERCENT, share)?;
                let mut rest = [of_u32(1.0 - p), u32::MAX, 0];
                for value in &mut rest {
                    match self.number(PERCENT, percent)? {
                        Some(given) => *value = given,
                        None => break,
                    }
                }
                let [r, one_minus_h, one_minus_k] = rest;
                Ok(Loss::Gemodel { p: of_u32(p), r, h: u32::MAX - one_minus_h, one_minus_k })
            }
            Some(word) if word.starts_with(|c: char| c.is_ascii_digit()) => {
                self.chance(after).map(Loss::Random)
            }
            _ => self.needed(after, "a share such as 1%, or `random`, `state` or `gemodel`", |_| None),
        }
    }

    fn table(
        &mut self,
        after: &Range<usize>,
        table: &mut dyn FnMut(&str) -> Result<Table, String>,
    ) -> Result<Table, ParseError> {
        let expected = "the name of a distribution";
        let name = self.needed(after, expected, |text| Some(text.to_owned()))?;
        let place = self.places[self.next - 1].clone();
        table(&name).map_err(|title| ParseError { place, title, help: String::new() })
    }

    fn rate(&mut self, after: &Range<usize>) -> Result<Rate, ParseError> {
        if let Some(word) = self.peek().filter(|word| word.contains('%')) {
            let title = format!("expected {RATE}, found `{word}`");
            let help = "a share of the speed of a network card means nothing here: there is no card".into();
            return Err(ParseError { place: self.places[self.next].clone(), title, help });
        }
        let bytes_per_s = self.needed(after, RATE, rate)?;
        let overhead = self.signed()?;
        let cell = match overhead {
            Some(_) => self.number("a cell size in bytes", whole)?,
            None => None,
        };
        let cell_overhead = match cell {
            Some(_) => self.signed()?.unwrap_or(0),
            None => 0,
        };
        Ok(Rate { bytes_per_s, overhead: overhead.unwrap_or(0), cell: cell.unwrap_or(0), cell_overhead })
    }

    fn slot(
        &mut self,
        after: &Range<usize>,
        table: &mut dyn FnMut(&str) -> Result<Table, String>,
    ) -> Result<Slot, ParseError> {
        let gap = if self.peek() == Some("distribution") {
            self.next += 1;
            let table = self.table(after, table)?;
            let delay = self.needed(after, TIME, time)?;
            let above_zero = "a jitter above zero, such as 1ms";
            SlotGap::Drawn(
                table,
                delay,
                self.needed(after, above_zero, |text| time(text).filter(|&ns| ns > 0))?,
            )
        } else {
            let least = self.needed(after, TIME, time)?;
            let expected = "a longest gap that is no shorter than the shortest";
            let most = self.number(expected, |text| time(text).filter(|&most| most >= least))?;
            SlotGap::Between(least, most.unwrap_or(least))
        };
        let follows =
            |words: &Self, keyword: &str| words.peek().is_some_and(|word| keyword.starts_with(word));
        let (mut packets, mut bytes) = (0, 0);
        if follows(self, "packets") {
            self.next += 1;
            packets =
                self.needed(after, "a number of packets", |text| text.parse().ok().filter(|&n| n >= 0))?;
        }
        if follows(self, "bytes") {
            self.next += 1;
            let most = |text: &str| count(text).and_then(|bytes| i32::try_from(bytes).ok());
            bytes = self.needed(after, "a number of bytes", most)?;
        }
        Ok(Slot { gap, packets, bytes })
    }
}

/// A number and what follows it, as C's `strtod` parts them.
fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let split = (1..=text.len()).rev().filter(|&at| text.is_char_boundary(at)).find(|&at| {
        let number = &text[..at];
        number.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
            && number.parse::<f64>().is_ok()
    })?;
    Some((text[..split].parse().ok()?, &text[split..]))
}

/// Nanoseconds.
fn time(text: &str) -> Option<i64> {
    let (number, unit) = number_and_unit(text)?;
    let ns = match unit.to_ascii_lowercase().as_str() {
        "s" | "sec" | "secs" => 1e9,
        "ms" | "msec" | "msecs" => 1e6,
        "us" | "usec" | "usecs" | "" => 1e3,
        "ns" | "nsec" | "nsecs" => 1.0,
        _ => return None,
    };
    // A thousand years are enough, and leave room to add to.
    let ns = number * ns;
    (0.0..=3e18).contains(&ns).then_some(ns as i64)
}

/// A share from 0 to 1, of per cent.
fn share(text: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(text)?;
    let share = number / 100.0;
    (matches!(unit, "" | "%") && (0.0..=1.0).contains(&share)).then_some(share)
}

fn percent(text: &str) -> Option<u32> {
    share(text).map(of_u32)
}

/// Of 2^32 - 1, rounded to the nearest.
fn of_u32(share: f64) -> u32 {
    libm::rint(share * f64::from(u32::MAX)) as u32
}

fn whole(text: &str) -> Option<u32> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())
}

/// tc's sizes: a number, perhaps of kilobytes and so on, powers of 1,024.
fn count(text: &str) -> Option<u32> {
    let (number, unit) = number_and_unit(text)?;
    let scale = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1.0,
        "k" | "kb" => 1_024.0,
        "m" | "mb" => 1_048_576.0,
        "g" | "gb" => 1_073_741_824.0,
        "kbit" => 128.0,
        "mbit" => 131_072.0,
        "gbit" => 134_217_728.0,
        _ => return None,
    };
    let value = number * scale;
    (0.0..=f64::from(u32::MAX)).contains(&value).then_some(value as u32)
}

/// Bytes per second, at least one: `bit` is bits, `bps` bytes; powers of 1,000, with an i of 1,024.
fn rate(text: &str) -> Option<u64> {
    let (number, unit) = number_and_unit(text)?;
    let unit = unit.to_ascii_lowercase();
    let (scale, bits) = match unit.as_str() {
        "" => ("", 1.0),
        unit => match (unit.strip_suffix("bit"), unit.strip_suffix("bps")) {
            (Some(scale), _) => (scale, 1.0),
            (_, Some(scale)) => (scale, 8.0),
            _ => return None,
        },
    };
    let scale = match scale {
        "" => 1.0,
        "k" => 1e3,
        "m" => 1e6,
        "g" => 1e9,
        "t" => 1e12,
        "ki" => 1_024.0,
        "mi" => 1_048_576.0,
        "gi" => 1_073_741_824.0,
        "ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    let bytes = number * scale * bits / 8.0;
    (1.0..1e18).contains(&bytes).then_some(bytes as u64)
}
