//! The figures of a result that `[expect.figures]` may bound: their names, and what their limits are written in.
//!
//! A name is the path in the result (DESIGN, section 6), with or without the unit at its end: `rpo.max` or
//! `rpo.max_s`. Figures of one group begin with `groups.NAME.`.

use std::fmt;

use super::suggest::nearest;
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

const SPANS: [(&str, Kind); 7] = [
    ("count", Count),
    ("mean_s", Time),
    ("p50_s", Time),
    ("p90_s", Time),
    ("p99_s", Time),
    ("p999_s", Time),
    ("max_s", Time),
];
const RPO: [(&str, Kind); 3] = [("mean_s", Time), ("max_s", Time), ("at_loss_s", Time)];
const NETWORK: [(&str, Kind); 14] = [
    ("offered", Count),
    ("delivered", Count),
    ("lost", Count),
    ("duplicated", Count),
    ("retransmitted", Count),
    ("markers", Count),
    ("reordered_ratio", Number),
    ("reordering_extent_mean", Number),
    ("reordering_extent_max", Count),
    ("delay.mean_s", Time),
    ("delay.p50_s", Time),
    ("delay.p99_s", Time),
    ("three_reordered_ratio", Number),
    ("offered_bytes", Bytes),
];
const REST: [(&str, Kind); 10] = [
    ("sequence_counters", Count),
    ("writes.acknowledged", Count),
    ("writes.destaged", Count),
    ("writes.outstanding", Count),
    ("cache.local_peak_bytes", Bytes),
    ("cache.remote_peak_bytes", Bytes),
    ("simulated_s", Time),
    ("events", Count),
    ("delayed_by_cache", Count),
    ("retried", Count),
];
/// Of the whole run, and of each group.
const FAMILIES: [(&str, &[(&str, Kind)]); 4] =
    [("response_time", &SPANS), ("received_lag", &SPANS), ("applied_lag", &SPANS), ("rpo", &RPO)];
/// Of the whole run only.
const PATHS: [(&str, &[(&str, Kind)]); 2] = [("wan", &NETWORK), ("wan_reverse", &NETWORK)];

/// Stands before the name of a group.
const GROUPS: &str = "groups.";

/// Every figure of the whole run: its path in the result, and what it is.
pub fn of_run() -> Vec<(String, Kind)> {
    let mut all = of_group();
    all.extend(below(&PATHS));
    all.extend(REST.iter().map(|&(path, kind)| (path.to_owned(), kind)));
    all
}

/// Every figure of one group: its path below the group.
pub fn of_group() -> Vec<(String, Kind)> {
    below(&FAMILIES)
}

fn below(families: &[(&str, &[(&str, Kind)])]) -> Vec<(String, Kind)> {
    let family = |&(top, figures): &(&str, &[(&str, Kind)])| {
        figures.iter().map(move |(name, kind)| (format!("{top}.{name}"), *kind)).collect::<Vec<_>>()
    };
    families.iter().flat_map(family).collect()
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
