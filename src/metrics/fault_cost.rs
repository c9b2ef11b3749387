//! What each fault cost: from its beginning until every write fixed before its end is recoverable again.
//!
//! Faults that overlap are each charged with all that happens meanwhile: whose doing it was, records do not say.

use crate::units::{SimDuration, SimTime};

/// What was measured while a fault lasted and was caught up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultCost {
    /// Its place in the scenario's list.
    pub fault: u32,
    /// When it began.
    pub began: SimTime,
    /// When it ended; `None` for a fault that is for good, or longer than the run.
    pub ended: Option<SimTime>,
    /// When every write fixed before its end was recoverable.
    pub caught_up: Option<SimTime>,
    /// The greatest recovery point of any group.
    pub rpo_max: SimDuration,
    /// The greatest received lag of a write that became recoverable.
    pub received_lag_max: SimDuration,
    /// The greatest response time of a write that was completed.
    pub response_time_max: SimDuration,
    /// Write data and markers sent again.
    pub retransmitted: u64,
}

/// Charges faults.
#[derive(Clone, Debug, Default)]
pub struct FaultCosts {
    costs: Vec<FaultCost>,
    /// Of these, how many are not caught up with.
    open: usize,
}

impl FaultCosts {
    /// Is there a fault to be charged?
    pub const fn is_open(&self) -> bool {
        self.open > 0
    }

    /// A fault began.
    pub fn on_began(&mut self, now: SimTime, fault: u32) {
        self.open += 1;
        self.costs.push(FaultCost {
            fault,
            began: now,
            ended: None,
            caught_up: None,
            rpo_max: SimDuration::ZERO,
            received_lag_max: SimDuration::ZERO,
            response_time_max: SimDuration::ZERO,
            retransmitted: 0,
        });
    }

    /// A fault ended; the earliest write that a disaster would lose now was fixed at `earliest`.
    pub fn on_ended(&mut self, now: SimTime, fault: u32, earliest: Option<SimTime>) {
        let open = self.costs.iter_mut().rev().find(|cost| cost.fault == fault && cost.ended.is_none());
        if let Some(cost) = open {
            cost.ended = Some(now);
        }
        self.settle(now, earliest);
    }

    /// Up to `now` the earliest write that a disaster would lose was fixed at `before`, from now on at `earliest`.
    pub fn on_rpo(&mut self, now: SimTime, before: Option<SimTime>, earliest: Option<SimTime>) {
        let rpo = before.map_or(SimDuration::ZERO, |fixed| now.since(fixed));
        self.each_open(|cost| cost.rpo_max = cost.rpo_max.max(rpo));
        self.settle(now, earliest);
    }

    /// A write became recoverable.
    pub fn on_received(&mut self, lag: SimDuration) {
        self.each_open(|cost| cost.received_lag_max = cost.received_lag_max.max(lag));
    }

    /// A write was completed.
    pub fn on_completed(&mut self, response_time: SimDuration) {
        self.each_open(|cost| cost.response_time_max = cost.response_time_max.max(response_time));
    }

    /// A packet was sent again.
    pub fn on_retransmitted(&mut self) {
        self.each_open(|cost| cost.retransmitted += 1);
    }

    /// The costs, in the order in which the faults began.
    pub fn finish(self) -> Vec<FaultCost> {
        self.costs
    }

    fn each_open(&mut self, charge: impl Fn(&mut FaultCost)) {
        if self.open > 0 {
            self.costs.iter_mut().filter(|cost| cost.caught_up.is_none()).for_each(charge);
        }
    }

    fn settle(&mut self, now: SimTime, earliest: Option<SimTime>) {
        for cost in &mut self.costs {
            if cost.caught_up.is_none()
                && let Some(ended) = cost.ended
                && earliest.is_none_or(|fixed| fixed > ended)
            {
                cost.caught_up = Some(now);
                self.open -= 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> SimTime {
        SimTime::from_ns(ms * 1_000_000)
    }

    /// An outage from 10 to 30 ms; a write fixed at 12 ms is recoverable at 45 ms, one fixed at 40 ms later.
    #[test]
    fn a_fault_is_charged_until_it_is_caught_up_with() {
        let mut costs = FaultCosts::default();
        costs.on_retransmitted(); // Before it.
        costs.on_began(at(10), 0);
        costs.on_rpo(at(13), None, Some(at(12)));
        costs.on_retransmitted();
        costs.on_ended(at(30), 0, Some(at(12)));
        assert!(costs.is_open());
        costs.on_received(SimDuration::from_ms(32));
        costs.on_rpo(at(45), Some(at(12)), Some(at(40)));
        costs.on_rpo(at(90), Some(at(40)), None); // After it.
        costs.on_received(SimDuration::from_ms(50));
        let cost = costs.finish()[0];
        assert_eq!((cost.ended, cost.caught_up), (Some(at(30)), Some(at(45))));
        assert_eq!(
            (cost.rpo_max, cost.received_lag_max),
            (SimDuration::from_ms(33), SimDuration::from_ms(32))
        );
        assert_eq!(cost.retransmitted, 1);
    }

    #[test]
    fn a_fault_that_costs_nothing_is_caught_up_with_at_its_end() {
        let mut costs = FaultCosts::default();
        costs.on_began(at(10), 3);
        costs.on_ended(at(20), 3, None);
        assert!(!costs.is_open());
        assert_eq!(costs.finish()[0].caught_up, Some(at(20)));
    }
}
