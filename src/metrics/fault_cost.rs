//! What each fault cost: from its beginning until it is *caught up with*, that is until every write accepted (step 501)
//! before its end is in R(t), or until the run ends.
//!
//! Writes whose hosts have no completion yet count too: under `synchronous` all that a fault holds up are of that kind.
//! Such a write is no longer waited for when its host gives it up or a crash wipes it: it need not come any more.
//!
//! Warm-up and drain count, unlike in the figures of the statistics window: a fault is charged with all of its cost.
//! Faults that overlap are each charged with all that happens meanwhile: whose doing it was, records do not say. After
//! the loss of the local site nothing can catch up any more; what it cost is the recovery point at that instant.

use std::collections::BTreeSet;

use crate::units::{SimDuration, SimTime, WriteRef};

/// What was measured while a fault lasted and was caught up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultCost {
    /// Its place in the scenario's list.
    pub fault: u32,
    /// When it began.
    pub began: SimTime,
    /// When it ended; `None` for a fault that is for good, or longer than the run.
    pub ended: Option<SimTime>,
    /// When every write accepted before its end was in R(t); `None` if that did not come within the run.
    pub caught_up: Option<SimTime>,
    /// What it hit while it lasted: packets lost on any path, writes wiped from a cache, and writes that their host gave
    /// up and issued again.
    pub hits: u64,
    /// What came while it lasted: packets that arrived on any path, and writes that were issued.
    pub met: u64,
    /// The recovery point at the loss of the local site, if the fault is that.
    pub rpo_at_loss: Option<SimDuration>,
    /// If it was not caught up: completed writes that were not in R(t) at the end of the run. What the greatest
    /// recovery point and lag say is then a lower bound.
    pub outstanding: u64,
    /// The greatest recovery point of any group.
    pub rpo_max: SimDuration,
    /// The greatest received lag of a write that became recoverable.
    pub received_lag_max: SimDuration,
    /// The greatest response time of a write that was completed since it began, and issued before it was caught up with.
    pub response_time_max: SimDuration,
    /// Write data and markers resent.
    pub retransmitted: u64,
}

/// Charges faults.
#[derive(Clone, Debug, Default)]
pub struct FaultCosts {
    costs: Vec<FaultCost>,
    /// Of these, how many are not caught up with.
    open: usize,
    /// Of these, how many have not ended.
    lasting: usize,
    /// Writes that were accepted before some fault ended, and then neither completed nor in R(t).
    unanswered: BTreeSet<(SimTime, WriteRef)>,
    /// One of these left since it was last asked whether a fault is caught up with.
    is_stale: bool,
}

impl FaultCosts {
    /// Is there a fault to be charged?
    pub const fn is_open(&self) -> bool {
        self.open > 0
    }

    /// A fault began.
    pub fn on_began(&mut self, now: SimTime, fault: u32) {
        self.open += 1;
        self.lasting += 1;
        self.costs.push(FaultCost {
            fault,
            began: now,
            ended: None,
            caught_up: None,
            hits: 0,
            met: 0,
            rpo_at_loss: None,
            outstanding: 0,
            rpo_max: SimDuration::ZERO,
            received_lag_max: SimDuration::ZERO,
            response_time_max: SimDuration::ZERO,
            retransmitted: 0,
        });
    }

    /// A fault ended; the earliest write that a disaster would lose now was accepted at `earliest`, and these writes were
    /// accepted and are neither completed nor in R(t).
    pub fn on_ended(
        &mut self,
        now: SimTime,
        fault: u32,
        earliest: Option<SimTime>,
        unanswered: impl Iterator<Item = (SimTime, WriteRef)>,
    ) {
        let open = self.costs.iter_mut().rev().find(|cost| cost.fault == fault && cost.ended.is_none());
        if let Some(cost) = open {
            cost.ended = Some(now);
            self.lasting -= 1;
        }
        self.unanswered.extend(unanswered);
        self.settle(now, earliest);
    }

    /// A write that was accepted at `fixed` came into R(t) or need not come any more.
    pub fn on_answered(&mut self, fixed: SimTime, write: WriteRef) {
        self.is_stale |= !self.unanswered.is_empty() && self.unanswered.remove(&(fixed, write));
    }

    /// All that a record changes is told; `earliest` as in [`FaultCosts::on_ended`].
    pub fn refresh(&mut self, now: SimTime, earliest: Option<SimTime>) {
        if std::mem::take(&mut self.is_stale) {
            self.settle(now, earliest);
        }
    }

    /// Up to `now` the earliest write that a disaster would lose was accepted at `before`, from now on at
    /// `earliest`.
    pub fn on_rpo(&mut self, now: SimTime, before: Option<SimTime>, earliest: Option<SimTime>) {
        let rpo = before.map_or(SimDuration::ZERO, |fixed| now.since(fixed));
        self.each_open(|cost| cost.rpo_max = cost.rpo_max.max(rpo));
        self.settle(now, earliest);
    }

    /// A write became recoverable.
    pub fn on_received(&mut self, lag: SimDuration) {
        self.each_open(|cost| cost.received_lag_max = cost.received_lag_max.max(lag));
    }

    /// A write that was issued at `issued` was completed. What a fault held up may be in R(t) before that.
    pub fn on_completed(&mut self, now: SimTime, issued: SimTime) {
        let response_time = now.since(issued);
        for cost in self.costs.iter_mut().filter(|cost| cost.caught_up.is_none_or(|at| issued <= at)) {
            cost.response_time_max = cost.response_time_max.max(response_time);
        }
    }

    /// A packet was resent.
    pub fn on_retransmitted(&mut self) {
        self.each_open(|cost| cost.retransmitted += 1);
    }

    /// A packet was lost, a write wiped from a cache or given up by its host.
    pub fn on_hit(&mut self) {
        self.each_lasting(|cost| cost.hits += 1);
    }

    /// A packet arrived, or a write was issued.
    pub fn on_met(&mut self) {
        self.each_lasting(|cost| cost.met += 1);
    }

    /// The local site was lost at `now`, by the fault that began last; `earliest` as in [`FaultCosts::on_ended`].
    pub fn on_local_site_lost(&mut self, now: SimTime, earliest: Option<SimTime>) {
        let rpo = earliest.map_or(SimDuration::ZERO, |fixed| now.since(fixed));
        self.each_open(|cost| cost.rpo_max = cost.rpo_max.max(rpo));
        if let Some(cost) = self.costs.last_mut() {
            cost.rpo_at_loss = Some(rpo);
        }
    }

    /// The costs, in the order in which the faults began. The run ended at `end`: the earliest write that a disaster
    /// would lose then was accepted at `earliest` (`None` after the loss of the local site), and this many
    /// completed writes are `missing`.
    pub fn finish(mut self, end: SimTime, earliest: Option<SimTime>, missing: u64) -> Vec<FaultCost> {
        let rpo = earliest.map_or(SimDuration::ZERO, |fixed| end.since(fixed));
        self.each_open(|cost| {
            cost.rpo_max = cost.rpo_max.max(rpo);
            cost.outstanding = missing;
        });
        self.costs
    }

    fn each_lasting(&mut self, count: impl Fn(&mut FaultCost)) {
        if self.lasting > 0 {
            self.costs.iter_mut().filter(|cost| cost.ended.is_none()).for_each(count);
        }
    }

    fn each_open(&mut self, charge: impl Fn(&mut FaultCost)) {
        if self.open > 0 {
            self.costs.iter_mut().filter(|cost| cost.caught_up.is_none()).for_each(charge);
        }
    }

    fn settle(&mut self, now: SimTime, earliest: Option<SimTime>) {
        let unanswered = self.unanswered.first().map(|&(fixed, _)| fixed);
        let earliest = earliest.into_iter().chain(unanswered).min();
        for cost in &mut self.costs {
            if cost.caught_up.is_none()
                && let Some(ended) = cost.ended
                && earliest.is_none_or(|fixed| fixed >= ended)
            {
                cost.caught_up = Some(now);
                self.open -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::iter::empty;

    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_ns(ms * 1_000_000)
    }

    /// An outage from 10 to 30 ms; a write accepted at 12 ms is recoverable at 45 ms, one accepted at 40 ms
    /// later.
    #[test]
    fn a_fault_is_charged_until_it_is_caught_up_with() {
        let mut costs = FaultCosts::default();
        costs.on_retransmitted(); // Before it.
        costs.on_began(at(10), 0);
        costs.on_rpo(at(13), None, Some(at(12)));
        costs.on_retransmitted();
        costs.on_ended(at(30), 0, Some(at(12)), empty());
        assert!(costs.is_open());
        costs.on_received(SimDuration::from_ms(32));
        costs.on_rpo(at(45), Some(at(12)), Some(at(40)));
        costs.on_rpo(at(90), Some(at(40)), None); // After it.
        costs.on_received(SimDuration::from_ms(50));
        let cost = costs.finish(at(99), None, 0)[0];
        assert_eq!((cost.ended, cost.caught_up), (Some(at(30)), Some(at(45))));
        assert_eq!(
            (cost.rpo_max, cost.received_lag_max),
            (SimDuration::from_ms(33), SimDuration::from_ms(32))
        );
        assert_eq!(cost.retransmitted, 1);
    }

    /// Under `synchronous` an outage from 10 to 30 ms holds up two writes; the second one's completion comes after it is in
    /// R(t).
    #[test]
    fn a_fault_is_not_caught_up_with_before_what_it_held_up_is_received() {
        let mut costs = FaultCosts::default();
        costs.on_began(at(10), 0);
        let write = |serial| WriteRef { serial, slot: serial as u32 };
        let held = [(at(12), write(0)), (at(13), write(1))];
        costs.on_ended(at(30), 0, None, held.into_iter());
        costs.on_answered(held[0].0, held[0].1);
        costs.on_answered(at(31), write(2));
        costs.refresh(at(32), None);
        costs.on_rpo(at(33), None, Some(at(31)));
        assert!(costs.is_open());
        costs.on_answered(held[1].0, held[1].1);
        costs.refresh(at(41), Some(at(31)));
        assert!(!costs.is_open());
        costs.on_completed(at(46), at(13));
        costs.on_completed(at(99), at(42)); // After it.
        let cost = costs.finish(at(99), None, 0)[0];
        assert_eq!((cost.caught_up, cost.response_time_max), (Some(at(41)), SimDuration::from_ms(33)));
    }

    #[test]
    fn a_fault_that_costs_nothing_is_caught_up_with_at_its_end() {
        let mut costs = FaultCosts::default();
        costs.on_began(at(10), 3);
        costs.on_ended(at(20), 3, None, empty());
        assert!(!costs.is_open());
        assert_eq!(costs.finish(at(30), None, 0)[0].caught_up, Some(at(20)));
    }

    /// What is accepted at the instant at which a fault ends is not accepted before it, whatever else is missing then.
    #[test]
    fn a_fault_does_not_wait_for_what_comes_as_it_ends() {
        for earlier in [None, Some(at(15))] {
            let mut costs = FaultCosts::default();
            costs.on_began(at(10), 0);
            costs.on_ended(at(20), 0, earlier, empty());
            costs.on_rpo(at(20), earlier, earlier.or(Some(at(20))));
            costs.on_rpo(at(30), earlier.or(Some(at(20))), Some(at(20)));
            let caught_up = if earlier.is_none() { at(20) } else { at(30) };
            assert_eq!(costs.finish(at(40), Some(at(20)), 1)[0].caught_up, Some(caught_up));
        }
    }

    /// Nothing changed since 12 ms, and the run was cut off at 90 ms: the recovery point then is part of the cost.
    #[test]
    fn a_fault_that_is_never_caught_up_with_is_charged_to_the_end() {
        let mut costs = FaultCosts::default();
        costs.on_began(at(10), 0);
        costs.on_rpo(at(13), None, Some(at(12)));
        costs.on_ended(at(30), 0, Some(at(12)), empty());
        let cost = costs.finish(at(90), Some(at(12)), 7)[0];
        assert_eq!((cost.caught_up, cost.rpo_max, cost.outstanding), (None, SimDuration::from_ms(78), 7));
    }

    #[test]
    fn hits_count_while_a_fault_lasts() {
        let mut costs = FaultCosts::default();
        costs.on_hit();
        costs.on_began(at(10), 0);
        costs.on_hit();
        costs.on_began(at(15), 1);
        costs.on_hit();
        costs.on_ended(at(20), 0, Some(at(12)), empty());
        costs.on_hit();
        costs.on_met();
        costs.on_ended(at(25), 1, Some(at(12)), empty());
        costs.on_hit();
        costs.on_met();
        let hits: Vec<_> = costs.finish(at(90), None, 0).iter().map(|cost| (cost.hits, cost.met)).collect();
        assert_eq!(hits, [(2, 0), (2, 1)]);
    }

    #[test]
    fn the_loss_of_the_local_site_costs_the_recovery_point() {
        let mut costs = FaultCosts::default();
        costs.on_began(at(10), 0);
        costs.on_began(at(40), 1);
        costs.on_local_site_lost(at(40), Some(at(12)));
        let [outage, loss] = costs.finish(at(90), None, 0)[..] else { panic!("two faults") };
        assert_eq!((outage.rpo_max, outage.rpo_at_loss), (SimDuration::from_ms(28), None));
        assert_eq!(
            (loss.rpo_max, loss.rpo_at_loss),
            (SimDuration::from_ms(28), Some(SimDuration::from_ms(28)))
        );
        assert_eq!(loss.caught_up, None);
    }
}
