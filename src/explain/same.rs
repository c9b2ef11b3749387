//! Watches another run of a scenario for the same violation: the check, the group, and the write that was passed over.
//!
//! What makes two violations the same is the write that is missing, or that came too late, or twice: which later write
//! of its group is the first to stand without it may change with the instants at which limits are stored. Where
//! another run has other writes (a host that waits for completions issues at other instants), a violation of the check
//! in the same group is taken for the same, and [`Seen::OtherWrites`] says so.

use std::collections::BTreeSet;

use crate::checker::{Check, CheckState, TapeChecker, Violation};
use crate::recovery::{Change, Tracker, WriteState};
use crate::trace::{End, Observer, Preamble, Record};
use crate::units::{GroupId, LocalId, PairId, SimDuration, SimTime, WriteRef};
use crate::words::PairOrder;
use crate::world::Judged;

/// Did it happen again?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// No.
    No,
    /// Yes, to the same write.
    Same,
    /// The writes are others in this run; whether the check broke in the same group is for the verdict to say.
    OtherWrites,
}

/// What identifies a write in every run of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    serial: u64,
    pair: PairId,
    position: u64,
    size: u32,
}

impl Identity {
    fn of(state: &WriteState) -> Self {
        Self { serial: state.write.serial, pair: state.pair, position: state.position, size: state.size }
    }
}

/// Watches for the same violation.
#[derive(Debug)]
pub struct Same<'a> {
    violation: &'a Violation,
    /// The write that was passed over, late or doubled.
    hole: Option<Identity>,
    horizon: Option<SimTime>,
    tracker: Option<Tracker>,
    changes: Vec<Change>,
    perfect_clocks: bool,
    /// `pair-order` binds dependent writes only.
    dependent_only: bool,
    /// The state of the hole as last seen.
    state: Option<WriteState>,
    /// Later writes of the group (or pair) that are present, or have been destaged.
    passers: BTreeSet<u64>,
    landed_here: bool,
    landed_locally: bool,
    newer_landed_locally: bool,
    tape: Option<TapeChecker>,
    seen: bool,
    other_writes: bool,
    is_done: bool,
}

impl<'a> Same<'a> {
    /// Watches for `violation`.
    pub fn new(violation: &'a Violation) -> Self {
        let hole = violation.missing.as_ref().or(violation.present.as_ref());
        // Later than this it would be another story: four times as long as it took, and a second more.
        let horizon = match violation.check {
            Check::Complete | Check::LocalOrder => None,
            _ => {
                let began = hole.map_or(SimTime::ZERO, |state| state.issued);
                // Of tape, all of it is the story: as long again is enough.
                let times = if violation.tape.is_some() { 1 } else { 4 };
                let took = violation.at.since(began).as_ns().saturating_mul(times);
                Some(violation.at + SimDuration::from_ns(took) + SimDuration::from_ms(1000))
            }
        };
        Self {
            violation,
            hole: hole.map(Identity::of),
            horizon,
            tracker: None,
            changes: Vec::new(),
            perfect_clocks: true,
            dependent_only: false,
            state: None,
            passers: BTreeSet::new(),
            landed_here: false,
            landed_locally: false,
            newer_landed_locally: false,
            tape: None,
            seen: false,
            // Without a write to watch, the verdict is asked.
            other_writes: hole.is_none() && violation.tape.is_none() && violation.check != Check::Complete,
            is_done: false,
        }
    }

    /// Did it happen?
    pub const fn seen(&self) -> Seen {
        if self.seen {
            Seen::Same
        } else if self.other_writes {
            Seen::OtherWrites
        } else {
            Seen::No
        }
    }

    fn is_hole(&self, write: WriteRef) -> bool {
        self.hole.is_some_and(|hole| hole.serial == write.serial)
    }

    fn see(&mut self) {
        self.seen = true;
        self.is_done = true;
    }

    fn on_tape(&mut self, now: SimTime, record: &Record) {
        let Some(place) = self.violation.tape else { return };
        let (Some(checker), Record::Tape(record)) = (&mut self.tape, record) else { return };
        checker.observe(now, record);
        let same = checker.violations().iter().any(|seen| {
            seen.check == self.violation.check
                && (seen.place.fault, seen.place.job) == (place.fault, place.job)
        });
        if same {
            self.see();
        }
    }

    fn on_disk(&mut self, now: SimTime, record: &Record) {
        let Some(hole) = self.hole else { return };
        let Some(tracker) = &mut self.tracker else { return };
        self.changes.clear();
        tracker.observe(now, record, &mut self.changes);
        if let Record::Issued { write, pair, position, size, .. } = *record
            && write.serial == hole.serial
            && (pair, position, size) != (Some(hole.pair), hole.position, hole.size)
        {
            self.other_writes = true;
        }
        let known = match *record {
            Record::Issued { write, .. }
            | Record::Accepted { write }
            | Record::Completed { write }
            | Record::Abandoned { write }
            | Record::LocalDestaged { write }
            | Record::LocalCacheLost { write }
            | Record::Folded { write, .. }
            | Record::RemoteCached { write, .. }
            | Record::RemoteCacheLost { write, .. }
            | Record::RemoteDestaged { write, .. } => Some(write),
            _ => None,
        };
        let table = tracker.table();
        if let Some(state) =
            known.filter(|write| write.serial == hole.serial).and_then(|write| table.get(write))
        {
            self.state = Some(*state);
        }
        let changed: Vec<(WriteState, bool)> = self
            .changes
            .iter()
            .filter_map(|change| match *change {
                // What stands for a write that was folded stands in the image for it.
                Change::Present(slot) | Change::Covered(slot) => table.at(slot).map(|state| (*state, true)),
                Change::Missing(slot) | Change::Bare(slot) => table.at(slot).map(|state| (*state, false)),
                Change::Landed(_) | Change::Overwritten(_) => None,
            })
            .collect();
        let about = known.and_then(|write| table.get(write)).copied();
        tracker.release(record);
        for (state, present) in changed {
            self.on_change(&state, present);
        }
        self.on_fact(record, about.as_ref());
        self.judge_images();
    }

    /// Is it about what a disaster would leave?
    const fn is_of_images(&self) -> bool {
        matches!(self.violation.check, Check::RecoverablePrefix | Check::Causal)
    }

    /// R(t) gained or lost a write.
    fn on_change(&mut self, state: &WriteState, present: bool) {
        let Some(hole) = self.hole else { return };
        if state.write.serial == hole.serial {
            self.state = Some(*state);
        } else if Some(state.group) == self.violation.group && self.is_of_images() {
            if !present {
                self.passers.remove(&state.write.serial);
            } else if self.passes(state) {
                self.passers.insert(state.write.serial);
            }
        }
    }

    /// Should `state` not stand without the hole?
    fn passes(&self, state: &WriteState) -> bool {
        let Some(hole) = self.state else { return false };
        if self.violation.check == Check::Causal {
            return hole.completed().is_some_and(|completed| completed <= state.issued);
        }
        let comparable = self.perfect_clocks || state.local == hole.local;
        comparable && follows(state.order(), hole.order())
    }

    /// `recoverable-prefix` and `causal`: does a later write stand without the hole?
    fn judge_images(&mut self) {
        if self.is_of_images()
            && let Some(hole) = &self.state
            && hole.completed().is_some()
            && !hole.abandoned
            && !hole.present
            && !self.passers.is_empty()
        {
            self.see();
        }
    }

    fn on_fact(&mut self, record: &Record, about: Option<&WriteState>) {
        match *record {
            Record::RemoteDestaged { write, remote: _, unit: _, position } if self.is_hole(write) => {
                let misplaced = self.hole.is_some_and(|hole| hole.position != position);
                let is_landing = matches!(self.violation.check, Check::PairOrder | Check::DestageOrder);
                if is_landing && (self.landed_here || misplaced || !self.passers.is_empty()) {
                    self.see();
                }
                self.landed_here = true;
                // What has been destaged stays: it cannot be passed over any more, nor be missing at the end.
                let settled = match self.violation.check {
                    Check::RecoverablePrefix | Check::Causal | Check::DestageOrder => true,
                    Check::Complete => self.state.is_none_or(|state| state.completed().is_some()),
                    _ => false,
                };
                self.is_done |= settled && !self.other_writes;
            }
            Record::RemoteDestaged { .. } => {
                if let Some(state) = about
                    && self.lands_over(state)
                {
                    self.passers.insert(state.write.serial);
                }
            }
            Record::LocalCacheLost { write } if self.is_hole(write) && !self.landed_locally => {
                self.judge_local(true);
            }
            Record::LocalDestaged { write } => {
                let newer = self.violation.present.is_some_and(|newer| newer.write.serial == write.serial);
                if self.is_hole(write) {
                    self.landed_locally = true;
                    if self.newer_landed_locally {
                        self.judge_local(false);
                    }
                } else if newer {
                    self.newer_landed_locally = true;
                }
            }
            Record::Completed { write } if self.is_hole(write) => {
                let wiped = self.state.is_some_and(|state| state.left_local_cache) && !self.landed_locally;
                if wiped {
                    self.judge_local(true);
                }
            }
            _ => {}
        }
    }

    /// Was `state` destaged before the hole, though it comes after it?
    fn lands_over(&self, state: &WriteState) -> bool {
        let Some(hole) = self.state.filter(|hole| hole.write.serial != state.write.serial) else {
            return false;
        };
        if self.landed_here || !follows(state.order(), hole.order()) {
            return false;
        }
        match self.violation.check {
            Check::PairOrder if self.dependent_only => {
                let overlaps = state.position < hole.end() && hole.position < state.end();
                let precedes = hole.completed().is_some_and(|completed| completed <= state.issued);
                state.pair == hole.pair && (overlaps || precedes)
            }
            Check::PairOrder => state.pair == hole.pair,
            Check::DestageOrder => {
                state.group == hole.group && (self.perfect_clocks || state.local == hole.local)
            }
            _ => false,
        }
    }

    /// `local-order`: a completed write was wiped, or the older of two stayed.
    fn judge_local(&mut self, wiped: bool) {
        let completed = self.state.is_some_and(|state| state.completed().is_some());
        let alone = self.violation.present.map(|newer| newer.write.serial)
            == self.violation.missing.map(|older| older.write.serial);
        if self.violation.check == Check::LocalOrder && alone == wiped && (completed || !wiped) {
            self.see();
        }
    }
}

/// Does the check of this violation break in the same group?
pub(super) fn breaks_alike(violation: &Violation, judged: &Judged) -> bool {
    let verdict = &judged.verdict;
    let states = match violation.group {
        Some(group) => verdict.groups.get(group.index()).unwrap_or(&verdict.checks),
        None => &verdict.checks,
    };
    states.get(violation.check) == CheckState::Broken
}

/// Does the write of order `later` come after that of order `earlier`?
fn follows(later: Option<(SimTime, LocalId)>, earlier: Option<(SimTime, LocalId)>) -> bool {
    matches!((later, earlier), (Some(later), Some(earlier)) if later > earlier)
}

impl Observer for Same<'_> {
    fn begin(&mut self, preamble: &Preamble) {
        self.tracker = Some(Tracker::new(preamble));
        self.perfect_clocks = preamble.perfect_clocks;
        self.dependent_only = preamble.promise.pair_order == PairOrder::Dependent;
        self.tape = Some(TapeChecker::new(preamble.tape.units.len(), preamble.tape.jobs.len()));
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        if self.horizon.is_some_and(|horizon| now > horizon) {
            self.is_done = true;
        }
        if self.is_done {
            return;
        }
        match self.violation.tape {
            Some(_) => self.on_tape(now, record),
            None => self.on_disk(now, record),
        }
    }

    fn end(&mut self, end: &End) {
        if self.is_done || self.violation.check != Check::Complete {
            return;
        }
        let group: Option<GroupId> = self.violation.group;
        match (self.violation.tape, self.hole) {
            (Some(place), _) => {
                let tape = self.tape.take().map(|checker| checker.finish(end));
                let violations = tape.into_iter().flat_map(|verdict| verdict.violations);
                let like = |seen: &crate::checker::TapeViolation| {
                    seen.check == Check::Complete && seen.place.job == place.job
                };
                self.seen = violations.into_iter().any(|seen| like(&seen));
            }
            (None, Some(_)) => {
                let outstanding = |state: &WriteState| state.completed().is_some() && !state.destaged;
                self.seen = !end.local_site_lost && self.state.as_ref().is_some_and(outstanding);
            }
            // No write proves it: the local site has not seen all of them completed.
            (None, None) => self.seen = group.is_none() && !end.drained && !end.local_site_lost,
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }
}
