//! Process 211 where the window of a path holds something back: whose turn it is, among streams and between what is new and
//! what is lost. Pair 0 has stream 0, pair 1 stream 1, and both have the path; it takes 1,024 bytes.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::streams::{Pull, Release};
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::{Early, SendingId, WindowRule};
use crate::units::SimTime;

struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
}

impl Local {
    fn new(settings: Settings) -> Self {
        Self::with_window(settings, WindowRule::Bytes(1024))
    }

    fn with_window(mut settings: Settings, window: WindowRule) -> Self {
        settings.transports[0][0].window = window;
        let system = LocalDiskSystem::new(&settings, LocalId(0), None);
        Self { settings, system, now: 100 }
    }

    fn tell(&mut self, input: LocalInput) -> Vec<LocalOutput> {
        let now = SimTime::from_ns(self.now);
        let context = Context { settings: &self.settings, now, reading: self.now };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        out
    }

    /// A write of so many blocks to a place of its own, a nanosecond after what came before. What is sent of it.
    fn write(&mut self, serial: u64, pair: u32, blocks: u32) -> Vec<(u64, bool)> {
        self.now += 1;
        let (write, pair) = (write(serial), PairId(pair));
        let request = WriteRequest {
            write,
            unit: pair.0,
            pair: Some(pair),
            position: 1000 * serial,
            size: 512 * blocks,
            host_stamp: 0,
        };
        sent(&self.tell(LocalInput::WriteRequest(request)))
    }

    /// A number of a stream is completed. What is sent then.
    fn completion(&mut self, stream: u32, number: u64) -> Vec<(u64, bool)> {
        let (stream, answers) = (StreamId(stream), SendingId::UNKNOWN);
        sent(&self.tell(LocalInput::Completion { stream, number, answers }))
    }

    /// A number of a stream is at the remote site, and will be completed later.
    fn received(&mut self, stream: u32, number: u64) -> Vec<(u64, bool)> {
        let (stream, answers) = (StreamId(stream), SendingId::UNKNOWN);
        sent(&self.tell(LocalInput::Received { stream, number, answers }))
    }

    fn resend_due(&mut self, now: u64) -> Vec<(u64, bool)> {
        self.now = now;
        sent(&self.tell(LocalInput::ResendDue))
    }
}

/// The writes that are sent, and whether they were before.
fn sent(out: &[LocalOutput]) -> Vec<(u64, bool)> {
    let write = |output: &LocalOutput| match *output {
        LocalOutput::Send { packet: Packet::WriteData(data), again, .. } => Some((data.write.serial, again)),
        _ => None,
    };
    out.iter().filter_map(write).collect()
}

const NOTHING: [(u64, bool); 0] = [];

/// The window is the path's: whatever was accepted first has the room that comes free, in whichever stream it waits.
#[test]
fn the_earliest_of_all_streams_has_the_next_room() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[]));
    assert_eq!(local.write(0, 0, 1), [(0, false)]);
    assert_eq!(local.write(1, 0, 1), [(1, false)]);
    assert_eq!((local.write(2, 1, 1), local.write(3, 0, 1), local.write(4, 1, 1)), (vec![], vec![], vec![]));
    assert_eq!(local.completion(0, 1), [(2, false)]);
    assert_eq!(local.completion(0, 0), [(3, false)]);
    assert_eq!(local.completion(1, 0), [(4, false)]);
    // What is larger than the room holds up those behind it; as large as the room it goes.
    assert_eq!((local.write(5, 0, 2), local.write(6, 1, 1)), (vec![], vec![]));
    assert_eq!(local.completion(0, 2), NOTHING);
    assert_eq!(local.completion(1, 1), [(5, false)]);
    assert_eq!(local.completion(0, 3), [(6, false)]);
}

/// Hosts may stamp alike (rule `stamp`): what was accepted first goes first.
#[test]
fn of_equal_stamps_the_first_accepted_goes_first() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[("stamp", "host")]));
    for serial in 0..5 {
        local.write(serial, 0, 1);
    }
    assert_eq!(local.completion(0, 0), [(2, false)]);
    assert_eq!(local.completion(0, 1), [(3, false)]);
    assert_eq!(local.completion(0, 2), [(4, false)]);
}

/// What counts as lost frees its room, and takes it before what is new.
#[test]
fn what_is_lost_goes_before_what_is_new() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[]));
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    local.write(2, 0, 1);
    assert_eq!(local.resend_due(601), [(0, true)]);
    assert_eq!(local.resend_due(602), [(1, true)]);
    assert_eq!(local.completion(0, 1), [(2, false)]);
    assert_eq!(local.completion(0, 1), NOTHING, "a copy");
    // After a crash, too.
    assert_eq!(local.write(3, 0, 1), NOTHING);
    local.tell(LocalInput::Crash);
    local.now = 700;
    assert_eq!(sent(&local.tell(LocalInput::Restart)), NOTHING);
    assert_eq!(local.resend_due(700), [(0, true), (2, true)]);
}

/// A stream that has lost nothing has its turn before what another has lost: it may be what that waits for.
#[test]
fn another_stream_has_its_turn_before_what_is_lost() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[]));
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    local.write(2, 1, 1);
    local.write(3, 0, 1);
    assert_eq!(local.resend_due(602), [(2, false), (0, true)]);
    assert_eq!(local.completion(1, 0), [(1, true)]);
    assert_eq!(local.completion(0, 0), [(3, false)]);
}

/// A write of another stream that finds no room beside what is sent again is passed over eight times; then it has it.
#[test]
fn a_large_write_is_passed_over_eight_times() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[]));
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    assert_eq!(local.write(2, 1, 2), NOTHING);
    for round in 0..3 {
        assert_eq!(local.resend_due(601 + 500 * round), [(0, true)], "{round}");
        assert_eq!(local.resend_due(602 + 500 * round), [(1, true)], "{round}");
    }
    assert_eq!(local.resend_due(2101), [(0, true)]);
    assert_eq!(local.resend_due(2102), NOTHING, "the eighth time");
    assert_eq!(local.resend_due(2601), [(2, false)]);
    assert_eq!(local.completion(1, 0), [(1, true), (0, true)]);
}

/// A timer that finds nothing lost passes nobody over.
#[test]
fn only_what_is_sent_again_passes_a_write_over() {
    let mut local = Local::new(settings(Scheme::Group, 2, &[]));
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    local.write(2, 1, 2);
    for _ in 0..9 {
        assert_eq!(local.resend_due(300), NOTHING);
    }
    assert_eq!(local.resend_due(601), [(0, true)]);
}

/// What nobody has asked for (pulled streams) is not passed over either.
#[test]
fn what_was_not_asked_for_is_not_passed_over() {
    let mut local = Local::new(Settings { pull: Some(Pull::default()), ..settings(Scheme::Group, 2, &[]) });
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    local.write(2, 1, 2);
    let asked = local.tell(LocalInput::Asked { stream: StreamId(0), request: 0 });
    assert_eq!(sent(&asked), [(0, false), (1, false)]);
    let asked = local.now;
    for round in 1..10 {
        assert_eq!(local.resend_due(asked + 500 * round), [(0, true), (1, true)], "{round}");
    }
}

/// `release = "destaged"`: what the remote site says it has frees its room, and is asked for again after a time-out. What
/// is new goes before it then: that may be what it waits for.
#[test]
fn what_has_arrived_lets_new_writes_go_first() {
    let mut local = Local::new(Settings { release: Release::Destaged, ..settings(Scheme::Group, 1, &[]) });
    assert_eq!((local.write(0, 0, 1), local.received(0, 0)), (vec![(0, false)], vec![]));
    assert_eq!(local.write(1, 0, 1), [(1, false)]);
    assert_eq!(local.write(2, 0, 1), [(2, false)], "the first takes no room");
    assert_eq!(local.write(3, 0, 1), NOTHING);
    assert_eq!(local.received(0, 0), NOTHING, "a copy");
    assert_eq!(local.received(0, 9), NOTHING, "nothing that was sent");
    assert_eq!(local.resend_due(601), NOTHING, "the window is full");
    assert_eq!(local.completion(0, 1), [(3, false)]);
    assert_eq!(local.completion(0, 2), [(0, true)]);
}

/// A loss that a later completion shows is repaired at once, for the first time; what is lost again lets other streams go
/// first, as when the timer finds it.
#[test]
fn an_early_loss_is_repaired_at_once() {
    let mut early = settings(Scheme::Group, 2, &[]);
    early.transports[0][0].early = Early::Completions(1);
    let mut local = Local::new(early);
    local.write(0, 0, 1);
    local.write(1, 0, 1);
    local.write(2, 1, 1);
    local.write(3, 1, 1);
    let mut completion = |stream, number, sending| {
        let (stream, answers) = (StreamId(stream), SendingId::new(sending));
        local.now += 1;
        sent(&local.tell(LocalInput::Completion { stream, number, answers }))
    };
    assert_eq!(completion(0, 1, 1), [(0, true), (2, false)]);
    assert_eq!(completion(1, 0, 3), [(3, false), (0, true)]);
}

/// What is lost at one instant goes again in the order of sending, until all of it was often lost: then by time stamp, but for
/// every second time. With and without a window.
#[test]
fn what_was_often_lost_goes_by_time_stamp() {
    for window in [WindowRule::Bytes(1024), WindowRule::Unlimited] {
        let mut local = Local::with_window(settings(Scheme::Group, 2, &[]), window);
        local.write(0, 0, 1);
        local.write(1, 1, 1);
        let mut now = 101 + TIMEOUT.as_ns();
        assert_eq!(local.resend_due(now), [(0, true)]);
        let mut lost_together = || {
            now += TIMEOUT.as_ns();
            local.resend_due(now)
        };
        for _ in 0..11 {
            assert_eq!(lost_together(), [(1, true), (0, true)], "{window:?}");
        }
        lost_together();
        for _ in 0..2 {
            assert_eq!(lost_together(), [(0, true), (1, true)], "{window:?}");
        }
        assert_eq!(lost_together(), [(1, true), (0, true)], "{window:?}: another one is the first");
        assert_eq!(lost_together(), [(0, true), (1, true)], "{window:?}");
    }
}
