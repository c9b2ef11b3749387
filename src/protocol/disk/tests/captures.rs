//! Scheme `cut`, in a local system: what it captures, folds, holds back and sends, as the coordinator of a group tells it.
//! Pair 0 is of group 0 and stream 0, pair 1 of group 1 and stream 1.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::cut::CutCommand;
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::{SendingId, WindowRule};
use crate::units::SimTime;
use CutCommand::{Hold, Release, Switch, Transmit};
use Said::{Accepted, Closes, Copied, Data, Destaged, Folded};

/// What of a local system is looked at.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Accepted(u64),
    Data { serial: u64, set: u32 },
    Closes { after: u32, set: u32, writes: u32 },
    Copied(GroupId, u32),
    Folded(u64, u64),
    Destaged(u64),
}

const NOTHING: [Said; 0] = [];
const G: [GroupId; 2] = [GroupId(0), GroupId(1)];

struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
}

impl Local {
    fn new(rules: &[(&str, &str)], cache: Option<u64>) -> Self {
        let settings = settings(Scheme::Cut, 2, rules);
        Self { system: LocalDiskSystem::new(&settings, LocalId(0), cache), settings, now: 100 }
    }

    /// Each input comes a nanosecond after the last.
    fn tell(&mut self, input: LocalInput) -> Vec<Said> {
        self.now += 1;
        let now = SimTime::from_ns(self.now);
        let context = Context { settings: &self.settings, now, reading: self.now };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        let said = |output: LocalOutput| match output {
            LocalOutput::Accepted(write) => Some(Accepted(write.serial)),
            LocalOutput::Send { packet: Packet::WriteData(data), .. } => {
                Some(Data { serial: data.write.serial, set: data.set })
            }
            LocalOutput::Send { packet: Packet::Barrier(barrier), .. } => {
                Some(Closes { after: barrier.after, set: barrier.set, writes: barrier.writes })
            }
            LocalOutput::SetCopied(group, set) => Some(Copied(group, set)),
            LocalOutput::Folded { write, into } => Some(Folded(write.serial, into.serial)),
            LocalOutput::Destage { write, .. } => Some(Destaged(write.serial)),
            _ => None,
        };
        out.into_iter().filter_map(said).collect()
    }

    fn cut(&mut self, group: GroupId, command: CutCommand) -> Vec<Said> {
        self.tell(LocalInput::Cut(group, command))
    }

    /// A write of so many blocks from `position` on.
    fn write(&mut self, serial: u64, pair: u32, position: u64, blocks: u32) -> Vec<Said> {
        let (write, pair, size) = (write(serial), PairId(pair), 512 * blocks);
        let request = WriteRequest { write, unit: pair.0, pair: Some(pair), position, size, host_stamp: 0 };
        self.tell(LocalInput::WriteRequest(request))
    }

    fn completion(&mut self, stream: u32, number: u64) -> Vec<Said> {
        let (stream, answers) = (StreamId(stream), SendingId::UNKNOWN);
        self.tell(LocalInput::Completion { stream, number, answers })
    }
}

/// Captured writes are complete and are not sent until their set is: then all of it goes, a barrier with the count after
/// it, and the set is copied when all of that is. What was captured meanwhile waits for its own set.
#[test]
fn a_set_is_sent_whole_and_closed_by_its_barrier() {
    let mut local = Local::new(&[], None);
    assert_eq!(local.write(0, 0, 0, 1), [Accepted(0)]);
    assert_eq!(local.write(1, 0, 8, 1), [Accepted(1)]);
    assert_eq!(local.cut(G[0], Switch(2)), NOTHING);
    assert_eq!(local.write(2, 0, 16, 1), [Accepted(2)]);
    let sent =
        [Data { serial: 0, set: 1 }, Data { serial: 1, set: 1 }, Closes { after: 0, set: 1, writes: 2 }];
    assert_eq!(local.cut(G[0], Transmit(1)), sent);
    assert_eq!(local.cut(G[0], Transmit(1)), NOTHING, "said again");
    assert_eq!(local.completion(0, 2), NOTHING);
    assert_eq!(local.completion(0, 0), [Destaged(0)]);
    assert_eq!(local.completion(0, 1), [Copied(G[0], 1), Destaged(1)]);
    assert_eq!(local.completion(0, 1), NOTHING, "a copy");
    // Whoever has not heard that it is copied asks again.
    assert_eq!(local.cut(G[0], Transmit(1)), [Copied(G[0], 1)]);
    assert_eq!(
        local.cut(G[0], Transmit(2)),
        [Data { serial: 2, set: 2 }, Closes { after: 1, set: 2, writes: 1 }]
    );
}

/// A set without writes is closed by its barrier alone, and so are sets that were given up with it.
#[test]
fn an_empty_set_is_a_barrier() {
    let mut local = Local::new(&[], None);
    assert_eq!(local.cut(G[0], Transmit(1)), [Closes { after: 0, set: 1, writes: 0 }]);
    assert_eq!(local.completion(0, 0), [Copied(G[0], 1)]);
    local.write(0, 0, 0, 1);
    local.cut(G[0], Switch(3));
    local.write(1, 0, 8, 1);
    local.cut(G[0], Switch(4));
    let sent =
        [Data { serial: 0, set: 1 }, Data { serial: 1, set: 3 }, Closes { after: 1, set: 3, writes: 2 }];
    assert_eq!(local.cut(G[0], Transmit(3)), sent);
}

/// Each group has its own sets, and its own streams.
#[test]
fn groups_are_cut_apart() {
    let mut local = Local::new(&[], None);
    local.write(0, 0, 0, 1);
    local.write(1, 1, 0, 2);
    assert_eq!(G.map(|group| local.system.captured(group)), [512, 1024]);
    local.cut(G[0], Switch(2));
    assert_eq!(G.map(|group| local.system.captured(group)), [0, 1024]);
    local.cut(G[0], Hold);
    assert_eq!(G.map(|group| local.system.holds(group)), [true, false]);
    assert_eq!((local.write(2, 0, 8, 1), local.write(3, 1, 8, 1)), (vec![], vec![Accepted(3)]));
    assert_eq!(local.cut(G[0], Release), [Accepted(2)]);
    assert_eq!(local.cut(G[0], Transmit(1))[0], Data { serial: 0, set: 1 });
    assert_eq!(local.cut(G[1], Transmit(1))[..2], [Data { serial: 1, set: 1 }, Data { serial: 3, set: 1 }]);
    assert_eq!(local.completion(0, 0), [Destaged(0)]);
    assert_eq!(local.completion(0, 1), [Copied(G[0], 1)], "group 1 has not been copied");
}

/// Held requests wait in their order, belong to the set that is open when they are released, and stand behind those that
/// wait for room.
#[test]
fn held_requests_belong_to_the_next_set() {
    let mut local = Local::new(&[], None);
    local.cut(G[0], Hold);
    assert_eq!((local.write(0, 0, 0, 1), local.write(1, 0, 8, 1)), (vec![], vec![]));
    local.cut(G[0], Switch(2));
    assert_eq!(local.system.captured(G[0]), 0);
    assert_eq!(local.cut(G[0], Release), [Accepted(0)]);
    assert_eq!(local.tell(LocalInput::FixDue), [Accepted(1)]);
    assert_eq!(local.system.captured(G[0]), 1024);
    local.cut(G[0], Switch(3));
    let sent = local.cut(G[0], Transmit(2));
    assert_eq!(sent[..2], [Data { serial: 0, set: 2 }, Data { serial: 1, set: 2 }]);
    // What a release frees is not held by the next one's past.
    assert_eq!(local.write(2, 0, 16, 1), [Accepted(2)]);
}

/// A switch that is said again, or that is older than the open set, leaves what is captured.
#[test]
fn a_switch_said_again_changes_nothing() {
    let mut local = Local::new(&[], None);
    local.cut(G[0], Switch(2));
    local.write(0, 0, 0, 1);
    local.cut(G[0], Switch(2));
    local.cut(G[0], Switch(1));
    assert_eq!(local.system.captured(G[0]), 512);
    local.write(1, 0, 8, 1);
    let sent = local.cut(G[0], Transmit(2));
    assert_eq!(sent[..2], [Data { serial: 0, set: 2 }, Data { serial: 1, set: 2 }]);
}

/// Within a set a write gives its place to a later one that writes all of its blocks, and takes its bytes with it; across
/// sets it does not (rule `cut-fold`), unless it is let.
#[test]
fn writes_fold_within_a_set() {
    let mut local = Local::new(&[], None);
    local.write(0, 0, 8, 2);
    assert_eq!(local.write(1, 0, 8, 1), [Accepted(1)], "of block 9 the first is the last");
    assert_eq!(local.write(2, 0, 8, 2), [Accepted(2), Folded(0, 2), Destaged(0), Folded(1, 2)]);
    assert_eq!(local.system.captured(G[0]), 1024);
    local.cut(G[0], Switch(2));
    assert_eq!(local.write(3, 0, 8, 2), [Accepted(3)]);
    let sent = [Data { serial: 2, set: 1 }, Closes { after: 0, set: 1, writes: 1 }];
    assert_eq!(local.cut(G[0], Transmit(1)), sent);

    let mut local = Local::new(&[("cut-fold", "across")], None);
    local.write(0, 0, 8, 1);
    local.cut(G[0], Switch(2));
    assert_eq!(local.write(1, 0, 8, 1), [Accepted(1), Folded(0, 1), Destaged(0)]);
    assert_eq!(local.cut(G[0], Transmit(1)), [Closes { after: 0, set: 1, writes: 0 }]);
}

/// While the window of the path is full, the barrier waits behind the writes of its set.
#[test]
fn a_barrier_waits_until_all_of_its_set_has_gone() {
    let mut local = Local::new(&[], None);
    local.settings.transports[0][0].window = WindowRule::Bytes(1024);
    local.system = LocalDiskSystem::new(&local.settings, LocalId(0), None);
    for serial in 0..3 {
        local.write(serial, 0, 8 * serial, 1);
    }
    local.cut(G[0], Switch(2));
    assert_eq!(local.cut(G[0], Transmit(1)), [Data { serial: 0, set: 1 }, Data { serial: 1, set: 1 }]);
    let last = [Data { serial: 2, set: 1 }, Closes { after: 0, set: 1, writes: 3 }, Destaged(0)];
    assert_eq!(local.completion(0, 0), last);
}

/// Rule `cut-fold`, literally: a write of a set that is being sent, and waits for the window, gives its place to one of the
/// next set. The others of its set go without it.
#[test]
fn what_waits_for_the_window_may_fold_across_sets() {
    let mut local = Local::new(&[("cut-fold", "across")], None);
    local.settings.transports[0][0].window = WindowRule::Bytes(512);
    local.system = LocalDiskSystem::new(&local.settings, LocalId(0), None);
    for serial in 0..4 {
        local.write(serial, 0, 8 * serial, 1);
    }
    local.cut(G[0], Switch(2));
    assert_eq!(local.cut(G[0], Transmit(1)), [Data { serial: 0, set: 1 }]);
    assert_eq!(local.write(4, 0, 16, 1), [Accepted(4), Folded(2, 4), Destaged(2)]);
    assert_eq!(local.completion(0, 0), [Data { serial: 1, set: 1 }, Destaged(0)]);
    let last = [Data { serial: 3, set: 1 }, Closes { after: 0, set: 1, writes: 3 }, Destaged(1)];
    assert_eq!(local.completion(0, 1), last);
}

/// A crash lets hosts that are held issue again; the captured set survives, and is sent when that is said again.
#[test]
fn a_captured_set_survives_a_crash() {
    let mut local = Local::new(&[], None);
    local.write(0, 0, 0, 1);
    local.cut(G[0], Hold);
    local.write(1, 0, 8, 1);
    local.tell(LocalInput::Crash);
    local.tell(LocalInput::Restart);
    assert!(local.system.holds(G[0]));
    assert_eq!(local.cut(G[0], Release), NOTHING, "the request is gone");
    let sent = [Data { serial: 0, set: 1 }, Closes { after: 0, set: 1, writes: 1 }];
    assert_eq!(local.cut(G[0], Transmit(1)), sent);
}
