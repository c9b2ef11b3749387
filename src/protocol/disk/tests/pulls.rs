//! Pulled streams, at either site: what is sent when it is asked for, and when it is asked for again.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::ordering::streams::Pull;
use crate::protocol::disk::remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
use crate::protocol::disk::settings::Context;
use crate::protocol::transport::{SendingId, WindowRule};
use crate::units::SimTime;
use Said::{Answered, Asks, Data, Later, Marker};

/// Two requests at a time, which let 1,024 bytes go each and are given up after 300 ns.
fn pulled(scheme: Scheme, groups: usize) -> Settings {
    let pull = Pull { requests: 2, bytes: 1024, timeout: SimDuration::from_ns(300) };
    Settings { pull: Some(pull), ..settings(scheme, groups, &[]) }
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// Write data of a stream.
    Data(u32, u64),
    Marker(u32),
    /// The answer to a request; nothing waited, or something did.
    Answered(u64, bool),
    /// The marker is to come then.
    Later(u64),
    /// A request of a stream.
    Asks(u32, u64),
    /// The timer of requests.
    Until(u64),
}

struct Local {
    settings: Settings,
    system: LocalDiskSystem,
    now: u64,
}

impl Local {
    fn new(settings: Settings) -> Self {
        let system = LocalDiskSystem::new(&settings, LocalId(0), None);
        Self { settings, system, now: 100 }
    }

    fn tell(&mut self, input: LocalInput) -> Vec<Said> {
        let now = SimTime::from_ns(self.now);
        let context = Context { settings: &self.settings, now, reading: self.now };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        let said = |output: LocalOutput| match output {
            LocalOutput::Send { packet: Packet::WriteData(data), .. } => {
                Some(Data(data.stream.0, data.write.serial))
            }
            LocalOutput::Send { packet: Packet::Marker { stream, .. }, .. } => Some(Marker(stream.0)),
            LocalOutput::Send { packet: Packet::Answer { request, is_empty, .. }, .. } => {
                Some(Answered(request, is_empty))
            }
            LocalOutput::ArmMarker(_, at) => Some(Later(at.as_ns())),
            _ => None,
        };
        out.into_iter().filter_map(said).collect()
    }

    /// A write of so many blocks, in the next nanosecond.
    fn write(&mut self, serial: u64, pair: u32, blocks: u32) -> Vec<Said> {
        self.now += 1;
        let (write, pair, position) = (write(serial), PairId(pair), 1000 * serial);
        let (unit, size) = (pair.0, 512 * blocks);
        let request = WriteRequest { write, unit, pair: Some(pair), position, size, host_stamp: 0 };
        self.tell(LocalInput::WriteRequest(request))
    }

    /// A request for what waits in a stream.
    fn asked(&mut self, stream: u32, request: u64) -> Vec<Said> {
        self.tell(LocalInput::Asked { stream: StreamId(stream), request })
    }

    fn marker_due(&mut self, stream: u32) -> Vec<Said> {
        self.tell(LocalInput::MarkerDue(StreamId(stream)))
    }
}

/// Nothing goes that was not asked for. A request lets so many bytes go, the last write whole, and is used up by its
/// answer; other streams are not asked by it.
#[test]
fn write_data_waits_for_a_request() {
    let mut local = Local::new(pulled(Scheme::Group, 2));
    for (serial, pair) in [(0, 0), (1, 1), (2, 0), (3, 0)] {
        assert_eq!(local.write(serial, pair, 1), []);
    }
    assert_eq!(local.asked(0, 7), [Data(0, 0), Data(0, 2), Answered(7, false)]);
    assert_eq!(local.write(4, 0, 3), []);
    assert_eq!(local.asked(0, 8), [Data(0, 3), Data(0, 4), Answered(8, false)]);
    assert_eq!(local.asked(1, 0), [Data(1, 1), Answered(0, false)]);
    assert_eq!(local.write(5, 1, 1), [], "what that request let go has been");
}

/// Where nothing waits, the answer is empty, and a marker before it says the time, as it does for an idle stream that
/// sends by itself: one per nanosecond.
#[test]
fn an_empty_answer_says_the_time() {
    let mut local = Local::new(pulled(Scheme::Group, 2));
    assert_eq!(local.asked(0, 0), [Marker(0), Answered(0, true)]);
    assert_eq!(local.asked(1, 0), [Later(101), Answered(0, true)], "this nanosecond is the other's");
    local.now = 101;
    assert_eq!(local.marker_due(1), [Marker(1)]);
    assert_eq!(local.marker_due(0), [Later(102)]);
    local.write(0, 0, 1);
    assert_eq!(local.marker_due(0), [], "a write waits, and says more");
    // A write that waits for its nanosecond has it before a marker.
    local.now += 1;
    local.tell(LocalInput::MarkerDue(StreamId(1)));
    let (write, pair) = (write(1), Some(PairId(0)));
    let request = WriteRequest { write, unit: 0, pair, position: 0, size: 512, host_stamp: 0 };
    local.tell(LocalInput::WriteRequest(request));
    local.now += 1;
    assert_eq!(local.marker_due(1), [Later(local.now + 1)]);
}

/// What finds the window of its path full when it is asked for goes when that opens, as far as it was asked for.
#[test]
fn a_request_waits_for_the_window() {
    let mut settings = pulled(Scheme::Group, 1);
    settings.transports[0][0].window = WindowRule::Bytes(512);
    let mut local = Local::new(settings);
    assert_eq!(local.asked(0, 9), [Marker(0), Answered(9, true)]);
    for serial in 0..4 {
        assert_eq!(local.write(serial, 0, 1), [], "an empty answer asks for nothing more");
    }
    let completion =
        |number| LocalInput::Completion { stream: StreamId(0), number, answers: SendingId::UNKNOWN };
    assert_eq!(local.asked(0, 0), [Data(0, 0), Answered(0, false)]);
    assert_eq!(local.tell(completion(1)), [Data(0, 1)]);
    assert_eq!(local.tell(completion(2)), [], "1,024 bytes were asked for");
    assert_eq!(local.asked(0, 1), [Data(0, 2), Answered(1, false)]);
    // A crash forgets what was asked.
    local.tell(LocalInput::Crash);
    local.tell(LocalInput::Restart);
    assert_eq!(local.tell(completion(3)), []);
}

struct Remote {
    settings: Settings,
    system: RemoteDiskSystem,
    now: u64,
}

impl Remote {
    fn new(settings: Settings) -> Self {
        let system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, None);
        Self { settings, system, now: 0 }
    }

    fn tell(&mut self, input: RemoteInput) -> Vec<Said> {
        let context =
            Context { settings: &self.settings, now: SimTime::from_ns(self.now), reading: self.now };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        let said = |output: RemoteOutput| match output {
            RemoteOutput::Ask(Packet::Request { stream, request }) => Some(Asks(stream.0, request)),
            RemoteOutput::ArmAsk(at) => Some(Said::Until(at.as_ns())),
            _ => None,
        };
        out.into_iter().filter_map(said).collect()
    }

    fn answer(&mut self, request: u64, is_empty: bool) -> Vec<Said> {
        self.tell(RemoteInput::Packet(Packet::Answer { stream: StreamId(0), request, is_empty }))
    }

    fn open(&self) -> Vec<u64> {
        self.system.open_requests().map(|(_, request)| request).collect()
    }
}

/// So many requests are open at a time. An answer is followed by the next one, at once where it was none of nothing; a
/// request that is not answered in time is given up, and another one is made.
#[test]
fn requests_follow_one_another() {
    let mut remote = Remote::new(pulled(Scheme::Group, 1));
    assert_eq!(remote.tell(RemoteInput::Ask), [Asks(0, 0), Asks(0, 1), Said::Until(300)]);
    assert_eq!(remote.tell(RemoteInput::Ask), []);
    remote.now = 10;
    assert_eq!(remote.answer(0, false), [Asks(0, 2)]);
    assert_eq!(remote.answer(0, false), [], "a copy");
    remote.now = 20;
    assert!(!remote.system.will_ask());
    assert_eq!((remote.answer(1, true), remote.system.will_ask()), (vec![], true));
    remote.now = 299;
    assert_eq!(remote.tell(RemoteInput::AskDue), [], "not yet");
    for (now, said) in [
        (300, vec![Said::Until(310)]),
        (310, vec![Asks(0, 3), Said::Until(610)]),
        (610, vec![Asks(0, 4), Said::Until(910)]),
        (910, vec![Asks(0, 5), Said::Until(1020)]),
        (1020, vec![Asks(0, 6), Said::Until(1210)]),
        (1020, vec![]),
    ] {
        remote.now = now;
        assert_eq!(remote.tell(RemoteInput::AskDue), said, "at {now}");
    }
    assert_eq!((remote.open(), remote.system.will_ask()), (vec![5, 6], false));
}

/// A crash forgets requests, those that rest, and the timer; numbers of requests are not given twice.
#[test]
fn a_crash_forgets_requests() {
    let mut remote = Remote::new(pulled(Scheme::Group, 1));
    remote.tell(RemoteInput::Ask);
    remote.answer(0, true);
    remote.tell(RemoteInput::Crash);
    assert_eq!((remote.open(), remote.system.will_ask()), (vec![], false));
    remote.now = 300;
    assert_eq!(remote.tell(RemoteInput::AskDue), []);
    let asked = [Asks(0, 2), Asks(0, 3), Said::Until(600)];
    assert_eq!(remote.tell(RemoteInput::Restart), asked);
    assert_eq!(remote.answer(1, false), [], "of before the crash");
}

/// Each stream has requests of its own; one timer does for all of them.
#[test]
fn each_stream_is_asked() {
    let mut remote = Remote::new(pulled(Scheme::Group, 2));
    let asked = [Asks(0, 0), Asks(0, 1), Asks(1, 0), Asks(1, 1), Said::Until(300)];
    assert_eq!(remote.tell(RemoteInput::Ask), asked);
    let of_streams: Vec<_> = remote.system.open_requests().collect();
    assert_eq!(of_streams, [0, 0, 1, 1].map(StreamId).into_iter().zip([0, 1, 0, 1]).collect::<Vec<_>>());
}
