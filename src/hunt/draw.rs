//! Random worlds: topology, workload, network, transport, faults, disasters, rules and ties, all drawn from one seed.
//!
//! **Swarm** (Groce et al., "Swarm testing", 2012): per world each kind of trouble is off or on by the toss of a coin,
//! and what is on has a weight of its own, so that kinds which hide one another are met alone too. Now and then faults
//! keep a least distance, so that each is over before the next. Times are a few units of 1 ns, 1 us or 1 ms: in
//! nanoseconds much happens in the same instant, and what is wrong by one of them is seen.
//!
//! **Liveness.** When hosts stop, all faults are over and the lines heal (`run.heal`). The run must then converge
//! within [`World::turns`] turns; a turn is as long as one of everything takes: a round trip, a time-out, a limit, a
//! marker, a destage. That bound is the run's `drain_limit`.
//!
//! A world is a scenario as any other: [`crate::scenario::write`] makes a file of it. The definition of the checks is
//! tried on the same worlds (`world/tests/agreement.rs`).

mod network;
mod scope;
mod tape;
mod trouble;

use super::trial::promised;
use crate::engine::dice::Dice;
use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::Link;
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes, Workload};
use crate::protocol::disk::PairPlace;
use crate::protocol::disk::numbering::Layout;
use crate::protocol::disk::ordering::cut::{CutSettings, Queue, Switch, Trigger};
use crate::protocol::disk::ordering::epoch::{Close, EpochSettings};
use crate::protocol::disk::ordering::network_sync::NetworkSync;
use crate::protocol::disk::ordering::streams::{Pull, Release};
use crate::protocol::rules::{Admission, Departure, TapeWindow, Width};
use crate::protocol::tape::Numbering;
use crate::protocol::{Rules, Scheme};
use crate::scenario::tape::Tape;
use crate::scenario::validated::{
    Expect, Explore, Fault, Group, Host, LocalSystem, Pair, Path, Protocol, RemoteSystem, Run, Script,
};
use crate::scenario::{Scenario, acting};
use crate::units::{GroupId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime};
use crate::words::{Check, CheckSet};

pub use scope::of_scope;
pub use trouble::{Kind, Troubles};

/// Hosts write this long, in units of the world's scale.
const DURATION: u64 = 300;
/// Turns in which every world must converge, and more for each write or block that may have to wait for its turn.
const TURNS: u64 = 50;
const TURNS_PER_WRITE: u64 = 2;

/// What kind of rules a world may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RulesWanted {
    /// Mostly the repaired ones, now and then near them, near the literal ones, or any.
    Mixed,
    /// As often the literal ones as others: for whom the verdict is no matter, as long as it is right.
    Any,
    /// The repaired ones but for these departures, of one rule.
    Sabotaged(Vec<Departure>),
}

/// What is asked of a world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The scheme; `None` is any, tape among them.
    pub scheme: Option<Scheme>,
    /// The rules.
    pub rules: RulesWanted,
    /// A dozen writes at most, in nanoseconds, of disk systems.
    pub tiny: bool,
}

/// A random world.
#[derive(Clone, Debug, PartialEq)]
pub struct World {
    /// All of it, as a scenario.
    pub scenario: Scenario,
    /// What may go wrong in it.
    pub troubles: Troubles,
    /// As long as one of everything takes.
    pub turn: SimDuration,
    /// In so many turns after the hosts stop it must have converged.
    pub turns: u64,
}

/// Dice, and what they are thrown for.
#[derive(Debug)]
struct Table {
    dice: Dice,
    /// Nanoseconds of a unit of time.
    scale: u64,
    troubles: Troubles,
    tiny: bool,
}

impl Table {
    /// So many units of time.
    fn span(&self, units: u64) -> SimDuration {
        SimDuration::from_ns(units.saturating_mul(self.scale))
    }

    /// The instant after so many units of time.
    fn at(&self, units: u64) -> SimTime {
        SimTime::ZERO + self.span(units)
    }

    /// Is there trouble of this kind now? As often as its weight in this world says.
    fn trouble(&mut self, kind: Kind) -> bool {
        let percent = self.troubles.percent(kind);
        percent > 0 && self.dice.percent(percent)
    }

    /// A service time or a delay of a few units of time.
    fn few(&mut self) -> Distribution {
        let varies = self.troubles.has(Kind::Jitter);
        match self.dice.below(3) {
            0 => Distribution::constant(self.span(0)),
            kind if kind == 1 || !varies => {
                let units = 1 + self.dice.below(20);
                Distribution::constant(self.span(units))
            }
            _ => {
                let minimum = self.dice.below(10);
                let above = 1 + self.dice.below(30);
                Distribution {
                    shape: Shape::Exponential,
                    mean: self.span(minimum + above),
                    minimum: self.span(minimum),
                }
            }
        }
    }

    fn clock(&mut self) -> Clock {
        if !self.troubles.has(Kind::Clock) {
            return Clock::default();
        }
        let granularity_ns = self.dice.one_of(&[1, 1, 4 * self.scale]);
        let skew_ns = (self.dice.below(21).cast_signed() - 10) * self.scale.cast_signed();
        let clock = Clock { skew_ns, granularity_ns, ..Clock::default() };
        if clock.is_perfect() { Clock::default() } else { clock }
    }
}

/// The world of this seed.
pub fn world(seed: u64, wanted: &Wanted) -> World {
    let mut dice = Dice::new("hunt/world", seed);
    let scale = if wanted.tiny { 1 } else { dice.one_of(&[1, 1, 1, 1_000, 1_000_000]) };
    let troubles = Troubles::draw(&mut dice, wanted.tiny);
    let mut table = Table { dice, scale, troubles, tiny: wanted.tiny };
    let rules = rules(&mut table.dice, &wanted.rules);
    let is_of_tape = match &wanted.rules {
        _ if wanted.tiny || wanted.scheme.is_some() => false,
        RulesWanted::Sabotaged(departures) => {
            let on_disk =
                |departure| Scheme::ALL.iter().any(|scheme| scheme.is_changed_by(departure, &rules));
            let on_tape = |departure| Numbering::SequenceNumber.is_changed_by(departure);
            match (departures.iter().any(on_disk), departures.iter().any(on_tape)) {
                (true, true) => table.dice.percent(25),
                (disk, _) => !disk,
            }
        }
        RulesWanted::Mixed | RulesWanted::Any => table.dice.percent(12),
    };
    let mut world = if is_of_tape {
        tape::world(&mut table, seed, rules, wanted)
    } else {
        disk(&mut table, seed, rules, wanted)
    };
    world.scenario.protocol.rules = acting(&world.scenario);
    world.troubles = table.troubles;
    world
}

/// Rules near the repaired ones, near the literal ones, or anything.
fn rules(dice: &mut Dice, wanted: &RulesWanted) -> Rules {
    if let RulesWanted::Sabotaged(departures) = wanted {
        let mut rules = Rules::REPAIRED;
        for departure in departures {
            // A departure names a rule and a form of it.
            let _ = rules.set(departure.rule, departure.form);
        }
        return rules;
    }
    let any = *wanted == RulesWanted::Any;
    // The sum of each row is 100: as they are, a few of them other, any of them other, literal, and narrow numbers or a
    // window with holes, which are rare otherwise.
    let (repaired, few, literal, narrow) = if any { (25, 25, 25, 0) } else { (75, 10, 0, 4) };
    let (mut rules, departure) = match dice.below(100) {
        kind if kind < repaired => return Rules::REPAIRED,
        kind if kind < repaired + few => (Rules::REPAIRED, 10),
        kind if kind < repaired + few + literal => (Rules::LITERAL, 10),
        kind if kind < repaired + few + literal + narrow => {
            let width = dice.one_of(&[Width::Raw8, Width::Serial8]);
            return Rules { width, window: TapeWindow::Outstanding, ..Rules::REPAIRED };
        }
        _ => (Rules::REPAIRED, 50),
    };
    for rule in Rules::NAMES {
        if dice.percent(departure) {
            let forms = Rules::forms(rule).unwrap_or_default();
            // A form of its own rule is known.
            let _ = rules.set(rule, dice.one_of(&forms));
        }
    }
    rules
}

/// The scheme of a world of disk systems.
fn scheme(dice: &mut Dice, wanted: &Wanted, rules: &Rules) -> Scheme {
    if let Some(scheme) = wanted.scheme {
        return scheme;
    }
    let promising = |scheme: &Scheme| scheme.promise(&Rules::REPAIRED).kept != CheckSet::NONE;
    let acts = |scheme: &Scheme| match &wanted.rules {
        RulesWanted::Sabotaged(departures) => {
            promising(scheme) && departures.iter().any(|departure| scheme.is_changed_by(departure, rules))
        }
        // Negative controls promise nothing; whether checker and oracle agree on them is asked now and then.
        RulesWanted::Mixed | RulesWanted::Any => promising(scheme),
    };
    let mut schemes: Vec<Scheme> = Scheme::ALL.into_iter().filter(acts).collect();
    if schemes.is_empty()
        || wanted.rules == RulesWanted::Any
        || dice.percent(4) && matches!(wanted.rules, RulesWanted::Mixed)
    {
        schemes = Scheme::ALL.into();
    }
    dice.one_of(&schemes)
}

/// How many local and remote systems, groups, and pairs of each local system.
struct Plan {
    locals: usize,
    remotes: usize,
    groups: usize,
    pairs: usize,
}

/// How the sets of a world are cut.
fn cut(table: &Table, sets: &mut Dice) -> CutSettings {
    let trigger = sets.one_of(&[Trigger::Period, Trigger::Size, Trigger::PreviousDone]);
    let coordination = table.span(sets.below(10));
    CutSettings {
        trigger,
        period: table.span(5 + sets.below(30)),
        size: if trigger == Trigger::Size { 512 * (1 + sets.below(5)) } else { CutSettings::default().size },
        switch: sets.one_of(&[Switch::Window, Switch::Serialise]),
        coordination,
        hold_limit: coordination + table.span(1 + sets.below(10)),
        fold: sets.percent(75),
        // Sets that queue faster than they are copied do not drain in any time that is known here.
        queue: Queue::Legacy,
    }
}

/// Now and then hosts wait for the line. Dice of its own: nothing else depends on it.
fn network_sync(table: &Table, seed: u64, scheme: Scheme) -> Option<NetworkSync> {
    let mut dice = Dice::new("hunt/network-sync", seed);
    (scheme.is_of_streams() && !table.tiny && dice.percent(15)).then(|| NetworkSync {
        data: 1 + dice.below(4) as u32,
        repair: 1 + dice.below(3) as u32,
        flush: table.span(1 + dice.below(20)),
        interleave: 1 + dice.below(3) as u32,
    })
}

/// Now and then streams are pulled, or released late. Dice of its own, too.
fn streams(table: &Table, seed: u64, scheme: Scheme) -> (Release, Option<Pull>) {
    let mut dice = Dice::new("hunt/streams", seed);
    if !scheme.is_of_streams() || table.tiny {
        return (Release::Received, None);
    }
    let release = if dice.percent(15) { Release::Destaged } else { Release::Received };
    let pull = dice.percent(15).then(|| Pull {
        requests: 1 + dice.below(3) as u32,
        bytes: 512 * (1 + dice.below(6)),
        timeout: table.span(20 + dice.below(60)),
    });
    (release, pull)
}

/// A world of disk systems.
fn disk(table: &mut Table, seed: u64, rules: Rules, wanted: &Wanted) -> World {
    let scheme = scheme(&mut table.dice, wanted, &rules);
    let dice = &mut table.dice;
    let plan = if table.tiny {
        Plan { locals: 1 + dice.index(2), remotes: 1 + dice.index(2), groups: 1 + dice.index(2), pairs: 2 }
    } else {
        Plan {
            locals: dice.one_of(&[1, 1, 2, 2, 3]),
            remotes: dice.one_of(&[1, 2, 2, 3]),
            groups: dice.one_of(&[1, 1, 2, 2, 3]),
            pairs: dice.one_of(&[1, 2, 2, 3]),
        }
    };
    let (pairs, groups, paths) = pairs(table, &plan);
    let remotes = 1 + pairs.iter().map(|pair| pair.remote.index()).max().unwrap_or(0);
    let mut units: Vec<_> = pairs.iter().map(|pair| pair.local).collect();
    if table.dice.percent(20) {
        units.push(LocalUnit { system: LocalId(0), unit: plan.pairs as u32 }); // Without a pair.
    }
    // A number that can wrap needs a stream that is long enough.
    let wraps = matches!(rules.width, Width::Raw8 | Width::Serial8);
    let long = !table.tiny && (table.troubles.has(Kind::Long) || wraps);
    if long {
        units.truncate(1);
    }
    let hosts = hosts(table, &units, long);
    let largest_write = hosts.iter().map(|host| host.workload.sizes.largest()).max().unwrap_or(512);
    let paths = network::paths(table, &paths);
    let control = if table.troubles.has(Kind::Control) {
        Link { mtu: None, bandwidth: None, ..network::link(table) }
    } else {
        Link::ideal()
    };
    let faults = trouble::faults(table, (plan.locals, remotes, hosts.len()), paths.len());
    let (local_systems, mut remote_systems) = systems(table, &plan, remotes, u64::from(largest_write));
    // Dice of their own: what else is drawn does not depend on sets.
    let mut sets = Dice::new("hunt/sets", seed);
    let epoch = match scheme {
        Scheme::Epoch => EpochSettings {
            close: sets.one_of(&[Close::OnCompletion, Close::ConcurrentSet]),
            max_size: sets.one_of(&[8, 1, 2, 3]),
        },
        _ => EpochSettings::default(),
    };
    let cut = if scheme == Scheme::Cut { cut(table, &mut sets) } else { CutSettings::default() };
    let largest =
        u64::from(largest_write) * if scheme == Scheme::Epoch { u64::from(epoch.max_size) } else { 1 };
    fit_caches(&mut remote_systems, scheme, &rules, &pairs, largest);
    let (release, pull) = streams(table, seed, scheme);
    let protocol = Protocol {
        scheme,
        rules,
        limit_period: if table.dice.percent(66) { SimDuration::ZERO } else { table.span(7) },
        send_delay: if table.dice.percent(75) { SimDuration::ZERO } else { table.span(9) },
        marker_interval: {
            let units = 5 + table.dice.below(20);
            table.span(units)
        },
        preset: None,
        epoch,
        cut,
        network_sync: network_sync(table, seed, scheme),
        release,
        pull,
    };
    let mut scenario = Scenario {
        name: "world".into(),
        title: format!("Random world {seed}"),
        run: run(table, seed),
        protocol,
        local_systems,
        remote_systems,
        groups,
        pairs,
        hosts,
        paths,
        tape: Tape::default(),
        control,
        script: Script::default(),
        faults,
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write,
    };
    let most = most_outstanding(&scenario);
    let turn = turn(&scenario);
    network::fit(&mut scenario.paths, most, turn);
    bounded(scenario, table, wanted)
}

/// How long hosts write and when lines heal; [`bounded`] says how long it may drain then.
fn run(table: &Table, seed: u64) -> Run {
    Run {
        seed,
        duration: table.span(DURATION),
        warm_up: SimDuration::ZERO,
        drain_limit: SimDuration::ZERO,
        seeded_ties: table.troubles.has(Kind::Ties),
        heal: Some(table.at(DURATION)),
        disasters: 0,
    }
}

/// About the most bytes that may be outstanding on a path when the lines heal: all writes, and a marker of each pair in every
/// interval, with what repairs them.
fn most_outstanding(scenario: &Scenario) -> u64 {
    let duration = scenario.run.duration;
    let writes: u64 = scenario.hosts.iter().map(|host| most_writes(host, duration)).sum();
    let markers = 1 + duration.as_ns() / scenario.protocol.marker_interval.as_ns().max(1);
    let markers = markers * scenario.pairs.len() as u64;
    let bytes = writes * u64::from(scenario.largest_write) + 64 * markers;
    scenario.protocol.network_sync.map_or(bytes, |NetworkSync { data, repair, .. }| {
        bytes * u64::from(data + repair).div_ceil(u64::from(data))
    })
}

/// The world of a scenario: how long it may take to converge.
fn bounded(mut scenario: Scenario, table: &Table, wanted: &Wanted) -> World {
    let must_converge = promised(&scenario, &wanted.rules).has(Check::Complete);
    let turn = turn(&scenario);
    let writes: u64 = scenario.hosts.iter().map(|host| most_writes(host, scenario.run.duration)).sum();
    let blocks: u64 = scenario.tape.jobs.iter().map(|job| 2 * job.blocks).sum();
    let mut turns = TURNS + TURNS_PER_WRITE * (writes + blocks);
    // Where it is not promised that a world converges, nobody waits for it.
    if !must_converge {
        turns = turns.min(5);
    }
    scenario.run.drain_limit = SimDuration::from_ns(turn.as_ns().saturating_mul(turns));
    World { scenario, troubles: table.troubles, turn, turns }
}

/// About the most writes that a host issues.
fn most_writes(host: &Host, duration: SimDuration) -> u64 {
    let times = |gap: SimDuration| duration.as_ns().div_ceil(gap.as_ns().max(1));
    let units = host.workload.units.len() as u64;
    match &host.workload.arrivals {
        Arrivals::Scripted { writes } => writes.len() as u64,
        Arrivals::Poisson { mean_gap: gap } | Arrivals::Constant { gap } => 2 * units * times(*gap),
        Arrivals::Bursty { mean_gap_on, .. } => units * times(*mean_gap_on),
        Arrivals::ClosedLoop { queue_depth, think_time } => u64::from(*queue_depth) * times(think_time.mean),
        Arrivals::Transaction { data_writes, sessions, think_time, .. } => {
            u64::from(*sessions) * u64::from(1 + *data_writes) * times(think_time.mean)
        }
        Arrivals::Trace(_) => 0,
    }
}

/// As long as one of everything takes; of what is drawn from an exponential, four times the mean.
fn turn(scenario: &Scenario) -> SimDuration {
    let long = |distribution: &Distribution| match distribution.shape {
        Shape::Constant => distribution.mean.as_ns(),
        _ => 4 * distribution.mean.as_ns(),
    };
    let line = |link: &Link| {
        let held = link.hold_back.map_or(0, |hold_back| hold_back.by.as_ns());
        let bytes = u64::from(scenario.largest_write.max(64)) + u64::from(link.header);
        let sent = link.bandwidth.map_or(0, |bits| bytes.saturating_mul(8_000_000_000) / bits + 1);
        long(&link.delay) + held + sent
    };
    let paths = scenario.all_paths();
    let path = paths.map(|path| {
        line(path.forward) + line(path.reverse) + network::longest_timeout(path.transport).as_ns()
    });
    let of_hosts = scenario.hosts.iter().map(|host| 2 * long(&host.delay) + host.retry_timeout.as_ns());
    let units = scenario.remote_systems.iter().map(|system| long(&system.destage_time));
    let local_units = scenario.local_systems.iter().map(|system| long(&system.destage_time));
    let skew = |clock: &Clock| clock.skew_ns.unsigned_abs() + clock.granularity_ns;
    let clocks = scenario.local_systems.iter().map(|system| skew(&system.clock));
    let clock_faults = scenario.faults.iter().map(|fault| trouble::skew_of(&fault.kind));
    let drives = scenario.tape.systems.iter().map(|system| {
        let drive = &system.drive;
        let blocks = system.group * drive.block_time().as_ns();
        drive.load.as_ns() + drive.locate.as_ns() + drive.back_hitch.as_ns() + blocks
    });
    let volumes = scenario.tape.jobs.iter().filter_map(|job| {
        let block = u64::from(scenario.tape.systems[job.system].drive.block);
        Some(block.saturating_mul(1_000_000_000) / job.volume_rate? + 1)
    });
    let most = |spans: &mut dyn Iterator<Item = u64>| spans.max().unwrap_or(0);
    let Protocol { limit_period, send_delay, marker_interval, cut, network_sync, pull, .. } =
        scenario.protocol;
    let asked = pull.map_or(0, |pull| pull.timeout.as_ns());
    let flush = network_sync.map_or(0, |rule| rule.flush.as_ns());
    // A set is captured, switched, and waits for the one before.
    let cuts = match scenario.protocol.scheme {
        Scheme::Cut => 4 * (cut.period.as_ns() + cut.hold_limit.as_ns()),
        _ => 0,
    };
    SimDuration::from_ns(
        most(&mut path.into_iter())
            + most(&mut of_hosts.into_iter())
            + most(&mut units.into_iter())
            + most(&mut local_units.into_iter())
            + 2 * clocks.chain(clock_faults).sum::<u64>()
            + most(&mut drives.into_iter())
            + most(&mut volumes.into_iter())
            + 2 * line(&scenario.control)
            + limit_period.as_ns()
            + send_delay.as_ns()
            + marker_interval.as_ns()
            + cuts
            + flush
            + asked
            + 1,
    )
}

/// Pairs of each local system, to any remote system and of any group; the systems and groups that they name, without a
/// gap; and the ends of the paths.
fn pairs(table: &mut Table, plan: &Plan) -> (Vec<Pair>, Vec<Group>, Vec<(LocalId, RemoteId)>) {
    let dice = &mut table.dice;
    let mut drawn: Vec<(usize, LocalUnit, usize)> = (0..plan.locals * plan.pairs)
        .map(|index| {
            let unit = (index % plan.pairs) as u32;
            let local = LocalUnit { system: LocalId::from(index / plan.pairs), unit };
            (dice.index(plan.groups), local, dice.index(plan.remotes))
        })
        .collect();
    let dense = |of: &dyn Fn(&(usize, LocalUnit, usize)) -> usize| {
        let mut used: Vec<usize> = drawn.iter().map(of).collect();
        used.sort_unstable();
        used.dedup();
        used
    };
    let (groups, remotes) = (dense(&|pair| pair.0), dense(&|pair| pair.2));
    let place = |used: &[usize], of: usize| used.binary_search(&of).unwrap_or(0);
    for pair in &mut drawn {
        (pair.0, pair.2) = (place(&groups, pair.0), place(&remotes, pair.2));
    }
    // A file lists pairs group by group.
    drawn.sort_by_key(|pair| pair.0);
    let mut paths: Vec<_> = drawn.iter().map(|pair| (pair.1.system, RemoteId::from(pair.2))).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut taken = vec![0_u32; remotes.len()];
    let pairs: Vec<Pair> = drawn
        .iter()
        .map(|&(group, local, remote)| {
            let remote_unit = taken[remote];
            taken[remote] += 1;
            let ends = (local.system, RemoteId::from(remote));
            let path = PathId::from(paths.binary_search(&ends).unwrap_or(0));
            Pair { local, remote: ends.1, remote_unit, group: GroupId::from(group), path }
        })
        .collect();
    let groups = (0..groups.len()).map(|group| Group {
        name: format!("G{}", group + 1),
        pairs: (0..pairs.len())
            .map(PairId::from)
            .filter(|id| pairs[id.index()].group.index() == group)
            .collect(),
    });
    let groups = groups.collect();
    (pairs, groups, paths)
}

fn systems(
    table: &mut Table,
    plan: &Plan,
    remotes: usize,
    largest: u64,
) -> (Vec<LocalSystem>, Vec<RemoteSystem>) {
    let cache = |table: &mut Table| {
        let small = table.troubles.has(Kind::SmallCache);
        // The last has room for one write.
        let bytes = table.dice.one_of(&[None, Some(12 << 10), Some(3 << 10), Some(1)]);
        bytes.filter(|_| small).map(|bytes: u64| bytes.max(largest))
    };
    let units = |table: &mut Table| {
        let slow = table.troubles.has(Kind::SlowUnits);
        if slow { table.few() } else { Distribution::constant(SimDuration::ZERO) }
    };
    let locals = (0..plan.locals).map(|index| LocalSystem {
        name: format!("L{}", index + 1),
        units: plan.pairs as u32 + 1,
        cache: cache(table),
        unit_size: 1 << 20,
        destage_time: units(table),
        clock: table.clock(),
    });
    let locals = locals.collect();
    let remotes = (0..remotes).map(|index| RemoteSystem {
        name: format!("R{}", index + 1),
        units: (plan.locals * plan.pairs) as u32,
        cache: cache(table),
        destage_time: units(table),
    });
    (locals, remotes.collect())
}

/// A remote cache has room for what rule `admission` keeps places for: a smaller one is refused as a mistake.
fn fit_caches(remotes: &mut [RemoteSystem], scheme: Scheme, rules: &Rules, pairs: &[Pair], largest: u64) {
    let place = |(index, pair): (usize, &Pair)| PairPlace {
        pair: PairId::from(index),
        local: pair.local.system,
        remote: pair.remote,
        group: pair.group,
    };
    let layout = Layout::new(scheme, &pairs.iter().enumerate().map(place).collect::<Vec<_>>());
    let reserves = scheme.in_force(rules).admission == Admission::Reserve && scheme.goes_by_limits(rules);
    for (index, remote) in remotes.iter_mut().enumerate() {
        let streams = layout.of_remote(RemoteId::from(index)).count().max(1) as u64;
        let places = if reserves { streams } else { 1 };
        remote.cache = remote.cache.map(|cache| cache.max(places * largest));
    }
}

/// One host or several, mostly with every write written down.
fn hosts(table: &mut Table, units: &[LocalUnit], long: bool) -> Vec<Host> {
    let count = if table.tiny { 1 } else { table.dice.one_of(&[1, 1, 2, 3]) };
    (0..count)
        .map(|index| Host {
            name: format!("H{}", index + 1),
            workload: if table.tiny || table.dice.percent(75) {
                script(table, units, long)
            } else {
                rolling(table, units, long)
            },
            delay: if table.trouble(Kind::HostDelay) {
                table.few()
            } else {
                Distribution::constant(SimDuration::ZERO)
            },
            clock: table.clock(),
            retry_timeout: table.span(30),
        })
        .collect()
}

/// A size of one to three blocks.
fn size(table: &mut Table) -> u32 {
    512 * (1 + table.dice.below(3) as u32)
}

/// A dozen writes, now and then more, some of which wait for others.
fn script(table: &mut Table, units: &[LocalUnit], long: bool) -> Workload {
    let writes = match long {
        true => 270 + table.dice.index(120),
        false if !table.tiny && table.dice.percent(20) => 12 + table.dice.index(40),
        false => 1 + table.dice.index(10),
    };
    let blocks = 1 + table.dice.below(4);
    let horizon = if long { DURATION - 40 } else { table.dice.one_of(&[10, 60, 200]) };
    let writes: Vec<ScriptedWrite> = (0..writes)
        .map(|index| {
            let after =
                (index > 0 && table.dice.percent(if long { 5 } else { 40 })).then(|| table.dice.index(index));
            let units_of_time = table.dice.below(if after.is_some() { 4 } else { horizon });
            ScriptedWrite {
                at: table.at(units_of_time),
                after,
                unit: table.dice.one_of(units),
                position: table.dice.below(blocks),
                size: size(table),
            }
        })
        .collect();
    let largest = writes.iter().map(|write| write.size).max().unwrap_or(512);
    Workload {
        arrivals: Arrivals::Scripted { writes: writes.into() },
        units: vec![],
        addresses: Addresses::Uniform,
        sizes: Sizes::Constant(largest),
    }
}

/// A workload that is drawn as it goes on.
fn rolling(table: &mut Table, units: &[LocalUnit], long: bool) -> Workload {
    // Rates are written per second: gaps whose rate has a few digits.
    let gap = if long { 1 } else { table.dice.one_of(&[10, 20, 25, 50, 100]) };
    let gap = table.span(gap);
    let arrivals = match table.dice.below(5) {
        0 => Arrivals::Constant { gap },
        1 => Arrivals::Bursty { mean_gap_on: gap, mean_on: table.span(40), mean_off: table.span(60) },
        2 => Arrivals::ClosedLoop {
            queue_depth: 1 + table.dice.below(3) as u32,
            think_time: Distribution::constant(gap),
        },
        3 => Arrivals::Transaction {
            log: units[0],
            data_writes: if units.len() > 1 { table.dice.below(3) as u32 } else { 0 },
            sessions: 1 + table.dice.below(2) as u32,
            think_time: Distribution::constant(gap),
        },
        _ => Arrivals::Poisson { mean_gap: gap },
    };
    let units = match arrivals {
        Arrivals::Transaction { data_writes: 0, .. } => vec![],
        Arrivals::Transaction { .. } => units[1..].to_vec(),
        _ => units.to_vec(),
    };
    Workload {
        arrivals,
        units,
        addresses: if table.dice.percent(50) { Addresses::Sequential } else { Addresses::Uniform },
        sizes: Sizes::Constant(size(table)),
    }
}

/// Faults in the order of time.
fn sorted(mut faults: Vec<Fault>) -> Vec<Fault> {
    faults.sort_by_key(|fault| fault.at);
    faults
}

/// The paths of disk systems, from their ends.
type Ends = [(LocalId, RemoteId)];

/// A path between these ends.
fn path(
    ends: (LocalId, RemoteId),
    [forward, reverse]: [Link; 2],
    transport: crate::protocol::transport::Transport,
) -> Path {
    Path { local: ends.0, remote: ends.1, forward, reverse, transport, has_own_window: false }
}

#[cfg(test)]
mod tests;
