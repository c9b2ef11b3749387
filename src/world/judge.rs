//! Everything that watches a run, over one stream of records: tracker, checker, metrics, digest.

use crate::checker::{Check, CheckState, Checker, Counts, Verdict};
use crate::metrics::{Metrics, Options, Summary};
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
    /// Digest of all records, in hexadecimal.
    pub digest: String,
}

impl Judge {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble, strict_destage: bool, options: Options) -> Self {
        Self {
            tracker: Tracker::new(preamble),
            checker: Checker::new(preamble, strict_destage),
            metrics: Metrics::new(preamble, options),
            digest: Digest::default(),
            changes: Vec::new(),
        }
    }

    /// Something happened.
    #[inline]
    pub fn record(&mut self, now: SimTime, record: &Record) {
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
        let (verdict, counts) = self.checker.finish(end, self.tracker.table());
        let summary = self.metrics.finish(end, self.tracker.table());
        Judgement { verdict, counts, summary, digest: self.digest.finish() }
    }
}
