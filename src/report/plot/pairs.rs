//! What the page of a run says of its pairs, where their figures were kept.

use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;

use super::axis::tell;
use super::error::PlotError;
use super::figure::Quantity;
use super::page::{Section, escape};
use super::run::rows;
use crate::report::pairs::CSV_NAME;

/// Pairs that are shown; the file has them all.
const SHOWN: usize = 16;

/// A pair, as far as it is shown.
#[derive(Deserialize)]
struct Row {
    pair: String,
    group: String,
    writes: u64,
    #[serde(rename = "response_time.mean_s")]
    response_time: f64,
    #[serde(rename = "received_lag.mean_s")]
    received_lag: f64,
    #[serde(rename = "received_lag.p99_s")]
    received_lag_p99: f64,
    #[serde(rename = "applied_lag.p99_s")]
    applied_lag_p99: f64,
}

/// The section about the pairs of the run in this folder, those with the greatest mean received lag first; nothing if their
/// figures were not kept.
///
/// # Errors
/// When the file is damaged.
pub fn section(folder: &Path) -> Result<Option<Section>, PlotError> {
    let Some(mut pairs) = rows::<Row>(&folder.join(CSV_NAME))? else { return Ok(None) };
    pairs.sort_by(|one, other| other.received_lag.total_cmp(&one.received_lag));
    let mut html =
        String::from("<table class=\"groups\">\n<thead><tr><th>Pair</th><th>Group</th><th>Writes</th>");
    for heading in ["Response time, mean", "Received lag, mean", "Received lag, p99", "Applied lag, p99"] {
        let _ = write!(html, "<th>{heading}</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in pairs.iter().take(SHOWN) {
        let _ = write!(
            html,
            "<tr><td>{}</td><td>{}</td><td>{}</td>",
            escape(&row.pair),
            escape(&row.group),
            row.writes
        );
        for time in [row.response_time, row.received_lag, row.received_lag_p99, row.applied_lag_p99] {
            let _ = write!(html, "<td>{}</td>", tell(Quantity::Time, time));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n");
    if pairs.len() > SHOWN {
        let _ = writeln!(
            html,
            "<p>The {SHOWN} pairs with the greatest mean received lag; all {} stand in {CSV_NAME}.</p>",
            pairs.len()
        );
    }
    Ok(Some(Section { id: "pairs".to_owned(), title: "Pairs".to_owned(), html }))
}
