//! Whole runs of tape jobs, built by hand.

use crate::checker::{Check, CheckState};
use crate::hardware::distribution::{Distribution, Shape};
use crate::hardware::link::{Link, Loss};
use crate::hardware::tape_unit::DriveSpec;
use crate::metrics::{Options, TapeSummary};
use crate::protocol::tape::Numbering;
use crate::protocol::transport::Transport;
use crate::protocol::{Rules, Scheme};
use crate::scenario::Scenario;
use crate::scenario::tape::{InitiatorKind, JobKind, Tape, TapeJob, TapeSystem};
use crate::scenario::validated::{Expect, Explore, Fault, FaultKind, Protocol, Run};
use crate::units::{SimDuration, SimTime, TapeUnitId};
use crate::world::{Outcome, simulate};

/// A fast drive, so that tests are short.
const DRIVE: DriveSpec = DriveSpec {
    native_rate: 100_000_000,
    lowest_rate: 25_000_000,
    block: 100_000,
    load: SimDuration::from_ms(100),
    locate: SimDuration::from_ms(50),
    back_hitch: SimDuration::from_ms(20),
    capacity: 1 << 40,
};

/// A WAN that loses, duplicates and reorders, the same in both directions.
fn hostile() -> Link {
    Link {
        delay: Distribution {
            shape: Shape::Exponential,
            mean: SimDuration::from_ms(10),
            minimum: SimDuration::from_ms(2),
        },
        loss: Loss::Bernoulli(0.05),
        duplicate: 0.05,
        ..Link::ideal()
    }
}

fn steady(ms: u64) -> Link {
    Link { delay: Distribution::constant(SimDuration::from_ms(ms)), ..Link::ideal() }
}

fn job(kind: JobKind, blocks: u64, m: u64, link: &Link) -> TapeJob {
    TapeJob {
        name: "J1".into(),
        kind,
        initiator: InitiatorKind::Host,
        system: 0,
        unit: TapeUnitId(0),
        blocks,
        read: blocks,
        m,
        memory: 1 << 20,
        volume_rate: None,
        start: SimTime::ZERO,
        transport: Transport::fixed(SimDuration::from_ms(100)),
        crash_after: None,
        forward: link.clone(),
        reverse: link.clone(),
    }
}

fn scenario(numbering: Numbering, seed: u64, jobs: Vec<TapeJob>) -> Scenario {
    Scenario {
        name: "tape".into(),
        title: String::new(),
        run: Run {
            seed,
            duration: SimDuration::from_ms(100),
            warm_up: SimDuration::ZERO,
            drain_limit: SimDuration::from_ms(60_000),
            seeded_ties: false,
            heal: None,
            disasters: 0,
        },
        protocol: Protocol {
            scheme: Scheme::Group,
            rules: Rules::REPAIRED,
            limit_period: SimDuration::from_ms(10),
            send_delay: SimDuration::ZERO,
            marker_interval: SimDuration::from_ms(10),
            preset: None,
            epoch: crate::protocol::disk::ordering::epoch::EpochSettings::default(),
            cut: crate::protocol::disk::ordering::cut::CutSettings::default(),
            network_sync: None,
            release: crate::protocol::disk::ordering::streams::Release::Received,
            pull: None,
        },
        local_systems: vec![],
        remote_systems: vec![],
        groups: vec![],
        pairs: vec![],
        hosts: vec![],
        paths: vec![],
        tape: Tape {
            systems: vec![TapeSystem {
                name: "T1".into(),
                units: 1,
                numbering,
                queue: 32,
                group: 8,
                drive: DRIVE,
            }],
            jobs,
        },
        control: Link::ideal(),
        script: crate::scenario::validated::Script::default(),
        faults: vec![],
        explore: Explore::default(),
        expect: Expect::default(),
        largest_write: 4096,
    }
}

fn circle(numbering: Numbering, seed: u64) -> Scenario {
    let mut scenario = scenario(numbering, seed, vec![job(JobKind::Circle, 300, 16, &hostile())]);
    scenario.run.duration = SimDuration::from_ms(2_000); // Statistics of the WAN cover it.
    scenario
}

fn run(scenario: &Scenario) -> Outcome {
    simulate(scenario, Options::default(), &mut |_| {}).unwrap()
}

fn tape(outcome: &Outcome) -> &TapeSummary {
    outcome.judgement.tape.as_ref().unwrap()
}

fn check(outcome: &Outcome, check: Check) -> CheckState {
    outcome.judgement.verdict.checks.get(check)
}

#[test]
fn a_volume_goes_to_tape_and_back_over_a_hostile_wan_under_both_numberings() {
    for numbering in [Numbering::SequenceNumber, Numbering::BlockId] {
        for seed in 1..=10 {
            let outcome = run(&circle(numbering, seed));
            let verdict = &outcome.judgement.verdict;
            assert!(verdict.holds(), "{numbering}, seed {seed}: {:?}", verdict.violations);
            assert_eq!(check(&outcome, Check::TapeOrder), CheckState::Holds);
            assert_eq!(check(&outcome, Check::Complete), CheckState::Holds);
            assert_eq!(check(&outcome, Check::PairOrder), CheckState::NotChecked, "there are no pairs");
            let job = &tape(&outcome).jobs[0];
            assert_eq!((job.written_blocks, job.read_blocks, job.differing_blocks), (300, 300, Some(0)));
            assert!(outcome.judgement.summary.wan.retransmitted > 0);
            assert!(outcome.judgement.summary.wan_reverse.reordering.reordered > 0);
        }
    }
}

#[test]
fn without_numbers_the_medium_holds_the_order_of_arrival() {
    let outcome = run(&circle(Numbering::None, 1));
    assert_eq!(check(&outcome, Check::TapeOrder), CheckState::Broken);
    assert_eq!(check(&outcome, Check::Complete), CheckState::Holds);
    assert!(tape(&outcome).jobs[0].differing_blocks.unwrap() > 0);
}

#[test]
fn the_judge_and_the_comparison_block_by_block_agree() {
    let tape_rules = ["medium", "insert", "next-counter", "retain", "duplicate", "window", "assembly"];
    let (mut differs, mut same) = (0, 0);
    for rule in tape_rules {
        for seed in 1..=10 {
            let mut scenario = circle(Numbering::SequenceNumber, seed);
            scenario.run.drain_limit = SimDuration::from_ms(5_000);
            scenario.protocol.rules.set(rule, "literal").unwrap();
            let outcome = run(&scenario);
            // A comparison needs a volume that was read back at all.
            if let Some(differing) = tape(&outcome).jobs[0].differing_blocks {
                let broken = check(&outcome, Check::TapeOrder) == CheckState::Broken;
                assert_eq!(broken, differing > 0, "{rule}, seed {seed}");
                if broken { differs += 1 } else { same += 1 }
            }
        }
    }
    assert!(differs > 0 && same > 0, "{differs}, {same}");
}

#[test]
fn every_initiator_has_its_own_counter_and_memory_and_waits_for_its_turn() {
    let jobs = (0..3).map(|index| TapeJob {
        name: format!("J{index}"),
        initiator: InitiatorKind::ALL[index],
        ..job(JobKind::Circle, 100, 8, &hostile())
    });
    let outcome = run(&scenario(Numbering::SequenceNumber, 3, jobs.collect()));
    assert!(outcome.judgement.verdict.holds(), "{:?}", outcome.judgement.verdict.violations);
    let tape = tape(&outcome);
    assert!(tape.jobs.iter().all(|job| job.differing_blocks == Some(0)));
    assert!(tape.jobs.iter().all(|job| job.memory_peak_bytes <= 8 * 100_000), "m blocks, each");
}

#[test]
fn two_initiators_at_once_lose_a_block() {
    let jobs =
        (0..2).map(|index| TapeJob { name: format!("J{index}"), ..job(JobKind::Backup, 50, 8, &hostile()) });
    let mut scenario = scenario(Numbering::SequenceNumber, 1, jobs.collect());
    scenario.run.drain_limit = SimDuration::from_ms(5_000);
    scenario.protocol.rules.set("initiators", "independent").unwrap();
    let outcome = run(&scenario);
    assert_eq!(check(&outcome, Check::Complete), CheckState::Broken);
    assert_eq!(check(&outcome, Check::TapeOrder), CheckState::Broken);
}

#[test]
fn a_crash_between_1801_and_1802_loses_a_block_or_does_not() {
    for (form, expected) in [("independent", CheckState::Broken), ("epoch", CheckState::Holds)] {
        let mut crash = job(JobKind::Backup, 50, 8, &hostile());
        crash.crash_after = Some(20);
        let mut scenario = scenario(Numbering::SequenceNumber, 1, vec![crash]);
        scenario.run.drain_limit = SimDuration::from_ms(5_000);
        scenario.protocol.rules.set("initiators", form).unwrap();
        assert_eq!(check(&run(&scenario), Check::TapeOrder), expected, "{form}");
    }
}

#[test]
fn a_restore_reads_what_the_tape_holds_from_the_start() {
    let mut first = job(JobKind::Restore, 40, 8, &hostile());
    first.name = "J0".into();
    let outcome =
        run(&scenario(Numbering::BlockId, 1, vec![first, job(JobKind::Restore, 60, 8, &hostile())]));
    assert!(outcome.judgement.verdict.holds(), "{:?}", outcome.judgement.verdict.violations);
    assert_eq!(tape(&outcome).jobs.iter().map(|job| job.read_blocks).collect::<Vec<_>>(), [40, 60]);
}

#[test]
fn the_loss_of_the_local_site_leaves_a_prefix_on_the_medium() {
    let mut scenario = circle(Numbering::SequenceNumber, 1);
    let at = SimTime::ZERO + SimDuration::from_ms(250);
    scenario.faults.push(Fault { at, kind: FaultKind::LocalSiteLoss });
    let outcome = run(&scenario);
    assert_eq!(check(&outcome, Check::TapeOrder), CheckState::Holds);
    assert_eq!(check(&outcome, Check::Complete), CheckState::NotChecked);
    assert!((1..300).contains(&tape(&outcome).jobs[0].written_blocks));
}

#[test]
fn throughput_over_distance_is_m_blocks_per_round_trip_until_the_drive_is_busy() {
    // No hitch, so that the bound is exact but for the first and last round.
    let drive = DriveSpec { lowest_rate: 1_000, ..DRIVE };
    for (m, one_way_ms) in [(1, 20), (4, 20), (16, 20), (16, 80), (64, 20)] {
        let mut scenario =
            scenario(Numbering::SequenceNumber, 1, vec![job(JobKind::Circle, 2_000, m, &steady(one_way_ms))]);
        scenario.tape.systems[0].drive = drive;
        scenario.tape.systems[0].queue = 4 * m;
        let round_trip_s = 2.0 * one_way_ms as f64 / 1e3;
        let bound = (m as f64 * f64::from(drive.block) / round_trip_s).min(drive.native_rate as f64);
        scenario.run.drain_limit = SimDuration::from_ms(600_000);
        let outcome = run(&scenario);
        assert!(outcome.judgement.verdict.holds());
        let job = &tape(&outcome).jobs[0];
        for (what, rate) in [("write", job.write_bytes_per_s), ("read", job.read_bytes_per_s)] {
            // 2,000 blocks: the half round trip at either end is within 2 % but for m = 64.
            let ratio = rate / bound;
            assert!((0.93..=1.035).contains(&ratio), "{what}, m = {m}, {one_way_ms} ms: {ratio}");
        }
    }
}

#[test]
fn a_drive_fed_below_its_lowest_rate_shoe_shines_and_above_streams() {
    for (m, hitches) in [(1, true), (16, false)] {
        // m * 100 kB / 40 ms: 2.5 MB/s and 40 MB/s, around the lowest rate of 25 MB/s.
        let mut backup = job(JobKind::Backup, 500, m, &steady(20));
        backup.transport = Transport::fixed(SimDuration::from_ms(1_000));
        // Spread over the round trip, as a volume gives them.
        backup.volume_rate = (m > 1).then_some(40_000_000);
        let outcome = run(&scenario(Numbering::SequenceNumber, 1, vec![backup]));
        assert!(outcome.judgement.verdict.holds());
        let hitched = tape(&outcome).units[0].back_hitches;
        assert_eq!(hitched > 100, hitches, "m = {m}: {hitched} back-hitches");
    }
}

#[test]
fn a_run_is_the_same_twice_and_other_with_another_seed() {
    let digest = |seed| run(&circle(Numbering::SequenceNumber, seed)).judgement.digest;
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}
