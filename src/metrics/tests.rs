//! The figures of hand-written runs, through the real tracker of R(t).

use proptest::prelude::*;

use super::*;
use crate::recovery::Tracker;
use crate::trace::{Fate, Key, PacketClass, PreamblePair};
use crate::units::{HostId, LocalId, PairId, PathId, RemoteId};

const SECOND: u64 = 1_000_000_000;

fn at(seconds: u64) -> SimTime {
    SimTime::from_ns(seconds * SECOND)
}

/// A small run: group 0 has pair 0, group 1 pair 1; everything in a remote cache is recoverable.
struct Run {
    tracker: Tracker,
    metrics: Metrics,
    next: u64,
}

impl Run {
    fn new(from: u64, to: u64) -> Self {
        let pair = |group, unit| PreamblePair {
            group: GroupId(group),
            local: LocalId(0),
            local_unit: unit,
            remote: RemoteId(unit),
            remote_unit: 0,
        };
        let preamble = Preamble {
            statistics_from: at(from),
            statistics_to: at(to),
            ..Preamble::of_pairs(vec![pair(0, 0), pair(1, 1)])
        };
        Self {
            tracker: Tracker::new(&preamble),
            metrics: Metrics::new(&preamble, Options { series: true, pairs: true }),
            next: 0,
        }
    }

    fn tell(&mut self, seconds: u64, record: Record) {
        let mut changes = Vec::new();
        self.tracker.observe(at(seconds), &record, &mut changes);
        self.metrics.observe(at(seconds), &record, &changes, self.tracker.table());
        self.metrics.observe_network(at(seconds), &record);
        self.tracker.release(&record);
    }

    /// Issues a write of 10 bytes to a pair (or to a unit without one), each in a slot of its own.
    fn issue(&mut self, seconds: u64, pair: Option<u32>) -> WriteRef {
        let write = WriteRef { serial: self.next, slot: self.next as u32 };
        self.next += 1;
        let record = Record::Issued {
            write,
            host: HostId(0),
            local: LocalId(0),
            unit: pair.unwrap_or(9),
            pair: pair.map(PairId),
            position: 0,
            size: 10,
        };
        self.tell(seconds, record);
        write
    }

    /// Issued, accepted and completed at these seconds.
    fn write(&mut self, pair: u32, issued: u64, fixed: u64, completed: u64) -> WriteRef {
        let write = self.issue(issued, Some(pair));
        self.tell(fixed, Record::Accepted { write });
        self.tell(completed, Record::Completed { write });
        write
    }

    fn cached(&mut self, seconds: u64, write: WriteRef, remote: u32) {
        self.tell(seconds, Record::RemoteCached { write, remote: RemoteId(remote), key: Key::default() });
    }

    fn cache_lost(&mut self, seconds: u64, write: WriteRef, remote: u32) {
        self.tell(seconds, Record::RemoteCacheLost { write, remote: RemoteId(remote) });
    }

    fn destaged(&mut self, seconds: u64, write: WriteRef, remote: u32) {
        self.tell(seconds, Record::RemoteDestaged { write, remote: RemoteId(remote), unit: 0, position: 0 });
    }

    fn finish(self, seconds: u64, local_site_lost: bool) -> Summary {
        self.metrics.finish(&End { at: at(seconds), drained: true, local_site_lost }, self.tracker.table())
    }
}

/// A mean, with the count in front.
fn mean(spans: &Spans) -> (u64, f64) {
    (spans.count, spans.mean_s)
}

#[test]
fn response_time_and_lags_of_one_write() {
    let mut run = Run::new(0, 100);
    let write = run.write(0, 1, 2, 4);
    run.cached(9, write, 0);
    run.destaged(12, write, 0);
    let summary = run.finish(12, false);
    assert_eq!(mean(&summary.response_time), (1, 3.0));
    assert_eq!(mean(&summary.received_lag), (1, 5.0));
    assert_eq!(mean(&summary.applied_lag), (1, 8.0));
    assert_eq!(mean(&summary.groups[0].applied_lag), (1, 8.0));
    assert_eq!(mean(&summary.groups[1].applied_lag), (0, 0.0));
}

/// What a fault holds up may have no completion yet, as under `synchronous`: it is waited for, unless its host gives it up
/// or a crash wipes it.
#[test]
fn a_fault_waits_for_writes_without_a_completion() {
    let mut run = Run::new(0, 100);
    let [held, given_up, wiped] = [1, 2, 3].map(|second| {
        let write = run.issue(second, Some(0));
        run.tell(second, Record::Accepted { write });
        write
    });
    run.tell(10, Record::FaultBegan { fault: 0 });
    run.tell(20, Record::FaultEnded { fault: 0 });
    run.tell(21, Record::LocalCacheLost { write: wiped });
    run.tell(22, Record::Abandoned { write: given_up });
    run.write(0, 25, 25, 26);
    run.cached(30, held, 0);
    run.tell(33, Record::Completed { write: held });
    run.write(0, 34, 34, 80);
    let fault = run.finish(99, false).faults[0];
    assert_eq!((fault.ended, fault.caught_up), (Some(at(20)), Some(at(30))));
    assert_eq!(fault.response_time_max, at(33).since(at(1)));
}

#[test]
fn a_lag_is_never_below_zero() {
    let mut run = Run::new(0, 100);
    let write = run.issue(1, Some(0));
    run.tell(1, Record::Accepted { write });
    run.cached(2, write, 0);
    run.destaged(3, write, 0);
    run.tell(5, Record::Completed { write });
    let summary = run.finish(9, false);
    assert_eq!(mean(&summary.received_lag), (1, 0.0));
    assert_eq!(mean(&summary.applied_lag), (1, 0.0));
    assert_eq!(summary.rpo, Rpo::default());
}

#[test]
fn the_first_stay_in_the_image_counts_for_the_received_lag() {
    let mut run = Run::new(0, 10);
    let write = run.write(0, 0, 0, 1);
    run.cached(2, write, 0);
    run.cache_lost(4, write, 0);
    run.cached(8, write, 0);
    let summary = run.finish(10, false);
    assert_eq!(mean(&summary.received_lag), (1, 1.0));
    // Missing from 1 s to 2 s, and again from 4 s to 8 s: the recovery point goes to 2 s, then from 4 s to 8 s.
    assert_eq!(
        summary.rpo,
        Rpo { mean_s: (1.5 + 24.0) / 10.0, max_s: 8.0, at_loss_s: None, p99_s: summary.rpo.p99_s }
    );
}

#[test]
fn writes_issued_outside_the_window_and_to_units_without_a_pair_do_not_count() {
    let mut run = Run::new(10, 20);
    for issued in [9, 10, 19, 20] {
        let write = run.write(0, issued, issued, issued + 1);
        run.destaged(issued + 2, write, 0);
    }
    let write = run.issue(15, None);
    run.tell(15, Record::Accepted { write });
    run.tell(15, Record::Completed { write });
    let summary = run.finish(22, false);
    assert_eq!(summary.response_time.count, 2);
    assert_eq!(summary.applied_lag.count, 2);
    assert_eq!(summary.local_only, 1);
}

#[test]
fn the_overall_recovery_point_is_the_worst_of_the_groups_at_each_instant() {
    let mut run = Run::new(0, 10);
    let first = run.write(0, 0, 0, 0);
    let second = run.write(1, 1, 1, 1);
    run.cached(4, first, 0);
    run.cached(6, second, 1);
    let summary = run.finish(10, false);
    // a: 0 to 4 s over 4 s. b: 0 to 5 s over 5 s. Worst: a until 4 s (area 8), then b from 3 s to 5 s (area 8).
    assert_eq!(
        summary.groups[0].rpo,
        Rpo { mean_s: 0.8, max_s: 4.0, at_loss_s: None, p99_s: summary.groups[0].rpo.p99_s }
    );
    assert_eq!(
        summary.groups[1].rpo,
        Rpo { mean_s: 1.25, max_s: 5.0, at_loss_s: None, p99_s: summary.groups[1].rpo.p99_s }
    );
    assert_eq!(summary.rpo, Rpo { mean_s: 1.6, max_s: 5.0, at_loss_s: None, p99_s: summary.rpo.p99_s });
}

#[test]
fn the_loss_of_the_local_site_tells_what_it_cost_each_group() {
    let mut run = Run::new(0, 10);
    let first = run.write(0, 2, 2, 2);
    let second = run.write(1, 1, 1, 1);
    run.cached(4, second, 1);
    run.tell(6, Record::LocalSiteLost);
    run.destaged(7, second, 1);
    let summary = run.finish(8, true);
    assert_eq!(summary.groups[0].rpo.at_loss_s, Some(4.0));
    assert_eq!(summary.groups[1].rpo.at_loss_s, Some(0.0));
    assert_eq!(summary.rpo.at_loss_s, Some(4.0));
    assert_eq!(mean(&summary.groups[1].applied_lag), (1, 6.0));
    assert!(summary.series.unwrap().faults.iter().any(|mark| mark.fault.is_none() && mark.began == at(6)));
    let _ = first;
}

#[test]
fn cache_peaks_are_of_one_system() {
    let mut run = Run::new(0, 10);
    let first = run.write(0, 0, 1, 1);
    let second = run.write(1, 0, 1, 1);
    run.cached(2, first, 0);
    run.cached(2, second, 1);
    run.tell(3, Record::LocalDestaged { write: first });
    run.destaged(4, first, 0);
    run.tell(4, Record::LocalDestaged { write: second });
    let summary = run.finish(5, false);
    assert_eq!(summary.cache, CachePeaks { local_bytes: 20, remote_bytes: 10 });
    let series = summary.series.unwrap();
    let (.., last) = series.buckets().last().unwrap();
    assert_eq!((last.local_cache_bytes, last.remote_cache_bytes), (0, 10));
}

#[test]
fn a_duplicate_that_outlives_its_write_does_not_upset_the_cache() {
    let mut run = Run::new(0, 10);
    let write = run.write(0, 0, 0, 0);
    run.tell(1, Record::LocalDestaged { write });
    run.cached(1, write, 0);
    run.cached(1, write, 0);
    run.destaged(2, write, 0);
    // Finished: the slot goes to another write while a second copy stands in the cache.
    run.next = 0;
    let other = WriteRef { serial: 7, slot: write.slot };
    run.tell(
        3,
        Record::Issued {
            write: other,
            host: HostId(0),
            local: LocalId(0),
            unit: 0,
            pair: Some(PairId(0)),
            position: 0,
            size: 10,
        },
    );
    run.destaged(4, write, 0);
    let summary = run.finish(5, false);
    assert_eq!(summary.cache.remote_bytes, 20);
    assert_eq!(mean(&summary.applied_lag), (1, 2.0));
}

#[test]
fn packets_count_if_sent_within_the_window_and_directions_are_apart() {
    let mut run = Run::new(10, 20);
    for (number, sent) in [9, 10, 20, 21].into_iter().enumerate() {
        for direction in [Direction::Forward, Direction::Reverse] {
            let record = Record::PacketSent {
                path: PathId(0),
                direction,
                number: number as u64,
                class: PacketClass::WriteData,
                write: None,
                bytes: 1,
                fate: if direction == Direction::Reverse { Fate::Lost } else { Fate::Copies(1) },
            };
            run.tell(sent, record);
        }
    }
    // In the order 0, 2, 1: packet 0 does not count, packet 1 is reordered.
    for number in [0, 2, 1] {
        let sent = at([9, 10, 20][number]);
        let (path, direction) = (PathId(0), Direction::Forward);
        run.tell(25, Record::PacketArrived { path, direction, number: number as u64, sent });
    }
    let summary = run.finish(30, false);
    assert_eq!((summary.wan.offered, summary.wan.delivered, summary.wan.lost), (2, 2, 0));
    assert_eq!((summary.wan.reordering.received, summary.wan.reordering.reordered), (2, 1));
    assert_eq!((summary.wan_reverse.offered, summary.wan_reverse.lost), (2, 2));
    assert!((summary.wan.delay.mean_s - 10.0).abs() < 1e-9);
}

/// What may happen to a write after its issue, in any order and number.
#[derive(Clone, Copy, Debug)]
enum Step {
    Issue(u32),
    Complete(usize),
    Cache(usize),
    Lose(usize),
    Destage(usize),
}

fn steps() -> impl Strategy<Value = Vec<(u64, Step)>> {
    let step = prop_oneof![
        3 => (0_u32..2).prop_map(Step::Issue),
        3 => (0_usize..40).prop_map(Step::Complete),
        2 => (0_usize..40).prop_map(Step::Cache),
        1 => (0_usize..40).prop_map(Step::Lose),
        1 => (0_usize..40).prop_map(Step::Destage),
    ];
    prop::collection::vec((0_u64..3, step), 0..150)
}

proptest! {
    /// The integral and the maximum agree with the definition, evaluated second by second.
    #[test]
    fn the_recovery_point_agrees_with_its_definition(steps in steps()) {
        let mut run = Run::new(5, 60);
        // (group, accepted, completed, cached, destaged)
        let mut plain: Vec<(u32, u64, bool, bool, bool)> = Vec::new();
        let mut writes = Vec::new();
        let mut now = 0;
        let mut twice_area = [0_u64; 3];
        let mut greatest = [0_u64; 3];
        let mut judge = |second: u64, plain: &[(u32, u64, bool, bool, bool)]| {
            // The recovery point grows through the second that begins now.
            for (index, groups) in [&[0][..], &[1], &[0, 1]].into_iter().enumerate() {
                let earliest = plain.iter().filter(|w| groups.contains(&w.0) && w.2 && !w.3 && !w.4).map(|w| w.1).min();
                if let Some(fixed) = earliest.filter(|_| (5..60).contains(&second)) {
                    twice_area[index] += (second - fixed) + (second + 1 - fixed);
                    greatest[index] = greatest[index].max(second + 1 - fixed);
                }
            }
        };
        for (wait, step) in steps {
            for second in now..now + wait {
                judge(second, &plain);
            }
            now += wait;
            match step {
                Step::Issue(pair) => {
                    let write = run.issue(now, Some(pair));
                    run.tell(now, Record::Accepted { write });
                    writes.push(write);
                    plain.push((pair, now, false, false, false));
                }
                Step::Complete(index) if index < plain.len() && !plain[index].2 => {
                    plain[index].2 = true;
                    run.tell(now, Record::Completed { write: writes[index] });
                }
                Step::Cache(index) if index < plain.len() && !plain[index].3 && !plain[index].4 => {
                    plain[index].3 = true;
                    run.cached(now, writes[index], plain[index].0);
                }
                Step::Lose(index) if index < plain.len() && plain[index].3 => {
                    plain[index].3 = false;
                    run.cache_lost(now, writes[index], plain[index].0);
                }
                Step::Destage(index) if index < plain.len() && plain[index].3 => {
                    plain[index].3 = false;
                    plain[index].4 = true;
                    run.destaged(now, writes[index], plain[index].0);
                }
                _ => {}
            }
        }
        for second in now..60 {
            judge(second, &plain);
        }
        let summary = run.finish(60.max(now), false);
        for (index, rpo) in [summary.groups[0].rpo, summary.groups[1].rpo, summary.rpo].into_iter().enumerate() {
            let mean_s = twice_area[index] as f64 / 2.0 / 55.0;
            prop_assert!((rpo.mean_s - mean_s).abs() < 1e-9, "{:?}: mean {} expected", rpo, mean_s);
            prop_assert!((rpo.max_s - greatest[index] as f64).abs() < 1e-9, "{:?}: max {}", rpo, greatest[index]);
        }
    }
}
