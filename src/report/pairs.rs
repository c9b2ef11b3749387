//! The figures of each pair as CSV, where they were kept.

use crate::metrics::{PairSummary, Spans};
use crate::scenario::Scenario;
use crate::units::PairId;

/// The file in the folder of a run.
pub const CSV_NAME: &str = "pairs.csv";

/// Spans, in the order of [`figures`].
const SPANS: [&str; 3] = ["response_time", "received_lag", "applied_lag"];
/// Figures of spans, named as in the result.
const FIGURES: [&str; 8] = ["count", "mean_s", "p50_s", "p90_s", "p99_s", "p999_s", "max_s", "outstanding"];

/// A row for each pair, in the order of the scenario, with a header; nothing if none was kept.
pub fn csv(scenario: &Scenario, pairs: &[PairSummary]) -> Option<Vec<u8>> {
    let names = SPANS.iter().flat_map(|spans| FIGURES.iter().map(move |figure| format!("{spans}.{figure}")));
    let header: Vec<String> =
        ["pair", "group", "writes", "bytes"].map(String::from).into_iter().chain(names).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let group = |pair: usize| {
        let group = scenario.pairs.get(pair).and_then(|pair| scenario.groups.get(pair.group.index()));
        group.map_or_else(String::new, |group| group.name.clone())
    };
    let rows = pairs.iter().enumerate().map(|(pair, summary)| {
        let PairSummary { writes, bytes, response_time, received_lag, applied_lag } = summary;
        let named =
            [scenario.pair_name(PairId::from(pair)), group(pair), writes.to_string(), bytes.to_string()];
        let spans = [response_time, received_lag, applied_lag];
        named.into_iter().chain(spans.into_iter().flat_map(figures)).collect::<Vec<_>>()
    });
    (!pairs.is_empty()).then(|| super::csv_of(&header, rows))
}

fn figures(spans: &Spans) -> [String; 8] {
    let Spans { count, mean_s, p50_s, p90_s, p99_s, p999_s, max_s, outstanding } = *spans;
    let [mean, p50, p90, p99, p999, max] =
        [mean_s, p50_s, p90_s, p99_s, p999_s, max_s].map(|time| time.to_string());
    [count.to_string(), mean, p50, p90, p99, p999, max, outstanding.to_string()]
}
