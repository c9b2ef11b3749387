//! Clocks: what they show at an instant of true time.

use crate::units::SimTime;

/// Error of a clock against true time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clock {
    /// Offset at time zero, in nanoseconds.
    pub skew_ns: i64,
    /// Nanoseconds gained per second.
    pub drift_ns_per_s: i64,
    /// Readings are whole multiples of this many nanoseconds; 0 and 1 are exact.
    pub granularity_ns: u64,
    /// Drift counts from this instant.
    pub drifts_since: SimTime,
}

impl Clock {
    /// Does it show true time?
    pub fn is_perfect(&self) -> bool {
        self.skew_ns == 0 && self.drift_ns_per_s == 0 && self.granularity_ns <= 1
    }

    /// What it shows at `now`, in nanoseconds; a clock does not go below zero.
    pub fn reading(&self, now: SimTime) -> u64 {
        if self.is_perfect() {
            return now.as_ns();
        }
        let shown = (i128::from(now.as_ns()) + i128::from(self.error_ns(now))).max(0);
        let shown = u64::try_from(shown).unwrap_or(u64::MAX);
        shown - shown % self.granularity_ns.max(1)
    }

    /// The clock after a fault at `at` that sets it ahead by `skew_ns` and adds to its drift.
    #[must_use]
    pub fn disturbed(&self, at: SimTime, skew_ns: i64, drift_ns_per_s: i64) -> Self {
        Self {
            skew_ns: self.error_ns(at).saturating_add(skew_ns),
            drift_ns_per_s: self.drift_ns_per_s.saturating_add(drift_ns_per_s),
            granularity_ns: self.granularity_ns,
            drifts_since: at,
        }
    }

    /// Nanoseconds ahead of true time at `now`, before granularity.
    fn error_ns(&self, now: SimTime) -> i64 {
        let drifted_ns = now.since(self.drifts_since).as_ns();
        let drift = i128::from(self.drift_ns_per_s) * i128::from(drifted_ns) / 1_000_000_000;
        i64::try_from(i128::from(self.skew_ns) + drift).unwrap_or(i64::MAX)
    }

    /// The least and the greatest error, in nanoseconds, of a reading up to `end`.
    pub fn error_range_ns(&self, end: SimTime) -> (i64, i64) {
        let (first, last) = (self.error_ns(SimTime::ZERO), self.error_ns(end));
        let floor = i64::try_from(self.granularity_ns.saturating_sub(1)).unwrap_or(i64::MAX);
        (first.min(last).saturating_sub(floor), first.max(last))
    }
}

/// Nanoseconds that any two of `clocks` may differ by, up to `end`: what rule `clock = "commit-wait"` waits for.
pub fn bound_ns<'a>(clocks: impl Iterator<Item = &'a Clock>, end: SimTime) -> u64 {
    let ranges = clocks.map(|clock| clock.error_range_ns(end));
    let (least, greatest) =
        ranges.fold((0, 0), |(least, greatest), (low, high)| (low.min(least), high.max(greatest)));
    u64::try_from(i128::from(greatest) - i128::from(least)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_follow_skew_drift_and_granularity() {
        let at = SimTime::from_ns(2_000_000_005);
        assert_eq!(Clock::default().reading(at), 2_000_000_005);
        let clock = Clock { skew_ns: -10, drift_ns_per_s: 100, granularity_ns: 1, ..Clock::default() };
        assert_eq!(clock.reading(at), 2_000_000_195);
        assert_eq!(Clock { skew_ns: -10, ..Clock::default() }.reading(SimTime::from_ns(3)), 0);
        assert_eq!(Clock { granularity_ns: 1_000, ..Clock::default() }.reading(at), 2_000_000_000);
    }

    /// A fault at 1 s sets a clock that gains 100 ns/s back by 50 ns, and doubles its drift.
    #[test]
    fn a_fault_disturbs_a_clock_from_its_instant_on() {
        let clock = Clock { drift_ns_per_s: 100, ..Clock::default() };
        let at = SimTime::from_ns(1_000_000_000);
        let disturbed = clock.disturbed(at, -50, 100);
        assert_eq!(disturbed.reading(at), 1_000_000_000 + 100 - 50);
        assert_eq!(disturbed.reading(SimTime::from_ns(2_000_000_000)), 2_000_000_000 + 50 + 200);
    }

    /// Two clocks 3 us apart, one of which shows whole microseconds.
    #[test]
    fn the_bound_covers_every_pair_of_readings() {
        let early = Clock { skew_ns: -1_000, granularity_ns: 1_000, ..Clock::default() };
        let late = Clock { skew_ns: 2_000, ..Clock::default() };
        assert_eq!(bound_ns([early, late].iter(), SimTime::ZERO), 3_999);
        assert_eq!(bound_ns([Clock::default()].iter(), SimTime::MAX), 0);
    }
}
