//! DESIGN 9, item 6: the examples that the patent's text works out, and that of a product's manual.
//!
//! Processes 116, 117 and 215 are called as the simulator calls them, and whole runs are scripted.

use rcsim::checker::{Check, CheckState};
use rcsim::protocol::Scheme;
use rcsim::protocol::disk::{
    Context, DomainId, Master, Packet, RemoteDiskSystem, RemoteInput, RemoteOutput, Settings, StreamId,
    WriteData,
};
use rcsim::protocol::rules::{Compare, Form, Run};
use rcsim::trace::Key;
use rcsim::units::{LocalId, PairId, RemoteId, SimTime, WriteRef};
use rcsim::world::build;

use crate::builder::{World, ms};

/// A time of day, in nanoseconds.
fn oclock(hours: u64, minutes: u64) -> u64 {
    (hours * 60 + minutes) * 60 * 1_000_000_000
}

fn settings(world: &World) -> Settings {
    // Activated periodically, as in the patent; a scenario has to have a host.
    build::settings(&world.clone().limit_period(ms(10.0)).poisson(1.0).scenario(1))
}

/// The first remote system of a world, and what it has done.
struct Remote<'a> {
    context: Context<'a>,
    system: RemoteDiskSystem,
    out: Vec<RemoteOutput>,
}

impl<'a> Remote<'a> {
    fn new(settings: &'a Settings) -> Self {
        let context = Context { settings, now: SimTime::ZERO, reading: 0 };
        let system = RemoteDiskSystem::new(settings, RemoteId(0), settings.pairs.len() as u32, None);
        Self { context, system, out: Vec::new() }
    }

    fn handle(&mut self, input: RemoteInput) {
        self.system.handle(&self.context, input, &mut self.out);
    }

    /// Write data of a stream arrives; the stream is that of the pair of the same position.
    fn receive(&mut self, stream: u32, number: u64, stamp: u64) {
        let data = WriteData {
            stream: StreamId(stream),
            number,
            stamp,
            write: WriteRef { serial: stamp, slot: 0 },
            pair: PairId(stream),
            position: 0,
            size: 4096,
            set: 0,
        };
        self.handle(RemoteInput::Packet(Packet::WriteData(data)));
    }

    /// What process 116 reports when it is activated.
    fn report(&mut self) -> Option<Key> {
        self.out.clear();
        self.handle(RemoteInput::Activate);
        match self.out[..] {
            [RemoteOutput::Report(DomainId(0), end)] => end,
            [] => None,
            ref out => panic!("expected one report: {out:?}"),
        }
    }

    /// Stores a limit time and lets the unit write whatever it is given; the stamps of that.
    fn destaged_under(&mut self, limit: u64) -> Vec<u64> {
        // Above every write of that stamp.
        let limit = Key { stamp: limit, local: LocalId(u32::MAX), number: u64::MAX };
        self.out.clear();
        self.handle(RemoteInput::Limits(&[(DomainId(0), Some(limit))]));
        let mut stamps = Vec::new();
        while let Some(output) = self.out.pop() {
            if let RemoteOutput::Destage { entry, write, .. } = output {
                stamps.push(write.serial);
                self.handle(RemoteInput::Landed(entry));
            }
        }
        stamps
    }
}

/// The paragraph on step 901: of ..., 11 to 26, 28, 29 process 116 selects 26, whether it takes the longest run
/// (literal) or that of the next expected number (repaired), and in whichever order the numbers came.
#[test]
fn of_11_to_26_28_29_the_slave_process_selects_26() {
    for (_, run) in Run::FORMS {
        let world = World::new(Scheme::Pair).pairs(1).rules(|rules| rules.run = *run);
        let settings = settings(&world);
        let numbers: Vec<u64> = (0..=26).chain([28, 29]).collect();
        for backwards in [false, true] {
            let mut remote = Remote::new(&settings);
            let mut order = numbers.clone();
            if backwards {
                order.reverse();
            }
            for number in order {
                remote.receive(0, number, 1_000 + number);
            }
            let end = remote.report().unwrap();
            assert_eq!((end.number, end.stamp), (26, 1_026), "run = {run}");
            // "... because the sequence number 27 has not been yet received."
            remote.receive(0, 27, 1_027);
            assert_eq!(remote.report().unwrap().number, 29, "run = {run}");
        }
    }
}

/// The list of the example begins at 11: what came before has been destaged, and is no longer in the cache.
#[test]
fn the_run_goes_on_where_destaging_has_stopped() {
    for (_, run) in Run::FORMS {
        let world = World::new(Scheme::Pair).pairs(1).rules(|rules| rules.run = *run);
        let settings = settings(&world);
        let mut remote = Remote::new(&settings);
        for number in 0..=10 {
            remote.receive(0, number, 1_000 + number);
        }
        assert_eq!(remote.destaged_under(1_010).len(), 11);
        for number in (11..=26).chain([28, 29]) {
            remote.receive(0, number, 1_000 + number);
        }
        assert_eq!(remote.report().unwrap().number, 26, "run = {run}");
    }
}

/// The paragraph on Fig. 11: A 10:00, B 10:02, C 10:04. The limit 10:01 lets A go and holds B, and C behind it;
/// a later limit than 10:02 lets B go. At 10:02 itself step 1101 ("equal to or earlier") does too, and claim 22's
/// "earlier" does not.
#[test]
fn limit_10_01_destages_a_only() {
    let (a, b, c) = (oclock(10, 0), oclock(10, 2), oclock(10, 4));
    for (_, compare) in Compare::FORMS {
        let world = World::new(Scheme::Pair).pairs(3).rules(|rules| rules.compare = *compare);
        let settings = settings(&world);
        for order in [[a, b, c], [c, a, b], [b, c, a]] {
            let mut remote = Remote::new(&settings);
            for (stream, stamp) in order.into_iter().enumerate() {
                remote.receive(stream as u32, 0, stamp);
            }
            assert_eq!(remote.destaged_under(oclock(9, 59)), [0_u64; 0], "compare = {compare}");
            assert_eq!(remote.destaged_under(oclock(10, 1)), [a], "compare = {compare}");
            let at_b = if *compare == Compare::Less { vec![] } else { vec![b] };
            assert_eq!(remote.destaged_under(b), at_b, "compare = {compare}");
            let rest: Vec<u64> = if *compare == Compare::Less { vec![b, c] } else { vec![c] };
            assert_eq!(remote.destaged_under(oclock(10, 5)), rest, "compare = {compare}");
        }
    }
}

/// The same in a whole run, with milliseconds for minutes: one pair is written at 10:00, 10:02 and 10:04, another last
/// at 10:01. That is the limit: A is destaged, and so is the write that made the limit; B and C stay.
#[test]
fn a_run_with_limit_10_01_destages_a_only() {
    let at = |minute: u64| (minute + 1) * 1_000_000;
    let writes = [(at(0), 0), (at(1), 1), (at(2), 0), (at(4), 0)];
    let world = World::new(Scheme::Pair).pairs(2).seconds(0.01);
    assert_eq!(world.clone().script(&writes).destaged(1), [0, 1]);
    // News of the other pair from 10:03 lets B go.
    let later = [&writes[..3], &[(at(3), 1)], &writes[3..]].concat();
    assert_eq!(world.script(&later).destaged(1), [0, 1, 2, 3]);
}

/// Published paragraph 54: one local system with seven units, two remote systems, two groups. Fig. 2 has seven
/// counters, Fig. 3 two, Fig. 4 four; the run itself holds under all of them.
#[test]
fn the_exemplary_configuration_has_7_2_and_4_counters() {
    for (scheme, counters) in [
        (Scheme::Pair, 7),
        (Scheme::RemoteSystem, 2),
        (Scheme::Group, 4),
        (Scheme::None, 0),
        (Scheme::InOrderTransport, 0),
    ] {
        // Pairs 1 to 7: (remote system, group), solid 0 and broken 1.
        let places = [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0), (1, 0), (1, 1)];
        let world =
            places.iter().fold(World::new(scheme), |world, &(remote, group)| world.pair(0, remote, group));
        let outcome = world.poisson(200.0).markers(ms(10.0)).seconds(1.0).run(1);
        assert_eq!(outcome.sequence_counters, counters, "{scheme}");
        assert!(outcome.judgement.counts.acknowledged > 1_000);
        assert!(outcome.judgement.verdict.holds(), "{scheme}: {:?}", outcome.judgement.verdict.violations);
    }
}

/// Hitachi Universal Replicator for z/OS, user guide, "Guaranteed consistency of data update sequence": journal
/// groups with data up to 15:00, 15:02, 15:03 and 15:04 restore up to 15:00. So 1 restores 15:00, and the others
/// what they have before it: 14:02, 14:03, 14:04.
const JOURNALS: [&[(u64, u64)]; 4] =
    [&[(15, 0)], &[(14, 2), (15, 2)], &[(14, 3), (15, 3)], &[(14, 4), (15, 4)]];

#[test]
fn journals_up_to_15_00_02_03_04_give_the_limit_15_00() {
    // One remote system each: the minimum of the master process.
    let across = settings(&World::new(Scheme::RemoteSystem).mesh(1, 4));
    let mut master = Master::new(&across);
    for (remote, journal) in JOURNALS.iter().enumerate() {
        let &(hours, minutes) = journal.last().unwrap();
        let end = Key { stamp: oclock(hours, minutes), local: LocalId(0), number: 1 };
        master.handle_report(RemoteId::from(remote), &[(DomainId(0), Some(end))]);
    }
    let mut limits = Vec::new();
    master.run(&across, &mut limits);
    let limits: Vec<_> = limits.iter().map(|&(remote, _, limit)| (remote.0, limit.unwrap().stamp)).collect();
    assert_eq!(limits, [0, 1, 2, 3].map(|remote| (remote, oclock(15, 0))));

    // One remote system for all: the minimum of its slave process.
    let within = settings(&World::new(Scheme::RemoteSystem).mesh(4, 1));
    let mut remote = Remote::new(&within);
    for (stream, journal) in JOURNALS.iter().enumerate() {
        for (number, &(hours, minutes)) in journal.iter().enumerate() {
            remote.receive(stream as u32, number as u64, oclock(hours, minutes));
        }
    }
    assert_eq!(remote.report().unwrap().stamp, oclock(15, 0));
    let restored = [(14, 2), (14, 3), (14, 4), (15, 0)].map(|(hours, minutes)| oclock(hours, minutes));
    assert_eq!(remote.destaged_under(oclock(15, 0)), restored);
}

/// The same as a whole run, with milliseconds for minutes after 14:00: four writes are restored, three wait for news
/// of journal 1, for ever, since nothing follows; under repaired rules its markers bring it.
#[test]
fn a_run_of_those_journals_restores_four_writes() {
    let mut writes = Vec::new();
    for (pair, journal) in JOURNALS.iter().enumerate() {
        writes.extend(
            journal.iter().map(|&(hours, minutes)| (((hours - 14) * 60 + minutes) * 1_000_000, pair)),
        );
    }
    for world in [World::new(Scheme::RemoteSystem).mesh(1, 4), World::new(Scheme::RemoteSystem).mesh(4, 1)] {
        let world = world.script(&writes).seconds(0.1);
        let held = world.run(1).judgement;
        assert_eq!((held.counts.acknowledged, held.counts.destaged), (7, 4));
        // In the order of issue: 14:02, 14:03, 14:04 and 15:00 are the first four. Each system destages by itself.
        let mut restored = world.destaged(1);
        restored.sort_unstable();
        assert_eq!(restored, [0, 1, 2, 3]);
        assert_eq!(held.verdict.checks.get(Check::Complete), CheckState::Broken);
        assert_eq!(held.verdict.checks.get(Check::RecoverablePrefix), CheckState::Holds);
        let marked = world.markers(ms(10.0)).run(1).judgement;
        assert_eq!((marked.counts.destaged, marked.counts.outstanding()), (7, 0));
        assert!(marked.verdict.holds());
    }
}
