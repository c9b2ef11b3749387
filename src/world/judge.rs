//! Everything that watches a run, over one stream of records: tracker, checker, metrics, digest.

use crate::checker::{
    Check, CheckState, Checker, Counts, TapeChecker, TapeVerdict, TapeViolation, Verdict, Violation,
};
use crate::metrics::{Metrics, Options, Summary, TapeMeter, TapeSummary};
use crate::recovery::{Change, Tracker};
use crate::trace::digest::Digest;
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::{GroupId, SimTime};

/// The observers of a run.
#[derive(Clone, Debug)]
pub struct Judge {
    tracker: Tracker,
    checker: Checker,
    metrics: Metrics,
    /// Where there is tape.
    tape: Option<(TapeChecker, TapeMeter)>,
    /// Are there pairs at all?
    has_pairs: bool,
    digest: Digest,
    changes: Vec<Change>,
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

impl Judge {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble, options: Options) -> Self {
        let (units, jobs) = (preamble.tape.units.len(), preamble.tape.jobs.len());
        let tape = || (TapeChecker::new(units, jobs), TapeMeter::new(&preamble.tape));
        Self {
            tracker: Tracker::new(preamble),
            checker: Checker::new(preamble),
            metrics: Metrics::new(preamble, options),
            tape: (jobs > 0).then(tape),
            has_pairs: !preamble.pairs.is_empty(),
            digest: Digest::default(),
            changes: Vec::new(),
        }
    }

    /// Something happened.
    #[inline]
    pub fn record(&mut self, now: SimTime, record: &Record) {
        if let (Record::Tape(record), Some((checker, meter))) = (record, &mut self.tape) {
            checker.observe(now, record);
            meter.observe(now, record);
        }
        self.changes.clear();
        self.tracker.observe(now, record, &mut self.changes);
        self.checker.observe(now, record, &self.changes, self.tracker.table());
        self.metrics.observe(now, record, &self.changes, self.tracker.table());
        self.digest.observe(now, record);
        self.tracker.release(record);
    }

    /// Is R(t) of a group a prefix, and closed under *precedes*, at this instant?
    pub fn holds_now(&mut self, group: GroupId) -> (bool, bool) {
        self.checker.holds_now(group, self.tracker.table())
    }

    /// The state of a check of one group so far.
    pub fn state(&self, group: GroupId, check: Check) -> CheckState {
        self.checker.state(group, check)
    }

    /// The run ended.
    pub fn finish(self, end: &End) -> Judgement {
        let (mut verdict, counts) = self.checker.finish(end, self.tracker.table());
        let summary = self.metrics.finish(end, self.tracker.table());
        if !self.has_pairs {
            for check in verdict.promise.judged.iter() {
                verdict.checks.set(check, CheckState::NotChecked); // There is no remote copy to check.
            }
        }
        let tape = self.tape.map(|(checker, meter)| {
            add(&mut verdict, checker.finish(end));
            meter.finish(end)
        });
        Judgement { verdict, counts, summary, tape, digest: self.digest.finish() }
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
