//! The applied lag as a histogram: per group, each bar from `low_ns` to `high_ns`, both included.
//!
//! Bars are those of the histogram itself (three significant digits); a bar without a write is left out.

use serde::Serialize;

use super::json;
use crate::metrics::Summary;

/// Name of the CSV file.
pub const CSV_NAME: &str = "lag_histogram.csv";
/// Name of the JSON file.
pub const JSON_NAME: &str = "lag_histogram.json";

#[derive(Serialize)]
struct Row<'a> {
    group: &'a str,
    low_ns: u64,
    high_ns: u64,
    count: u64,
}

#[derive(Serialize)]
struct Document<'a> {
    /// What is counted.
    of: &'static str,
    bars: Vec<Row<'a>>,
}

fn rows(summary: &Summary) -> impl Iterator<Item = Row<'_>> {
    summary.groups.iter().flat_map(|group| {
        let bars = group.applied_lag_bars.iter();
        bars.map(|bar| Row { group: &group.name, low_ns: bar.low_ns, high_ns: bar.high_ns, count: bar.count })
    })
}

/// As CSV, with a header.
pub fn csv(summary: &Summary) -> Vec<u8> {
    super::csv_of(&["group", "low_ns", "high_ns", "count"], rows(summary))
}

/// As JSON.
pub fn json(summary: &Summary) -> Vec<u8> {
    json::to_line(&Document { of: "applied_lag", bars: rows(summary).collect() }).into_bytes()
}
