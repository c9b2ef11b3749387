//! Scheme `epoch`, at either site: what closes an epoch, what a barrier says, and what may be destaged.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::sets::Barrier;
use crate::protocol::disk::remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::SendingId;
use crate::units::SimTime;

/// A local system that takes one input after the other, and says what it sends and completes.
struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Data { serial: u64, set: u32 },
    Barrier { set: u32, writes: u32 },
    Completed(u64),
}
use Said::{Barrier as Closes, Completed, Data};

impl Local {
    fn new() -> Self {
        let settings = settings(Scheme::Epoch, 1, &[]);
        Self { system: LocalDiskSystem::new(&settings, LocalId(0), 2, None), settings, now: 100 }
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

/// Of the epoch that is open whatever arrives is destaged, of later ones nothing. (Numbers 0 and 1 are of epoch 1, 3 of
/// epoch 2, 5 of epoch 3.)
#[test]
fn an_epoch_waits_until_those_before_it_are_whole() {
    let settings = settings(Scheme::Epoch, 1, &[]);
    let system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, None);
    let mut remote = Remote { settings, system };
    let context = Context { settings: &remote.settings, now: SimTime::ZERO, reading: 0 };
    remote.system.handle(&context, RemoteInput::Activate, &mut vec![]);
    assert_eq!(remote.receive(1, 1), [1]);
    assert_eq!(remote.receive(3, 2), NONE);
    assert_eq!(remote.receive(5, 3), NONE);
    assert_eq!(remote.barrier(4, 1, 2, 1), NONE);
    assert_eq!(remote.barrier(2, 0, 1, 2), NONE, "w0 is missing");
    assert_eq!(remote.barrier(2, 0, 1, 2), NONE, "a copy");
    assert_eq!(remote.receive(0, 1), [0, 3, 5]);
}
