//! Processes 214, 116, 215 and 117 (Fig. 8 to 11), the crash of control unit 201, and the recovery.

mod variants;

use super::*;
use crate::collections::Slab;
use crate::protocol::disk::master_limit_time_schedule::Master;
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::r_write_data_destage::{Rank, serial_next};
use crate::protocol::disk::remote::{CacheEntry, RemoteDiskSystem, RemoteInput, RemoteOutput};
use crate::protocol::disk::settings::{Context, DomainId};
use crate::protocol::disk::slave_limit_time_schedule::LEFT_OUT;
use crate::trace::Key;
use crate::units::SimTime;

const ALL: DomainId = DomainId(0);

/// A remote system and its settings. Write data of pair `p` is for block 8 * serial of unit `p`; the stamp of write
/// or marker `n` is 10 * (n + 1).
struct Remote {
    settings: Settings,
    system: RemoteDiskSystem,
}

impl Remote {
    fn new(settings: Settings, cache: Option<u64>) -> Self {
        let system = RemoteDiskSystem::new(&settings, RemoteId(0), 2, cache);
        Self { settings, system }
    }

    fn tell(&mut self, input: RemoteInput) -> Vec<RemoteOutput> {
        let context = Context { settings: &self.settings, now: SimTime::ZERO, reading: 0 };
        let mut out = vec![];
        self.system.handle(&context, input, &mut out);
        out
    }

    fn data(&self, pair: usize, number: u64, serial: u64) -> WriteData {
        WriteData {
            stream: self.settings.layout.stream_of_pair[pair],
            number,
            stamp: 10 * (serial + 1),
            write: write(serial),
            pair: PairId::from(pair),
            position: 8 * serial,
            size: 512,
            set: 0,
        }
    }

    /// Write `serial` of `pair` arrives under `number`.
    fn receive(&mut self, pair: usize, number: u64, serial: u64) -> Vec<RemoteOutput> {
        let data = self.data(pair, number, serial);
        self.tell(RemoteInput::Packet(Packet::WriteData(data)))
    }

    fn marker(&mut self, stream: u32, number: u64, stamp: u64) -> Vec<RemoteOutput> {
        self.tell(RemoteInput::Packet(Packet::Marker { stream: StreamId(stream), number, stamp }))
    }

    fn limit(&mut self, limit: Key) -> Vec<RemoteOutput> {
        self.tell(RemoteInput::Limits(&[(ALL, Some(limit))]))
    }

    fn landed(&mut self, out: &[RemoteOutput]) -> Vec<RemoteOutput> {
        let place = |output: &RemoteOutput| match *output {
            RemoteOutput::Destage { entry, .. } => Some(entry),
            _ => None,
        };
        let place = out.iter().find_map(place).unwrap();
        self.tell(RemoteInput::Landed(place))
    }
}

/// The key of the write or marker with this stamp and number.
const fn key(stamp: u64, number: u64) -> Key {
    Key { stamp, local: LocalId(0), number }
}

/// What was reported, by domain.
fn reports(out: &[RemoteOutput]) -> Vec<(u32, Option<Key>)> {
    let report = |output: &RemoteOutput| match *output {
        RemoteOutput::Report(domain, key) => Some((domain.0, key)),
        _ => None,
    };
    out.iter().filter_map(report).collect()
}

/// Writes given to remote units.
fn destaged(out: &[RemoteOutput]) -> Vec<u64> {
    let write = |output: &RemoteOutput| match *output {
        RemoteOutput::Destage { write, .. } => Some(write.serial),
        _ => None,
    };
    out.iter().filter_map(write).collect()
}

/// Writes that came into the cache, and numbers completed.
fn taken(out: &[RemoteOutput]) -> (Vec<u64>, Vec<u64>) {
    let cached = |output: &RemoteOutput| match *output {
        RemoteOutput::Cached(write, _) => Some(write.serial),
        _ => None,
    };
    let completed = |output: &RemoteOutput| match *output {
        RemoteOutput::Complete { packet: Packet::Completion { number, .. }, .. } => Some(number),
        _ => None,
    };
    (out.iter().filter_map(cached).collect(), out.iter().filter_map(completed).collect())
}

const NOTHING: [RemoteOutput; 0] = [];
const NONE: [u64; 0] = [];

/// Fig. 8 and 9: into the cache, completed, and reported as the end of the run.
#[test]
fn write_data_is_cached_completed_and_reported() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    let complete = RemoteOutput::Complete {
        packet: Packet::Completion { stream: StreamId(0), number: 0 },
        write: Some(write(4)),
    };
    let expected =
        [RemoteOutput::Cached(write(4), key(50, 0)), complete, RemoteOutput::Report(ALL, Some(key(50, 0)))];
    assert_eq!(remote.receive(0, 0, 4), expected);
    assert_eq!(
        remote.marker(0, 1, 77)[0],
        RemoteOutput::Complete { packet: Packet::Completion { stream: StreamId(0), number: 1 }, write: None }
    );
}

/// Step 901: the end of the run before the first gap; a number that closes the gap takes it over all that follow.
#[test]
fn the_end_stands_before_the_first_gap() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    assert_eq!(reports(&remote.receive(0, 2, 2)), []);
    assert_eq!(reports(&remote.marker(0, 1, 25)), []);
    assert_eq!(reports(&remote.receive(0, 4, 4)), []);
    assert_eq!(reports(&remote.receive(0, 0, 0)), [(0, Some(key(30, 2)))]);
    assert_eq!(reports(&remote.marker(0, 3, 40)), [(0, Some(key(50, 4)))]);
}

/// Rule `duplicate`: dropped and completed again, ahead of the gap and behind it, write or marker; or taken again.
#[test]
fn a_duplicate_is_completed_again() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    for number in [0, 2] {
        assert_eq!(taken(&remote.receive(0, number, number)), (vec![number], vec![number]));
        let again = remote.receive(0, number, number);
        assert_eq!((again.len(), taken(&again)), (1, (vec![], vec![number])));
    }
    for number in [1, 4] {
        remote.marker(0, number, 5);
        let again = remote.marker(0, number, 5);
        assert_eq!((again.len(), taken(&again)), (1, (vec![], vec![number])));
    }
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("duplicate", "literal")]), None);
    remote.receive(0, 0, 0);
    assert_eq!(taken(&remote.receive(0, 0, 0)), (vec![0], vec![0]));
}

/// Fig. 13: a stream for both groups moves both limits; Fig. 15: each group has its own stream.
#[test]
fn a_stream_speaks_for_every_group_that_it_carries() {
    let mut remote = Remote::new(settings(Scheme::RemoteSystem, 2, &[]), None);
    let end = Some(key(10, 0));
    assert_eq!(reports(&remote.receive(1, 0, 0)), [(0, end), (1, end)]);
    let mut remote = Remote::new(settings(Scheme::Group, 2, &[]), None);
    assert_eq!(reports(&remote.receive(1, 0, 0)), [(1, end)]);
}

/// Fig. 9: the earliest over the streams, nothing while one of them has none, and only what has changed.
#[test]
fn the_earliest_end_of_all_streams_is_reported() {
    let mut remote = Remote::new(settings(Scheme::Pair, 1, &[]), None);
    assert_eq!(reports(&remote.receive(0, 0, 3)), []);
    assert_eq!(reports(&remote.receive(1, 0, 1)), [(0, Some(key(20, 0)))]);
    assert_eq!(reports(&remote.receive(0, 1, 5)), []);
    assert_eq!(reports(&remote.receive(1, 1, 4)), [(0, Some(key(50, 1)))]);
    assert_eq!(reports(&remote.receive(1, 2, 9)), [(0, Some(key(60, 1)))]);
}

/// A write stands in the remote cache until a limit permits it: see `results/performance`.
#[test]
fn what_is_kept_of_a_write_is_short() {
    assert_eq!((Slab::<CacheEntry>::PLACE_BYTES, size_of::<Rank>()), (72, 32));
}

/// Step 904: a limit is stored if it is later than the one that stands there; step 1101 releases what is up to it.
#[test]
fn a_limit_only_rises_and_releases_what_is_up_to_it() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    for number in 0..4 {
        assert_eq!(destaged(&remote.receive(0, number, number)), NONE);
    }
    let out = remote.limit(key(20, 1));
    assert_eq!(out[0], RemoteOutput::LimitStored(ALL, Some(key(20, 1))));
    assert_eq!(destaged(&out), [0], "one at a time");
    assert_eq!(remote.limit(key(10, 0)), NOTHING);
    assert_eq!(remote.limit(key(20, 1)), NOTHING);
    assert_eq!(remote.tell(RemoteInput::Limits(&[(ALL, None)])), NOTHING);
    let out = remote.landed(&out);
    assert_eq!(destaged(&out), [1], "equal to the limit");
    let out = remote.landed(&out);
    assert_eq!(destaged(&out), NONE);
    let out = remote.limit(key(30, 2));
    assert_eq!(destaged(&out), [2]);
    assert_eq!(remote.landed(&out), NOTHING);
    assert_eq!(remote.system.undestaged(), 1);
    assert_eq!(destaged(&remote.limit(key(40, 3))), [3]);
    assert_eq!(remote.system.limits(), [Some(key(40, 3))]);
}

/// Rule `limit-update`, literally: whatever comes is stored.
#[test]
fn a_limit_that_is_overwritten_may_fall() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("limit-update", "literal")]), None);
    remote.limit(key(20, 1));
    assert_eq!(remote.limit(key(10, 0)), [RemoteOutput::LimitStored(ALL, Some(key(10, 0)))]);
    assert_eq!(remote.limit(key(10, 0)), NOTHING);
    assert_eq!(remote.tell(RemoteInput::Limits(&[(ALL, None)])), NOTHING);
}

/// What comes below a limit that stands already goes at once, the earliest first.
#[test]
fn what_comes_below_the_limit_goes_at_once() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    remote.limit(key(1000, 100));
    let first = remote.receive(0, 3, 3);
    assert_eq!(destaged(&first), [3]);
    remote.receive(0, 2, 2);
    remote.receive(0, 1, 1);
    assert_eq!(destaged(&remote.receive(0, 0, 0)), NONE, "one at a time");
    let mut out = first;
    for expected in [0, 1, 2] {
        out = remote.landed(&out);
        assert_eq!(destaged(&out), [expected]);
    }
}

/// Rule `destage = "system"`: over groups the earliest that its own group's limit permits; one at a time.
#[test]
fn groups_of_a_system_take_turns() {
    let mut remote = Remote::new(settings(Scheme::Group, 2, &[("destage", "system")]), None);
    remote.receive(0, 0, 0);
    remote.receive(1, 0, 1);
    remote.receive(0, 1, 2);
    let far = Some(key(1000, 100));
    let first = remote.tell(RemoteInput::Limits(&[(DomainId(1), far)]));
    assert_eq!(destaged(&first), [1]);
    assert_eq!(destaged(&remote.tell(RemoteInput::Limits(&[(DomainId(0), far)]))), NONE);
    let out = remote.landed(&first);
    assert_eq!(destaged(&out), [0]);
    assert_eq!(destaged(&remote.landed(&out)), [2]);
}

/// Rule `destage = "pair"`: one at a time per unit.
#[test]
fn units_destage_side_by_side() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("destage", "pair")]), None);
    remote.receive(0, 0, 0);
    remote.receive(1, 1, 1);
    remote.receive(0, 2, 2);
    let out = remote.limit(key(1000, 100));
    assert_eq!(destaged(&out), [0, 1]);
    assert_eq!(destaged(&remote.landed(&out)), [2]);
    assert_eq!(destaged(&remote.receive(0, 3, 3)), NONE);
}

/// Rule `destage = "serial"`: the site decides, over systems; the earliest waits for its limit and its system.
#[test]
fn the_site_decides_where_destage_is_serial() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("destage", "serial")]), None);
    remote.receive(0, 0, 0);
    remote.receive(1, 1, 1);
    let next = |remote: &mut Remote, up: bool| {
        let mut out = vec![];
        let systems = std::slice::from_mut(&mut remote.system);
        let at = serial_next(&remote.settings, systems, GroupId(0), |_| up, &mut out);
        assert_eq!(at.is_some(), !out.is_empty());
        out
    };
    assert_eq!(next(&mut remote, true), NOTHING);
    let out = remote.limit(key(10, 0));
    assert_eq!(out[1..], [RemoteOutput::MayDestage(GroupId(0))]);
    assert_eq!(next(&mut remote, false), NOTHING);
    let first = next(&mut remote, true);
    assert_eq!(destaged(&first), [0]);
    assert_eq!(remote.landed(&first), [RemoteOutput::MayDestage(GroupId(0))]);
    assert_eq!(next(&mut remote, true), NOTHING, "above the limit");
}

/// A place is for one write of the next expected number (rule `admission`); without room any other is refused.
#[test]
fn the_next_expected_number_has_a_place_of_its_own() {
    // Room for one write beyond the place of the largest, 1024 bytes.
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), Some(1024 + 512));
    assert_eq!(taken(&remote.receive(0, 1, 1)), (vec![1], vec![1]));
    assert_eq!(remote.receive(0, 2, 2), [RemoteOutput::Refused(write(2))]);
    assert_eq!(taken(&remote.receive(0, 0, 0)), (vec![0], vec![0]), "in place");
    assert_eq!(remote.receive(0, 2, 2), [RemoteOutput::Refused(write(2))], "the place is taken");
    let out = remote.limit(key(1000, 100));
    let out = remote.landed(&out);
    assert_eq!(destaged(&out), [1], "the place is free, and the room still taken");
    assert_eq!(remote.receive(0, 3, 3), [RemoteOutput::Refused(write(3))]);
    assert_eq!(taken(&remote.receive(0, 2, 2)).0, [2]);
    assert_eq!(destaged(&remote.landed(&out)), [2], "the room is free");
    assert_eq!(taken(&remote.receive(0, 4, 4)).0, [4]);
    assert_eq!(remote.receive(0, 5, 5), [RemoteOutput::Refused(write(5))]);
}

/// Rule `admission`, literally: no places, all the cache for whoever comes.
#[test]
fn without_places_all_room_is_for_all() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("admission", "literal")]), Some(1024));
    assert_eq!(taken(&remote.receive(0, 1, 1)).0, [1]);
    assert_eq!(taken(&remote.receive(0, 2, 2)).0, [2]);
    assert_eq!(remote.receive(0, 0, 0), [RemoteOutput::Refused(write(0))]);
}

/// `in-order-transport`: what comes ahead of its turn waits outside the cache, markers too, and for room.
#[test]
fn a_transport_hands_over_in_order() {
    let mut remote = Remote::new(settings(Scheme::InOrderTransport, 1, &[]), Some(1024 + 512));
    let early = remote.receive(0, 2, 2);
    assert_eq!(taken(&early), (vec![], vec![2]));
    assert_eq!(taken(&remote.receive(0, 2, 2)), (vec![], vec![2]), "a duplicate");
    remote.marker(0, 1, 25);
    let out = remote.receive(0, 0, 0);
    assert_eq!(taken(&out), (vec![0, 2], vec![0]), "the second in the place of the stream");
    assert_eq!(reports(&out).last(), Some(&(0, Some(key(30, 2)))));
    let full = remote.receive(0, 3, 3);
    assert_eq!((taken(&full).0, full.last()), (vec![], Some(&RemoteOutput::Refused(write(3)))));
    let behind = remote.receive(0, 4, 4);
    assert!(
        !behind.iter().any(|output| matches!(output, RemoteOutput::Refused(_))),
        "it is held back already"
    );
    let out = remote.limit(key(30, 2));
    let out = remote.landed(&out);
    assert_eq!(taken(&out).0, [3], "there is room again");
    assert_eq!(reports(&out).last(), Some(&(0, Some(key(40, 3)))));
    let mut remote = Remote::new(settings(Scheme::InOrderTransport, 1, &[]), None);
    remote.receive(0, 1, 1);
    assert_eq!(taken(&remote.marker(0, 0, 5)).0, [1], "a marker closes the gap");
}

/// What has arrived in turn takes no memory but its entry.
#[test]
fn a_stream_without_gaps_remembers_no_numbers() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    for number in 0..20 {
        remote.receive(0, number ^ 1, number ^ 1); // 1, 0, 3, 2, ...
        assert_eq!(remote.system.streams[0].ahead.is_empty(), number % 2 == 1);
    }
}

/// `timestamp-only` knows no gaps: the latest stamp counts, of every pair of the stream.
#[test]
fn the_latest_stamp_counts_without_numbers() {
    let mut remote = Remote::new(settings(Scheme::TimestampOnly, 1, &[]), None);
    let out = remote.receive(0, 5, 5);
    assert!(out.contains(&RemoteOutput::StampReceived(PairId(0), key(60, 5))));
    assert_eq!(reports(&out), [], "pair 1 has sent nothing");
    let out = remote.receive(0, 3, 3);
    assert!(!out.iter().any(|output| matches!(output, RemoteOutput::StampReceived(..))), "an earlier stamp");
    let out = remote.receive(1, 0, 8);
    assert_eq!(reports(&out), [(0, Some(key(60, 5)))]);
    let clock = Packet::Clock { stream: StreamId(0), stamp: 100 };
    let out = remote.tell(RemoteInput::Packet(clock));
    let promised = key(100, u64::MAX);
    assert_eq!(out[0], RemoteOutput::StampReceived(PairId(0), promised));
    assert_eq!(reports(&out), [(0, Some(key(90, 0)))]);
    assert_eq!(remote.tell(RemoteInput::Packet(clock)), NOTHING);
    let latest: Vec<_> = remote.system.latest_stamps().collect();
    assert_eq!(latest, [(StreamId(0), Some(promised)), (StreamId(1), Some(key(90, 0)))]);
    let out = remote.limit(key(60, 0));
    assert_eq!(destaged(&out), [3], "by stamps alone");
    assert_eq!(destaged(&remote.landed(&out)), [5]);
}

/// Rule `control = "wait"`: one report, then step 903 waits for the limits; what moved meanwhile is reported then.
#[test]
fn a_slave_that_waits_reports_once_and_then_what_moved() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("control", "literal")]), None);
    assert_eq!(reports(&remote.receive(0, 0, 0)), [(0, Some(key(10, 0)))]);
    assert_eq!(reports(&remote.receive(0, 1, 1)), []);
    let out = remote.limit(key(10, 0));
    assert_eq!(reports(&out), [(0, Some(key(20, 1)))]);
    let out = remote.limit(key(20, 1));
    assert_eq!(reports(&out), [], "nothing moved");
    assert_eq!(reports(&remote.receive(0, 2, 2)), [(0, Some(key(30, 2)))]);

    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("control", "wait")]), None);
    remote.settings.limit_period = MARKER_INTERVAL;
    remote.receive(0, 0, 0);
    assert_eq!(reports(&remote.tell(RemoteInput::Activate)), [(0, Some(key(10, 0)))]);
    remote.receive(0, 1, 1);
    assert_eq!(reports(&remote.limit(key(10, 0))), [], "not before the next activation");
    assert_eq!(reports(&remote.tell(RemoteInput::Activate)), [(0, Some(key(20, 1)))]);
}

/// A slave that stops says and stores nothing; when it goes on it says what has changed, or says it again.
#[test]
fn a_stopped_slave_is_silent() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[]), None);
    remote.tell(RemoteInput::StopSlave);
    assert_eq!(reports(&remote.receive(0, 0, 0)), []);
    assert_eq!(remote.limit(key(10, 0)), NOTHING);
    assert_eq!(remote.tell(RemoteInput::ResumeSlave), [RemoteOutput::Report(ALL, Some(key(10, 0)))]);
    assert_eq!(remote.limit(key(10, 0))[0], RemoteOutput::LimitStored(ALL, Some(key(10, 0))));
    let mut remote = Remote::new(settings(Scheme::None, 1, &[]), None);
    remote.tell(RemoteInput::StopSlave);
    assert_eq!(remote.tell(RemoteInput::ResumeSlave), NOTHING, "nothing to say where there are no limits");
}

/// Fig. 9, periodic activation: nothing between, and at each activation the earliest, changed or not.
#[test]
fn a_periodic_slave_reports_when_it_is_activated() {
    let mut remote = Remote::new(settings(Scheme::Group, 2, &[]), None);
    remote.settings.limit_period = MARKER_INTERVAL;
    assert_eq!(reports(&remote.receive(0, 0, 0)), []);
    for _ in 0..2 {
        assert_eq!(remote.tell(RemoteInput::Activate), [RemoteOutput::Report(ALL, Some(key(10, 0)))]);
    }
    assert_eq!(remote.tell(RemoteInput::StopSlave), NOTHING);
    assert_eq!(remote.tell(RemoteInput::ResumeSlave), NOTHING, "the next activation is soon enough");
}

/// Rule `run = "longest"`: the longest run of the numbers in the cache, which lets go what is destaged, and
/// markers when the limit has passed them.
#[test]
fn the_longest_run_may_lie_beyond_a_gap() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("run", "literal")]), None);
    assert_eq!(reports(&remote.receive(0, 0, 0)), [(0, Some(key(10, 0)))]);
    assert_eq!(reports(&remote.receive(0, 2, 2)), [(0, Some(key(30, 2)))], "of two runs the last");
    remote.marker(0, 5, 60);
    assert_eq!(reports(&remote.marker(0, 6, 70)), [(0, Some(key(70, 6)))]);
    let out = remote.limit(key(60, 5));
    assert_eq!(destaged(&out), [0]);
    let out = remote.landed(&out);
    assert_eq!((destaged(&out), reports(&out)), (vec![2], vec![]), "#6 is still the last");
    assert_eq!(reports(&remote.limit(key(70, 6))), [], "until something lands");
    let out = remote.landed(&out);
    assert_eq!(
        reports(&out),
        [(0, Some(key(10, 0)))],
        "the list is empty: the end is that of the run from 0"
    );
}

/// Rule `run = "longest"`: below the limit a marker leaves the list, and a write when it lands.
#[test]
fn writes_stay_in_the_list_until_they_land() {
    let mut remote = Remote::new(settings(Scheme::Pair, 1, &[("run", "longest")]), None);
    remote.receive(1, 0, 7);
    remote.receive(0, 0, 0);
    remote.receive(0, 2, 2);
    remote.limit(key(30, 2));
    assert_eq!(reports(&remote.tell(RemoteInput::Activate)), [(0, Some(key(30, 2)))]);
}

/// Rule `idle-stream = "exclude"`: a stream with nothing in the cache is left out of the minimum.
#[test]
fn an_idle_stream_may_be_left_out() {
    let mut remote = Remote::new(settings(Scheme::Pair, 1, &[("idle-stream", "exclude")]), None);
    assert_eq!(reports(&remote.receive(0, 0, 0)), [(0, Some(key(10, 0)))]);
    assert_eq!(reports(&remote.receive(1, 0, 1)), []);
    let out = remote.limit(key(10, 0));
    let out = remote.landed(&out);
    assert_eq!(reports(&out), [(0, Some(key(20, 0)))]);
    let out = remote.limit(key(20, 0));
    assert_eq!(reports(&remote.landed(&out)), [(0, Some(LEFT_OUT))]);
    assert_eq!(reports(&remote.receive(0, 1, 9)), [(0, Some(key(100, 1)))]);
    assert_eq!(reports(&remote.receive(1, 1, 5)), [(0, Some(key(60, 1)))], "in the minimum again, and below");
}

/// Rule `run = "longest"`: a stream that is not the earliest may fall below the one that is.
#[test]
fn the_end_of_the_longest_run_may_fall() {
    let mut remote = Remote::new(settings(Scheme::Pair, 1, &[("run", "longest")]), None);
    remote.receive(1, 1, 8);
    remote.receive(1, 2, 9);
    assert_eq!(reports(&remote.receive(0, 0, 6)), [(0, Some(key(70, 0)))]);
    assert_eq!(reports(&remote.receive(1, 4, 1)), []);
    assert_eq!(reports(&remote.receive(1, 5, 2)), [(0, Some(key(30, 5)))], "of two runs the last");
}

/// Rules `run = "longest"` and `idle-stream = "naked"`: a clock counts if it is later than the longest run.
#[test]
fn a_naked_clock_counts_beside_the_longest_run() {
    let rules = [("run", "longest"), ("idle-stream", "naked")];
    let mut remote = Remote::new(settings(Scheme::Group, 1, &rules), None);
    remote.receive(0, 0, 0);
    let clock = |stamp| RemoteInput::Packet(Packet::Clock { stream: StreamId(0), stamp });
    assert_eq!(reports(&remote.tell(clock(15))), [(0, Some(key(15, u64::MAX)))]);
    assert_eq!(reports(&remote.receive(0, 4, 4)), [(0, Some(key(50, 4)))]);
}

/// Rule `idle-stream = "naked"`: a clock raises the end over gaps, and what comes later does not lower it.
#[test]
fn a_naked_clock_raises_the_end_over_gaps() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("idle-stream", "naked")]), None);
    remote.receive(0, 1, 1);
    let clock = |stamp| RemoteInput::Packet(Packet::Clock { stream: StreamId(0), stamp });
    let promised = Some(key(500, u64::MAX));
    assert_eq!(remote.tell(clock(500)), [RemoteOutput::Report(ALL, promised)]);
    assert_eq!(remote.tell(clock(400)), NOTHING);
    assert_eq!(reports(&remote.receive(0, 0, 0)), []);
    assert_eq!(reports(&remote.receive(0, 2, 99)), [(0, Some(key(1000, 2)))]);
}

/// Fig. 10: the earliest of what all slaves reported, when each has; again only when it has changed.
#[test]
fn the_master_sends_the_earliest_of_all_reports() {
    let place = |pair: usize| PairPlace {
        pair: PairId::from(pair),
        local: LocalId(0),
        remote: RemoteId::from(pair),
        group: GroupId(0),
    };
    let pairs: Vec<_> = (0..2).map(|pair| PairAddress { place: place(pair), remote_unit: 0 }).collect();
    let settings = |periodic, rules: Rules| {
        let (scheme, pairs) = (Scheme::Group, pairs.clone());
        Settings::new(
            scheme,
            rules,
            MARKER_INTERVAL,
            vec![vec![Transport::fixed(TIMEOUT); 3]],
            if periodic { MARKER_INTERVAL } else { SimDuration::ZERO },
            0,
            1024,
            pairs,
            (1, 3, 1),
        )
    };
    let told = |settings: &Settings, reports: &[(u32, Option<Key>)]| {
        let mut master = Master::new(settings);
        let mut limits = vec![];
        for &(remote, end) in reports {
            master.handle_report(RemoteId(remote), &[(ALL, end)]);
            let mut out = vec![];
            master.run(settings, &mut out);
            limits.push(out);
        }
        limits
    };
    let to_both = |limit| vec![(RemoteId(0), ALL, limit), (RemoteId(1), ALL, limit)];
    let (early, late) = (Some(key(10, 0)), Some(key(20, 1)));
    let on_change = settings(false, Rules::REPAIRED);
    // A system without a pair takes no part, whatever it says.
    let script = [(0, late), (2, early), (1, early), (1, early), (0, Some(key(30, 2))), (1, late), (1, None)];
    let said = [vec![], vec![], to_both(early), vec![], vec![], to_both(late), vec![]];
    assert_eq!(told(&on_change, &script), said);
    // Periodically the limit is resent; a lower one too, which step 904 may refuse.
    let said = [vec![], vec![], to_both(early), to_both(early), to_both(early), to_both(late), vec![]];
    assert_eq!(told(&settings(true, Rules::REPAIRED), &script), said);
    // Left out of the minimum; nobody is left in it.
    let script = [(0, Some(LEFT_OUT)), (1, early), (1, Some(LEFT_OUT)), (1, early), (1, late)];
    assert_eq!(told(&on_change, &script), [vec![], to_both(early), vec![], vec![], to_both(late)]);
    // Rule `control = "wait"`: each must report anew, and each is answered, if only to end its wait.
    let mut waits = Rules::REPAIRED;
    waits.control = crate::protocol::rules::Control::LITERAL;
    let script = [(0, late), (1, early), (1, late), (0, late), (0, early), (1, None)];
    let said = [vec![], to_both(early), vec![], to_both(late), vec![], to_both(None)];
    assert_eq!(told(&settings(false, waits), &script), said);
}

/// After a crash everything that survived waits again, and the slave says its end anew.
#[test]
fn a_remote_crash_loses_nothing_that_is_non_volatile() {
    for destage in ["system", "pair"] {
        let mut remote = Remote::new(settings(Scheme::Group, 1, &[("destage", destage)]), None);
        remote.receive(0, 0, 0);
        remote.receive(0, 1, 1);
        remote.receive(0, 3, 3);
        assert_eq!(destaged(&remote.limit(key(10, 0))), [0]);
        assert_eq!(remote.tell(RemoteInput::Crash), NOTHING);
        let out = remote.tell(RemoteInput::Restart);
        assert_eq!((destaged(&out), reports(&out)), (vec![0], vec![(0, Some(key(20, 1)))]));
        assert_eq!(reports(&remote.receive(0, 2, 2)), [(0, Some(key(40, 3)))]);
        assert_eq!(taken(&remote.receive(0, 2, 2)), (vec![], vec![2]));
        assert_eq!(destaged(&remote.landed(&out)), NONE);
    }
}

/// Rule `non-volatile`, item by item: what a control unit that loses it does next.
#[test]
fn each_item_that_a_remote_crash_loses_shows() {
    let crashed = |item: &str| {
        let rules = [("non-volatile", item)];
        let mut remote = Remote::new(settings(Scheme::Group, 1, &rules), Some(1024 + 1024));
        remote.receive(0, 0, 0);
        remote.receive(0, 1, 1);
        remote.receive(0, 2, 2);
        let out = remote.limit(key(10, 0));
        assert_eq!(destaged(&out), [0]);
        let lost = remote.tell(RemoteInput::Crash);
        (remote, lost)
    };
    let (mut remote, lost) = crashed("remote-cache");
    assert_eq!(lost, [0, 1, 2].map(|serial| RemoteOutput::CacheLost(write(serial))));
    assert_eq!(remote.system.undestaged(), 0);
    assert_eq!(destaged(&remote.tell(RemoteInput::Restart)), NONE);
    for number in [3, 4, 5] {
        assert_eq!(taken(&remote.receive(0, number, number)).0, [number], "room for two, and the place");
    }
    assert_eq!(remote.receive(0, 6, 6), [RemoteOutput::Refused(write(6))]);

    let (mut remote, lost) = crashed("next-expected");
    assert_eq!(lost, NOTHING);
    assert_eq!(taken(&remote.receive(0, 9, 9)).0, NONE, "full, and not the next");
    remote.tell(RemoteInput::Restart);
    let again = remote.receive(0, 0, 0);
    assert_eq!(
        again,
        [RemoteOutput::Refused(write(0))],
        "the place is taken; once it was known as a duplicate"
    );

    let (mut remote, lost) = crashed("limits");
    assert_eq!(lost, [RemoteOutput::LimitStored(ALL, None)]);
    assert_eq!(destaged(&remote.tell(RemoteInput::Restart)), NONE);

    let (mut remote, lost) = crashed("end-key");
    assert_eq!(lost, NOTHING);
    let out = remote.tell(RemoteInput::Restart);
    assert_eq!(reports(&out), [(0, Some(key(30, 2)))], "by the list in the cache");
    remote.landed(&out);
    let out = remote.limit(key(30, 2));
    let out = remote.landed(&out);
    remote.landed(&out);
    assert_eq!(reports(&remote.tell(RemoteInput::Activate)), [(0, Some(LEFT_OUT))], "the list is empty");
    assert_eq!(reports(&remote.receive(0, 3, 3)), [(0, Some(key(40, 3)))], "known again");
}

/// Both the end and the next expected number are lost: of no write in the cache is it known that all before it came.
#[test]
fn without_end_and_next_number_nothing_is_known_to_be_contiguous() {
    let rules = [("non-volatile", "end-key"), ("non-volatile", "next-expected")];
    let mut remote = Remote::new(settings(Scheme::Group, 1, &rules), None);
    remote.receive(0, 0, 0);
    remote.tell(RemoteInput::Crash);
    assert_eq!(reports(&remote.tell(RemoteInput::Restart)), [(0, Some(LEFT_OUT))]);
}

/// Item `end-key`: what arrives next may put the end of its stream below that of the others.
#[test]
fn an_end_that_was_lost_may_come_back_below_others() {
    let mut remote = Remote::new(settings(Scheme::Pair, 1, &[("non-volatile", "end-key")]), None);
    remote.receive(0, 0, 6);
    remote.receive(1, 0, 0);
    let out = remote.limit(key(10, 0));
    remote.landed(&out);
    remote.tell(RemoteInput::Crash);
    assert_eq!(reports(&remote.tell(RemoteInput::Restart)), [(0, Some(key(70, 0)))]);
    assert_eq!(reports(&remote.receive(1, 1, 3)), [(0, Some(key(40, 1)))]);
}

/// Rule `control = "wait"`: a slave that crashed while it waited does not wait for ever.
#[test]
fn a_restarted_slave_does_not_wait_for_an_answer_to_what_it_said_before() {
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("control", "wait")]), None);
    remote.receive(0, 0, 0);
    remote.tell(RemoteInput::Crash);
    assert_eq!(reports(&remote.tell(RemoteInput::Restart)), [(0, Some(key(10, 0)))]);
}

/// `timestamp-only` has no end of a run that a crash could lose, only the latest stamp of each pair.
#[test]
fn the_prior_art_has_no_end_key_to_lose() {
    let mut remote = Remote::new(settings(Scheme::TimestampOnly, 1, &[("non-volatile", "end-key")]), None);
    for (pair, serial) in [(0, 0), (1, 1)] {
        let out = remote.receive(pair, 0, serial);
        assert_eq!(reports(&out).len(), pair);
    }
    let out = remote.limit(key(20, 0));
    let out = remote.landed(&out);
    remote.landed(&out);
    remote.tell(RemoteInput::Crash);
    assert_eq!(reports(&remote.tell(RemoteInput::Restart)), [(0, Some(key(10, 0)))]);
}

/// After a restart the slave says its ends where it reports every change, and nothing where nobody asks for limits.
#[test]
fn a_restarted_slave_reports_where_it_reports_at_all() {
    for (scheme, periodic) in [(Scheme::None, false), (Scheme::Synchronous, false), (Scheme::Group, true)] {
        let mut remote = Remote::new(settings(scheme, 1, &[]), None);
        remote.settings.limit_period = if periodic { MARKER_INTERVAL } else { SimDuration::ZERO };
        remote.receive(0, 0, 0);
        remote.tell(RemoteInput::Crash);
        assert_eq!(reports(&remote.tell(RemoteInput::Restart)), []);
    }
}

/// The local site is lost: what is up to the declared limit lands, in order; the rest is discarded, also what was on
/// its way to a unit by a limit that is no longer known.
#[test]
fn recovery_destages_up_to_the_limit_and_discards_the_rest() {
    for destage in ["system", "pair", "serial"] {
        let mut remote = Remote::new(settings(Scheme::Group, 1, &[("destage", destage)]), Some(1024 + 1536));
        for number in 0..3 {
            remote.receive(0, number, number);
        }
        let out = remote.tell(RemoteInput::Recover(&[Some(key(20, 1))]));
        assert_eq!(out[0], RemoteOutput::Discarded(write(2)));
        assert_eq!(remote.system.undestaged(), 2);
        if destage == "serial" {
            assert_eq!(out[1..], [RemoteOutput::MayDestage(GroupId(0))]);
        } else {
            assert_eq!(destaged(&out), [0]);
            assert_eq!(destaged(&remote.landed(&out)), [1]);
        }
        assert_eq!(taken(&remote.receive(0, 9, 9)).0, [9], "its room is free");
    }
    for destage in ["system", "pair"] {
        let rules = [("destage", destage), ("limit-update", "literal")];
        let mut remote = Remote::new(settings(Scheme::Group, 1, &rules), None);
        remote.receive(0, 0, 0);
        assert_eq!(destaged(&remote.limit(key(10, 0))), [0]);
        let out = remote.tell(RemoteInput::Recover(&[None]));
        assert_eq!(out, [RemoteOutput::Discarded(write(0))]);
        remote.tell(RemoteInput::Recover(&[Some(key(50, 9))]));
        assert_eq!(destaged(&remote.receive(0, 1, 1)), [1], "the unit is free");
    }
    let mut remote = Remote::new(settings(Scheme::Group, 1, &[("destage", "serial")]), None);
    remote.receive(0, 0, 0);
    remote.limit(key(10, 0));
    let systems = std::slice::from_mut(&mut remote.system);
    serial_next(&remote.settings, systems, GroupId(0), |_| true, &mut vec![]);
    let out = remote.tell(RemoteInput::Recover(&[None]));
    assert_eq!(out[..2], [RemoteOutput::Discarded(write(0)), RemoteOutput::Cancelled(GroupId(0))]);
}

/// `none` and `synchronous` know no limit: in the order of arrival.
#[test]
fn without_limits_arrival_is_the_order() {
    for scheme in [Scheme::None, Scheme::Synchronous] {
        let mut remote = Remote::new(settings(scheme, 1, &[]), None);
        let first = remote.receive(0, 1, 5);
        assert_eq!((destaged(&first), reports(&first)), (vec![5], vec![]));
        remote.receive(0, 2, 9);
        remote.receive(0, 0, 1);
        let out = remote.landed(&first);
        assert_eq!(destaged(&out), [9]);
        assert_eq!(destaged(&remote.landed(&out)), [1]);
        assert_eq!(taken(&remote.receive(0, 2, 9)), (vec![], vec![2]), "a duplicate");
    }
}
