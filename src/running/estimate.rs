//! What a command will take, told before it is spent: a very large one is refused unless `--yes` says otherwise.

use std::time::Instant;

use crate::report::text::{bytes, count, plural, seconds};
use crate::scenario::Scenario;
use crate::scenario::cost::{Cost, cost};

use super::memory;

/// A command of more runs asks first.
pub const MANY_RUNS: u64 = 100_000;
/// So does one of more events, which take most of an hour on one thread.
const MANY_EVENTS: f64 = 1e10;
/// So does one that needs more memory, or more than half of what there is.
const MUCH_MEMORY: f64 = (1_u64 << 30) as f64;
/// Nanoseconds that an event takes, about, all checks on: README, "Speed".
const NS_PER_EVENT: f64 = 200.0;
/// Bytes of memory that a sweep keeps of each run, so that it knows which it has.
const BYTES_PER_RUN: f64 = 64.0;

/// Why a command is refused, without `--yes`: the scenarios, each with how often it runs, on this many
/// threads.
/// `None` if it costs no more than people are used to.
pub fn refusal(scenarios: &[(&Scenario, u64)], threads: usize) -> Option<String> {
    let costs: Vec<(Cost, u64)> = scenarios.iter().map(|&(scenario, runs)| (cost(scenario), runs)).collect();
    let events: f64 = costs.iter().map(|(cost, runs)| cost.events * *runs as f64).sum();
    let largest = costs.iter().max_by(|one, other| one.0.bytes.total_cmp(&other.0.bytes))?;
    let longest = costs.iter().max_by(|one, other| one.0.events.total_cmp(&other.0.events))?;
    let runs = costs.iter().map(|(_, runs)| *runs).fold(0, u64::saturating_add);
    let at_once = threads as f64;
    let needed = largest.0.bytes * at_once.min(runs as f64);
    let available = memory::available().map_or(f64::INFINITY, |available| available as f64);
    let much = needed > MUCH_MEMORY.min(available / 2.0);
    if events <= MANY_EVENTS && !much {
        return None;
    }
    let what = if runs == 1 { "this run".to_owned() } else { format!("{} runs", count(runs)) };
    let time = long_time(events * NS_PER_EVENT * 1e-9 / at_once);
    let why = if much { &largest.0.most_bytes } else { &longest.0.most_events };
    let why = if why.is_empty() { String::new() } else { format!(": {why}") };
    Some(format!(
        "{what} would take about {time} on {} and {} of memory{why}; nothing was run. Pass --yes to run it",
        plural(threads, "thread"),
        bytes(needed.min(1e19) as u64),
    ))
}

/// Why this many runs cannot be kept in memory, `--yes` or not.
pub fn too_many_to_keep(runs: u64) -> Option<String> {
    let needed = runs as f64 * BYTES_PER_RUN;
    let available = memory::available()?;
    (needed > available as f64 * 0.9).then(|| {
        format!(
            "a sweep of {} runs needs {} of memory for the list of its runs; {} are available. Split it with --shard I/N",
            count(runs),
            bytes(needed.min(1e19) as u64),
            bytes(available),
        )
    })
}

/// What many runs would take, by the first of them: seconds and bytes of files.
pub fn of_many(
    what: &str,
    runs: u64,
    (first_s, first_bytes): (f64, Option<u64>),
    threads: usize,
    advice: &str,
) -> String {
    let space = first_bytes
        .map_or_else(String::new, |first| format!(" and {} on disk", bytes(first.saturating_mul(runs))));
    format!(
        "{what}. The first took {}, so all would take about {} on {}{space}; nothing was written. {advice}",
        seconds(first_s),
        long_time(first_s * runs as f64 / threads as f64),
        plural(threads, "thread"),
    )
}

/// Seconds, minutes, hours, days or years.
pub fn long_time(time_s: f64) -> String {
    match time_s {
        ..120.0 => seconds(time_s),
        120.0..7_200.0 => format!("{:.0} minutes", time_s / 60.0),
        7_200.0..172_800.0 => format!("{:.0} hours", time_s / 3_600.0),
        172_800.0..63_072_000.0 => format!("{:.0} days", time_s / 86_400.0),
        63_072_000.0..3e12 => format!("{:.0} years", time_s / 31_536_000.0),
        _ => "more than 100,000 years".to_owned(),
    }
}

/// Measures what is said to a person before a very large command, and comes into no result.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    #[expect(clippy::disallowed_methods, reason = "told to a person, and no part of a result")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Seconds since the start.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}
