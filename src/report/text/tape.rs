//! Tape on the page of a run: phrases for what there is, tables for what was measured.

use super::human::{bytes, count, number, plural, seconds};
use super::table::Table;
use crate::report::tape::TapeResult;
use crate::scenario::Scenario;
use crate::scenario::tape::{TapeJob, TapeSystem};
use crate::units::quantity::Size;

/// Each MT system, then each job, a phrase each.
pub fn phrases(scenario: &Scenario) -> Vec<String> {
    let names = scenario.tape.unit_names();
    let system = |system: &TapeSystem| {
        format!(
            "{}: {}, {}, {} in blocks of {}, MT queue of {}",
            system.name,
            plural(system.units as usize, "unit"),
            system.numbering.summary(),
            rate(system.drive.native_rate as f64),
            Size(u64::from(system.drive.block)),
            plural(system.queue as usize, "block")
        )
    };
    let job = |job: &TapeJob| {
        format!(
            "{}: {} of {} by a {}, to {}, m = {}",
            job.name,
            job.kind.name(),
            plural(job.blocks as usize, "block"),
            job.initiator.name(),
            names.get(job.unit.index()).map_or("", |name| name),
            job.m
        )
    };
    scenario.tape.systems.iter().map(system).chain(scenario.tape.jobs.iter().map(job)).collect()
}

/// Decimal, as drives are sold: `360 MB/s`.
fn rate(bytes_per_s: f64) -> String {
    format!("{} MB/s", number((bytes_per_s / 1e4).round() / 100.0))
}

/// A table of the jobs and one of the units.
pub fn tables(result: &TapeResult) -> [Table; 2] {
    let mut jobs = Table::default();
    jobs.heading(["job", "written", "rate", "in order after", "read", "rate", "in order after", "differing"]);
    for job in &result.jobs {
        let delay = |blocks: u64, mean_s: f64| if blocks == 0 { "-".into() } else { seconds(mean_s) };
        let speed = |blocks: u64, value: f64| if blocks == 0 { "-".into() } else { rate(value) };
        jobs.row([
            job.name.clone(),
            count(job.written_blocks),
            speed(job.written_blocks, job.write_bytes_per_s),
            delay(job.written_blocks, job.write_in_order_delay.mean_s),
            count(job.read_blocks),
            speed(job.read_blocks, job.read_bytes_per_s),
            delay(job.read_blocks, job.read_in_order_delay.mean_s),
            job.differing_blocks.map_or_else(|| "-".to_owned(), count),
        ]);
    }
    let mut units = Table::default();
    units.heading(["MT unit", "back-hitches", "refused", "queue mean", "queue max", "peak"]);
    for unit in &result.units {
        units.row([
            unit.name.clone(),
            count(unit.back_hitches),
            count(unit.refused),
            number(unit.queue_depth.mean),
            count(unit.queue_depth.max),
            bytes(unit.cache_peak_bytes),
        ]);
    }
    [jobs, units]
}
