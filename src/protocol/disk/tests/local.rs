//! Processes 210 to 213 (Fig. 5, 6, 7); the crash of control unit 200 has a room of its own.

mod crashes;

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::Completion;
use crate::protocol::disk::ordering::streams::Release;
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::{Early, Retransmit, SendingId};
use crate::units::SimTime;

/// A local system and its clock.
struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
    /// What the clock of the system is ahead by.
    skew: u64,
}

impl Local {
    fn new(settings: Settings, cache: Option<u64>) -> Self {
        let system = LocalDiskSystem::new(&settings, LocalId(0), cache);
        Self { settings, system, now: 100, skew: 0 }
    }

    fn tell(&mut self, input: LocalInput) -> Vec<LocalOutput> {
        let now = SimTime::from_ns(self.now);
        let context = Context { settings: &self.settings, now, reading: self.now + self.skew };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        out
    }

    /// A request of one block for pair 0 at `position`, in the next nanosecond.
    fn write(&mut self, serial: u64, position: u64) -> Vec<LocalOutput> {
        self.now += 1;
        self.tell(LocalInput::WriteRequest(request(serial, Some(0), position, 512)))
    }

    fn completion(&mut self, number: u64) -> Vec<LocalOutput> {
        self.tell(LocalInput::Completion { stream: StreamId(0), number, answers: SendingId::new(number) })
    }
}

/// Of unit 0, or of the unit of the pair.
fn request(serial: u64, pair: Option<usize>, position: u64, size: u32) -> WriteRequest {
    WriteRequest {
        write: write(serial),
        unit: pair.unwrap_or(0) as u32,
        pair: pair.map(PairId::from),
        position,
        size,
        host_stamp: 7,
    }
}

/// Numbers of the write data and markers sent, with their stamps.
fn sent(out: &[LocalOutput]) -> Vec<(u64, u64)> {
    let packet = |output: &LocalOutput| match *output {
        LocalOutput::Send { packet: Packet::WriteData(data), .. } => Some((data.number, data.stamp)),
        LocalOutput::Send { packet: Packet::Marker { number, stamp, .. }, .. } => Some((number, stamp)),
        _ => None,
    };
    out.iter().filter_map(packet).collect()
}

/// Writes given to local units.
fn destaged(out: &[LocalOutput]) -> Vec<u64> {
    let write = |output: &LocalOutput| match *output {
        LocalOutput::Destage { write, .. } => Some(write.serial),
        _ => None,
    };
    out.iter().filter_map(write).collect()
}

fn completed(out: &[LocalOutput]) -> Vec<(u64, u64)> {
    let completion = |output: &LocalOutput| match *output {
        LocalOutput::Complete(write, wait) => Some((write.serial, wait)),
        _ => None,
    };
    out.iter().filter_map(completion).collect()
}

fn accepted(out: &[LocalOutput]) -> Vec<u64> {
    let write = |output: &LocalOutput| match *output {
        LocalOutput::Accepted(write) => Some(write.serial),
        _ => None,
    };
    out.iter().filter_map(write).collect()
}

/// The place in the cache of what was given to a unit.
fn place(out: &[LocalOutput]) -> u32 {
    let place = |output: &LocalOutput| match *output {
        LocalOutput::Destage { entry, .. } => Some(entry),
        _ => None,
    };
    out.iter().find_map(place).unwrap()
}

/// Fig. 5 and 6: accepted, stamped, completed, numbered and sent, in one instant and in this order.
#[test]
fn a_write_is_accepted_completed_and_sent() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.skew = 5;
    let out = local.write(0, 3);
    let data = WriteData {
        stream: StreamId(0),
        number: 0,
        stamp: 106,
        write: write(0),
        pair: PairId(0),
        position: 3,
        size: 512,
        set: 0,
    };
    let expected = [
        LocalOutput::Accepted(write(0)),
        LocalOutput::Complete(write(0), 1),
        LocalOutput::Send { packet: Packet::WriteData(data), again: false, sending: SendingId::new(0) },
        LocalOutput::ArmResend(SimTime::from_ns(101) + TIMEOUT),
    ];
    assert_eq!(out, expected);
}

/// Step 503: two writes of one nanosecond get two stamps, the second in the next nanosecond; it is asked for once.
#[test]
fn one_write_is_fixed_per_nanosecond() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    assert_eq!(sent(&local.write(0, 0)), [(0, 101)]);
    let second = local.tell(LocalInput::WriteRequest(request(1, Some(0), 8, 512)));
    assert_eq!(second, [LocalOutput::ArmFix(SimTime::from_ns(102))]);
    assert_eq!(local.tell(LocalInput::WriteRequest(request(2, Some(0), 16, 512))), []);
    local.now = 102;
    let out = local.tell(LocalInput::FixDue);
    assert_eq!((sent(&out), accepted(&out)), (vec![(1, 102)], vec![1]));
    assert!(out.contains(&LocalOutput::ArmFix(SimTime::from_ns(103))));
    local.now = 103;
    assert_eq!(sent(&local.tell(LocalInput::FixDue)), [(2, 103)]);
}

/// Rule `compare`: stamps increase although the clock stands still or is set back; a plain clock gives what it shows.
#[test]
fn stamps_increase_unless_they_are_plain() {
    for (rule, second) in [("repaired", 107), ("plain", 102)] {
        let mut local = Local::new(settings(Scheme::Group, 1, &[("compare", rule)]), None);
        local.skew = 5;
        assert_eq!(sent(&local.write(0, 0)), [(0, 106)]);
        local.skew = 0;
        assert_eq!(sent(&local.write(1, 8)), [(1, second)]);
    }
}

/// Rule `stamp = "host"`: the stamp that the request came with.
#[test]
fn a_host_may_stamp() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("stamp", "host")]), None);
    assert_eq!(sent(&local.write(0, 0)), [(0, 7)]);
}

/// Rule `clock`: the completion waits until every clock has passed the stamp: bound + stamp - reading, and 1 ns.
#[test]
fn a_completion_waits_until_every_clock_has_passed_the_stamp() {
    for (rule, waits) in [("repaired", [21, 26]), ("as-is", [1, 1])] {
        let mut local = Local::new(settings(Scheme::Group, 1, &[("clock", rule)]), None);
        local.settings.clock_bound_ns = 20;
        local.skew = 5;
        assert_eq!(completed(&local.write(0, 0)), [(0, waits[0])]);
        local.skew = 0; // The second stamp is 107 when the clock shows 102.
        assert_eq!(completed(&local.write(1, 8)), [(1, waits[1])]);
    }
}

/// Rule `clock`: clocks of local systems that agree are not waited for, whatever a host's clock shows.
#[test]
fn a_host_that_stamps_ahead_of_clocks_that_agree_does_not_wait() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("stamp", "host")]), None);
    let ahead = WriteRequest { host_stamp: 500, ..request(0, Some(0), 0, 512) };
    let out = local.tell(LocalInput::WriteRequest(ahead));
    assert_eq!((sent(&out), completed(&out)), (vec![(0, 500)], vec![(0, 1)]));
}

/// Process 210 waits for room (step 501), says so, and keeps the order of requests; process 213 makes room.
#[test]
fn a_full_cache_holds_requests_up_in_their_order() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), Some(1024));
    assert_eq!(accepted(&local.write(0, 0)), [0]);
    local.now += 1;
    let large = local.tell(LocalInput::WriteRequest(request(1, Some(0), 8, 1024)));
    assert_eq!(large, [LocalOutput::CacheFull(write(1))]);
    assert_eq!(local.write(2, 16), [LocalOutput::CacheFull(write(2))], "it fits, but not before the first");
    let done = local.completion(0);
    assert_eq!(destaged(&done), [0]);
    let out = local.tell(LocalInput::Landed(place(&done)));
    assert_eq!(accepted(&out), [1]);
    let done = local.completion(1);
    local.now += 1;
    assert_eq!(accepted(&local.tell(LocalInput::Landed(place(&done)))), [2]);
}

/// A wait for the next nanosecond is no wait for room; a request that finds no room once its nanosecond has come waits
/// for both, and is told of then. Each is told of once.
#[test]
fn waiting_for_a_nanosecond_is_not_waiting_for_room() {
    let full = |out: &[LocalOutput]| {
        let write = |output: &LocalOutput| match *output {
            LocalOutput::CacheFull(write) => Some(write.serial),
            _ => None,
        };
        out.iter().filter_map(write).collect::<Vec<_>>()
    };
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    for serial in 0..5 {
        let out = local.tell(LocalInput::WriteRequest(request(serial, Some(0), 8 * serial, 512)));
        assert_eq!(full(&out), [0; 0], "write {serial} of five in one instant, cache unlimited");
    }
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), Some(512 * 2));
    let told: Vec<_> = (0..4)
        .map(|serial| full(&local.tell(LocalInput::WriteRequest(request(serial, Some(0), 8 * serial, 512)))))
        .collect();
    assert_eq!(told.concat(), [0; 0], "nobody knows yet who will find room");
    local.now += 1;
    let out = local.tell(LocalInput::FixDue);
    assert_eq!((accepted(&out), full(&out)), (vec![1], vec![2, 3]));
    let out = local.tell(LocalInput::WriteRequest(request(4, Some(0), 32, 512)));
    assert_eq!(full(&out), [4]);
}

/// A cache that is exactly full is not too small.
#[test]
fn a_write_as_large_as_the_room_is_accepted() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), Some(512));
    let out = local.write(0, 0);
    assert_eq!(accepted(&out), [0]);
    assert!(!out.contains(&LocalOutput::CacheFull(write(0))));
    assert_eq!(local.write(1, 0), [LocalOutput::CacheFull(write(1))]);
}

/// A unit without a pair is written as it comes: nothing is sent, and the unit gets the write at once.
#[test]
fn a_write_without_a_pair_goes_to_its_unit_only() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.now += 1;
    let out = local.tell(LocalInput::WriteRequest(request(0, None, 0, 512)));
    assert_eq!((completed(&out), destaged(&out), sent(&out)), (vec![(0, 1)], vec![0], vec![]));
}

/// Fig. 7, step 700: the completion lets process 213 have the entry, once.
#[test]
fn a_completion_counts_once() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.write(0, 0);
    assert_eq!(destaged(&local.completion(0)), [0]);
    assert_eq!(local.completion(0), []);
    assert_eq!(local.completion(9), []);
}

/// Rule `width`: with serial numbers of 8 bits, 128 are outstanding at most; the next completion lets one more go,
/// the earliest first (step 600).
#[test]
fn the_window_of_serial_numbers_is_half_their_space() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("width", "serial-8")]), None);
    for serial in 0..128 {
        assert_eq!(sent(&local.write(serial, serial * 8)), [(serial, 101 + serial)]);
    }
    for serial in 128..131 {
        assert_eq!(sent(&local.write(serial, serial * 8)), []);
    }
    assert_eq!(sent(&local.completion(1)), [], "the window begins at the first that is outstanding");
    assert_eq!(sent(&local.completion(0)), [(128, 229), (129, 230)]);
    assert_eq!(sent(&local.completion(2)), [(130, 231)]);
    for number in 3..131 {
        local.completion(number);
    }
    assert_eq!(sent(&local.write(131, 0)), [(131, 232)], "with nothing outstanding the window is free");
}

/// A write that waits for its number and for earlier writes to its blocks is numbered once.
#[test]
fn what_waits_for_two_things_is_sent_once() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("width", "serial-8")]), None);
    for serial in 0..128 {
        local.write(serial, serial * 8);
    }
    local.write(128, 8); // To the block of write 1.
    let done = local.completion(1);
    assert_eq!(local.tell(LocalInput::Landed(place(&done))), []);
    assert_eq!(sent(&local.completion(0)), [(128, 229)]);
}

/// Step 600: the earliest by time stamp first, whatever the order in which the writes came to wait.
#[test]
fn the_earliest_stamp_is_numbered_first() {
    let rules = [("width", "serial-8"), ("compare", "plain")];
    let mut local = Local::new(settings(Scheme::Group, 1, &rules), None);
    local.skew = 1000;
    for serial in 0..129 {
        local.write(serial, serial * 8);
    }
    local.skew = 0;
    local.write(129, 2000);
    local.write(130, 3000);
    assert_eq!(sent(&local.completion(0)), [(128, 230)], "the clock was set back");
    assert_eq!(sent(&local.completion(1)), [(129, 231)]);
    assert_eq!(sent(&local.completion(2)), [(130, 1229)]);
}

/// Rule `resend`: a constant time-out from each sending, until the completion.
#[test]
fn what_is_not_completed_is_sent_again() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    let armed = |out: &[LocalOutput]| {
        let due = |output: &LocalOutput| match *output {
            LocalOutput::ArmResend(due) => Some(due.as_ns()),
            _ => None,
        };
        out.iter().filter_map(due).collect::<Vec<_>>()
    };
    assert_eq!(armed(&local.write(0, 0)), [601]);
    local.now = 200;
    assert_eq!(armed(&local.write(1, 8)), [] as [u64; 0], "one timer is armed at a time");
    local.write(2, 16);
    local.completion(0);
    local.now = 601;
    let out = local.tell(LocalInput::ResendDue);
    assert_eq!((sent(&out), armed(&out)), (vec![], vec![701]), "completed meanwhile");
    local.now = 701;
    let out = local.tell(LocalInput::ResendDue);
    assert_eq!((sent(&out), armed(&out)), (vec![(1, 201)], vec![702]));
    assert!(out.iter().any(|output| matches!(output, LocalOutput::Send { again: true, .. })));
    local.completion(2);
    local.now = 702;
    assert_eq!(armed(&local.tell(LocalInput::ResendDue)), [1201], "from its second sending");
    local.completion(1);
    local.now = 1201;
    assert_eq!(local.tell(LocalInput::ResendDue), []);
}

/// The timer of all paths: it is armed anew for what wants it earlier, and for nothing else.
#[test]
fn the_earliest_time_out_arms_the_timer() {
    let armed = |out: &[LocalOutput]| {
        let due = |output: &LocalOutput| match *output {
            LocalOutput::ArmResend(due) => Some(due.as_ns()),
            _ => None,
        };
        out.iter().filter_map(due).collect::<Vec<_>>()
    };
    // A round trip shows that the first time-out was too long.
    let mut adaptive = settings(Scheme::Group, 1, &[]);
    let ns = SimDuration::from_ns;
    adaptive.transports[0][0].retransmit =
        Retransmit::Adaptive { initial: ns(1000), minimum: ns(200), maximum: ns(5000) };
    let mut local = Local::new(adaptive, None);
    assert_eq!(armed(&local.write(0, 0)), [1101]);
    assert_eq!(armed(&local.write(1, 8)), [] as [u64; 0]);
    local.now = 110;
    assert_eq!(armed(&local.completion(0)), [302]);
    local.now = 120;
    assert_eq!(armed(&local.write(2, 16)), [] as [u64; 0]);
    // What is sent again after a crash is sent for the first time, as far as the control unit knows: it learns from it.
    let mut local = Local::new(local.settings, None);
    local.write(0, 0);
    crash(&mut local);
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(0, 101)]);
    local.now = 113;
    let (stream, answers) = (StreamId(0), SendingId::new(1));
    local.tell(LocalInput::Completion { stream, number: 0, answers });
    local.now = 119;
    let after_crash = local.write(1, 8);
    local.now = 320;
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(1, 120)], "{after_crash:?}");
    // Another path has a shorter one.
    let mut local = Local::new(two_paths([500, 50]), None);
    assert_eq!(armed(&local.write(0, 0)), [601]);
    local.now += 1;
    assert_eq!(armed(&local.tell(LocalInput::WriteRequest(request(1, Some(1), 0, 512)))), [152]);
    local.now = 152;
    let out = local.tell(LocalInput::ResendDue);
    assert_eq!((sent(&out), armed(&out)), (vec![(0, 102)], vec![202]));
}

/// Pair 0 and pair 1 on paths of their own, with these time-outs.
fn two_paths(timeouts: [u64; 2]) -> Settings {
    let Settings { rules, mut pairs, .. } = settings(Scheme::Group, 2, &[]);
    for (pair, address) in pairs.iter_mut().enumerate() {
        address.place.remote = RemoteId::from(pair);
    }
    let transports = timeouts.map(|timeout| Transport::fixed(SimDuration::from_ns(timeout))).to_vec();
    let (delay, count) = (SimDuration::ZERO, (1, 2, 2));
    Settings::new(Scheme::Group, rules, MARKER_INTERVAL, vec![transports], delay, 0, 1024, pairs, count)
}

/// Of several paths what was sent first is sent again first; what has arrived was last heard of then.
#[test]
fn what_was_sent_first_is_sent_again_first() {
    let mut local = Local::new(two_paths([500, 500]), None);
    local.now += 1;
    local.tell(LocalInput::WriteRequest(request(0, Some(1), 0, 512)));
    local.write(1, 0);
    local.now = 700;
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(0, 101), (0, 102)]);

    let released_late = Settings { release: Release::Destaged, ..two_paths([500, 500]) };
    let mut local = Local::new(released_late, None);
    local.now += 1;
    local.tell(LocalInput::WriteRequest(request(0, Some(1), 0, 512)));
    let (stream, answers) = (StreamId(1), SendingId::new(0));
    local.tell(LocalInput::Received { stream, number: 0, answers });
    local.write(1, 0);
    local.now = 700;
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(0, 101), (0, 102)]);
}

/// A transport without time: whenever the timer comes, all that is outstanding is sent again, and nothing arms it.
#[test]
fn without_time_all_that_is_outstanding_is_sent_again() {
    for (rule, again) in [("repaired", vec![(0, 101), (1, 102)]), ("literal", vec![])] {
        let mut untimed = settings(Scheme::Group, 1, &[("resend", rule)]);
        untimed.transports[0][0] = Transport::UNTIMED;
        let mut local = Local::new(untimed, None);
        let is_armed = |out: &[LocalOutput]| out.iter().any(|out| matches!(out, LocalOutput::ArmResend(_)));
        assert!(!is_armed(&local.write(0, 0)) && !is_armed(&local.write(1, 8)));
        let out = local.tell(LocalInput::ResendDue);
        assert_eq!((sent(&out), is_armed(&out)), (again.clone(), false), "{rule}");
        let (_, restarted) = crash(&mut local);
        assert!(!is_armed(&restarted));
        assert_eq!(sent(&local.tell(LocalInput::ResendDue)), again, "{rule}");
    }
}

/// RACK: a later completion says when an earlier sending will be lost, by the round trip and a quarter of the least. The
/// timer is wanted then, though the time-out is constant. A completion of what was sent before a crash teaches nothing.
#[test]
fn an_early_loss_is_waited_for() {
    let mut rack = settings(Scheme::Group, 1, &[]);
    rack.transports[0][0] = Transport { early: Early::Rack, ..Transport::fixed(SimDuration::from_ns(5000)) };
    let mut local = Local::new(rack, None);
    local.write(0, 0);
    crash(&mut local);
    local.completion(0);
    local.tell(LocalInput::ResendDue);
    local.now = 199;
    local.write(1, 8);
    local.write(2, 16);
    local.now = 241;
    let due = SimTime::from_ns(200 + 40 + 40 / 4);
    assert!(local.completion(2).contains(&LocalOutput::ArmResend(due)));
    local.now = 250;
    assert_eq!(sent(&local.tell(LocalInput::ResendDue)), [(1, 200)]);
}

/// `network-sync`: the host has its completion when its write has left the line, or when the remote site has it: whichever
/// is first, and once.
#[test]
fn a_write_that_has_left_the_line_is_completed() {
    let mut on_line = settings(Scheme::Group, 1, &[]);
    on_line.discipline.completion = Completion::OnLine;
    let mut local = Local::new(on_line, None);
    let out = local.write(0, 0);
    assert_eq!((completed(&out), sent(&out)), (vec![], vec![(0, 101)]));
    let left = |number, serial| LocalInput::Left { stream: StreamId(0), number, write: write(serial) };
    assert_eq!(local.tell(left(0, 7)), [], "numbered again since");
    assert_eq!(local.tell(left(3, 0)), []);
    assert_eq!(completed(&local.tell(left(0, 0))), [(0, 1)]);
    assert_eq!(local.tell(left(0, 0)), []);
    let out = local.completion(0);
    assert_eq!((completed(&out), destaged(&out)), (vec![], vec![0]));
    local.write(1, 8);
    assert_eq!(completed(&local.completion(1)), [(1, 1)]);
    assert_eq!(local.tell(left(1, 1)), []);
}

/// Rule `resend = "never"`.
#[test]
fn without_the_rule_nothing_is_sent_again() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("resend", "literal")]), None);
    let out = local.write(0, 0);
    assert!(!out.iter().any(|output| matches!(output, LocalOutput::ArmResend(_))));
}

fn crash(local: &mut Local) -> (Vec<LocalOutput>, Vec<LocalOutput>) {
    local.now += 1;
    let lost = local.tell(LocalInput::Crash);
    local.now += 1;
    (lost, local.tell(LocalInput::Restart))
}

fn marker_armed(out: &[LocalOutput]) -> u64 {
    let due = |output: &LocalOutput| match *output {
        LocalOutput::ArmMarker(_, due) => Some(due.as_ns()),
        _ => None,
    };
    out.iter().find_map(due).unwrap()
}

/// Rule `idle-stream`: a stream that has sent nothing for the interval sends a marker, numbered as a write is.
#[test]
fn an_idle_stream_sends_a_marker() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    let due = LocalInput::MarkerDue(StreamId(0));
    let out = local.tell(due);
    assert_eq!((sent(&out), marker_armed(&out)), (vec![(0, 100)], 1100), "a stream that never sent is idle");
    local.now = 150;
    assert_eq!(sent(&local.write(0, 0)), [(1, 151)]);
    local.now = 1100;
    let out = local.tell(due);
    assert_eq!((sent(&out), marker_armed(&out)), (vec![], 1151), "the timer restarts at each packet");
    local.now = 1151;
    let out = local.tell(due);
    assert_eq!((sent(&out), marker_armed(&out)), (vec![(2, 1151)], 2151));
    local.now = 2151;
    assert_eq!(sent(&local.tell(due)), [(3, 2151)]);
    local.completion(3);
    assert_eq!(local.completion(2), [], "a marker is nobody's write");
}

/// A marker takes its instant in the local order as a write does: one of the two per nanosecond.
#[test]
fn a_marker_and_a_write_do_not_share_a_stamp() {
    let mut local = Local::new(settings(Scheme::RemoteSystem, 1, &[]), None);
    local.now = 2000;
    local.tell(LocalInput::WriteRequest(request(0, None, 0, 512)));
    let out = local.tell(LocalInput::MarkerDue(StreamId(0)));
    assert_eq!((sent(&out), marker_armed(&out)), (vec![], 2001));
    local.now = 2001;
    assert_eq!(sent(&local.tell(LocalInput::MarkerDue(StreamId(0)))), [(0, 2001)]);
    let waits = local.tell(LocalInput::WriteRequest(request(1, Some(0), 8, 512)));
    assert_eq!(waits, [LocalOutput::ArmFix(SimTime::from_ns(2002))]);
}

/// A marker does not overtake writes that wait for their number: its stamp would promise that there are none.
#[test]
fn no_marker_goes_while_writes_wait() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("width", "serial-8")]), None);
    for serial in 0..129 {
        local.write(serial, serial * 8);
    }
    local.now = 5000;
    let out = local.tell(LocalInput::MarkerDue(StreamId(0)));
    assert_eq!((sent(&out), marker_armed(&out)), (vec![], 6000));
}

/// Rule `idle-stream = "naked"`: the clock alone, without a number.
#[test]
fn a_naked_clock_takes_no_number() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("idle-stream", "naked")]), None);
    let out = local.tell(LocalInput::MarkerDue(StreamId(0)));
    let packet = Packet::Clock { stream: StreamId(0), stamp: 100 };
    let clock = LocalOutput::Send { packet, again: false, sending: SendingId::new(0) };
    assert_eq!(out, [clock, LocalOutput::ArmMarker(StreamId(0), SimTime::from_ns(1100))]);
    assert_eq!(sent(&local.write(0, 0)), [(0, 101)]);
}

/// Process 213, rule `local-destage`: overlapping writes land in their order, others as their completions come.
#[test]
fn writes_to_the_same_blocks_wait_for_one_another() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    local.now += 1;
    local.tell(LocalInput::WriteRequest(request(0, Some(0), 8, 1024))); // Blocks 8, 9.
    local.write(1, 9); // Overlaps the first.
    local.write(2, 10); // Touches neither.
    local.write(3, 7); // Ends where the first begins.
    local.now += 1;
    local.tell(LocalInput::WriteRequest(request(4, Some(0), 6, 3 * 512))); // Blocks 6 to 8: overlaps 0 and 3.
    local.now += 1;
    local.tell(LocalInput::WriteRequest(request(5, Some(1), 8, 1024))); // Another unit.
    assert_eq!(destaged(&local.completion(1)), [] as [u64; 0]);
    assert_eq!(destaged(&local.completion(2)), [2]);
    assert_eq!(destaged(&local.completion(4)), [] as [u64; 0]);
    assert_eq!(destaged(&local.completion(5)), [5]);
    let third = local.completion(3);
    assert_eq!(destaged(&third), [3]);
    assert_eq!(destaged(&local.tell(LocalInput::Landed(place(&third)))), [] as [u64; 0]);
    let first = local.completion(0);
    assert_eq!(destaged(&first), [0]);
    assert_eq!(destaged(&local.tell(LocalInput::Landed(place(&first)))), [1, 4]);
}

/// Rule `local-destage`, literally: as the completions come.
#[test]
fn without_the_rule_the_completions_decide() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[("local-destage", "literal")]), None);
    local.write(0, 8);
    local.write(1, 8);
    assert_eq!(destaged(&local.completion(1)), [1]);
    assert_eq!(destaged(&local.completion(0)), [0]);
}

/// `synchronous`: the host waits for the remote completion; a write that overlaps another is not sent before the
/// other has been destaged.
#[test]
fn a_synchronous_write_is_completed_by_the_remote_site() {
    let mut local = Local::new(settings(Scheme::Synchronous, 1, &[]), None);
    let out = local.write(0, 8);
    assert_eq!((completed(&out), sent(&out)), (vec![], vec![(0, 101)]));
    let out = local.write(1, 8);
    assert_eq!((completed(&out), sent(&out)), (vec![], vec![]));
    assert_eq!(sent(&local.write(2, 64)), [(1, 103)]);
    let out = local.completion(0);
    assert_eq!((completed(&out), destaged(&out), sent(&out)), (vec![(0, 1)], vec![0], vec![]));
    let out = local.tell(LocalInput::Landed(place(&out)));
    assert_eq!((sent(&out), destaged(&out)), (vec![(2, 102)], vec![]));
    assert_eq!(completed(&local.completion(2)), [(1, 1)]);
}

/// `adaptive-copy`: one copy of a block is under way at a time, and a write that waits for it gives its place to a later
/// one that writes all of its blocks, but not to one that writes a part of them.
#[test]
fn a_bitmap_sends_what_has_changed_as_it_is_now() {
    let mut local = Local::new(settings(Scheme::AdaptiveCopy, 1, &[]), None);
    let folded = |out: &[LocalOutput]| -> Vec<(u64, u64)> {
        let fold = |output: &LocalOutput| match *output {
            LocalOutput::Folded { write, into } => Some((write.serial, into.serial)),
            _ => None,
        };
        out.iter().filter_map(fold).collect()
    };
    assert_eq!(sent(&local.write(0, 8)), [(0, 101)]);
    let out = local.write(1, 8);
    assert_eq!((sent(&out), folded(&out)), (vec![], vec![]), "w0 is under way");
    local.now += 1;
    let out = local.tell(LocalInput::WriteRequest(request(2, Some(0), 8, 1024)));
    assert_eq!((sent(&out), folded(&out), destaged(&out)), (vec![], vec![(1, 2)], vec![]));
    let out = local.write(3, 9);
    assert_eq!((sent(&out), folded(&out)), (vec![], vec![]), "of block 8 w2 is the last");
    let out = local.completion(0);
    assert_eq!(destaged(&out), [0]);
    let out = local.tell(LocalInput::Landed(place(&out)));
    assert_eq!((destaged(&out), sent(&out)), (vec![1], vec![]), "w2 is destaged after w1");
    let out = local.tell(LocalInput::Landed(place(&out)));
    assert_eq!((destaged(&out), sent(&out)), (vec![], vec![(1, 103)]));
    let out = local.completion(1);
    let out = local.tell(LocalInput::Landed(place(&out)));
    assert_eq!(sent(&out), [(2, 104)]);
}

/// What waits for a block costs the same however many wait: each write waits for the one before it, and no other.
/// (Once for every earlier one: a million pointers for two thousand writes to one block.)
#[test]
fn a_hot_block_makes_a_chain() {
    let mut local = Local::new(settings(Scheme::Group, 1, &[]), None);
    let sizes = [(0, 512), (0, 4096), (3, 512), (6, 1024)];
    for serial in 0..400 {
        let (position, size) = sizes[serial as usize % sizes.len()];
        local.now += 1;
        local.tell(LocalInput::WriteRequest(request(serial, Some(0), position, size)));
    }
    let edges: u32 = local.system.cache.iter().map(|(_, entry)| entry.blockers).sum();
    assert!(edges <= 3 * 400, "{edges}");
    // They land in local order, whatever order their completions come in.
    let mut landed = vec![];
    let mut due: Vec<LocalOutput> = vec![];
    for number in (0..400).rev() {
        due.extend(local.completion(number));
        while let Some(place) = due.iter().position(|output| matches!(output, LocalOutput::Destage { .. })) {
            let LocalOutput::Destage { entry, write, .. } = due.remove(place) else { continue };
            landed.push(write.serial);
            due.extend(local.tell(LocalInput::Landed(entry)));
        }
    }
    let overlaps = |a: u64, b: u64| {
        let ((p, s), (q, t)) = (sizes[a as usize % 4], sizes[b as usize % 4]);
        p < q + u64::from(t) / 512 && q < p + u64::from(s) / 512
    };
    assert_eq!(landed.len(), 400);
    for (at, &later) in landed.iter().enumerate() {
        let after = &landed[at + 1..];
        assert!(after.iter().all(|&earlier| earlier > later || !overlaps(earlier, later)), "w{later}");
    }
}

/// Paragraphs 29 to 32: process 211 runs by itself. A write is completed before it has a number, and a marker does not
/// overtake it.
#[test]
fn a_send_delay_leaves_a_completed_write_without_a_number() {
    let delayed = || {
        let delay = SimDuration::from_ns(10);
        Local::new(Settings { send_delay: delay, ..settings(Scheme::Group, 1, &[]) }, None)
    };
    let mut local = delayed();
    let out = local.write(0, 0);
    assert_eq!((completed(&out), sent(&out)), (vec![(0, 1)], vec![]));
    assert!(out.contains(&LocalOutput::ArmSend(SimTime::from_ns(111))));
    assert_eq!(sent(&local.tell(LocalInput::MarkerDue(StreamId(0)))), []);
    local.now = 105;
    // An instant that is not the one asked for asks for nothing: there would be ever more of them.
    assert_eq!(local.tell(LocalInput::SendDue), []);
    assert!(!local.write(1, 8).iter().any(|output| matches!(output, LocalOutput::ArmSend(_))), "armed");
    local.now = 111;
    let out = local.tell(LocalInput::SendDue);
    assert_eq!(sent(&out), [(0, 101)]);
    assert!(out.contains(&LocalOutput::ArmSend(SimTime::from_ns(116))));
    local.now = 116;
    assert_eq!(sent(&local.tell(LocalInput::SendDue)), [(1, 106)]);
    // What waits in another stream, and longer, asks for no instant of its own.
    let delay = SimDuration::from_ns(10);
    let mut local = Local::new(Settings { send_delay: delay, ..settings(Scheme::Group, 2, &[]) }, None);
    local.write(0, 0);
    local.now = 105;
    let out = local.tell(LocalInput::WriteRequest(request(1, Some(1), 0, 512)));
    assert!(!out.iter().any(|output| matches!(output, LocalOutput::ArmSend(_))));
    local.now = 111;
    let out = local.tell(LocalInput::SendDue);
    assert_eq!(sent(&out), [(0, 101)]);
    assert!(out.contains(&LocalOutput::ArmSend(SimTime::from_ns(115))));
    // A crash takes the timer with it, and the restart asks for it again.
    let mut local = delayed();
    local.write(0, 0);
    local.tell(LocalInput::Crash);
    local.now = 104;
    assert!(local.tell(LocalInput::Restart).contains(&LocalOutput::ArmSend(SimTime::from_ns(111))));
    local.now = 111;
    assert_eq!(sent(&local.tell(LocalInput::SendDue)), [(0, 101)]);
}

/// `synchronous` with `destage = "serial"`: overlapping writes go at once, since the remote site destages by stamp, and
/// the completion waits until every clock has passed the stamp.
#[test]
fn a_synchronous_write_that_is_destaged_in_strict_order_waits_for_no_other() {
    let serial =
        Settings { clock_bound_ns: 50, ..settings(Scheme::Synchronous, 1, &[("destage", "serial")]) };
    let mut local = Local::new(serial, None);
    assert_eq!(sent(&local.write(0, 0)), [(0, 101)]);
    assert_eq!(sent(&local.write(1, 0)), [(1, 102)]);
    local.now = 120;
    assert_eq!(completed(&local.completion(1)), [(1, 33)], "at 153: 102 + 50 has passed");
    let mut plain = Local::new(settings(Scheme::Synchronous, 1, &[]), None);
    plain.write(0, 0);
    assert_eq!(sent(&plain.write(1, 0)), []);
}

/// They are kept while a write is in flight (`results/performance`).
#[test]
fn rows_of_a_write_are_short() {
    use crate::collections::Slab;
    use crate::protocol::disk::l_write_data_send::Outstanding;
    use crate::protocol::disk::local::CacheEntry;
    assert_eq!((Slab::<CacheEntry>::PLACE_BYTES, size_of::<Option<Outstanding>>()), (64, 16));
}
