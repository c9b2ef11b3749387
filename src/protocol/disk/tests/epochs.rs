//! Scheme `epoch`, at either site: what closes an epoch, what a barrier says, and what may be destaged.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::sets::Barrier;
use crate::protocol::disk::remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::{SendingId, WindowRule};
use crate::units::SimTime;

/// A local system that takes one input after the other, and says what it sends and completes.
struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
    looks_at_units: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Writes(u64),
    Data { serial: u64, set: u32 },
    Barrier { set: u32, writes: u32 },
    Completed(u64),
}
use Said::{Barrier as Closes, Completed, Data, Writes};

impl Local {
    fn new() -> Self {
        Self::of(settings(Scheme::Epoch, 1, &[]))
    }

    fn of(settings: Settings) -> Self {
        Self {
            system: LocalDiskSystem::new(&settings, LocalId(0), None),
            settings,
            now: 100,
            looks_at_units: false,
        }
    }

    fn tell(&mut self, input: LocalInput) -> Vec<Said> {
        self.now += 1;
        let context =
            Context { settings: &self.settings, now: SimTime::from_ns(self.now), reading: self.now };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        let said = |output: LocalOutput| match output {
            LocalOutput::Send { packet: Packet::WriteData(data), .. } => {
                Some(Data { serial: data.write.serial, set: data.set })
            }
            LocalOutput::Send { packet: Packet::Barrier(Barrier { set, writes, .. }), .. } => {
                Some(Closes { set, writes })
            }
            LocalOutput::Complete(write, _) => Some(Completed(write.serial)),
            LocalOutput::Destage { write, .. } if self.looks_at_units => Some(Writes(write.serial)),
            _ => None,
        };
        out.into_iter().filter_map(said).collect()
    }

    fn write(&mut self, serial: u64, pair: u32, position: u64) -> Vec<Said> {
        self.tell(LocalInput::WriteRequest(WriteRequest {
            write: write(serial),
            unit: pair,
            pair: Some(PairId(pair)),
            position,
            size: 512,
            host_stamp: 0,
        }))
    }
}

/// A host has its completion when the unit has the write. That closes the epoch, and the barrier, with its count, goes
/// before the next write, or at once where nothing waits; a write to blocks that are still written to opens one, too.
#[test]
fn a_completion_closes_the_epoch_and_a_barrier_says_so() {
    let mut local = Local::new();
    assert_eq!(local.write(0, 0, 0), [Data { serial: 0, set: 1 }]);
    assert_eq!(local.write(1, 1, 0), [Data { serial: 1, set: 1 }]);
    assert_eq!(local.tell(LocalInput::Landed(0)), [Completed(0), Closes { set: 1, writes: 2 }]);
    assert_eq!(local.write(2, 0, 0), [Data { serial: 2, set: 2 }]);
    assert_eq!(
        local.write(3, 0, 0),
        [Closes { set: 2, writes: 1 }, Data { serial: 3, set: 3 }],
        "w2 is on its way to the block"
    );
    // The remote site has w1 before its unit has.
    let completion = LocalInput::Completion { stream: StreamId(0), number: 1, answers: SendingId::default() };
    assert_eq!(local.tell(completion), []);
    assert!(local.system.entry(1).is_some());
    assert_eq!(local.tell(LocalInput::Landed(1)), [Completed(1), Closes { set: 3, writes: 1 }]);
    assert!(local.system.entry(1).is_none());
}

/// Units are written through to, whatever the remote site has: at once, and one write to a block after the other.
#[test]
fn a_write_goes_to_its_unit_when_that_has_the_one_before_it() {
    let mut local = Local::new();
    local.looks_at_units = true;
    assert_eq!(local.write(0, 0, 0)[0], Writes(0));
    assert!(!local.write(1, 0, 0).contains(&Writes(1)));
    assert_eq!(local.tell(LocalInput::Landed(0)).last(), Some(&Writes(1)));
    // A crash takes what was on its way.
    local.tell(LocalInput::Crash);
    assert!(local.tell(LocalInput::Restart).contains(&Writes(1)));
}

/// A write keeps its room until its unit and the remote site have it, whichever is first.
#[test]
fn a_write_makes_room_when_it_stands_at_both_sites() {
    let completion =
        |number| LocalInput::Completion { stream: StreamId(0), number, answers: SendingId::UNKNOWN };
    let mut local = Local::new();
    local.system = LocalDiskSystem::new(&local.settings, LocalId(0), Some(512));
    local.write(0, 0, 0);
    assert_eq!(local.write(1, 0, 8), []);
    assert_eq!(local.tell(LocalInput::Landed(0)), [Completed(0), Closes { set: 1, writes: 1 }]);
    assert_eq!(local.tell(completion(0)), [Data { serial: 1, set: 2 }]);
    assert_eq!((local.write(2, 0, 16), local.tell(completion(2))), (vec![], vec![]));
    assert!(local.tell(LocalInput::Landed(0)).contains(&Data { serial: 2, set: 3 }));
}

/// Pairs 0 and 1 of one group, which join these local and remote systems: a stream each.
fn two_streams(systems: [(u32, u32); 2]) -> Settings {
    let pair = |pair: usize, (local, remote)| PairAddress {
        place: PairPlace {
            pair: PairId::from(pair),
            local: LocalId(local),
            remote: RemoteId(remote),
            group: GroupId(0),
        },
        remote_unit: pair as u32,
    };
    let pairs = systems.into_iter().enumerate().map(|(index, systems)| pair(index, systems)).collect();
    let transports = vec![vec![Transport::fixed(TIMEOUT); 2]; 2];
    let (rules, count) = (Rules::REPAIRED, (2, 2, 1));
    Settings::new(Scheme::Epoch, rules, MARKER_INTERVAL, transports, SimDuration::ZERO, 0, 1024, pairs, count)
}

/// What waits for the window is still to come of its epoch, closed or not: the barrier goes behind it.
#[test]
fn a_barrier_waits_until_all_of_its_epoch_has_gone() {
    let mut settings = settings(Scheme::Epoch, 1, &[]);
    settings.transports[0][0].window = WindowRule::Bytes(512);
    let mut local = Local::of(settings);
    assert_eq!((local.write(0, 0, 0), local.write(1, 0, 8)), (vec![Data { serial: 0, set: 1 }], vec![]));
    assert_eq!(local.tell(LocalInput::Landed(1)), [Completed(1)]);
    assert_eq!(local.write(2, 0, 16), []);
    let completion =
        |number| LocalInput::Completion { stream: StreamId(0), number, answers: SendingId::UNKNOWN };
    assert_eq!(local.tell(completion(0)), [Data { serial: 1, set: 1 }]);
    assert_eq!(local.tell(completion(1)), [Closes { set: 1, writes: 2 }, Data { serial: 2, set: 2 }]);
}

/// An epoch is of a group at a local system, whatever streams that has: one without a write of it says so when it has been
/// idle for as long as a marker waits, and not before.
#[test]
fn an_idle_stream_closes_the_epochs_of_others() {
    let mut local = Local::of(two_streams([(0, 0), (0, 1)]));
    let idle = LocalInput::MarkerDue(StreamId(1));
    assert_eq!(local.tell(idle), [], "no epoch is closed");
    assert_eq!(local.write(0, 0, 0), [Data { serial: 0, set: 1 }]);
    assert_eq!(local.tell(LocalInput::Landed(0)), [Completed(0), Closes { set: 1, writes: 1 }]);
    assert_eq!(local.tell(idle), [Closes { set: 1, writes: 0 }]);
    assert_eq!(local.tell(idle), [], "it has said so");
    local.now += 2 * MARKER_INTERVAL.as_ns();
    assert_eq!(local.tell(idle), [], "and nothing has come since");
}

/// Where the epochs of several local systems are compared by stamps, an idle one closes its own, empty as it may be: that
/// says what its clock shows.
#[test]
fn an_idle_system_closes_an_empty_epoch_to_say_the_time() {
    let mut local = Local::of(two_streams([(0, 0), (1, 0)]));
    let idle = LocalInput::MarkerDue(StreamId(0));
    assert_eq!(local.tell(idle), [Closes { set: 1, writes: 0 }]);
    local.now += MARKER_INTERVAL.as_ns();
    assert_eq!(local.tell(idle), [Closes { set: 2, writes: 0 }]);
    assert_eq!(local.write(0, 0, 0), [Data { serial: 0, set: 3 }]);
    // In the nanosecond of a write there is no time to be said: one after it there is.
    local.now += MARKER_INTERVAL.as_ns();
    let unpaired =
        WriteRequest { write: write(1), unit: 0, pair: None, position: 8, size: 512, host_stamp: 0 };
    local.tell(LocalInput::WriteRequest(unpaired));
    local.now -= 1;
    assert_eq!(local.tell(idle), []);
    assert_eq!(local.tell(idle), [Closes { set: 3, writes: 1 }]);
}

/// After a crash a write goes to its unit again, under its epoch; a barrier that was not completed is sent again.
#[test]
fn after_a_crash_epochs_go_on() {
    let mut local = Local::new();
    local.write(0, 0, 0);
    local.tell(LocalInput::Landed(0));
    local.write(1, 0, 8);
    assert_eq!(local.tell(LocalInput::Crash), []);
    local.tell(LocalInput::Restart);
    let again = local.tell(LocalInput::ResendDue);
    assert_eq!(again, [Data { serial: 0, set: 1 }, Closes { set: 1, writes: 1 }, Data { serial: 1, set: 2 }]);
    assert_eq!(local.tell(LocalInput::Landed(1)), [Completed(1), Closes { set: 2, writes: 1 }]);
}

/// A remote system, and the writes that it destages at once.
struct Remote {
    settings: Settings,
    system: RemoteDiskSystem,
}

impl Remote {
    fn tell(&mut self, packet: Packet) -> Vec<u64> {
        let context = Context { settings: &self.settings, now: SimTime::ZERO, reading: 0 };
        let mut out = vec![];
        self.system.handle(&context, RemoteInput::Packet(packet), &mut out);
        let mut destaged = vec![];
        while let Some(output) = out.pop() {
            if let RemoteOutput::Destage { entry, write, .. } = output {
                destaged.push(write.serial);
                self.system.handle(&context, RemoteInput::Landed(entry), &mut out);
            }
        }
        destaged
    }

    fn receive(&mut self, number: u64, set: u32) -> Vec<u64> {
        let (stream, pair) = (StreamId(0), PairId(0));
        let (stamp, write, position, size) = (number, write(number), 8 * number, 512);
        self.tell(Packet::WriteData(WriteData { stream, number, stamp, write, pair, position, size, set }))
    }

    fn barrier(&mut self, number: u64, after: u32, set: u32, writes: u32) -> Vec<u64> {
        self.tell(Packet::Barrier(Barrier { stream: StreamId(0), number, after, set, writes, stamp: 0 }))
    }
}

const NONE: [u64; 0] = [];

impl Remote {
    /// At remote system 0, after the first activation.
    fn of(settings: Settings) -> Self {
        let system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, None);
        let mut remote = Self { settings, system };
        let context = Context { settings: &remote.settings, now: SimTime::ZERO, reading: 0 };
        remote.system.handle(&context, RemoteInput::Activate, &mut vec![]);
        remote
    }
}

/// A copy that is taken for new (rule `duplicate`, literally) is not another write of its epoch.
#[test]
fn a_copy_does_not_make_an_epoch_whole() {
    let mut remote = Remote::of(settings(Scheme::Epoch, 1, &[("duplicate", "literal")]));
    assert_eq!((remote.receive(0, 1), remote.receive(0, 1)), (vec![0], vec![0]));
    assert_eq!((remote.receive(3, 2), remote.barrier(2, 0, 1, 2)), (vec![], vec![]), "w1 is missing");
    assert_eq!(remote.receive(1, 1), [1, 3]);
}

/// A barrier that is believed as it comes (rule `barrier`; for cuts, rule `flash-copy`), and one that counts.
#[test]
fn a_barrier_counts_unless_a_rule_believes_it() {
    for (scheme, rule) in [(Scheme::Epoch, "barrier"), (Scheme::Cut, "flash-copy")] {
        for (form, destaged) in [("repaired", 0), ("literal", 1)] {
            let mut remote = Remote::of(settings(scheme, 1, &[(rule, form)]));
            let waits = if scheme == Scheme::Epoch { remote.receive(3, 2) } else { remote.receive(0, 1) };
            assert_eq!(waits, NONE);
            assert_eq!(remote.barrier(2, 0, 1, 2).len(), destaged, "{rule} = {form}");
        }
    }
}

/// One local system, or several, with pairs of the group at remote system 0.
const ONE: [(u32, u32); 2] = [(0, 0), (0, 1)];
const SEVERAL: [(u32, u32); 2] = [(0, 0), (1, 0)];

impl Remote {
    /// What it says to a write of this pair that was stamped at 500, before its completion is sent.
    fn hear(&mut self, pair: usize, number: u64, set: u32) -> Option<RemoteOutput> {
        let (stream, pair) = (self.settings.layout.stream_of_pair[pair], PairId::from(pair));
        let (stamp, write, position, size) = (500, write(number), 8 * number, 1024);
        let data = WriteData { stream, number, stamp, write, pair, position, size, set };
        let context = Context { settings: &self.settings, now: SimTime::ZERO, reading: 0 };
        let mut out = vec![];
        self.system.handle(&context, RemoteInput::Packet(Packet::WriteData(data)), &mut out);
        out.into_iter().find(|output| matches!(output, RemoteOutput::Cached(..) | RemoteOutput::Refused(_)))
    }
}

/// Writes are compared by the numbers of their sets where one counter gives these, and by stamps where several do. There
/// nothing may be destaged before anything has been heard; here the first epoch may.
#[test]
fn epochs_of_several_systems_are_compared_by_stamps() {
    for (systems, stamp, says) in [(ONE, 7, 1), (SEVERAL, 500, 0)] {
        let settings = two_streams(systems);
        let mut system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, None);
        let context = Context { settings: &settings, now: SimTime::ZERO, reading: 0 };
        let mut out = vec![];
        system.handle(&context, RemoteInput::Activate, &mut out);
        assert_eq!(out.len(), says, "{out:?}");
        let mut remote = Remote { settings, system };
        let Some(RemoteOutput::Cached(_, key)) = remote.hear(0, 0, 7) else { unreachable!() };
        assert_eq!(key.stamp, stamp);
    }
}

/// Rule `admission`: a full cache has a place for the next write of each stream, and for a whole epoch of it where that is
/// not destaged before it is closed.
#[test]
fn a_stream_keeps_a_place_for_each_write_that_must_wait() {
    for (systems, places, accepted) in [(ONE, 1, [true, false, false]), (SEVERAL, 4, [true, true, false])] {
        let mut settings = two_streams(systems);
        settings.epoch.max_size = 2;
        let system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, Some(1024 * places));
        let mut remote = Remote { settings, system };
        let mut hear = |pair| {
            [0, 1, 2].map(|number| matches!(remote.hear(pair, number, 1), Some(RemoteOutput::Cached(..))))
        };
        assert_eq!(hear(0), accepted);
        if systems == SEVERAL {
            assert_eq!(hear(1), accepted, "the places of the other stream are its own");
        }
    }
}

/// Of the epoch that is open whatever arrives is destaged, of later ones nothing. (Numbers 0 and 1 are of epoch 1, 3 of
/// epoch 2, 5 of epoch 3.)
#[test]
fn an_epoch_waits_until_those_before_it_are_whole() {
    let mut remote = Remote::of(settings(Scheme::Epoch, 1, &[]));
    assert_eq!(remote.receive(1, 1), [1]);
    assert_eq!(remote.receive(3, 2), NONE);
    assert_eq!(remote.receive(5, 3), NONE);
    assert_eq!(remote.barrier(4, 1, 2, 1), NONE);
    assert_eq!(remote.barrier(2, 0, 1, 2), NONE, "w0 is missing");
    assert_eq!(remote.barrier(2, 0, 1, 2), NONE, "a copy");
    assert_eq!(remote.receive(0, 1), [0, 3, 5]);
}
