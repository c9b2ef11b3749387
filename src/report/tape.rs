//! What a result says of tape: `"tape"` beside the keys of the contract, only where there is tape.

use super::result::SpansResult;
use crate::metrics::{TapeJobSummary, TapeSummary, TapeUnitSummary};
use crate::scenario::Scenario;
use crate::units::TapeUnitId;

/// All of tape.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TapeResult {
    /// By job.
    pub jobs: Vec<TapeJobResult>,
    /// By MT unit.
    pub units: Vec<TapeUnitResult>,
}

/// One tape job.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TapeJobResult {
    /// Its name.
    pub name: String,
    /// `backup`, `restore` or `circle`.
    pub kind: &'static str,
    /// `host`, `disk-system` or `switch`.
    pub initiator: &'static str,
    /// The MT unit.
    pub unit: String,
    /// m of Fig. 17 and 18.
    pub m: u64,
    /// Was it over in time?
    pub finished: bool,
    /// Blocks on the medium.
    pub written_blocks: u64,
    /// Bytes per second, from the first block issued to the last on the medium.
    pub write_bytes_per_s: f64,
    /// Blocks delivered to the reader.
    pub read_blocks: u64,
    /// Bytes per second, from the first block asked for to the last delivered.
    pub read_bytes_per_s: f64,
    /// What blocks wait in the MT queue for those before them to come.
    pub write_in_order_delay: SpansResult,
    /// What blocks wait in the initiator's memory for those before them to come.
    pub read_in_order_delay: SpansResult,
    /// Peak of the initiator's memory.
    pub memory_peak_bytes: u64,
    /// Blocks that differ from the volume that was lost; `null` if nothing was compared.
    pub differing_blocks: Option<u64>,
}

/// One MT unit.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TapeUnitResult {
    /// Its name.
    pub name: String,
    /// `sequence-number`, `block-id` or `none`.
    pub numbering: &'static str,
    /// The drive's native rate.
    pub native_bytes_per_s: u64,
    /// Back-hitches of the drive.
    pub back_hitches: u64,
    /// Blocks that found the MT queue full.
    pub refused: u64,
    /// Entries of the MT queue.
    pub queue_depth: QueueDepthResult,
    /// Peak of the MT queue.
    pub cache_peak_bytes: u64,
}

/// Entries of an MT queue over time.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct QueueDepthResult {
    /// Mean over the time from its first entry to its last.
    pub mean: f64,
    /// At most.
    pub max: u64,
}

impl TapeResult {
    /// What was measured of the tapes of `scenario`.
    pub fn new(scenario: &Scenario, summary: &TapeSummary) -> Self {
        let (unit_names, systems) = (scenario.tape.unit_names(), scenario.tape.system_of_unit());
        let name = |unit: TapeUnitId| unit_names.get(unit.index()).cloned().unwrap_or_default();
        let jobs = summary.jobs.iter().zip(&scenario.tape.jobs);
        let units = summary.units.iter().zip(systems.iter().map(|&system| &scenario.tape.systems[system]));
        Self {
            jobs: jobs.map(|(found, job)| TapeJobResult::new(found, job, name(job.unit))).collect(),
            units: units.map(|(found, system)| TapeUnitResult::new(found, system)).collect(),
        }
    }
}

impl TapeJobResult {
    fn new(found: &TapeJobSummary, job: &crate::scenario::tape::TapeJob, unit: String) -> Self {
        Self {
            name: found.name.clone(),
            kind: job.kind.name(),
            initiator: job.initiator.name(),
            unit,
            m: job.m,
            finished: found.is_finished,
            written_blocks: found.written_blocks,
            write_bytes_per_s: found.write_bytes_per_s,
            read_blocks: found.read_blocks,
            read_bytes_per_s: found.read_bytes_per_s,
            write_in_order_delay: found.write_in_order_delay.into(),
            read_in_order_delay: found.read_in_order_delay.into(),
            memory_peak_bytes: found.memory_peak_bytes,
            differing_blocks: found.differing_blocks,
        }
    }
}

impl TapeUnitResult {
    fn new(found: &TapeUnitSummary, system: &crate::scenario::tape::TapeSystem) -> Self {
        Self {
            name: found.name.clone(),
            numbering: system.numbering.name(),
            native_bytes_per_s: system.drive.native_rate,
            back_hitches: found.back_hitches,
            refused: found.refused,
            queue_depth: QueueDepthResult { mean: found.queue_depth_mean, max: found.queue_depth_max },
            cache_peak_bytes: found.cache_peak_bytes,
        }
    }
}
