//! Checks the order of writes from facts alone; knows no protocol.
//!
//! `ledger` judges what a disaster would leave (`coverage` says for which writes a later one stands),
//! `landing` what is destaged remotely, `local_image` what is destaged locally; here they are brought
//! together, and a [`Verdict`] made. Sees trace, recovery and units only.

pub mod coverage;
pub mod landing;
pub mod ledger;
pub mod local_image;
mod memory;
mod pending;
pub mod tape;
pub mod verdict;

use crate::words::{CheckSet, Keeping};

pub use crate::words::Check;
pub use verdict::{CheckState, CheckStates, TapeFault, TapePlace, Verdict, Violation};

pub use tape::{TapeChecker, TapeVerdict, TapeViolation};

use std::collections::BTreeSet;

use coverage::Coverage;
use landing::{GroupLandings, PairLandings};
use ledger::{CausalLedger, Image, PrefixLedger, Proof};
use local_image::LocalImage;
use pending::{Pending, Writes};

use crate::recovery::{Change, WriteState, WriteTable};
use crate::trace::{End, Preamble, PreamblePair, Record};
use crate::units::{GroupId, PairId, SimTime, WriteRef};

/// The writes of a run that count for `complete`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Counts {
    /// Writes to pairs that were completed at the host.
    pub acknowledged: u64,
    /// Of these, destaged at the remote site.
    pub destaged: u64,
    /// Landings at the remote site, of any write, after one that comes later in the local order of its group: the
    /// figure of `destage-order`, whether that is judged or not.
    pub out_of_order: u64,
}

impl Counts {
    /// Acknowledged and not at the remote site.
    pub const fn outstanding(self) -> u64 {
        self.acknowledged - self.destaged
    }
}

/// Judges a run, record by record. Two checkers of one run, with equal tables of writes in flight, are equal when what
/// they remember beside these, and the verdict so far, are.
#[derive(Clone, Debug)]
pub struct Checker {
    pairs: Vec<PreamblePair>,
    /// By group, or by (group, local system) where clocks are imperfect.
    prefix: Vec<PrefixLedger>,
    causal: Vec<CausalLedger>,
    pair_landings: Vec<PairLandings>,
    /// By group, or by (group, local system) where clocks are imperfect.
    group_landings: Vec<GroupLandings>,
    local_images: Vec<LocalImage>,
    /// What the local images ask.
    pending: Pending,
    /// Where the promise lets a later write stand for an older one.
    coverage: Option<Coverage>,
    locals: usize,
    perfect_clocks: bool,
    counts: Counts,
    verdict: Verdict,
}

impl Checker {
    /// Nothing observed yet.
    pub fn new(preamble: &Preamble) -> Self {
        let groups = preamble.groups.len();
        let locals = preamble.local_systems.len();
        let pairs = preamble.pairs.len();
        let mut states = CheckStates::default();
        for check in Check::ALL {
            states.set(
                check,
                match check {
                    Check::TapeOrder => CheckState::NotChecked, // Of tape: `TapeChecker` says.
                    _ if preamble.promise.judges(check) => CheckState::Holds,
                    _ => CheckState::NotJudged,
                },
            );
        }
        Self {
            pairs: preamble.pairs.clone(),
            prefix: vec![
                PrefixLedger::default();
                if preamble.perfect_clocks { groups } else { groups * locals }
            ],
            causal: vec![CausalLedger::default(); groups],
            pair_landings: vec![PairLandings::new(preamble.promise.pair_order); pairs],
            group_landings: vec![GroupLandings::new(preamble.perfect_clocks, locals); groups],
            local_images: vec![LocalImage::default(); pairs],
            pending: Pending::default(),
            coverage: match preamble.promise.keeping {
                Keeping::Each => None,
                Keeping::Covered => Some(Coverage::new(pairs)),
            },
            locals,
            perfect_clocks: preamble.perfect_clocks,
            counts: Counts::default(),
            verdict: Verdict {
                checks: states,
                groups: vec![states; groups],
                violations: vec![],
                not_judged: vec![],
                promise: preamble.promise,
            },
        }
    }

    /// Judges one record: `changes` is what it changed, `table` holds the writes after it.
    #[inline(always)]
    pub fn observe(&mut self, now: SimTime, record: &Record, changes: &[Change], table: &WriteTable) {
        match *record {
            Record::Accepted { write } => {
                if let Some(state) = table.get(write) {
                    let (image, writes) = self.local_image(state, table);
                    image.on_fixed(state, writes);
                    self.pair_landings[state.pair.index()].on_fixed(state);
                    if let Some(coverage) = self.coverage.as_mut().filter(|_| state.present) {
                        coverage.on_present(state, table);
                    }
                    if state.completed().is_some() && !state.present {
                        // The host was told too early: only now has the write a place in local order.
                        let prefix = self.prefix_index(state);
                        self.prefix[prefix].on_missing(state);
                    }
                }
            }
            Record::Completed { write } => {
                if let Some(state) = table.get(write) {
                    self.counts.acknowledged += 1;
                    self.counts.destaged += u64::from(state.destaged);
                    if state.wiped {
                        let (image, writes) = self.local_image(state, table);
                        image.on_lost(now, state, writes);
                    }
                    if !state.present {
                        self.on_missing(now, state, table);
                    }
                }
            }
            Record::LocalDestaged { write } => {
                if let Some(state) = table.get(write) {
                    let (image, writes) = self.local_image(state, table);
                    image.on_landed(now, state, writes);
                }
            }
            Record::LocalCacheLost { write } => {
                if let Some(state) = table.get(write) {
                    let (image, writes) = self.local_image(state, table);
                    if state.completed().is_some() {
                        image.on_lost(now, state, writes);
                    } else if state.abandoned {
                        image.on_forgotten(writes);
                    }
                }
            }
            Record::Abandoned { write } => {
                if let Some(state) = table.get(write).filter(|state| state.wiped) {
                    let (image, writes) = self.local_image(state, table);
                    image.on_forgotten(writes);
                }
            }
            Record::RemoteDestaged { .. } => self.on_destaged(now, record, changes, table),
            _ => {}
        }
        for change in changes {
            match *change {
                Change::Present(slot) => {
                    if let Some(state) = table.at(slot) {
                        let prefix = self.prefix_index(state);
                        if let Some(coverage) = &mut self.coverage {
                            coverage.on_present(state, table);
                        }
                        let image = Image { table, coverage: self.coverage.as_ref() };
                        self.prefix[prefix].on_present(state, &image);
                        self.causal[state.group.index()].on_present(state, &image);
                    }
                }
                Change::Missing(slot) => self.on_lost(slot, table),
                // What covers what, `coverage` works out by itself.
                Change::Covered(slot) => {
                    if let Some(state) = table.at(slot) {
                        let prefix = self.prefix_index(state);
                        let image = Image { table, coverage: self.coverage.as_ref() };
                        self.prefix[prefix].on_covered(state, &image);
                        self.causal[state.group.index()].on_covered(state, &image);
                    }
                }
                Change::Bare(_) => {}
                Change::Overwritten(slot) => {
                    let completed = table.at(slot).is_some_and(|state| state.completed().is_some());
                    self.counts.destaged += u64::from(completed);
                }
                Change::Landed(slot) => {
                    if let Some(state) = table.at(slot) {
                        let prefix = self.prefix_index(state);
                        self.prefix[prefix].on_landed(state);
                        self.causal[state.group.index()].on_landed(state);
                        if let Some(coverage) = &mut self.coverage {
                            coverage.on_landed(state);
                        }
                    }
                }
            }
        }
        // R(t) is judged when the record has changed all of it, not between one write of a limit and the next.
        for change in changes {
            if let Change::Present(slot) | Change::Missing(slot) = *change
                && let Some(state) = table.at(slot)
            {
                self.judge(now, state, table);
            }
        }
    }

    /// The verdict on a run that ended.
    pub fn finish(mut self, end: &End, table: &WriteTable) -> (Verdict, Counts) {
        if let Some(coverage) = &self.coverage {
            // For these a later write stands at the remote site.
            let outstanding = table.iter().filter(|state| state.completed().is_some() && !state.destaged);
            self.counts.destaged += outstanding.filter(|state| coverage.is_overwritten(state)).count() as u64;
        }
        if end.local_site_lost {
            self.set_all(Check::Complete, CheckState::NotChecked);
        } else {
            self.on_buried(end, table);
            if self.counts.outstanding() > 0 || !end.drained {
                self.on_incomplete(end, table);
            }
        }
        for pair in 0..self.pairs.len() {
            if let Some(stale) = self.local_images[pair].stale() {
                let newer = stale.newer.write;
                let why = || match stale.older.map(|older| older.write) {
                    Some(older) => format!(
                        "a block of the local unit holds {older} although {newer} was accepted later and destaged before it"
                    ),
                    None => format!(
                        "{newer} was completed and wiped from the local cache before it was destaged to the local unit"
                    ),
                };
                let group = Some(self.pairs[pair].group);
                let writes = || (Some(stale.newer), stale.older.or(Some(stale.newer)));
                self.break_check(Check::LocalOrder, stale.at, group, writes, why);
            }
        }
        self.verdict.violations.sort_by_key(|violation| violation.at);
        self.verdict.not_judged.sort_by_key(|violation| violation.at);
        (self.verdict, self.counts)
    }

    /// Is R(t) of a group a prefix, and closed under *precedes*, at this instant? (A check once broken stays
    /// broken; this does not look back.)
    pub fn holds_now(&mut self, group: GroupId, table: &WriteTable) -> (bool, bool) {
        let ledgers = if self.perfect_clocks {
            group.index()..group.index() + 1
        } else {
            group.index() * self.locals..(group.index() + 1) * self.locals
        };
        let image = Image { table, coverage: self.coverage.as_ref() };
        let prefix = self.prefix[ledgers].iter_mut().all(|ledger| ledger.violation(&image).is_none());
        (prefix, self.causal[group.index()].violation(&image).is_none())
    }

    /// The checks that are broken so far, whether they are judged or not.
    pub fn broken(&self) -> CheckSet {
        let Verdict { violations, not_judged, .. } = &self.verdict;
        let broken = violations.iter().chain(not_judged).map(|violation| CheckSet::of(&[violation.check]));
        broken.fold(CheckSet::NONE, CheckSet::and)
    }

    /// The first violation of `check` so far.
    pub fn violation(&self, check: Check) -> Option<&Violation> {
        let Verdict { violations, not_judged, .. } = &self.verdict;
        violations.iter().chain(not_judged).find(|violation| violation.check == check)
    }

    /// The state of a check of one group so far.
    pub fn state(&self, group: GroupId, check: Check) -> CheckState {
        self.verdict.groups[group.index()].get(check)
    }

    /// The local image of the pair of a write of which the table has just taken in a record, and what it asks.
    #[inline]
    fn local_image<'a>(
        &'a mut self,
        state: &WriteState,
        table: &'a WriteTable,
    ) -> (&'a mut LocalImage, Writes<'a>) {
        self.pending.update(state);
        (&mut self.local_images[state.pair.index()], Writes { table, pending: &self.pending })
    }

    fn prefix_index(&self, state: &WriteState) -> usize {
        if self.perfect_clocks {
            state.group.index()
        } else {
            state.group.index() * self.locals + state.local.index()
        }
    }

    fn on_missing(&mut self, now: SimTime, state: &WriteState, table: &WriteTable) {
        let prefix = self.prefix_index(state);
        self.prefix[prefix].on_missing(state);
        self.causal[state.group.index()].on_missing(state);
        self.judge(now, state, table);
    }

    fn on_lost(&mut self, slot: u32, table: &WriteTable) {
        let Some(state) = table.at(slot) else { return };
        let (prefix, local) = (self.prefix_index(state), state.local);
        let of_group = || table.iter().filter(|other| other.present && other.group == state.group);
        let perfect = self.perfect_clocks;
        self.prefix[prefix].on_lost(state.write, of_group().filter(|other| perfect || other.local == local));
        self.causal[state.group.index()].on_lost(state.write, of_group());
        if state.completed().is_some() {
            self.prefix[prefix].on_missing(state);
            self.causal[state.group.index()].on_missing(state);
        }
        if let Some(coverage) = &mut self.coverage {
            coverage.on_lost(state, table);
            // What it covered is missing again.
            let bare = |other: &&WriteState| other.pair == state.pair && !other.present;
            for other in table.iter().filter(bare).filter(|other| other.completed().is_some()) {
                self.prefix[prefix].on_missing(other);
                self.causal[other.group.index()].on_missing(other);
            }
        }
    }

    /// Judges R(t) of the group of `state`.
    fn judge(&mut self, now: SimTime, state: &WriteState, table: &WriteTable) {
        let group = state.group;
        // What is not judged is seen all the same, once.
        let states = &self.verdict.groups[group.index()];
        let holds = |check| match states.get(check) {
            CheckState::NotJudged => self.violation(check).is_none(),
            state => state == CheckState::Holds,
        };
        let (prefix_holds, causal_holds) = (holds(Check::RecoverablePrefix), holds(Check::Causal));
        if prefix_holds {
            let prefix = self.prefix_index(state);
            let image = Image { table, coverage: self.coverage.as_ref() };
            if let Some(Proof { present, missing }) = self.prefix[prefix].violation(&image) {
                let why = || {
                    format!(
                        "a disaster now would leave {present} at the remote site without {missing}, which was \
                         accepted before it and completed"
                    )
                };
                let writes = || states_of(table, present, missing);
                self.break_check(Check::RecoverablePrefix, now, Some(group), writes, why);
            }
        }
        let image = Image { table, coverage: self.coverage.as_ref() };
        if causal_holds && let Some(Proof { present, missing }) = self.causal[group.index()].violation(&image)
        {
            let why = || {
                format!(
                    "a disaster now would leave {present} at the remote site without {missing}, \
                     which was completed before {present} was issued"
                )
            };
            self.break_check(Check::Causal, now, Some(group), || states_of(table, present, missing), why);
        }
    }

    fn on_destaged(&mut self, now: SimTime, record: &Record, changes: &[Change], table: &WriteTable) {
        let Record::RemoteDestaged { write, remote, unit, position } = *record else { return };
        let first = changes.contains(&Change::Landed(write.slot));
        let Some(state) = table.get(write).filter(|_| first) else {
            let group = self.group_of(remote, unit);
            let why = || format!("{write} was destaged twice");
            self.break_check(Check::PairOrder, now, group, || states_of(table, write, write), why);
            let later = group.and_then(|group| self.group_landings[group.index()].on_landed_again(write));
            if let Some(later) = later {
                self.counts.out_of_order += 1;
                let why = || {
                    format!("{write} was destaged again after {later}, which comes after it in local order")
                };
                self.break_check(Check::DestageOrder, now, group, || states_of(table, later, write), why);
            }
            return;
        };
        self.counts.destaged += u64::from(state.completed().is_some());
        let pair = &self.pairs[state.pair.index()];
        if (pair.remote, pair.remote_unit, state.position) != (remote, unit, position) {
            let why = || {
                format!(
                    "{write} was for block {} of its remote unit and was destaged to block {position} of unit {}",
                    state.position,
                    unit + 1
                )
            };
            let writes = || states_of(table, write, write);
            self.break_check(Check::PairOrder, now, Some(state.group), writes, why);
        }
        if let Some(later) = self.pair_landings[state.pair.index()].on_landed(state, table) {
            let writes = || states_of(table, later, write);
            let why = || {
                format!(
                    "{later} was destaged to the remote unit before {write}, which was accepted before it"
                )
            };
            self.break_check(Check::PairOrder, now, Some(state.group), writes, why);
        }
        if let Some(later) = self.group_landings[state.group.index()].on_landed(state) {
            self.counts.out_of_order += 1;
            let writes = || states_of(table, later, write);
            let why = || format!("{later} was destaged before {write}, which comes before it in local order");
            self.break_check(Check::DestageOrder, now, Some(state.group), writes, why);
        }
    }

    /// Where a later write may stand for an older one, an older one that was destaged over a later one does not.
    fn on_buried(&mut self, end: &End, table: &WriteTable) {
        for pair in 0..self.pairs.len() {
            let coverage = self.coverage.as_ref();
            if let Some(write) = coverage.and_then(|coverage| coverage.buried(PairId::from(pair))) {
                let group = Some(self.pairs[pair].group);
                let missing = || (None, table.get(write).copied());
                let why =
                    || format!("{write} is not at the remote site: an older write was destaged over it");
                self.break_check(Check::Complete, end.at, group, missing, why);
            }
        }
    }

    fn on_incomplete(&mut self, end: &End, table: &WriteTable) {
        let coverage = self.coverage.as_ref();
        let outstanding = |state: &&WriteState| {
            let overwritten = || coverage.is_some_and(|coverage| coverage.is_overwritten(state));
            state.completed().is_some() && !state.destaged && !overwritten()
        };
        let mut outstanding: Vec<_> = table.iter().filter(outstanding).collect();
        outstanding.sort_by_key(|state| state.order());
        let mut groups = BTreeSet::new();
        for state in outstanding {
            if groups.insert(state.group) {
                let why =
                    || format!("{} was completed and is not at the remote site at the end", state.write);
                self.break_check(Check::Complete, end.at, Some(state.group), || (None, Some(*state)), why);
            }
        }
        if self.verdict.checks.get(Check::Complete) == CheckState::Holds {
            let why = "the run reached its drain limit before the local site had received every completion of the remote site";
            self.break_check(Check::Complete, end.at, None, || (None, None), || why.into());
        }
    }

    /// Marks `check` broken; the first violation of a check is kept with the writes that prove it.
    fn break_check(
        &mut self,
        check: Check,
        at: SimTime,
        group: Option<GroupId>,
        writes: impl FnOnce() -> (Option<WriteState>, Option<WriteState>),
        why: impl FnOnce() -> String,
    ) {
        let judged = self.verdict.promise.judges(check);
        if let Some(group) = group.filter(|_| judged) {
            self.verdict.groups[group.index()].set(check, CheckState::Broken);
        }
        if judged {
            self.verdict.checks.set(check, CheckState::Broken);
        }
        let told = if judged { &mut self.verdict.violations } else { &mut self.verdict.not_judged };
        let known = told.iter().position(|violation| violation.check == check);
        if known.is_some_and(|known| told[known].at <= at) {
            return; // A check that is not kept may break at every write: what is not told is not put together.
        }
        let (present, missing) = writes();
        let violation = Violation { check, at, group, present, missing, tape: None, why: why() };
        match known {
            Some(known) => told[known] = violation,
            None => told.push(violation),
        }
    }

    fn set_all(&mut self, check: Check, state: CheckState) {
        self.verdict.checks.set(check, state);
        self.verdict.groups.iter_mut().for_each(|group| group.set(check, state));
    }

    fn group_of(&self, remote: crate::units::RemoteId, unit: u32) -> Option<GroupId> {
        let pair = self.pairs.iter().find(|pair| pair.remote == remote && pair.remote_unit == unit);
        pair.map(|pair| pair.group)
    }
}

/// What is known of two writes that a violation names.
fn states_of(
    table: &WriteTable,
    present: WriteRef,
    missing: WriteRef,
) -> (Option<WriteState>, Option<WriteState>) {
    (table.get(present).copied(), table.get(missing).copied())
}

#[cfg(test)]
mod tests;
