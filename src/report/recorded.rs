//! The files of recorded workloads in the result of a run: what was read, and what became of it.

use crate::hardware::trace_file::FileScan;
use crate::hardware::workload::{Arrivals, Recording};
use crate::scenario::Scenario;
use crate::scenario::files;

/// One file of a recorded workload. `requests` is the sum of `writes` and of all that was left out: the `skipped_*`,
/// `before_from` and `after_to`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TraceResult {
    /// The host that replays it.
    pub host: String,
    /// The file.
    pub file: String,
    /// Its format.
    pub format: &'static str,
    /// What it is packed with.
    pub compression: Option<&'static str>,
    /// Requests in the file.
    pub requests: u64,
    /// Writes to mapped volumes within `from` and `to`.
    pub writes: u64,
    /// Bytes of these, each from the block of 512 bytes in which it begins.
    pub bytes: u64,
    /// Reads.
    pub skipped_reads: u64,
    /// Requests that are neither reads nor writes.
    pub skipped_others: u64,
    /// Writes to volumes that are not in the map.
    pub skipped_unmapped: u64,
    /// Writes of no bytes.
    pub skipped_empty: u64,
    /// Writes before `from`, or before time zero.
    pub before_from: u64,
    /// Writes at `to` or later.
    pub after_to: u64,
    /// Of `writes`: those that began within a block, and begin with it now.
    pub widened: u64,
    /// Of `writes`: those that stood behind a later one, and were put in order.
    pub sorted: u64,
    /// The most that one of these was earlier than a write before it, in seconds.
    pub sorted_by_s: f64,
    /// Of `writes`: those at `duration` or later, which were not issued.
    pub cut_off_by_duration: u64,
    /// When the first of `writes` is due, in simulated seconds; absent if there is none.
    pub first_s: Option<f64>,
    /// When the last of `writes` is due, in simulated seconds.
    pub last_s: Option<f64>,
}

impl TraceResult {
    /// Every file of every recorded workload.
    pub(super) fn all(scenario: &Scenario) -> Vec<Self> {
        recordings(scenario)
            .flat_map(|(host, recording)| recording.scan.files.iter().map(move |file| Self::new(host, file)))
            .collect()
    }

    fn new(host: &str, file: &FileScan) -> Self {
        Self {
            host: host.to_owned(),
            file: files::shown(&file.path),
            format: file.format.name(),
            compression: file.compression.map(crate::hardware::trace_file::Compression::name),
            requests: file.requests,
            writes: file.writes,
            bytes: file.bytes,
            skipped_reads: file.reads,
            skipped_others: file.others,
            skipped_unmapped: file.unmapped,
            skipped_empty: file.empty,
            before_from: file.before,
            after_to: file.after,
            widened: file.widened,
            sorted: file.sorted,
            sorted_by_s: file.sorted_by.as_secs_f64(),
            cut_off_by_duration: file.cut_off,
            first_s: file.first.map(crate::units::SimTime::as_secs_f64),
            last_s: file.last.map(crate::units::SimTime::as_secs_f64),
        }
    }
}

/// The hosts with a recorded workload, by name.
pub(super) fn recordings(scenario: &Scenario) -> impl Iterator<Item = (&str, &Recording)> {
    scenario.hosts.iter().filter_map(|host| match &host.workload.arrivals {
        Arrivals::Trace(recording) => Some((host.name.as_str(), &**recording)),
        _ => None,
    })
}
