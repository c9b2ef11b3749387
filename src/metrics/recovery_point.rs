//! The recovery point: at each instant, now minus the stamp of the earliest completed write that a disaster
//! would lose; its exact mean and maximum over a window, its 99th percentile, and its value at a disaster.
//!
//! Between two changes of that write the value grows by one second per second, so that integral and maximum
//! follow from the changes alone, in integers. Which write it is, `missing` knows.

use super::dwell::Dwell;
use crate::units::SimTime;
use crate::units::time::NANOS_PER_SEC;

/// The recovery point of a group, or the worst over all groups at each instant.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rpo {
    /// Mean over time, in seconds.
    pub mean_s: f64,
    /// What it did not exceed for 99 % of the time, in seconds.
    pub p99_s: f64,
    /// The greatest, in seconds.
    pub max_s: f64,
    /// At the loss of the local site, in seconds: what that disaster cost. `None` if it was not lost.
    pub at_loss_s: Option<f64>,
}

/// Integrates one recovery point over [`from`, `to`], or to the loss of the local site if that is earlier.
#[derive(Clone, Debug)]
pub struct RecoveryPoint {
    from: SimTime,
    to: SimTime,
    /// The earliest completed write that is not in R(t) was accepted at this instant.
    earliest: Option<SimTime>,
    /// Integrated up to here.
    since: SimTime,
    /// Twice the integral, in square nanoseconds: the area of trapezoids without their halves.
    twice_area: u128,
    max_ns: u64,
    dwell: Dwell,
    /// When the local site was lost, and the recovery point then.
    loss: Option<(SimTime, u64)>,
}

impl RecoveryPoint {
    /// Over the window from `from` to `to`.
    pub fn new(from: SimTime, to: SimTime) -> Self {
        Self {
            from,
            to,
            earliest: None,
            since: from,
            twice_area: 0,
            max_ns: 0,
            dwell: Dwell::default(),
            loss: None,
        }
    }

    /// When process 210 accepted the earliest completed write that is not in R(t).
    pub const fn earliest(&self) -> Option<SimTime> {
        self.earliest
    }

    /// When the local site was lost, if it was.
    pub fn lost_at(&self) -> Option<SimTime> {
        self.loss.map(|(at, _)| at)
    }

    /// From `now` on, the earliest completed write that is not in R(t) is the one accepted at `earliest`.
    pub fn change(&mut self, now: SimTime, earliest: Option<SimTime>) {
        self.integrate(now);
        self.earliest = earliest;
    }

    /// The local site was lost at `now`: there is no host any more that could depend on a write.
    pub fn on_local_site_lost(&mut self, now: SimTime) {
        self.integrate(now);
        if self.loss.is_none() {
            self.loss = Some((now, self.earliest.map_or(0, |fixed| now.since(fixed).as_ns())));
        }
    }

    /// The figures, the run having ended at `end`.
    pub fn finish(mut self, end: SimTime) -> Rpo {
        // A run may end before its window does; nothing is missing from then on.
        self.integrate(end);
        let until = self.loss.map_or(self.to, |(lost, _)| lost.min(self.to));
        let length_ns = until.since(self.from).as_ns();
        let mean_ns = if length_ns == 0 { 0.0 } else { self.twice_area as f64 / 2.0 / length_ns as f64 };
        let seconds = |ns: u64| SimTime::from_ns(ns).as_secs_f64();
        Rpo {
            mean_s: mean_ns / NANOS_PER_SEC as f64,
            p99_s: seconds(self.dwell.quantile_ns(0.99, length_ns, self.max_ns)),
            max_s: seconds(self.max_ns),
            at_loss_s: self.loss.map(|(_, ns)| seconds(ns)),
        }
    }

    fn integrate(&mut self, now: SimTime) {
        let until = now.min(self.to);
        // A change undone within one instant had no duration: it leaves no trace.
        if self.loss.is_some() || until <= self.since {
            return;
        }
        if let Some(fixed) = self.earliest {
            let (low, high) = (self.since.since(fixed).as_ns(), until.since(fixed).as_ns());
            self.max_ns = self.max_ns.max(high);
            self.dwell.ramp(low, high);
            self.twice_area +=
                u128::from(until.since(self.since).as_ns()) * (u128::from(low) + u128::from(high));
        }
        self.since = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = NANOS_PER_SEC;

    fn at(seconds: u64) -> SimTime {
        SimTime::from_ns(seconds * SECOND)
    }

    /// All but the percentile is exact; that is within 0.4 %, and never too small.
    fn is(found: Rpo, exact: Rpo) {
        assert_eq!(Rpo { p99_s: exact.p99_s, ..found }, exact);
        assert!((exact.p99_s..=1.004 * exact.p99_s).contains(&found.p99_s), "{}", found.p99_s);
    }

    #[test]
    fn a_write_missing_for_two_seconds_makes_a_trapezoid() {
        let mut point = RecoveryPoint::new(at(0), at(10));
        // Fixed at 1 s, completed at 2 s, recoverable at 4 s: the recovery point goes from 1 s to 3 s.
        point.change(at(2), Some(at(1)));
        point.change(at(4), None);
        let rpo = point.finish(at(12));
        is(rpo, Rpo { mean_s: 2.0 * 2.0 / 10.0, p99_s: 2.9, max_s: 3.0, at_loss_s: None });
    }

    #[test]
    fn only_the_window_counts() {
        let mut point = RecoveryPoint::new(at(3), at(5));
        point.change(at(1), Some(at(0)));
        point.change(at(20), None);
        // From 3 s to 5 s it goes from 3 s to 5 s.
        is(point.finish(at(30)), Rpo { mean_s: 4.0, p99_s: 4.98, max_s: 5.0, at_loss_s: None });
    }

    #[test]
    fn an_instant_without_duration_leaves_no_trace() {
        let mut point = RecoveryPoint::new(at(0), at(10));
        point.change(at(5), Some(at(1)));
        point.change(at(5), None);
        assert_eq!(point.finish(at(10)), Rpo::default());
    }

    #[test]
    fn the_loss_of_the_local_site_freezes_it() {
        let mut point = RecoveryPoint::new(at(0), at(10));
        point.change(at(2), Some(at(2)));
        point.on_local_site_lost(at(4));
        point.change(at(8), None);
        // From 2 s to 4 s it goes from 0 to 2 s: an area of 2 over the 4 s up to the loss.
        is(point.finish(at(10)), Rpo { mean_s: 0.5, p99_s: 1.96, max_s: 2.0, at_loss_s: Some(2.0) });
    }

    #[test]
    fn the_next_earliest_takes_over_without_a_gap() {
        let mut point = RecoveryPoint::new(at(0), at(8));
        point.change(at(1), Some(at(1)));
        point.change(at(3), Some(at(2)));
        point.change(at(5), None);
        // 0 to 2 over 2 s, then 1 to 3 over 2 s: areas 2 and 4.
        is(point.finish(at(8)), Rpo { mean_s: 0.75, p99_s: 2.92, max_s: 3.0, at_loss_s: None });
    }
}
