//! From what the file says to a scenario that can be run: names resolved, contradictions refused.
//!
//! One room per part of the file. Every room answers with the first thing wrong in its part.

mod expect;
mod fates;
mod faults;
mod hosts;
mod links;
mod protocol;
mod script;
mod systems;
mod tape;
mod traces;
mod transport;
mod workload;

use std::path::Path;

use self::hosts::Hosts;
use self::protocol::Around;
use self::systems::Systems;
pub use self::traces::columns;
use super::diagnostic::{Fallible, Fault};
use super::raw;
use super::source::At;
use super::validated::{Explore, Run, Scenario};
use super::value::{Duration, Ties};
use crate::hardware::distribution::Distribution;
use crate::hardware::link::Link;
use crate::units::{SimDuration, SimTime};

/// The scenario called `name` that the file describes; files which it names are relative to `base`. What has no effect
/// is refused, unless one of the keys that a sweep has `varied` may give it one.
pub fn scenario(name: &str, file: &raw::File, base: &Path, varied: &[String]) -> Fallible<Scenario> {
    let run = run(&file.run.value)?;
    let around = Around {
        has_disks: !file.local_system.is_empty(),
        has_tape: !file.tape_job.is_empty(),
        varies_scheme: varied.iter().any(|key| key == "protocol.scheme"),
    };
    let protocol = protocol::protocol(&file.protocol, around)?;
    let systems = Systems::new(file, base)?;
    let lines = links::lines(file, &systems, base)?;
    let control = links::control(file, base)?;
    let Hosts { hosts, largest_write } = hosts::hosts(&file.host, &systems, base, run.duration)?;
    systems.check_caches(&protocol, &largest_write)?;
    let mut tape = tape::tape(file, &lines[systems.paths.len()..], &run)?;
    let faults = faults::faults(&file.fault, &systems, &hosts, &run)?;
    links::check(file, &systems, &lines, &faults)?;
    let mut paths = links::paths(&systems, &lines);
    transport::fill(file, &systems, &mut paths, &mut tape.jobs)?;
    let script = fates::script(file.script.as_ref().map(|script| &script.value), &systems)?;
    let groups: Vec<&str> = systems.groups.iter().map(|group| group.name.as_str()).collect();
    let expect = expect::expect(file.expect.as_ref().map(|expect| &expect.value), &groups)?;
    let scenario = Scenario {
        name: name.to_owned(),
        title: file.title.as_ref().map_or_else(|| name.to_owned(), |title| title.value.clone()),
        run,
        protocol,
        local_systems: systems.locals,
        remote_systems: systems.remotes,
        groups: systems.groups,
        pairs: systems.pairs,
        hosts,
        paths,
        tape,
        control,
        script,
        faults,
        explore: explore(file.explore.as_ref().map(|explore| &explore.value)),
        expect,
        largest_write: largest_write.value,
    };
    check_heal(file, &scenario)?;
    Ok(scenario)
}

fn run(raw: &raw::Run) -> Fallible<Run> {
    let duration = raw.duration.value.0;
    let warm_up = or(raw.warm_up.as_ref(), SimDuration::ZERO);
    if let Some(at) = raw.warm_up.as_ref().filter(|_| warm_up >= duration) {
        let title = format!("expected a warm-up shorter than the duration ({duration}), found {warm_up}");
        return Err(Fault::new("contradiction", at.span, title)
            .label("no time is left for statistics")
            .context(raw.duration.span, "the duration"));
    }
    Ok(Run {
        seed: raw.seed.as_ref().map_or(1, |seed| seed.value.0),
        duration,
        warm_up,
        drain_limit: or(raw.drain_limit.as_ref(), SimDuration::from_ms(60_000)),
        seeded_ties: raw.ties.as_ref().is_some_and(|ties| ties.value == Ties::Seeded),
        heal: raw.heal.as_ref().map(|at| SimTime::ZERO + at.value.0),
        disasters: raw.disasters.as_ref().map_or(0, |count| count.value.narrow()),
    })
}

/// Lines that heal are lines of the scenario's own kind: what netem loses it loses for ever.
fn check_heal(file: &raw::File, scenario: &Scenario) -> Fallible<()> {
    let Some(heal) = &file.run.value.heal else { return Ok(()) };
    let netem = |link: &Link| link.netem.is_some();
    let path = scenario.all_paths().find(|path| netem(path.forward) || netem(path.reverse));
    let place = match path {
        Some(path) => format!("between {} and {}", path.near, path.far),
        None if netem(&scenario.control) => "in `[control]`".to_owned(),
        None => return Ok(()),
    };
    let title = format!("expected no netem beside `run.heal`, found it {place}");
    Err(Fault::new("contradiction", heal.span, title)
        .label("a line of netem does not heal")
        .help("say its losses by `loss` and `duplicate`, or leave `heal` out"))
}

fn explore(raw: Option<&raw::Explore>) -> Explore {
    let mut explore = Explore::default();
    if let Some(raw) = raw {
        let or = |value: &Option<At<super::value::CountOrNone>>, default: u32| {
            value.as_ref().map_or(default, |value| value.value.narrow())
        };
        explore.writes = raw.writes.as_ref().map_or(explore.writes, |writes| writes.value.narrow());
        explore.losses = or(&raw.losses, explore.losses);
        explore.duplicates = or(&raw.duplicates, explore.duplicates);
        explore.control_losses = or(&raw.control_losses, explore.control_losses);
        explore.crashes = or(&raw.crashes, explore.crashes);
        explore.markers = or(&raw.markers, explore.markers);
        explore.resends = or(&raw.resends, explore.resends);
        explore.cuts = or(&raw.cuts, explore.cuts);
        explore.markers_before = or(&raw.markers_before, explore.markers_before);
    }
    explore
}

/// The duration, or `default`.
fn or(duration: Option<&At<Duration>>, default: SimDuration) -> SimDuration {
    duration.map_or(default, |duration| duration.value.0)
}

/// The distribution, or zero.
fn delay_or_zero(delay: Option<&At<raw::Delay>>, base: &Path) -> Fallible<Distribution> {
    delay.map_or(Ok(Distribution::constant(SimDuration::ZERO)), |delay| links::distribution(delay, base))
}
