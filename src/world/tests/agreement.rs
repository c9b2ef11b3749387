//! The streaming checker against the definition: on tiny worlds under every scheme and every form of every rule,
//! and on facts that no protocol would make of a world, but hardware could.

use super::definition::{self, ByDefinition};
use super::dice::Dice;
use crate::checker::{Check, CheckState};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{BrownOut, Link, Loss};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, ScriptedWrite, Sizes, Workload};
use crate::metrics::Options;
use crate::protocol::transport::{Early, ResendUnit, Retransmit, Transport, WindowRule};
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::validated::{
    ClockOwner, ControlUnit, Expect, Explore, Fault, FaultKind, Group, Host, LocalSystem, Pair, Path,
    Protocol, RemoteSystem, Run,
};
use crate::trace::Recorder;
use crate::units::{GroupId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime};
use crate::words::Keeping;
use crate::world::judge::Judge;
use crate::world::{Disasters, disasters_only, simulate_observed};

const fn ns(ns: u64) -> SimDuration {
    SimDuration::from_ns(ns)
}

/// A service time or a delay of a few nanoseconds: whatever goes wrong by one nanosecond is seen.
fn span(dice: &mut Dice) -> Distribution {
    match dice.below(3) {
        0 => Distribution::constant(ns(0)),
        1 => Distribution::constant(ns(1 + dice.below(20))),
        _ => {
            let minimum = dice.below(10);
            Distribution {
                shape: Shape::Exponential,
                mean: ns(minimum + 1 + dice.below(30)),
                minimum: ns(minimum),
            }
        }
    }
}

/// Every transport that there is, on the scale of a tiny world.
fn transport(dice: &mut Dice) -> Transport {
    let fixed = Retransmit::Fixed(ns(20 + dice.below(40)));
    let adaptive =
        Retransmit::Adaptive { initial: ns(30), minimum: ns(5 + dice.below(20)), maximum: ns(400) };
    Transport {
        retransmit: dice.one_of(&[fixed, fixed, adaptive]),
        early: dice.one_of(&[
            Early::Off,
            Early::Off,
            Early::Completions(1),
            Early::Completions(3),
            Early::Rack,
        ]),
        window: dice.one_of(&[
            WindowRule::Unlimited,
            WindowRule::Unlimited,
            WindowRule::Bytes(1),
            WindowRule::Bytes(4096),
            WindowRule::Aimd,
        ]),
        segment: 512,
        unit: dice.one_of(&[ResendUnit::Write, ResendUnit::Packet]),
    }
}

fn link(dice: &mut Dice) -> Link {
    Link {
        delay: span(dice),
        loss: Loss::Bernoulli(dice.one_of(&[0.0, 0.0, 0.1, 0.3])),
        duplicate: dice.one_of(&[0.0, 0.2]),
        reorder: dice.one_of(&[0.0, 0.2]),
        mtu: dice.one_of(&[None, None, Some(700)]),
        ..Link::ideal()
    }
}

fn clock(dice: &mut Dice, imperfect: bool) -> Clock {
    if !imperfect {
        return Clock::default();
    }
    let granularity_ns = dice.one_of(&[1, 1, 4]);
    Clock { skew_ns: dice.below(21).cast_signed() - 10, granularity_ns, ..Clock::default() }
}

/// Rules near the repaired ones, near the literal ones, or anything.
fn rules(dice: &mut Dice) -> Rules {
    let (mut rules, departure) = match dice.below(4) {
        0 => (Rules::REPAIRED, 0),
        1 => (Rules::REPAIRED, 10),
        2 => (Rules::LITERAL, 10),
        _ => (Rules::REPAIRED, 50),
    };
    for rule in Rules::NAMES {
        if dice.percent(departure) {
            let forms = Rules::forms(rule).unwrap();
            rules.set(rule, dice.one_of(&forms)).unwrap();
        }
    }
    rules
}

/// A dozen writes or fewer, some of which wait for others.
fn script(dice: &mut Dice, units: &[LocalUnit]) -> Vec<ScriptedWrite> {
    let blocks = 1 + dice.below(4);
    let horizon = dice.one_of(&[10, 60, 200]);
    (0..=dice.index(10))
        .map(|index| {
            let after = (index > 0 && dice.percent(40)).then(|| dice.index(index));
            ScriptedWrite {
                at: SimTime::from_ns(dice.below(if after.is_some() { 4 } else { horizon })),
                after,
                unit: dice.one_of(units),
                position: dice.below(blocks),
                size: 512 * (1 + dice.below(3) as u32),
            }
        })
        .collect()
}

fn fault(dice: &mut Dice, locals: usize, remotes: usize) -> FaultKind {
    let length = ns(1 + dice.below(60));
    let (local, remote) = (LocalId::from(dice.index(locals)), RemoteId::from(dice.index(remotes)));
    match dice.below(7) {
        0 => FaultKind::WanOutage { length, path: None, direction: None },
        1 => {
            let brown_out = BrownOut { loss: 0.5, delay: ns(dice.below(20)), bandwidth: Some(1 << 40) };
            FaultKind::BrownOut { length, path: None, direction: None, brown_out }
        }
        2 => {
            let before_send = dice.percent(50);
            FaultKind::Crash { system: ControlUnit::Local(local), length, before_send }
        }
        3 => FaultKind::Crash { system: ControlUnit::Remote(remote), length, before_send: false },
        4 => FaultKind::SlaveStop { remote, length },
        5 => FaultKind::MasterStop { length },
        _ => FaultKind::ClockError {
            clock: ClockOwner::Local(local),
            skew_ns: dice.below(41).cast_signed() - 20,
            drift_ns_per_s: 0,
        },
    }
}

/// Two pairs of each local system, to any remote system and of any group.
fn pairs(dice: &mut Dice, (locals, remotes, groups): (usize, usize, usize)) -> Vec<Pair> {
    let mut free = vec![0_u32; remotes];
    (0..locals * 2)
        .map(|index| {
            let (local, remote) = (index / 2, dice.index(remotes));
            let remote_unit = free[remote];
            free[remote] += 1;
            Pair {
                local: LocalUnit { system: LocalId::from(local), unit: (index % 2) as u32 },
                remote: RemoteId::from(remote),
                remote_unit,
                group: GroupId::from(dice.index(groups)),
                path: PathId::from(local * remotes + remote),
            }
        })
        .collect()
}

fn tiny_world(seed: u64, scheme: Scheme) -> Scenario {
    let dice = &mut Dice::new("tiny world", seed);
    let (locals, remotes, groups) = (1 + dice.index(2), 1 + dice.index(2), 1 + dice.index(2));
    // Dice of their own: what else is drawn does not depend on the transport.
    let mut transports = Dice::new("tiny transport", seed);
    let paths: Vec<Path> = (0..locals * remotes)
        .map(|index| Path {
            local: LocalId::from(index / remotes),
            remote: RemoteId::from(index % remotes),
            forward: link(dice),
            reverse: link(dice),
            transport: transport(&mut transports),
        })
        .collect();
    let imperfect = dice.percent(30);
    let cache = |dice: &mut Dice| dice.one_of(&[None, None, Some(12 << 10), Some(3 << 10)]);
    let local_systems: Vec<_> = (0..locals)
        .map(|index| LocalSystem {
            name: format!("L{index}"),
            units: 3,
            cache: cache(dice),
            unit_size: 1 << 20,
            destage_time: span(dice),
            clock: clock(dice, imperfect),
        })
        .collect();
    let remote_systems: Vec<_> = (0..remotes)
        .map(|index| RemoteSystem {
            name: format!("R{index}"),
            units: 4,
            cache: cache(dice),
            destage_time: span(dice),
        })
        .collect();
    let pairs = pairs(dice, (locals, remotes, groups));
    let mut units: Vec<_> = pairs.iter().map(|pair| pair.local).collect();
    if dice.percent(20) {
        units.push(LocalUnit { system: LocalId(0), unit: 2 }); // Without a pair.
    }
    let hosts = vec![Host {
        name: "H1".into(),
        workload: Workload {
            arrivals: Arrivals::Scripted { writes: script(dice, &units).into() },
            units: vec![],
            addresses: Addresses::Uniform,
            sizes: Sizes::Constant(512),
        },
        delay: if dice.percent(30) { span(dice) } else { Distribution::constant(ns(0)) },
        clock: clock(dice, imperfect),
        retry_timeout: ns(30),
    }];
    let mut faults = if dice.percent(25) {
        let at = SimTime::from_ns(dice.below(200));
        vec![Fault { at, kind: FaultKind::LocalSiteLoss }]
    } else {
        vec![]
    };
    for _ in 0..dice.one_of(&[0, 0, 1, 1, 2]) {
        faults.push(Fault { at: SimTime::from_ns(dice.below(250)), kind: fault(dice, locals, remotes) });
    }
    faults.sort_by_key(|fault| fault.at);
    Scenario {
        name: "tiny".into(),
        title: String::new(),
        run: Run {
            seed,
            duration: ns(300),
            warm_up: ns(0),
            drain_limit: ns(600),
            seeded_ties: dice.percent(50),
        },
        protocol: Protocol {
            scheme,
            rules: rules(dice),
            limit_period: dice.one_of(&[ns(0), ns(0), ns(7)]),
            send_delay: dice.one_of(&[ns(0), ns(0), ns(0), ns(9)]),
            marker_interval: ns(5 + dice.below(20)),
        },
        local_systems,
        remote_systems,
        groups: (0..groups)
            .map(|group| Group {
                name: format!("G{group}"),
                pairs: (0..pairs.len())
                    .map(PairId::from)
                    .filter(|pair| pairs[pair.index()].group == GroupId::from(group))
                    .collect(),
            })
            .collect(),
        pairs,
        hosts,
        paths,
        tape: crate::scenario::tape::Tape::default(),
        control: if dice.percent(50) { Link::ideal() } else { Link { mtu: None, ..link(dice) } },
        faults,
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write: 1536,
    }
}

/// Every scheme sees this many worlds: 1,500, or as many as `RCSIM_WORLDS` says (`scripts/mutants.sh`). Of
/// synthetic facts there are ten times as many.
pub(super) fn worlds() -> u64 {
    std::env::var("RCSIM_WORLDS").map_or(1_500, |worlds| worlds.parse().unwrap())
}

/// What is wrong with the verdict on a run, if anything is, with the facts.
fn wrong(scenario: &Scenario) -> Option<String> {
    let mut recorder = Recorder::default();
    let outcome = simulate_observed(scenario, Options::default(), &mut recorder, &mut |_| {}).unwrap();
    let verdict = &outcome.judgement.verdict;
    // `complete` takes longer than these tiny worlds last.
    let promised = verdict.promise.kept.iter().filter(|&check| check != Check::Complete);
    let broken = promised.into_iter().find(|&check| verdict.checks.get(check) == CheckState::Broken);
    let broken = broken.map(|check| format!("{check} was promised: {:#?}", verdict.violations));
    let wrong = ByDefinition::of(&recorder).disagreement(verdict).or(broken)?;
    Some(format!("{wrong}\n{}", definition::facts(&recorder)))
}

#[test]
fn checker_and_definition_agree_on_tiny_worlds() {
    for scheme in Scheme::ALL {
        for seed in 0..worlds() {
            let scenario = tiny_world(seed, scheme);
            if let Some(wrong) = wrong(&scenario) {
                panic!("{scheme}, seed {seed}, {:?}: {wrong}", scenario.protocol.rules.departures());
            }
        }
    }
}

/// Each run is judged again as if its scheme might fold writes: checker and definition agree on that too, it forgives
/// what the other denies and never the reverse, and of what a scheme promises nothing changes.
#[test]
fn a_later_write_stands_for_an_older_one_where_folding_is_promised() {
    let (mut worlds_forgiven, mut broken) = (0, 0);
    for scheme in Scheme::ALL {
        for seed in 0..worlds() / 3 {
            let scenario = tiny_world(seed, scheme);
            let mut recorder = Recorder::default();
            let outcome =
                simulate_observed(&scenario, Options::default(), &mut recorder, &mut |_| {}).unwrap();
            let by_each = outcome.judgement.verdict;
            let preamble = recorder.preamble.as_mut().unwrap();
            preamble.promise.keeping = Keeping::Covered;
            let mut judge = Judge::new(preamble, ());
            recorder.records.iter().for_each(|(at, record)| judge.record(*at, record));
            let covered = judge.finish(recorder.end.as_ref().unwrap()).0;
            if let Some(wrong) = ByDefinition::of(&recorder).disagreement(&covered) {
                panic!("{scheme}, seed {seed}: {wrong}\n{}", definition::facts(&recorder));
            }
            for check in Check::ALL {
                let states = [&by_each, &covered].map(|verdict| verdict.checks.get(check));
                let forgiven = states == [CheckState::Broken, CheckState::Holds];
                assert!(forgiven || states[0] == states[1], "{scheme}, seed {seed}, {check}: {states:?}");
                assert!(!forgiven || !by_each.promise.keeps(check) || check == Check::Complete);
                worlds_forgiven += u64::from(forgiven);
                broken += u64::from(states[1] == CheckState::Broken);
            }
        }
    }
    assert!(worlds_forgiven > 0 && broken > worlds_forgiven, "{worlds_forgiven}, {broken}");
}

/// The plug is pulled six times in each of some thousand worlds, whatever their rules; on the way the streaming
/// checker has said at each instant what the recovered image would be.
#[test]
fn checker_and_slow_oracle_agree_on_tiny_worlds() {
    let disasters = Disasters { random: 6, chosen: vec![] };
    let (mut tried, mut broken) = (0, 0);
    for scheme in Scheme::ALL {
        for seed in 0..worlds() / 4 {
            let scenario = tiny_world(seed, scheme);
            let report = disasters_only(&scenario, &disasters, &mut |_| {}).unwrap();
            assert!(
                report.disagreements.is_empty(),
                "{scheme}, seed {seed}, {:?}: {:?}",
                scenario.protocol.rules.departures(),
                report.disagreements
            );
            (tried, broken) = (tried + report.disasters, broken + report.broken);
        }
    }
    assert!(tried > worlds() * 6 && broken > tried / 100 && broken < tried, "{broken} of {tried}");
}
