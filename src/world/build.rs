//! From a validated scenario to what protocol and observers need to know of it, and to the tables of the world.

use super::SimulateError;
use super::control::ControlLines;
use super::network::{Line, Network};
use crate::engine::random::Streams;
use crate::hardware::clock::{self, Clock};
use crate::hardware::distribution::Shape;
use crate::hardware::host::{HostProcesses, Surroundings};
use crate::hardware::link::{BrownOut, Course, Link};
use crate::hardware::wan::Channel;
use crate::protocol::disk::ordering::{Completion, Discipline, RecoveredBy};
use crate::protocol::disk::{PairAddress, PairPlace, Settings};
use crate::protocol::rules::{Compare, Recovery, Stamp};
use crate::protocol::transport::Transport;
use crate::scenario::Scenario;
use crate::scenario::validated::{AnyPath, ClockOwner, Fault, FaultKind, MessageKind, Protocol};
use crate::trace::tape::{PreambleJob, TapePreamble};
use crate::trace::{DeclaredRecovery, LimitRule, PacketClass, Preamble, PreamblePair};
use crate::units::{Direction, PairId, PathId, SimDuration, SimTime};
use crate::words::Promise;

/// When the run ends at the latest.
pub fn latest_end(scenario: &Scenario) -> SimTime {
    SimTime::ZERO + scenario.run.duration + scenario.run.drain_limit
}

/// How long slaves and master take to agree on a limit once nothing arrives any more, with room to spare where messages
/// between them are lost: ten times all that they wait for.
pub fn time_to_agree(scenario: &Scenario, settings: &Settings) -> SimDuration {
    let message = scenario.control.delay.mean;
    let each = settings.repeats_every().unwrap_or_default() + message + message;
    SimDuration::from_ns(each.as_ns().saturating_mul(10)) + SimDuration::NANOSECOND
}

/// Every clock of a local system, as it is at first and after each fault of it.
fn local_clocks(scenario: &Scenario) -> Vec<Clock> {
    let mut current: Vec<Clock> = scenario.local_systems.iter().map(|system| system.clock).collect();
    let mut clocks = current.clone();
    for fault in &scenario.faults {
        if let FaultKind::ClockError { clock: ClockOwner::Local(local), skew_ns, drift_ns_per_s } = fault.kind
        {
            let clock = &mut current[local.index()];
            *clock = clock.disturbed(fault.at, skew_ns, drift_ns_per_s);
            clocks.push(*clock);
        }
    }
    clocks
}

/// Do the hosts' clocks show true time throughout?
fn host_clocks_perfect(scenario: &Scenario) -> bool {
    let disturbed =
        |fault: &Fault| matches!(fault.kind, FaultKind::ClockError { clock: ClockOwner::Host(_), .. });
    scenario.hosts.iter().all(|host| host.clock.is_perfect()) && !scenario.faults.iter().any(disturbed)
}

/// What the protocol needs to know.
pub fn settings(scenario: &Scenario) -> Settings {
    let pairs = scenario.pairs.iter().enumerate().map(|(index, pair)| PairAddress {
        place: PairPlace {
            pair: PairId::from(index),
            local: pair.local.system,
            remote: pair.remote,
            group: pair.group,
        },
        remote_unit: pair.remote_unit,
    });
    let clocks = local_clocks(scenario);
    let settings = Settings::new(
        scenario.protocol.scheme,
        scenario.protocol.rules,
        scenario.protocol.marker_interval,
        transports(scenario),
        scenario.protocol.limit_period,
        clock::bound_ns(clocks.iter(), latest_end(scenario)),
        u64::from(scenario.largest_write),
        pairs.collect(),
        (scenario.local_systems.len(), scenario.remote_systems.len(), scenario.groups.len()),
    );
    let send_delay = scenario.protocol.send_delay;
    // Ties that are broken by the seed let messages of one instant overtake each other.
    let control_is_reliable = is_reliable(&scenario.control) && !scenario.run.seeded_ties;
    let discipline = match scenario.protocol.network_sync {
        Some(_) => Discipline { completion: Completion::OnLine, ..settings.discipline },
        None => settings.discipline,
    };
    Settings {
        discipline,
        send_delay,
        control_is_reliable,
        epoch: scenario.protocol.epoch,
        cut: scenario.protocol.cut,
        release: scenario.protocol.release,
        pull: scenario.protocol.pull,
        ..settings
    }
}

/// Does every packet arrive, once, and in the order of sending?
fn is_reliable(link: &Link) -> bool {
    let loses = link.netem.is_some() || link.queue.is_some() || link.loss.is_possible();
    let is_steady = link.delay.shape == Shape::Constant && link.course == Course::Independent;
    let overtakes = !link.fifo && (!is_steady || link.reorder > 0.0 || link.hold_back.is_some());
    !loses && !overtakes && link.duplicate == 0.0
}

/// By local and remote system: the transport of the path between them. Where there is none, nothing is sent.
fn transports(scenario: &Scenario) -> Vec<Vec<Transport>> {
    let (locals, remotes) = (scenario.local_systems.len(), scenario.remote_systems.len());
    let mut transports = vec![vec![Transport::UNTIMED; remotes]; locals];
    for path in &scenario.paths {
        transports[path.local.index()][path.remote.index()] = path.transport;
    }
    transports
}

/// What the observers need to know.
pub fn preamble(scenario: &Scenario) -> Preamble {
    let rules = &scenario.protocol.rules_in_force();
    let discipline = Discipline::of(scenario.protocol.scheme, rules);
    let recovery = match (discipline.recovered_by, rules.recovers_by()) {
        (RecoveredBy::Everything, _) => DeclaredRecovery::Everything,
        (RecoveredBy::LatestStamps, _) => DeclaredRecovery::LatestStamps,
        (RecoveredBy::StoredLimits, rule) => DeclaredRecovery::Limit {
            rule: match rule {
                Recovery::Highest => LimitRule::Highest,
                Recovery::Own => LimitRule::Own,
            },
            whole_keys: rules.compare == Compare::WholeKey,
            inclusive: rules.compare != Compare::Less,
        },
    };
    let local_clocks_perfect = local_clocks(scenario).iter().all(Clock::is_perfect);
    Preamble {
        groups: scenario.groups.iter().map(|group| group.name.clone()).collect(),
        local_systems: scenario.local_systems.iter().map(|system| system.name.clone()).collect(),
        remote_systems: scenario.remote_systems.iter().map(|system| system.name.clone()).collect(),
        pairs: scenario
            .pairs
            .iter()
            .map(|pair| PreamblePair {
                group: pair.group,
                local: pair.local.system,
                local_unit: pair.local.unit,
                remote: pair.remote,
                remote_unit: pair.remote_unit,
            })
            .collect(),
        paths: scenario.paths.len() + scenario.tape.jobs.len(),
        tape: tape_preamble(scenario),
        recovery,
        perfect_clocks: local_clocks_perfect
            && (rules.stamp == Stamp::Receipt || host_clocks_perfect(scenario)),
        promise: promise(scenario),
        statistics_from: SimTime::ZERO + scenario.run.warm_up,
        statistics_to: SimTime::ZERO + scenario.run.duration,
    }
}

/// What the run is judged by, and what its schemes promise: of disk, and of each tape system that has a job.
pub fn promise(scenario: &Scenario) -> Promise {
    let Protocol { scheme, rules, .. } = &scenario.protocol;
    let tape = &scenario.tape;
    let of_tape = tape.jobs.iter().map(|job| tape.systems[job.system].numbering.promise(rules));
    let of_disk = scheme.promise(rules);
    let start = if scenario.pairs.is_empty() { Promise { kept: of_disk.judged, ..of_disk } } else { of_disk };
    of_tape.fold(start, |promise, tape| promise.and(&tape))
}

/// What the observers need to know of tape.
fn tape_preamble(scenario: &Scenario) -> TapePreamble {
    let tape = &scenario.tape;
    let blocks = tape.system_of_unit().into_iter().map(|system| tape.systems[system].drive.block);
    TapePreamble {
        units: tape.unit_names().into_iter().zip(blocks).collect(),
        jobs: tape.jobs.iter().map(|job| PreambleJob { name: job.name.clone(), unit: job.unit }).collect(),
    }
}

/// The processes of every host.
///
/// # Errors
/// When a trace cannot be opened.
pub fn hosts(scenario: &Scenario, streams: Streams) -> Result<Vec<HostProcesses>, SimulateError> {
    let systems: Vec<&str> = scenario.local_systems.iter().map(|system| system.name.as_str()).collect();
    let unit_sizes: Vec<u64> = scenario.local_systems.iter().map(|system| system.unit_size).collect();
    let processes = scenario.hosts.iter().map(|host| {
        let surroundings = Surroundings {
            streams: &streams,
            host: &host.name,
            systems: &systems,
            unit_sizes: &unit_sizes,
            until: SimTime::ZERO + scenario.run.duration,
        };
        Ok(HostProcesses::new(&host.workload, &surroundings)?)
    });
    processes.collect()
}

/// By local system and unit: its pair, where it has one.
pub fn pair_of_unit(scenario: &Scenario) -> Vec<Vec<Option<PairId>>> {
    let units = scenario.local_systems.iter().map(|system| vec![None; system.units as usize]);
    let mut pairs: Vec<_> = units.collect();
    for (index, pair) in scenario.pairs.iter().enumerate() {
        pairs[pair.local.system.index()][pair.local.unit as usize] = Some(PairId::from(index));
    }
    pairs
}

/// The paths, each with a channel in either direction: those of disk systems, then those of tape jobs.
pub(super) fn network(scenario: &Scenario, settings: &Settings, streams: Streams) -> Network {
    let mut channels = Vec::new();
    // By direction: the line that is shared, once there is one.
    let mut shared: [Option<usize>; 2] = [None; 2];
    let mut line = |index: usize, direction: Direction, path: &AnyPath, name: String| {
        let link = path.link(direction);
        let (mtu, header, unit) = (link.mtu, link.header, path.transport.unit);
        if let Some(channel) = shared[direction as usize].filter(|_| link.shared) {
            let place = Channel::share(&mut channels[channel], link, &streams, &name);
            return Line { channel, place, mtu, header, unit };
        }
        let mut met = brown_outs(scenario, PathId::from(index), direction);
        met.extend(link.timeline.iter().flat_map(|timeline| timeline.spans.iter().copied()));
        channels.push(Channel::new(link, &met, &streams, &name));
        let channel = channels.len() - 1;
        if link.shared {
            shared[direction as usize] = Some(channel);
        }
        Line { channel, place: 0, mtu, header, unit }
    };
    let paths = scenario.all_paths().enumerate().map(|(index, path)| {
        let AnyPath { near, far, .. } = path;
        [
            line(index, Direction::Forward, &path, format!("wan/{near}-{far}")),
            line(index, Direction::Reverse, &path, format!("wan/{far}-{near}")),
        ]
    });
    let lines: Vec<[Line; 2]> = paths.collect();
    for packet in &scenario.script.packets {
        let Line { channel, place, .. } = lines[packet.path.index()][packet.direction as usize];
        channels[channel].write_down((place, packet.class, packet.number), packet.fate);
    }
    Network::new(lines, channels, path_of_stream(scenario, settings))
        .repaired_by(scenario.protocol.network_sync)
}

/// The brown-outs that one direction of a path meets: from, to (not included), what; sorted by beginning.
fn brown_outs(scenario: &Scenario, of: PathId, towards: Direction) -> Vec<(SimTime, SimTime, BrownOut)> {
    let met = scenario.faults.iter().filter_map(|fault| match fault.kind {
        FaultKind::BrownOut { length, path, direction, brown_out } => {
            let here = path.is_none_or(|path| path == of) && direction.is_none_or(|one| one == towards);
            here.then_some((fault.at, fault.at + length, brown_out))
        }
        _ => None,
    });
    met.collect()
}

/// By stream: the path that it takes.
fn path_of_stream(scenario: &Scenario, settings: &Settings) -> Vec<PathId> {
    let path = |ends| scenario.paths.iter().position(|path| (path.local, path.remote) == ends);
    let streams = settings.layout.streams.iter();
    streams.map(|stream| PathId::from(path((stream.key.local, stream.key.remote)).unwrap_or(0))).collect()
}

/// By remote system: what its slave and the master say to each other goes here.
pub(super) fn control_lines(scenario: &Scenario, streams: Streams) -> Vec<ControlLines> {
    let lines = scenario.remote_systems.iter().map(|system| ControlLines {
        reports: Channel::new(&scenario.control, &[], &streams, &format!("control/{}/report", system.name)),
        limits: Channel::new(&scenario.control, &[], &streams, &format!("control/{}/limit", system.name)),
    });
    let mut lines: Vec<ControlLines> = lines.collect();
    for message in &scenario.script.messages {
        let ControlLines { reports, limits } = &mut lines[message.remote.index()];
        let channel = match message.message {
            MessageKind::Report => reports,
            MessageKind::Limit => limits,
        };
        channel.write_down((0, PacketClass::Completion, message.number), message.fate);
    }
    lines
}
