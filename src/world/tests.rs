//! Whole runs of small worlds, built by hand.

use super::{Outcome, simulate};
use crate::checker::{Check, CheckState};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{BrownOut, Link, Loss};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, Sizes, Workload};
use crate::metrics::Options;
use crate::protocol::rules::{Destage, Item, Volatile};
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::validated::{
    ClockOwner, ControlUnit, Expect, Fault, FaultKind, Group, Host, LocalSystem, Pair, Path, Protocol,
    RemoteSystem, Run,
};
use crate::units::{GroupId, LocalId, PairId, PathId, RemoteId, SimDuration, SimTime};

/// Two local and two remote systems, four pairs in two groups that span all of them, and a WAN that loses,
/// duplicates and reorders.
fn hostile(scheme: Scheme, seed: u64) -> Scenario {
    let wan = Link {
        delay: Distribution {
            shape: Shape::Exponential,
            mean: SimDuration::from_ms(20),
            minimum: SimDuration::from_ms(5),
        },
        loss: Loss::Bernoulli(0.05),
        duplicate: 0.05,
        ..Link::ideal()
    };
    let unit = |system, unit| LocalUnit { system: LocalId(system), unit };
    let pair = |local, remote, remote_unit, group, path| Pair {
        local,
        remote: RemoteId(remote),
        remote_unit,
        group: GroupId(group),
        path: PathId(path),
    };
    let local = |name: &str| LocalSystem {
        name: name.into(),
        units: 2,
        cache: None,
        unit_size: 1 << 20,
        destage_time: Distribution::constant(SimDuration::ZERO),
        clock: Clock::default(),
    };
    let remote = |name: &str| RemoteSystem {
        name: name.into(),
        units: 2,
        cache: None,
        destage_time: Distribution::constant(SimDuration::from_ns(100_000)),
    };
    let path = |local, remote| Path {
        local: LocalId(local),
        remote: RemoteId(remote),
        forward: wan.clone(),
        reverse: wan.clone(),
    };
    Scenario {
        name: "hostile".into(),
        title: String::new(),
        run: Run {
            seed,
            duration: SimDuration::from_ms(2_000),
            warm_up: SimDuration::ZERO,
            drain_limit: SimDuration::from_ms(60_000),
            seeded_ties: false,
        },
        protocol: Protocol {
            scheme,
            rules_name: "repaired".into(),
            rules: Rules::REPAIRED,
            limit_period: SimDuration::from_ms(10),
            marker_interval: SimDuration::from_ms(10),
            retransmit_timeout: SimDuration::from_ms(200),
        },
        local_systems: vec![local("L1"), local("L2")],
        remote_systems: vec![remote("R1"), remote("R2")],
        groups: vec![
            Group { name: "solid".into(), pairs: vec![PairId(0), PairId(1)] },
            Group { name: "broken".into(), pairs: vec![PairId(2), PairId(3)] },
        ],
        pairs: vec![
            pair(unit(0, 0), 0, 0, 0, 0),
            pair(unit(1, 0), 1, 0, 0, 3),
            pair(unit(0, 1), 1, 1, 1, 1),
            pair(unit(1, 1), 0, 1, 1, 2),
        ],
        hosts: vec![Host {
            name: "H1".into(),
            workload: Workload {
                arrivals: Arrivals::Poisson { mean_gap: SimDuration::from_ms(2) },
                units: vec![unit(0, 0), unit(0, 1), unit(1, 0), unit(1, 1)],
                addresses: Addresses::Uniform,
                sizes: Sizes::Constant(4096),
            },
            delay: Distribution::constant(SimDuration::ZERO),
            clock: Clock::default(),
            retry_timeout: SimDuration::from_ms(100),
        }],
        paths: vec![path(0, 0), path(0, 1), path(1, 0), path(1, 1)],
        control: Link::ideal(),
        faults: vec![],
        expect: Expect::default(),
        largest_write: 4096,
    }
}

fn run(scenario: &Scenario) -> Outcome {
    simulate(scenario, Options::default(), &mut |_| {}).unwrap()
}

#[test]
fn the_order_holds_under_every_scheme_that_promises_it() {
    for scheme in Scheme::ALL {
        if matches!(scheme, Scheme::None | Scheme::TimestampOnly) {
            continue;
        }
        for seed in 1..=5 {
            let outcome = run(&hostile(scheme, seed));
            let verdict = &outcome.judgement.verdict;
            assert!(verdict.holds(), "{scheme}, seed {seed}: {:?}", verdict.violations);
            assert!(outcome.judgement.counts.acknowledged > 3_000);
            assert_eq!(outcome.judgement.counts.outstanding(), 0);
        }
    }
}

#[test]
fn the_baselines_that_do_not_order_are_seen_to_break_it() {
    for scheme in [Scheme::None, Scheme::TimestampOnly] {
        let verdict = run(&hostile(scheme, 1)).judgement.verdict;
        assert_eq!(verdict.checks.get(Check::RecoverablePrefix), CheckState::Broken, "{scheme}");
        assert_eq!(verdict.checks.get(Check::PairOrder), CheckState::Broken, "{scheme}");
        assert_eq!(verdict.checks.get(Check::Complete), CheckState::Holds, "{scheme}");
    }
}

#[test]
fn the_loss_of_the_local_site_leaves_a_prefix() {
    for scheme in Scheme::ALL {
        let mut scenario = hostile(scheme, 7);
        let at = SimTime::from_ns(1_000_000_000);
        scenario.faults.push(Fault { at, kind: FaultKind::LocalSiteLoss });
        let outcome = run(&scenario);
        let verdict = &outcome.judgement.verdict;
        let promised = !matches!(scheme, Scheme::None | Scheme::TimestampOnly);
        assert_eq!(verdict.holds(), promised, "{scheme}: {:?}", verdict.violations);
        assert_eq!(verdict.checks.get(Check::Complete), CheckState::NotChecked);
    }
}

/// Every fault of the time line, at an array and at a remote array, one after the other and over one another.
fn faults() -> Vec<Fault> {
    let ms = SimDuration::from_ms;
    let at = |at_ms: u64, kind| Fault { at: SimTime::from_ns(at_ms * 1_000_000), kind };
    let brown_out = BrownOut { loss: 0.3, delay: ms(30), bandwidth: Some(10_000_000) };
    vec![
        at(100, FaultKind::WanOutage { length: ms(100), path: Some(PathId(1)), direction: None }),
        at(250, FaultKind::BrownOut { length: ms(100), path: None, direction: None, brown_out }),
        at(
            400,
            FaultKind::Crash { system: ControlUnit::Local(LocalId(0)), length: ms(50), before_send: false },
        ),
        at(
            500,
            FaultKind::Crash { system: ControlUnit::Local(LocalId(1)), length: ms(70), before_send: true },
        ),
        at(
            600,
            FaultKind::Crash { system: ControlUnit::Remote(RemoteId(0)), length: ms(90), before_send: false },
        ),
        at(
            650,
            FaultKind::Crash { system: ControlUnit::Remote(RemoteId(1)), length: ms(90), before_send: false },
        ),
        at(800, FaultKind::SlaveStop { remote: RemoteId(1), length: ms(100) }),
        at(950, FaultKind::MasterStop { length: ms(100) }),
        at(
            1_100,
            FaultKind::ClockError {
                clock: ClockOwner::Local(LocalId(0)),
                skew_ns: -3_000_000,
                drift_ns_per_s: 20_000,
            },
        ),
    ]
}

#[test]
fn every_fault_is_survived_under_the_repaired_rules() {
    for scheme in
        [Scheme::Pair, Scheme::RemoteSystem, Scheme::Group, Scheme::InOrderTransport, Scheme::Synchronous]
    {
        for (seed, periodic, destage) in [
            (1, true, Destage::System),
            (2, false, Destage::Pair),
            (3, true, Destage::Serial),
            (4, false, Destage::Serial),
        ] {
            let mut scenario = hostile(scheme, seed);
            scenario.faults = faults();
            scenario.protocol.rules.destage = destage;
            if !periodic {
                scenario.protocol.limit_period = SimDuration::ZERO;
            }
            let outcome = run(&scenario);
            let verdict = &outcome.judgement.verdict;
            assert!(verdict.holds(), "{scheme}, seed {seed}: {:?}", verdict.violations);
            assert!(outcome.retried > 0, "{scheme}, seed {seed}: no host lost a completion");
            assert_eq!(outcome.judgement.counts.outstanding(), 0);
        }
    }
}

/// What a crash may lose, and a check that shows it. Between two crashes a clock of 50 ms granularity gives stamps
/// by the last one alone, and one remote system is slow to destage.
#[test]
fn each_item_of_non_volatile_is_missed_when_it_is_lost() {
    let crashing = |seed, volatile| {
        let mut scenario = hostile(Scheme::Pair, seed);
        scenario.run.drain_limit = SimDuration::from_ms(6_000);
        scenario.local_systems[0].clock.granularity_ns = 50_000_000;
        scenario.remote_systems[0].destage_time = Distribution::constant(SimDuration::from_ms(2));
        let systems = [
            ControlUnit::Local(LocalId(0)),
            ControlUnit::Remote(RemoteId(0)),
            ControlUnit::Remote(RemoteId(1)),
        ];
        for (at_ms, system) in
            [210, 420, 610, 820, 1_010].into_iter().flat_map(|at| systems.map(|system| (at, system)))
        {
            let kind = FaultKind::Crash { system, length: SimDuration::from_ms(8), before_send: false };
            scenario.faults.push(Fault { at: SimTime::from_ns(at_ms * 1_000_000), kind });
        }
        scenario.protocol.rules.volatile = volatile;
        run(&scenario).judgement.verdict
    };
    for seed in 1..=4 {
        let verdict = crashing(seed, Volatile::NONE);
        assert!(verdict.holds(), "seed {seed}: {:?}", verdict.violations);
    }
    for (item, check) in [
        (Item::Counters, Check::Complete),
        (Item::LastStamp, Check::PairOrder),
        (Item::UnsentData, Check::LocalOrder),
        (Item::UnsentNumbers, Check::Complete),
        (Item::RemoteCache, Check::RecoverablePrefix),
        (Item::NextExpected, Check::Complete),
        (Item::EndKey, Check::RecoverablePrefix),
        (Item::Limits, Check::Causal),
    ] {
        let broken = (1..=4).filter(|&seed| {
            crashing(seed, Volatile::NONE.with(item)).checks.get(check) == CheckState::Broken
        });
        assert!(broken.count() > 0, "{item:?}: {check} holds on every seed");
    }
}
