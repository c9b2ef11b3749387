//! Figures of one run's folder: recovery point, cache use and lag over time, and the distribution of the lag.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::PlotError;
use super::figure::{Axis, Curve, Figure, Kind, Look, Point, Quantity, Scale, Shade};
use crate::metrics::Basis;

/// The file by which the folder of a run is known.
pub const RESULT_NAME: &str = "result.json";
const SERIES_NAME: &str = "series.csv";
const GROUP_SERIES_NAME: &str = "group_series.csv";
const MARKS_NAME: &str = "series.json";
const HISTOGRAM_NAME: &str = "lag_histogram.csv";

#[derive(Deserialize)]
struct Bucket {
    from_s: f64,
    to_s: f64,
    received: u64,
    received_lag_mean_s: f64,
    applied: u64,
    applied_lag_mean_s: f64,
    rpo_mean_s: f64,
    rpo_max_s: f64,
    local_cache_bytes: f64,
    remote_cache_bytes: f64,
}

#[derive(Deserialize)]
struct GroupBucket {
    group: String,
    from_s: f64,
    to_s: f64,
    applied: u64,
    applied_lag_mean_s: f64,
    rpo_max_s: f64,
}

#[derive(Deserialize)]
struct Bar {
    group: String,
    high_ns: u64,
    count: u64,
}

#[derive(Default, Deserialize)]
struct Marks {
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    kind: String,
    /// Folders of earlier versions have none.
    what: Option<String>,
    began_s: f64,
    ended_s: Option<f64>,
}

/// A run's result, as far as it is shown.
pub struct RunFolder {
    /// The parsed `result.json`.
    pub result: serde_json::Value,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// Reads the folder of a run; `None` if it is none.
///
/// # Errors
/// When a file of it is damaged, or there is nothing to draw.
pub fn read(folder: &Path) -> Result<Option<RunFolder>, PlotError> {
    let path = folder.join(RESULT_NAME);
    let Some(text) = content(&path)? else { return Ok(None) };
    let result: serde_json::Value = json(path, &text)?;
    let mut figures = Vec::new();
    if let Some(buckets) = rows::<Bucket>(&folder.join(SERIES_NAME))? {
        let marks_path = folder.join(MARKS_NAME);
        let marks: Marks = match content(&marks_path)? {
            Some(text) => json(marks_path, &text)?,
            None => Marks::default(),
        };
        let shades = shades(&marks, &buckets);
        figures.extend(over_time(&buckets, &shades));
        if let Some(buckets) = rows::<GroupBucket>(&folder.join(GROUP_SERIES_NAME))? {
            figures.extend(groups_over_time(&buckets, &shades));
        }
    }
    if let Some(bars) = rows::<Bar>(&folder.join(HISTOGRAM_NAME))? {
        figures.extend(distributions(&bars));
    }
    figures.extend(result.get("inevitable").and_then(inevitability));
    figures.retain(|figure| !figure.is_empty());
    if figures.is_empty() {
        let what = format!("{} has neither a time series nor lags: nothing to draw", folder.display());
        return Err(PlotError::Choice(what));
    }
    Ok(Some(RunFolder { result, figures }))
}

fn content(path: &Path) -> Result<Option<Vec<u8>>, PlotError> {
    match std::fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(PlotError::Io { path: path.to_owned(), error }),
    }
}

fn json<T: DeserializeOwned>(path: PathBuf, text: &[u8]) -> Result<T, PlotError> {
    serde_json::from_slice(text).map_err(|error| PlotError::Damaged {
        path,
        line: Some(error.line() as u64),
        what: error.to_string(),
    })
}

pub(super) fn rows<T: DeserializeOwned>(path: &Path) -> Result<Option<Vec<T>>, PlotError> {
    let Some(text) = content(path)? else { return Ok(None) };
    let rows: Result<Vec<T>, csv::Error> = csv::Reader::from_reader(text.as_slice()).deserialize().collect();
    rows.map(Some).map_err(|error| PlotError::Damaged {
        path: path.to_owned(),
        line: error.position().map(csv::Position::line),
        what: error.to_string(),
    })
}

/// Where faults have more names than this, they go by their kinds.
const MOST_NAMES: usize = 4;

fn shades(marks: &Marks, buckets: &[Bucket]) -> Vec<Shade> {
    let end = buckets.last().map_or(0.0, |bucket| bucket.to_s);
    let kind = |fault: &Fault| match fault.kind.as_str() {
        "wan-outage" => "WAN outage".to_owned(),
        "local-site-loss" => "loss of the local site".to_owned(),
        other => other.replace('-', " "),
    };
    let names: BTreeSet<_> = marks.faults.iter().map(|fault| &fault.what).collect();
    let shade = |fault: &Fault| Shade {
        // All are of one grey: a long list of them would tell nobody more.
        name: fault.what.clone().filter(|_| names.len() <= MOST_NAMES).unwrap_or_else(|| kind(fault)),
        from: fault.began_s,
        // What did not end lasts, but for the loss of a site: that is an instant.
        to: fault.ended_s.unwrap_or(if fault.kind == "local-site-loss" { fault.began_s } else { end }),
    };
    marks.faults.iter().map(shade).collect()
}

/// A curve over the buckets; those without a value leave a gap.
fn curve(index: usize, name: &str, buckets: &[Bucket], value: impl Fn(&Bucket) -> Option<f64>) -> Curve {
    let middle = |bucket: &Bucket| f64::midpoint(bucket.from_s, bucket.to_s);
    let point = |bucket: &Bucket| {
        value(bucket).map_or_else(|| Point::gap(middle(bucket)), |y| Point::exact(middle(bucket), y))
    };
    let points = buckets.iter().map(point).collect();
    Curve { name: name.to_owned(), look: Look::plain(index), kind: Kind::Line, points, panel: 0 }
}

fn over_time(buckets: &[Bucket], shades: &[Shade]) -> Vec<Figure> {
    let width = buckets.first().map_or(0.0, |bucket| bucket.to_s - bucket.from_s);
    let width = super::axis::tell(Quantity::Time, width);
    let figure = |name: &str, title: &str, caption: &str, y: Axis, curves: Vec<Curve>| Figure {
        name: name.to_owned(),
        title: title.to_owned(),
        caption: format!("{caption} Each value is of {width} of simulated time."),
        x: Axis { scale: Scale::Linear, ..Axis::new("Simulated time", Quantity::Time) },
        y: Axis { scale: Scale::Linear, ..y },
        curves,
        shades: shades.to_vec(),
        ..Figure::default()
    };
    vec![
        figure(
            "rpo-over-time",
            "Recovery point over time",
            "How far back a disaster at that instant would set the remote site. Worst group, mean and \
             maximum.",
            Axis::new("Recovery point", Quantity::Time),
            vec![
                curve(1, "greatest", buckets, |bucket| Some(bucket.rpo_max_s)),
                curve(0, "mean", buckets, |bucket| Some(bucket.rpo_mean_s)),
            ],
        ),
        figure(
            "lag-over-time",
            "Lag over time",
            "Mean lag of the writes that were received, and of the writes that were destaged (applied).",
            Axis::new("Mean lag", Quantity::Time),
            vec![
                curve(1, "applied", buckets, |b| (b.applied > 0).then_some(b.applied_lag_mean_s)),
                curve(0, "received", buckets, |b| (b.received > 0).then_some(b.received_lag_mean_s)),
            ],
        ),
        figure(
            "cache-over-time",
            "Cache use over time",
            "The most bytes in all caches of a site together.",
            Axis::new("Cache use", Quantity::Bytes),
            vec![
                curve(1, "remote site", buckets, |bucket| Some(bucket.remote_cache_bytes)),
                curve(0, "local site", buckets, |bucket| Some(bucket.local_cache_bytes)),
            ],
        ),
    ]
}

/// `run --inevitable`: how likely the first violation was, instant by instant.
fn inevitability(found: &serde_json::Value) -> Option<Figure> {
    let number = |value: &serde_json::Value, name: &str| value.get(name)?.as_f64();
    let draws = number(found, "draws")? as u32;
    let point = |instant: &serde_json::Value| {
        let (x, y) = (number(instant, "at_ns")? / 1e9, number(instant, "share")?);
        let (low, high) = (number(instant, "low")?, number(instant, "high")?);
        let basis = Some(Basis::ClopperPearson);
        Some(Point { x, y, low, high, runs: draws, basis, swept: None, seen: None, outstanding: 0 })
    };
    let points = found.get("instants")?.as_array()?.iter().map(point).collect::<Option<_>>()?;
    let check = found.get("check")?.as_str()?;
    let at = number(found, "at_ns")? / 1e9;
    Some(Figure {
        name: "inevitable".into(),
        title: format!("When the break of {check} became inevitable"),
        caption: format!(
            "The share of {draws} draws in which the same violation happens when all that is random is drawn anew from \
             this instant on, with 95 % intervals (Clopper-Pearson)."
        ),
        x: Axis {
            scale: Scale::Linear,
            ..Axis::new("Instant from which the rest is drawn anew", Quantity::Time)
        },
        y: Axis { scale: Scale::Linear, ..Axis::new("Share of draws that break", Quantity::Share) },
        curves: vec![Curve {
            name: check.to_owned(),
            look: Look::plain(0),
            kind: Kind::Measured,
            points,
            panel: 0,
        }],
        shades: vec![Shade { name: "it broke".into(), from: at, to: at }],
        ..Figure::default()
    })
}

/// More groups than this get a panel each.
const MOST_TOGETHER: usize = 8;

/// Recovery point and lag of each group.
fn groups_over_time(buckets: &[GroupBucket], shades: &[Shade]) -> Vec<Figure> {
    let mut groups: Vec<&str> = buckets.iter().map(|bucket| bucket.group.as_str()).collect();
    groups.dedup();
    let several = groups.len() > MOST_TOGETHER;
    let curves = |value: fn(&GroupBucket) -> Option<f64>| {
        let curve = |(index, group): (usize, &&str)| {
            let own = buckets.iter().filter(|bucket| bucket.group == **group);
            let point = |bucket: &GroupBucket| {
                let middle = f64::midpoint(bucket.from_s, bucket.to_s);
                value(bucket).map_or_else(|| Point::gap(middle), |y| Point::exact(middle, y))
            };
            let (name, panel) = if several { (String::new(), index) } else { (format!("group {group}"), 0) };
            let look = Look::plain(if several { 0 } else { index });
            Curve { name, look, kind: Kind::Line, points: own.map(point).collect(), panel }
        };
        groups.iter().enumerate().map(curve).collect::<Vec<_>>()
    };
    let panels = || if several { groups.iter().map(|&group| group.to_owned()).collect() } else { Vec::new() };
    let figure = |name: &str, title: &str, caption: &str, label: &str, curves: Vec<Curve>| Figure {
        name: name.to_owned(),
        title: title.to_owned(),
        caption: caption.to_owned(),
        x: Axis { scale: Scale::Linear, ..Axis::new("Simulated time", Quantity::Time) },
        y: Axis { scale: Scale::Linear, ..Axis::new(label, Quantity::Time) },
        curves,
        shades: shades.to_vec(),
        panels: panels(),
        ..Figure::default()
    };
    vec![
        figure(
            "rpo-of-groups-over-time",
            "Recovery point of each group over time",
            "How far back a disaster would set each group: the greatest of each stretch of time.",
            "Recovery point",
            curves(|bucket| Some(bucket.rpo_max_s)),
        ),
        figure(
            "lag-of-groups-over-time",
            "Applied lag of each group over time",
            "Mean applied lag of the writes of each group that were destaged in each stretch of time.",
            "Mean applied lag",
            curves(|bucket| (bucket.applied > 0).then_some(bucket.applied_lag_mean_s)),
        ),
    ]
}

/// More groups than this are told together.
const MOST_PANELS: usize = 16;

/// The distribution of the lag, and the shares that lag longer, in which the tail can be read.
fn distributions(bars: &[Bar]) -> Vec<Figure> {
    // Highest lag and number of writes of each bar, by group.
    let mut groups: Vec<(&str, Vec<(u64, u64)>)> = bars
        .chunk_by(|one, next| one.group == next.group)
        .map(|bars| (bars[0].group.as_str(), bars.iter().map(|bar| (bar.high_ns, bar.count)).collect()))
        .collect();
    let of_all = groups.len() > MOST_PANELS;
    if of_all {
        let mut together: BTreeMap<u64, u64> = BTreeMap::new();
        for (high_ns, count) in groups.iter().flat_map(|(_, bars)| bars) {
            *together.entry(*high_ns).or_default() += count;
        }
        groups = vec![("", together.into_iter().collect())];
    }
    let has_panels = groups.len() > MOST_TOGETHER;
    let curves = |share: fn(u64, u64) -> f64| {
        let curves = groups.iter().enumerate().map(|(index, (group, bars))| {
            let total: u64 = bars.iter().map(|(_, count)| count).sum();
            let mut below = 0;
            let points = bars.iter().map(|(high_ns, count)| {
                below += count;
                Point::exact(*high_ns as f64 / 1e9, share(below, total.max(1)))
            });
            let points = points.collect();
            let (panel, look) = if has_panels { (index, Look::plain(0)) } else { (0, Look::plain(index)) };
            let name = if has_panels || of_all { String::new() } else { format!("group {group}") };
            Curve { name, look, kind: Kind::Steps, points, panel }
        });
        curves.collect::<Vec<_>>()
    };
    let panels = || {
        if has_panels { groups.iter().map(|(group, _)| (*group).to_owned()).collect() } else { Vec::new() }
    };
    let whose = if of_all { "over all groups" } else { "per group" };
    let mut beyond = curves(|below, total| (total - below) as f64 / total as f64);
    // No write lags longer than the longest: that cannot stand on a logarithmic axis, and need not.
    for curve in &mut beyond {
        curve.points.retain(|point| point.y > 0.0);
    }
    vec![
        Figure {
            name: "lag-distribution".into(),
            title: "Distribution of the applied lag".into(),
            caption: format!("The share of writes whose applied lag is at most this long, {whose}."),
            x: Axis::new("Applied lag", Quantity::Time),
            y: Axis { scale: Scale::Linear, ..Axis::new("Share of writes", Quantity::Share) },
            curves: curves(|below, total| below as f64 / total as f64),
            panels: panels(),
            ..Figure::default()
        },
        Figure {
            name: "lag-ccdf".into(),
            title: "Tail of the applied lag".into(),
            caption: format!(
                "The share of writes whose applied lag is longer than this (CCDF), {whose}; both axes are logarithmic."
            ),
            x: Axis { scale: Scale::Log, ..Axis::new("Applied lag", Quantity::Time) },
            y: Axis { scale: Scale::Log, ..Axis::new("Share of writes beyond", Quantity::Share) },
            curves: beyond,
            panels: panels(),
            ..Figure::default()
        },
    ]
}
