//! Who judges a run, and what is measured of it, over one stream of records: tracker, checker; metrics and digest where
//! they are asked for.

use super::belt::{Batch, Taker};
use crate::checker::{
    Check, CheckState, Checker, Counts, TapeChecker, TapeVerdict, TapeViolation, Verdict, Violation,
};
use crate::metrics::{Metrics, Options, Summary, TapeMeter, TapeSummary};
use crate::recovery::{Change, Tracker, WriteTable};
use crate::trace::digest::Digest;
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::{GroupId, SimTime};

/// What is measured of a run beside its verdict; `()` is nothing, and costs nothing.
pub trait Meters {
    /// What is found in the end.
    type Found;

    /// `record` happened at `now` and changed R(t) by `changes`; `table` has taken it in already, and still holds a
    /// write that this record finishes.
    fn observe(&mut self, now: SimTime, record: &Record, changes: &[Change], table: &WriteTable);

    /// What is remembered of the write in `slot` will be asked for soon ([`crate::collections`]).
    fn fetch(&self, slot: u32);

    /// The same records once more, then or later, for what is measured from them alone.
    fn observe_alone(&mut self, records: &[(SimTime, Record)]);

    /// The run ended.
    fn finish(self, end: &End, table: &WriteTable) -> Self::Found;
}

impl Meters for () {
    type Found = ();

    fn observe(&mut self, _now: SimTime, _record: &Record, _changes: &[Change], _table: &WriteTable) {}

    fn fetch(&self, _slot: u32) {}

    fn observe_alone(&mut self, _records: &[(SimTime, Record)]) {}

    fn finish(self, _end: &End, _table: &WriteTable) {}
}

/// Everything that a result shows: metrics of disk and tape, and the digest.
#[derive(Clone, Debug)]
pub struct AllMeters {
    metrics: Metrics,
    /// Where there is tape.
    tape: Option<TapeMeter>,
    digest: Digest,
}

impl AllMeters {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble, options: Options) -> Self {
        Self {
            metrics: Metrics::new(preamble, options),
            tape: (!preamble.tape.jobs.is_empty()).then(|| TapeMeter::new(&preamble.tape)),
            digest: Digest::default(),
        }
    }
}

impl Meters for AllMeters {
    type Found = Measured;

    #[inline]
    fn observe(&mut self, now: SimTime, record: &Record, changes: &[Change], table: &WriteTable) {
        self.metrics.observe(now, record, changes, table);
    }

    #[inline]
    fn fetch(&self, slot: u32) {
        self.metrics.fetch(slot);
    }

    fn observe_alone(&mut self, records: &[(SimTime, Record)]) {
        // One after the other, so that each finds its code in the cache (`belt`).
        for (now, record) in records {
            self.metrics.observe_network(*now, record);
        }
        for (now, record) in records {
            self.digest.observe(*now, record);
        }
        if let Some(meter) = &mut self.tape {
            for (now, record) in records {
                if let Record::Tape(record) = record {
                    meter.observe(*now, record);
                }
            }
        }
    }

    fn finish(self, end: &End, table: &WriteTable) -> Measured {
        Measured {
            summary: self.metrics.finish(end, table),
            tape: self.tape.map(|meter| meter.finish(end)),
            digest: self.digest.finish(),
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// What was measured of disk.
    pub summary: Summary,
    /// What was measured of tape, where there is any.
    pub tape: Option<TapeSummary>,
    /// Digest of all records, in hexadecimal.
    pub digest: String,
}

/// What the observers say in the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The checker's word.
    pub verdict: Verdict,
    /// Writes that counted.
    pub counts: Counts,
    /// What was measured.
    pub summary: Summary,
    /// What was measured of tape, where there is any.
    pub tape: Option<TapeSummary>,
    /// Digest of all records, in hexadecimal.
    pub digest: String,
}

/// Tracker and checker.
#[derive(Clone, Debug)]
struct Bench {
    tracker: Tracker,
    checker: Checker,
    /// Where there is tape.
    tape: Option<TapeChecker>,
    /// Are there pairs at all?
    has_pairs: bool,
}

/// Records whose writes are fetched together ([`crate::collections`]).
const TOGETHER: usize = 16;

/// The slot of the write that a record is of, where that write was issued a while ago: its rows are likely no longer in the
/// caches of the processor.
const fn slot_of_old(record: &Record) -> Option<u32> {
    match record {
        Record::RemoteCached { write, .. }
        | Record::RemoteDestaged { write, .. }
        | Record::LocalDestaged { write } => Some(write.slot),
        _ => None,
    }
}

/// Judges a run, and measures `M` of it.
#[derive(Clone, Debug)]
pub struct Judge<M = ()> {
    bench: Bench,
    meters: M,
    /// What the last record changed of R(t).
    changes: Vec<Change>,
}

impl<M: Meters> Judge<M> {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble, meters: M) -> Self {
        let (units, jobs) = (preamble.tape.units.len(), preamble.tape.jobs.len());
        let bench = Bench {
            tracker: Tracker::new(preamble),
            checker: Checker::new(preamble),
            tape: (jobs > 0).then(|| TapeChecker::new(units, jobs)),
            has_pairs: !preamble.pairs.is_empty(),
        };
        Self { bench, meters, changes: Vec::new() }
    }

    /// One who knows the same of R(t) and of the checks, and measures nothing.
    pub fn without_meters(&self) -> Judge {
        Judge { bench: self.bench.clone(), meters: (), changes: Vec::new() }
    }

    /// All this happened, in this order.
    pub fn record(&mut self, records: &[(SimTime, Record)]) {
        let Bench { tracker, checker, tape, .. } = &mut self.bench;
        for some in records.chunks(TOGETHER) {
            for slot in some.iter().filter_map(|(_, record)| slot_of_old(record)) {
                tracker.table().fetch(slot);
                self.meters.fetch(slot);
            }
            for (now, record) in some {
                if let (Record::Tape(record), Some(checker)) = (record, tape.as_mut()) {
                    checker.observe(*now, record);
                }
                self.changes.clear();
                tracker.observe(*now, record, &mut self.changes);
                if self.changes.len() > 1 {
                    self.changes.iter().for_each(|change| self.meters.fetch(change.slot()));
                }
                checker.observe(*now, record, &self.changes, tracker.table());
                self.meters.observe(*now, record, &self.changes, tracker.table());
                tracker.release(record);
            }
        }
        self.meters.observe_alone(records);
    }

    /// Is R(t) of a group a prefix, and closed under *precedes*, at this instant?
    pub fn holds_now(&mut self, group: GroupId) -> (bool, bool) {
        self.bench.checker.holds_now(group, self.bench.tracker.table())
    }

    /// Is a check of one group broken so far? Of a check that is not judged, is it in any group?
    pub fn is_broken(&self, group: GroupId, check: Check) -> bool {
        match self.bench.checker.state(group, check) {
            CheckState::NotJudged => self.bench.checker.broken().has(check),
            state => state == CheckState::Broken,
        }
    }

    /// The run ended: the checker's word, the writes that counted, and what was measured.
    pub fn finish(self, end: &End) -> (Verdict, Counts, M::Found) {
        let Bench { tracker, checker, tape, has_pairs } = self.bench;
        let (mut verdict, counts) = checker.finish(end, tracker.table());
        let found = self.meters.finish(end, tracker.table());
        if !has_pairs {
            for check in verdict.promise.judged.iter() {
                verdict.checks.set(check, CheckState::NotChecked); // There is no remote copy to check.
            }
        }
        if let Some(checker) = tape {
            add(&mut verdict, checker.finish(end));
        }
        (verdict, counts, found)
    }
}

impl<M: Meters> Taker for Judge<M> {
    fn take(&mut self, batch: &mut Batch) {
        self.record(batch);
        batch.clear();
    }
}

/// The verdict on tape joins that on disk: what breaks on either is broken.
fn add(verdict: &mut Verdict, tape: TapeVerdict) {
    verdict.checks.set(Check::TapeOrder, tape.order);
    let complete = verdict.checks.get(Check::Complete).max(tape.complete);
    verdict.checks.set(Check::Complete, complete);
    for violation in tape.violations {
        let known = verdict.violations.iter().any(|known| known.check == violation.check);
        if !known {
            let TapeViolation { check, at, place, why } = violation;
            let (present, missing) = (None, None);
            verdict.violations.push(Violation {
                check,
                at,
                group: None,
                present,
                missing,
                tape: Some(place),
                why,
            });
        }
    }
    verdict.violations.sort_by_key(|violation| violation.at);
}
