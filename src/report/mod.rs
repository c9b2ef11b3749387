//! What a run is told as: one file per format, all from one [`RunResult`].
//!
//! | room | writes |
//! |---|---|
//! | `json` | the result of a run (DESIGN, section 6), one line |
//! | `text` | the result for a person: one run as a page, several as a line each |
//! | `histogram` | the applied lag as bars, CSV and JSON |
//! | `series` | figures over time, CSV and JSON |
//! | `pairs` | figures of each pair, CSV |
//! | `exploration` | every interleaving of a small scope: what was found |
//! | `hunt` | random worlds: what was found, and which rare states were met |
//! | `inevitable` | when a violation became likely, and when certain |
//! | `order`, `arrival_log` | RFC 4737 and RFC 5236 of a run, and of a user's log |
//! | `folder` | where files go: whole or not at all |
//! | `plot` | figures from a folder of results, and the page that shows them; of a broken run, why it broke |
//!
//! Nothing here measures or judges, and no wall clock comes into any file.

mod arrival_log;
mod busiest_line;
mod expectation;
mod explanation;
pub mod exploration;
pub mod folder;
mod histogram;
mod hits;
pub mod hunt;
mod inevitable;
pub mod json;
pub mod junit;
mod order;
mod pairs;
pub mod plot;
mod recorded;
mod result;
mod series;
mod shrunk;
pub mod sizing;
mod tape;
pub mod text;
pub mod trace_info;
mod warm_up;

pub use arrival_log::{ArrivalLogResult, LogCounts};
pub use busiest_line::BusiestLine;
pub use expectation::unmet;
pub use explanation::{
    ArrowResult, CauseResult, CutOffResult, ExplanationResult, FaultResult, OracleResult, PictureResult,
    RemedyResult, SceneResult, TriedResult,
};
pub use exploration::ExplorationResult;
pub use folder::Folder;
pub use hits::{GroupHitsResult, HitsResult};
pub use hunt::HuntResult;
pub use inevitable::{InevitableResult, InstantResult};
pub use order::{ArrivalOrder, OrdersResult};
pub use recorded::TraceResult;
pub use result::{
    BurstResult, CacheResult, DelayResult, GroupResult, NetworkResult, OrderResult, RpoResult, RunResult,
    SpansResult, ViolationResult, WriteResult, WritesResult,
};
pub use shrunk::ShrunkResult;
pub use warm_up::{WarmUpResult, can_be_told};

use crate::scenario::Scenario;
use crate::world::Outcome;

/// A file of a run, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// Its content.
    pub content: Vec<u8>,
}

/// The scenario as it was, in the folder of a run.
pub const SCENARIO_NAME: &str = "scenario.toml";
/// The command that does the run again, in its folder, wherever that is.
pub const REPLAY_NAME: &str = "replay.txt";

/// Names of all files that [`files`], [`origin`] and [`page_of_broken`] make; nothing else but figures stands in the folder of a run.
pub const FILE_NAMES: [&str; 10] = [
    json::FILE_NAME,
    histogram::CSV_NAME,
    histogram::JSON_NAME,
    series::CSV_NAME,
    series::JSON_NAME,
    series::GROUPS_CSV_NAME,
    pairs::CSV_NAME,
    SCENARIO_NAME,
    REPLAY_NAME,
    plot::PAGE_NAME,
];

/// Where a run came from: the text of its scenario, and the command that, in the folder, does the run again.
pub fn origin(scenario: &str, replay: &str) -> Vec<File> {
    let text = File { name: SCENARIO_NAME, content: scenario.as_bytes().to_vec() };
    let replay = File { name: REPLAY_NAME, content: format!("{replay}\n").into_bytes() };
    vec![text, replay]
}

/// The page of a broken run, in its folder: why the order broke, without figures (`plot` draws those).
pub fn page_of_broken(result: &RunResult, scenario: Option<&str>, replay: &str) -> Option<File> {
    result.explanation.as_ref()?;
    let value = serde_json::to_value(result).ok()?;
    let content = plot::run_page(&value, scenario, replay).into_bytes();
    Some(File { name: plot::PAGE_NAME, content })
}

/// The files of a run: its result, the histogram of its lags and, if one was kept, its time series.
pub fn files(scenario: &Scenario, outcome: &Outcome, result: &RunResult) -> Vec<File> {
    let summary = &outcome.judgement.summary;
    let mut files = vec![
        File { name: json::FILE_NAME, content: json::line(result).into_bytes() },
        File { name: histogram::CSV_NAME, content: histogram::csv(summary) },
        File { name: histogram::JSON_NAME, content: histogram::json(summary) },
    ];
    if let Some(series) = &summary.series {
        files.push(File { name: series::CSV_NAME, content: series::csv(series) });
        files.push(File { name: series::JSON_NAME, content: series::json(series, scenario) });
    }
    let groups = series::groups_csv(&summary.groups);
    files.extend(groups.map(|content| File { name: series::GROUPS_CSV_NAME, content }));
    let pairs = pairs::csv(scenario, &summary.pairs);
    files.extend(pairs.map(|content| File { name: pairs::CSV_NAME, content }));
    files
}

/// Rows as CSV under `header`, which stands there even if there is no row.
fn csv_of<R: serde::Serialize>(header: &[&str], rows: impl Iterator<Item = R>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    let mut written = writer.write_record(header);
    for row in rows {
        written = written.and_then(|()| writer.serialize(row));
    }
    // Writing to memory does not fail, and every row has the fields of the header.
    match (written, writer.into_inner()) {
        (Ok(()), Ok(content)) => content,
        (written, _) => unreachable!("rows of plain fields are always CSV: {written:?}"),
    }
}
