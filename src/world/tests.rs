//! Whole runs of small worlds, built by hand.

mod agreement;
mod definition;
mod faults;
mod regressions;
pub mod seam;
mod synthetic;
mod tampers;

use super::{
    Disasters, Outcome, disasters_only, judge_only, observe_only, simulate, simulate_observed,
    simulate_on_two_cores, simulate_with_oracle,
};
use crate::checker::{Check, CheckState};
use crate::hardware::clock::Clock;
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Link, Loss};
use crate::hardware::workload::{Addresses, Arrivals, LocalUnit, Sizes, Workload};
use crate::metrics::Options;
use crate::protocol::rules::LocalDestage;
use crate::protocol::transport::Transport;
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::tape::Tape;
use crate::scenario::validated::{
    Expect, Explore, Fault, FaultKind, Group, Host, LocalSystem, Pair, Path, Protocol, RemoteSystem, Run,
};
use crate::trace::{Observer, Record, Recorder};
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
        transport: Transport::fixed(SimDuration::from_ms(200)),
        has_own_window: false,
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
            heal: None,
            disasters: 0,
        },
        protocol: Protocol {
            scheme,
            rules: Rules::REPAIRED,
            limit_period: SimDuration::from_ms(10),
            send_delay: SimDuration::ZERO,
            marker_interval: SimDuration::from_ms(10),
            preset: None,
            epoch: crate::protocol::disk::ordering::epoch::EpochSettings::default(),
            network_sync: None,
            release: crate::protocol::disk::ordering::streams::Release::Received,
            pull: None,
            cut: crate::protocol::disk::ordering::cut::CutSettings::default(),
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
        tape: Tape::default(),
        control: Link::ideal(),
        script: crate::scenario::validated::Script::default(),
        faults: vec![],
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write: 4096,
    }
}

fn run(scenario: &Scenario) -> Outcome {
    simulate(scenario, Options::default(), &mut |_| {}).unwrap()
}

/// Those that keep all that they are judged by; the others are negative controls.
fn promises_order(scheme: Scheme) -> bool {
    let promise = scheme.promise(&Rules::REPAIRED);
    promise.kept == promise.judged
}

#[test]
fn the_order_holds_under_every_scheme_that_promises_it() {
    for scheme in Scheme::ALL.into_iter().filter(|&scheme| promises_order(scheme)) {
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
    for scheme in Scheme::ALL.into_iter().filter(|&scheme| !promises_order(scheme)) {
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
        assert_eq!(verdict.holds(), promises_order(scheme), "{scheme}: {:?}", verdict.violations);
        assert_eq!(verdict.checks.get(Check::Complete), CheckState::NotChecked);
    }
}

/// Once panicked: a write that had been destaged before an earlier one to its blocks was still waited for,
/// and its place in the cache was another's by then.
#[test]
fn writes_may_land_locally_out_of_turn() {
    let mut scenario = hostile(Scheme::Group, 3);
    scenario.protocol.rules.local_destage = LocalDestage::OnCompletion;
    let verdict = run(&scenario).judgement.verdict;
    assert_eq!(verdict.checks.get(Check::Complete), CheckState::Holds);
    assert_eq!(verdict.checks.get(Check::RecoverablePrefix), CheckState::Holds);
}

/// Facts do not depend on who sees them, and the verdict not on what is measured beside.
#[test]
fn whoever_watches_sees_the_same_run() {
    for (scheme, seed) in [(Scheme::Group, 1), (Scheme::None, 2)] {
        let scenario = hostile(scheme, seed);
        let [mut measured, mut judged, mut observed] = [(); 3].map(|()| Recorder::default());
        let outcome = simulate_observed(&scenario, Options::default(), &mut measured, &mut |_| {}).unwrap();
        let verdict = judge_only(&scenario, &mut judged).unwrap();
        observe_only(&scenario, &mut observed).unwrap();
        assert!(measured.records == judged.records && measured.records == observed.records);
        assert_eq!(outcome.judgement.verdict, verdict.verdict);
        assert_eq!(outcome.judgement.counts, verdict.counts);
        assert_eq!(outcome.ended_at, verdict.ended_at);
        let mut beside = Recorder::default();
        let on_two = simulate_on_two_cores(&scenario, Options::default(), &mut beside, &mut |_| {}).unwrap();
        assert!(measured.records == beside.records);
        assert_eq!(outcome, on_two, "digest and figures too");
    }
}

/// A disaster strikes a copy.
#[test]
fn a_run_does_not_notice_its_disasters() {
    for seeded_ties in [false, true] {
        let mut scenario = hostile(Scheme::Pair, 5);
        scenario.run.duration = SimDuration::from_ms(500);
        scenario.run.seeded_ties = seeded_ties;
        let chosen = vec![SimTime::ZERO, SimTime::from_ns(100_000_000)];
        let disasters = Disasters { random: 20, chosen };
        let with = simulate_with_oracle(&scenario, Options::default(), &disasters, &mut |_| {}).unwrap();
        let report = with.oracle.clone().unwrap();
        assert_eq!((report.disasters, report.broken), (22, 0));
        assert_eq!(report.disagreements, []);
        assert_eq!(Outcome { oracle: None, ..with }, run(&scenario));
        assert_eq!(disasters_only(&scenario, &disasters, &mut |_| {}).unwrap(), report);
    }
}

/// One who has seen enough cuts the run short, and nobody else does.
#[test]
fn a_run_is_cut_short_when_its_observer_is_done() {
    struct Until(u64);
    impl Observer for Until {
        fn observe(&mut self, _now: SimTime, _record: &Record) {
            self.0 = self.0.saturating_sub(1);
        }
        fn is_done(&self) -> bool {
            self.0 == 0
        }
    }
    let scenario = hostile(Scheme::Group, 1);
    let whole = judge_only(&scenario, ()).unwrap();
    let cut = judge_only(&scenario, Until(1_000)).unwrap();
    assert!(whole.counts.acknowledged > 3_000 && cut.counts.acknowledged < 1_000);
    assert!(cut.ended_at < whole.ended_at);
}

/// A scenario whose `[script]` holds the fates that a run had sends and receives the same, whatever its lines would do.
#[test]
fn written_fates_replay_the_run() {
    for (scheme, seed) in [(Scheme::Group, 1), (Scheme::None, 2), (Scheme::InOrderTransport, 3)] {
        let mut scenario = hostile(scheme, seed);
        scenario.run.duration = SimDuration::from_ms(300);
        scenario.control =
            Link { loss: Loss::Bernoulli(0.1), ..hostile(scheme, seed).paths[0].forward.clone() };
        let mut drawn = Recorder::default();
        let script = super::observe_fates(&scenario, &mut drawn).unwrap();
        assert!(script.packets.len() > 500);
        let mut written = scenario.clone();
        written.script = script;
        for path in &mut written.paths {
            (path.forward, path.reverse) = (Link::ideal(), Link::ideal());
        }
        written.control = Link::ideal();
        // What is said again where messages may be lost is a choice of the protocol, not of the network.
        written.control.loss = Loss::Bernoulli(1.0);
        let mut replayed = Recorder::default();
        observe_only(&written, &mut replayed).unwrap();
        assert!(drawn.records == replayed.records, "{scheme}");
    }
}
