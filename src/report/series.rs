//! Figures over time: lag, recovery point and cache use in equal buckets of the whole run.
//!
//! Means are 0 in a bucket without a write; `received` and `applied` tell the difference. Cache use is the most
//! bytes in all caches of a site together.

use serde::Serialize;

use super::json;
use crate::metrics::series::FaultMark;
use crate::metrics::{GroupSummary, Series};
use crate::scenario::Scenario;
use crate::scenario::validated::FaultKind;
use crate::units::SimTime;

/// Name of the CSV file.
pub const CSV_NAME: &str = "series.csv";
/// Name of the JSON file.
pub const JSON_NAME: &str = "series.json";

/// Name of the CSV file of the groups.
pub const GROUPS_CSV_NAME: &str = "group_series.csv";

const GROUPS_HEADER: [&str; 9] = [
    "group",
    "from_s",
    "to_s",
    "received",
    "received_lag_mean_s",
    "applied",
    "applied_lag_mean_s",
    "rpo_mean_s",
    "rpo_max_s",
];

#[derive(Serialize)]
struct GroupRow<'a> {
    group: &'a str,
    from_s: f64,
    to_s: f64,
    received: u64,
    received_lag_mean_s: f64,
    applied: u64,
    applied_lag_mean_s: f64,
    rpo_mean_s: f64,
    rpo_max_s: f64,
}

const HEADER: [&str; 10] = [
    "from_s",
    "to_s",
    "received",
    "received_lag_mean_s",
    "applied",
    "applied_lag_mean_s",
    "rpo_mean_s",
    "rpo_max_s",
    "local_cache_bytes",
    "remote_cache_bytes",
];

#[derive(Serialize)]
struct Row {
    from_s: f64,
    to_s: f64,
    /// Writes that became recoverable.
    received: u64,
    received_lag_mean_s: f64,
    /// Writes that were destaged.
    applied: u64,
    applied_lag_mean_s: f64,
    rpo_mean_s: f64,
    rpo_max_s: f64,
    local_cache_bytes: u64,
    remote_cache_bytes: u64,
}

#[derive(Serialize)]
struct FaultRow {
    kind: &'static str,
    what: String,
    began_s: f64,
    /// `null` if it did not end within the run.
    ended_s: Option<f64>,
}

#[derive(Serialize)]
struct Document {
    width_s: f64,
    faults: Vec<FaultRow>,
    buckets: Vec<Row>,
}

fn rows(series: &Series) -> impl Iterator<Item = Row> + '_ {
    series.buckets().map(|(from, to, rpo_mean_s, bucket)| Row {
        from_s: from.as_secs_f64(),
        to_s: to.as_secs_f64(),
        received: bucket.received,
        received_lag_mean_s: bucket.received_lag_mean_s(),
        applied: bucket.applied,
        applied_lag_mean_s: bucket.applied_lag_mean_s(),
        rpo_mean_s,
        rpo_max_s: SimTime::from_ns(bucket.rpo_max_ns).as_secs_f64(),
        local_cache_bytes: bucket.local_cache_bytes,
        remote_cache_bytes: bucket.remote_cache_bytes,
    })
}

/// As CSV, with a header.
pub fn csv(series: &Series) -> Vec<u8> {
    super::csv_of(&HEADER, rows(series))
}

/// The series of the groups as CSV, with a header; nothing if none was kept.
pub fn groups_csv(groups: &[GroupSummary]) -> Option<Vec<u8>> {
    let kept: Vec<_> =
        groups.iter().filter_map(|group| Some((group.name.as_str(), group.series.as_ref()?))).collect();
    let row = |group, row: Row| GroupRow {
        group,
        from_s: row.from_s,
        to_s: row.to_s,
        received: row.received,
        received_lag_mean_s: row.received_lag_mean_s,
        applied: row.applied,
        applied_lag_mean_s: row.applied_lag_mean_s,
        rpo_mean_s: row.rpo_mean_s,
        rpo_max_s: row.rpo_max_s,
    };
    let all = kept.iter().flat_map(|&(group, series)| rows(series).map(move |of| row(group, of)));
    (!kept.is_empty()).then(|| super::csv_of(&GROUPS_HEADER, all))
}

/// As JSON, with the faults; the names are those of the scenario.
pub fn json(series: &Series, scenario: &Scenario) -> Vec<u8> {
    let is_site_loss = |mark: &&FaultMark| matches!(kind_of(mark, scenario), FaultKind::LocalSiteLoss);
    let site_losses = series.faults.iter().filter(is_site_loss).count();
    let marks = series.faults.iter().filter(|mark| {
        // The fault of the scenario and the loss itself are two facts, and one thing to show.
        mark.fault.is_some() || site_losses == 1
    });
    let fault_rows = marks.map(|mark| FaultRow {
        kind: kind_of(mark, scenario).name(),
        what: scenario.name_of(kind_of(mark, scenario)),
        began_s: mark.began.as_secs_f64(),
        ended_s: mark.ended.map(SimTime::as_secs_f64),
    });
    let document = Document {
        width_s: series.width().as_secs_f64(),
        faults: fault_rows.collect(),
        buckets: rows(series).collect(),
    };
    json::to_line(&document).into_bytes()
}

/// The kind of a fault; one that no scenario asks for is the loss of the local site.
fn kind_of<'a>(mark: &FaultMark, scenario: &'a Scenario) -> &'a FaultKind {
    let fault = mark.fault.and_then(|index| scenario.faults.get(index as usize));
    fault.map_or(&FaultKind::LocalSiteLoss, |fault| &fault.kind)
}
