//! Judges R(t) of one group at every change: `recoverable-prefix` and `causal`.
//!
//! `recoverable-prefix` breaks iff the last write present stands after the first completed one missing; `causal`
//! breaks iff the least completion missing is at or below the greatest issue present (DESIGN, section 2). Each
//! change costs O(log writes in flight).

use super::coverage::Coverage;
use std::hash::Hash;

use crate::collections::LazyQueue;
use crate::recovery::{WriteState, WriteTable};
use crate::units::{LocalId, SimTime, WriteRef};

/// A write's place in local order.
type Order = (SimTime, LocalId);

/// R(t) of one group, or of one group and local system where clocks are imperfect, against the local order.
#[derive(Clone, Debug, Default)]
pub struct PrefixLedger {
    /// The last write present, in local order.
    last_present: Option<(Order, WriteRef)>,
    /// The last write destaged: it is present for ever.
    last_landed: Option<(Order, WriteRef)>,
    missing: LazyQueue<Order, WriteRef>,
}

/// R(t) of one group against *precedes*.
#[derive(Clone, Debug, Default)]
pub struct CausalLedger {
    /// The greatest issue among writes present.
    last_issue: Option<(SimTime, WriteRef)>,
    /// The greatest issue among writes destaged: they are present for ever.
    last_issue_landed: Option<(SimTime, WriteRef)>,
    /// Completed writes missing, by completion.
    missing: LazyQueue<SimTime, WriteRef>,
}

/// Two writes that prove a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Stands at the remote site.
    pub present: WriteRef,
    /// Stands before it, is completed, and does not.
    pub missing: WriteRef,
}

/// R(t): the writes in flight, and which of them are covered where the promise lets a later write stand for them.
#[derive(Clone, Copy, Debug)]
pub struct Image<'a> {
    /// The writes in flight.
    pub table: &'a WriteTable,
    /// What covers them.
    pub coverage: Option<&'a Coverage>,
}

impl Image<'_> {
    /// Is the write completed, and neither in R(t) nor covered there?
    fn is_missing(&self, write: WriteRef) -> bool {
        self.table.get(write).is_some_and(|state| {
            state.completed().is_some()
                && !state.present
                && self.coverage.is_none_or(|coverage| !coverage.covers(state))
        })
    }
}

impl PrefixLedger {
    /// `state` was completed without being present, or was lost from R(t) after its completion.
    #[inline]
    pub fn on_missing(&mut self, state: &WriteState) {
        if let Some(order) = state.order() {
            self.missing.push(order, state.write);
        }
    }

    /// `state` came into R(t).
    pub fn on_present(&mut self, state: &WriteState, image: &Image) {
        if state.completed().is_some() {
            self.missing.note_gone(|_, write| image.is_missing(write));
        }
        if let Some(order) = state.order()
            && self.last_present.is_none_or(|(last, _)| last < order)
        {
            self.last_present = Some((order, state.write));
        }
    }

    /// A later write stands in R(t) for `state`.
    pub fn on_covered(&mut self, state: &WriteState, image: &Image) {
        if state.completed().is_some() {
            self.missing.note_gone(|_, write| image.is_missing(write));
        }
    }

    /// `state` was destaged to a remote unit.
    pub fn on_landed(&mut self, state: &WriteState) {
        self.last_landed = self.last_landed.max(state.order().map(|order| (order, state.write)));
    }

    /// `lost` fell out of R(t): if it was the last, the last is looked for among `present`.
    pub fn on_lost<'a>(&mut self, lost: WriteRef, present: impl Iterator<Item = &'a WriteState>) {
        if self.last_present.is_some_and(|(_, write)| write == lost) {
            let cached = present.filter_map(|state| Some((state.order()?, state.write))).max();
            self.last_present = self.last_landed.max(cached);
        }
    }

    /// What it remembers that the table of writes in flight does not say.
    pub(super) fn memory(&self) -> impl Eq + Hash + use<> {
        (self.last_present, self.last_landed)
    }

    /// The violation at this instant, if there is one.
    #[inline]
    pub fn violation(&mut self, image: &Image) -> Option<Proof> {
        let (last, present) = self.last_present?;
        let (first, missing) = self.missing.least(|_, write| image.is_missing(write))?;
        (first < last).then_some(Proof { present, missing })
    }
}

impl CausalLedger {
    /// `state` was completed without being present, or was lost from R(t) after its completion.
    #[inline]
    pub fn on_missing(&mut self, state: &WriteState) {
        if let Some(completed) = state.completed() {
            self.missing.push(completed, state.write);
        }
    }

    /// `state` came into R(t).
    pub fn on_present(&mut self, state: &WriteState, image: &Image) {
        if state.completed().is_some() {
            self.missing.note_gone(|_, write| image.is_missing(write));
        }
        if self.last_issue.is_none_or(|(last, _)| last < state.issued) {
            self.last_issue = Some((state.issued, state.write));
        }
    }

    /// A later write stands in R(t) for `state`.
    pub fn on_covered(&mut self, state: &WriteState, image: &Image) {
        if state.completed().is_some() {
            self.missing.note_gone(|_, write| image.is_missing(write));
        }
    }

    /// `state` was destaged to a remote unit.
    pub fn on_landed(&mut self, state: &WriteState) {
        self.last_issue_landed = self.last_issue_landed.max(Some((state.issued, state.write)));
    }

    /// `lost` fell out of R(t): if its issue was the greatest, the greatest is looked for among `present`.
    pub fn on_lost<'a>(&mut self, lost: WriteRef, present: impl Iterator<Item = &'a WriteState>) {
        if self.last_issue.is_some_and(|(_, write)| write == lost) {
            let cached = present.map(|state| (state.issued, state.write)).max();
            self.last_issue = self.last_issue_landed.max(cached);
        }
    }

    /// What it remembers that the table of writes in flight does not say.
    pub(super) fn memory(&self) -> impl Eq + Hash + use<> {
        (self.last_issue, self.last_issue_landed)
    }

    /// The violation at this instant, if there is one.
    #[inline]
    pub fn violation(&mut self, image: &Image) -> Option<Proof> {
        let (last_issue, present) = self.last_issue?;
        let (completed, missing) = self.missing.least(|_, write| image.is_missing(write))?;
        (completed <= last_issue).then_some(Proof { present, missing })
    }
}

#[cfg(test)]
mod tests {
    use crate::checker::tests::Facts;

    /// However many writes are overwritten while an earlier one is missing, what is kept of the missing is what still is.
    #[test]
    fn memory_is_that_of_what_is_missing() {
        let mut facts = Facts::folding();
        facts.write_to(0, 0, 99); // Missing all the time.
        for older in (1..500).step_by(2) {
            let newer = older + 1;
            facts.write_to(older, 0, 7);
            facts.issue(newer, 0, 7);
            facts.fix(newer);
            facts.fold(older, newer);
            facts.land(newer);
            let (prefix, causal) = facts.ledgers();
            assert!(prefix.missing.held() < 70 && causal.missing.held() < 70);
        }
    }
}
