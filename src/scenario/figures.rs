//! The figures of a result that `[expect.figures]` may bound, out of the table of all measures, and what their limits are
//! written in.
//!
//! A name is the path in the result (DESIGN, section 6), with or without the unit at its end: `rpo.max` or
//! `rpo.max_s`. Figures of one group begin with `groups.NAME.`.

use std::fmt;

use super::suggest::nearest;
use crate::measures::{COLUMNS, Quantity, SPAN_FAMILIES, SPANS};
use crate::units::quantity::{parse_duration, parse_size};

/// What a figure is, and so how its limit is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A time span; limits such as `2s`.
    Time,
    /// Bytes; limits such as `64MiB`.
    Bytes,
    /// A share or a plain number; limits such as `0.05` or `5%`.
    Number,
    /// A count; limits such as `1000`.
    Count,
}

use Kind::{Bytes, Count, Number, Time};

/// The parts of a result of which every measure may be bounded. `measures` says which there are.
const PARTS: [&str; 15] = [
    "response_time",
    "received_lag",
    "applied_lag",
    "rpo",
    "wan",
    "wan_reverse",
    "cache",
    "writes",
    "sequence_counters",
    "simulated_s",
    "events",
    "delayed_by_cache",
    "local_only",
    "retried",
    "disasters",
];

/// Stands before the name of a group.
const GROUPS: &str = "groups.";
/// Stands before a figure of every group, in the table of measures.
const EVERY_GROUP: &str = "groups.*.";

/// Every figure of the whole run: its path in the result, and what it is.
pub fn of_run() -> Vec<(String, Kind)> {
    measures().filter(|(path, _)| !path.starts_with(GROUPS)).collect()
}

/// Every figure of one group: its path below the group.
pub fn of_group() -> Vec<(String, Kind)> {
    let below = |(path, kind): (String, Kind)| Some((path.strip_prefix(EVERY_GROUP)?.to_owned(), kind));
    measures().filter_map(below).collect()
}

/// Every measure of the parts, of the whole run and of every group.
fn measures() -> impl Iterator<Item = (String, Kind)> {
    let spans = SPAN_FAMILIES.iter().flat_map(|family| {
        SPANS.iter().map(move |figure| (format!("{}.{}", family.path, figure.path), figure.quantity))
    });
    let all = spans.chain(COLUMNS.iter().map(|column| (column.path.to_owned(), column.quantity)));
    all.filter_map(|(path, quantity)| {
        let part = path.strip_prefix(EVERY_GROUP).unwrap_or(&path).split('.').next();
        let kind = match quantity {
            Quantity::Time => Time,
            Quantity::Bytes => Bytes,
            Quantity::Share | Quantity::Number => Number,
            Quantity::Count => Count,
            Quantity::Instant
            | Quantity::BytesPerSecond
            | Quantity::BitsPerSecond
            | Quantity::Rate
            | Quantity::Flag
            | Quantity::Text => return None,
        };
        part.is_some_and(|part| PARTS.contains(&part)).then_some((path, kind))
    })
}

/// A path without the unit at its end.
fn plain(path: &str) -> &str {
    path.strip_suffix("_s").or_else(|| path.strip_suffix("_bytes")).unwrap_or(path)
}

/// The path and the kind of the figure called `name`, in a scenario with these groups.
///
/// # Errors
/// When there is none: a name that was probably meant, if there is one.
pub fn find(name: &str, groups: &[&str]) -> Result<(String, Kind), Option<String>> {
    let among = |name: &str, figures: Vec<(String, Kind)>| {
        let found = figures.iter().find(|(path, _)| path == name || plain(path) == name);
        found
            .cloned()
            .ok_or_else(|| nearest(name, figures.iter().map(|(path, _)| plain(path))).map(str::to_owned))
    };
    let Some(rest) = name.strip_prefix(GROUPS) else { return among(name, of_run()) };
    // A group's name may hold dots.
    let of = |group: &str| rest.strip_prefix(group).and_then(|rest| rest.strip_prefix('.'));
    if let Some((group, figure)) = groups.iter().find_map(|group| Some((group, of(group)?))) {
        match among(figure, of_group()) {
            Ok((path, kind)) => Ok((format!("{GROUPS}{group}.{path}"), kind)),
            Err(meant) => Err(meant.map(|meant| format!("{GROUPS}{group}.{meant}"))),
        }
    } else {
        let (group, figure) = rest.split_once('.').unwrap_or((rest, "rpo.max"));
        let meant = nearest(group, groups.iter().copied());
        Err(meant.map(|group| format!("{GROUPS}{group}.{figure}")))
    }
}

/// How a figure is compared with its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<=`.
    AtMost,
    /// `<`.
    Below,
    /// `>=`.
    AtLeast,
    /// `>`.
    Above,
    /// `==` or `=`.
    Equal,
}

impl Comparison {
    const ALL: [(&'static str, Self); 6] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("==", Self::Equal),
        ("<", Self::Below),
        (">", Self::Above),
        ("=", Self::Equal),
    ];

    /// Does `found` meet `limit`?
    pub fn holds(self, found: f64, limit: f64) -> bool {
        match self {
            Self::AtMost => found <= limit,
            Self::Below => found < limit,
            Self::AtLeast => found >= limit,
            Self::Above => found > limit,
            // Both come from whole nanoseconds or bytes, or are written down as such.
            Self::Equal => (found - limit).abs() <= f64::EPSILON * limit.abs(),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, comparison)| comparison == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

/// Reads a limit such as `<= 2s`: how to compare, and with what, in the unit of the result.
///
/// # Errors
/// When it is none for a figure of this kind: what was expected.
pub fn limit(text: &str, kind: Kind) -> Result<(Comparison, f64), String> {
    let text = text.trim();
    let comparison = Comparison::ALL
        .iter()
        .find_map(|(sign, comparison)| text.strip_prefix(sign).map(|rest| (*comparison, rest.trim())));
    let example = match kind {
        Time => "<= 2s",
        Bytes => "<= 64MiB",
        Number => "<= 0.05",
        Count => "<= 1000",
    };
    let Some((comparison, value)) = comparison else {
        return Err(format!("a comparison (<=, <, >=, >, ==) and a value, such as \"{example}\""));
    };
    let number = |text: &str| {
        let (text, scale) = text.strip_suffix('%').map_or((text, 1.0), |text| (text.trim(), 100.0));
        text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number / scale)
    };
    let value = match kind {
        Time => parse_duration(value).ok().map(crate::units::SimDuration::as_secs_f64),
        Bytes if value == "0" || value == "0B" => Some(0.0),
        Bytes => parse_size(value).ok().map(|bytes| bytes as f64),
        Number => number(value),
        Count => value.replace('_', "").parse::<u64>().ok().map(|count| count as f64),
    };
    let what = match kind {
        Time => "a duration",
        Bytes => "a size",
        Number => "a number",
        Count => "a whole number",
    };
    value
        .map(|value| (comparison, value))
        .ok_or_else(|| format!("{what} after {comparison}, such as \"{example}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_with_and_without_their_unit() {
        for (name, path, kind) in [
            ("rpo.max", "rpo.max_s", Time),
            ("rpo.max_s", "rpo.max_s", Time),
            ("received_lag.p99", "received_lag.p99_s", Time),
            ("wan.delay.mean", "wan.delay.mean_s", Time),
            ("wan.reordered_ratio", "wan.reordered_ratio", Number),
            ("cache.remote_peak", "cache.remote_peak_bytes", Bytes),
            ("writes.outstanding", "writes.outstanding", Count),
            ("groups.a.b.rpo.max", "groups.a.b.rpo.max_s", Time),
            ("groups.a.b.received_lag.outstanding", "groups.a.b.received_lag.outstanding", Count),
            ("wan.retransmitted_lost", "wan.retransmitted_lost", Count),
            ("wan_reverse.reordering_extent_mean", "wan_reverse.reordering_extent_mean", Number),
        ] {
            assert_eq!(find(name, &["a.b"]), Ok((path.to_owned(), kind)));
        }
        for (name, meant) in [
            ("rpo.maxx", Some("rpo.max")),
            ("recieved_lag.p99", Some("received_lag.p99")),
            ("groups.c.rpo.max", None),
            ("groups.a.b.rpo.mx", Some("groups.a.b.rpo.max")),
            ("weather", None),
        ] {
            assert_eq!(find(name, &["a.b"]), Err(meant.map(str::to_owned)), "{name}");
        }
    }

    #[test]
    fn limits_are_read_in_the_unit_of_the_result() {
        for (text, kind, read) in [
            ("<= 2s", Time, (Comparison::AtMost, 2.0)),
            ("<150ms", Time, (Comparison::Below, 0.15)),
            (" >= 0s ", Time, (Comparison::AtLeast, 0.0)),
            ("== 0", Count, (Comparison::Equal, 0.0)),
            ("> 1_000", Count, (Comparison::Above, 1000.0)),
            ("<= 64MiB", Bytes, (Comparison::AtMost, 67_108_864.0)),
            ("<= 5%", Number, (Comparison::AtMost, 0.05)),
        ] {
            assert_eq!(limit(text, kind), Ok(read));
        }
        for (text, kind, expected) in [
            ("2s", Time, "a comparison (<=, <, >=, >, ==) and a value, such as \"<= 2s\""),
            ("<= 2", Time, "a duration after <=, such as \"<= 2s\""),
            ("<= 2s", Bytes, "a size after <=, such as \"<= 64MiB\""),
            ("<= 1.5", Count, "a whole number after <=, such as \"<= 1000\""),
            ("< nan", Number, "a number after <, such as \"<= 0.05\""),
        ] {
            assert_eq!(limit(text, kind), Err(expected.to_owned()));
        }
    }
}
