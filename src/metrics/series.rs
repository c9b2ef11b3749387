//! Figures over time, in a bounded number of equal buckets from the start of the run to its end.
//!
//! How long a run drains is not known before: when the buckets are used up, every two become one. Statistics
//! windows do not apply here; a time series shows the whole run.

use crate::units::{SimDuration, SimTime};

/// The most buckets that are kept.
pub const MOST_BUCKETS: usize = 1000;

/// Groups have a series each up to this many: of more no picture could be read, and each takes memory.
pub const MOST_GROUP_SERIES: usize = 16;

/// The part of the run in which hosts write gets this many buckets at first, so that a drain as long fits.
const FIRST_BUCKETS: u64 = 500;

/// What happened in one bucket of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Twice the integral of the recovery point over the bucket, in square nanoseconds.
    rpo_twice_area: u128,
    /// The greatest recovery point of any group, in nanoseconds.
    pub rpo_max_ns: u64,
    received_sum_ns: u128,
    /// Writes that became recoverable for the first time, and were completed, in this bucket.
    pub received: u64,
    applied_sum_ns: u128,
    /// Writes that were destaged for the first time, and were completed, in this bucket.
    pub applied: u64,
    /// The most bytes in all local caches together.
    pub local_cache_bytes: u64,
    /// The most bytes in all remote caches together.
    pub remote_cache_bytes: u64,
}

impl Bucket {
    /// Mean received lag of the writes in the bucket, in seconds; 0 if there is none.
    pub fn received_lag_mean_s(&self) -> f64 {
        mean_s(self.received_sum_ns, self.received)
    }

    /// Mean applied lag of the writes in the bucket, in seconds; 0 if there is none.
    pub fn applied_lag_mean_s(&self) -> f64 {
        mean_s(self.applied_sum_ns, self.applied)
    }

    fn absorb(&mut self, next: &Self) {
        self.rpo_twice_area += next.rpo_twice_area;
        self.rpo_max_ns = self.rpo_max_ns.max(next.rpo_max_ns);
        self.received_sum_ns += next.received_sum_ns;
        self.received += next.received;
        self.applied_sum_ns += next.applied_sum_ns;
        self.applied += next.applied;
        self.local_cache_bytes = self.local_cache_bytes.max(next.local_cache_bytes);
        self.remote_cache_bytes = self.remote_cache_bytes.max(next.remote_cache_bytes);
    }
}

fn mean_s(sum_ns: u128, count: u64) -> f64 {
    if count == 0 { 0.0 } else { sum_ns as f64 / count as f64 / 1e9 }
}

/// A fault, as the run saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultMark {
    /// Its place in the scenario's list; `None` is the loss of the local site.
    pub fault: Option<u32>,
    /// When it began.
    pub began: SimTime,
    /// When it ended, if it did.
    pub ended: Option<SimTime>,
}

/// The time series of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    width: SimDuration,
    buckets: Vec<Bucket>,
    /// When the run ended; the last bucket is cut off there.
    ended: SimTime,
    /// The faults, in the order in which they began.
    pub faults: Vec<FaultMark>,
    /// The recovery point is integrated up to here.
    rpo_since: SimTime,
    /// Its earliest write since then was accepted at this instant.
    rpo_earliest: Option<SimTime>,
    local_cache_bytes: u64,
    remote_cache_bytes: u64,
}

impl Series {
    /// For a run whose hosts write until `duration`.
    pub fn new(duration: SimTime) -> Self {
        Self {
            width: SimDuration::from_ns(duration.as_ns().div_ceil(FIRST_BUCKETS).max(1)),
            buckets: vec![Bucket::default()],
            ended: SimTime::ZERO,
            faults: Vec::new(),
            rpo_since: SimTime::ZERO,
            rpo_earliest: None,
            local_cache_bytes: 0,
            remote_cache_bytes: 0,
        }
    }

    /// Each bucket is this long, but for the last.
    pub const fn width(&self) -> SimDuration {
        self.width
    }

    /// The buckets, each with the instants at which it begins and ends and its mean recovery point in seconds.
    pub fn buckets(&self) -> impl Iterator<Item = (SimTime, SimTime, f64, &Bucket)> + '_ {
        self.buckets.iter().enumerate().map(|(index, bucket)| {
            let from = SimTime::from_ns(self.width.as_ns().saturating_mul(index as u64));
            let to = (from + self.width).min(self.ended.max(from));
            let length_ns = to.since(from).as_ns();
            let rpo_ns =
                if length_ns == 0 { 0.0 } else { bucket.rpo_twice_area as f64 / 2.0 / length_ns as f64 };
            (from, to, rpo_ns / 1e9, bucket)
        })
    }

    /// A write became recoverable for the first time.
    pub fn on_received(&mut self, now: SimTime, lag: SimDuration) {
        let bucket = self.bucket(now);
        bucket.received += 1;
        bucket.received_sum_ns += u128::from(lag.as_ns());
    }

    /// A write was destaged for the first time.
    pub fn on_applied(&mut self, now: SimTime, lag: SimDuration) {
        let bucket = self.bucket(now);
        bucket.applied += 1;
        bucket.applied_sum_ns += u128::from(lag.as_ns());
    }

    /// The caches hold this many bytes from now on.
    pub fn on_cache(&mut self, now: SimTime, local_bytes: u64, remote_bytes: u64) {
        // The buckets up to now begin with what was there before.
        self.bucket(now);
        self.local_cache_bytes = local_bytes;
        self.remote_cache_bytes = remote_bytes;
        let bucket = self.bucket(now);
        bucket.local_cache_bytes = bucket.local_cache_bytes.max(local_bytes);
        bucket.remote_cache_bytes = bucket.remote_cache_bytes.max(remote_bytes);
    }

    /// The earliest write that a disaster would lose was accepted at `earliest` from now on, over all groups.
    pub fn on_rpo(&mut self, now: SimTime, earliest: Option<SimTime>) {
        self.integrate_rpo(now);
        self.rpo_earliest = earliest;
    }

    /// A fault began; `None` is the loss of the local site.
    pub fn on_fault_began(&mut self, now: SimTime, fault: Option<u32>) {
        self.faults.push(FaultMark { fault, began: now, ended: None });
    }

    /// A fault ended.
    pub fn on_fault_ended(&mut self, now: SimTime, fault: u32) {
        let open =
            self.faults.iter_mut().rev().find(|mark| mark.fault == Some(fault) && mark.ended.is_none());
        if let Some(mark) = open {
            mark.ended = Some(now);
        }
    }

    /// The run ended.
    pub fn on_end(&mut self, now: SimTime) {
        self.integrate_rpo(now);
        self.bucket(now);
        self.ended = now;
    }

    fn integrate_rpo(&mut self, now: SimTime) {
        let Some(fixed) = self.rpo_earliest else {
            self.rpo_since = now;
            return;
        };
        // Makes room up to now first, so that the width does not change under the loop.
        self.bucket(now);
        while self.rpo_since < now {
            let since = self.rpo_since;
            let index = since.as_ns() / self.width.as_ns();
            let until = now.min(SimTime::from_ns(self.width.as_ns().saturating_mul(index + 1)));
            let (low, high) = (since.since(fixed).as_ns(), until.since(fixed).as_ns());
            let bucket = self.bucket(since);
            bucket.rpo_max_ns = bucket.rpo_max_ns.max(high);
            bucket.rpo_twice_area +=
                u128::from(until.since(since).as_ns()) * (u128::from(low) + u128::from(high));
            self.rpo_since = until;
        }
    }

    /// The bucket of an instant, which is made if it is not there yet.
    fn bucket(&mut self, now: SimTime) -> &mut Bucket {
        let mut index = now.as_ns() / self.width.as_ns();
        while index >= MOST_BUCKETS as u64 {
            self.halve();
            index = now.as_ns() / self.width.as_ns();
        }
        let index = index as usize;
        if index >= self.buckets.len() {
            let carried = Bucket {
                local_cache_bytes: self.local_cache_bytes,
                remote_cache_bytes: self.remote_cache_bytes,
                ..Bucket::default()
            };
            self.buckets.resize(index + 1, carried);
        }
        &mut self.buckets[index]
    }

    /// Every two buckets become one of twice the width.
    fn halve(&mut self) {
        self.width = self.width.saturating_add(self.width);
        self.buckets = self
            .buckets
            .chunks(2)
            .map(|two| {
                let mut one = two[0];
                two.iter().skip(1).for_each(|next| one.absorb(next));
                one
            })
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> SimTime {
        SimTime::from_ns(ns)
    }

    #[test]
    fn the_recovery_point_is_spread_over_the_buckets_it_crosses() {
        let mut series = Series::new(at(5000)); // Buckets of 10 ns.
        series.on_rpo(at(5), Some(at(5)));
        series.on_rpo(at(25), None);
        series.on_end(at(40));
        let rows: Vec<_> =
            series.buckets().map(|(from, to, mean, b)| (from, to, mean * 1e9, b.rpo_max_ns)).collect();
        assert_eq!(rows.len(), 5);
        // 0 to 5 over half a bucket; 5 to 15; 15 to 20 over half a bucket.
        for (row, expected) in rows.iter().zip([1.25, 10.0, 8.75, 0.0]) {
            assert!((row.2 - expected).abs() < 1e-6, "{row:?} is not {expected}");
        }
        assert_eq!(rows.iter().map(|row| row.3).collect::<Vec<_>>(), [5, 15, 20, 0, 0]);
        assert_eq!((rows[1].0, rows[1].1), (at(10), at(20)));
    }

    #[test]
    fn a_cache_keeps_its_use_through_buckets_without_records() {
        let mut series = Series::new(at(5000));
        series.on_cache(at(3), 100, 0);
        series.on_cache(at(35), 40, 7);
        series.on_end(at(49));
        let local: Vec<_> = series.buckets().map(|(.., bucket)| bucket.local_cache_bytes).collect();
        assert_eq!(local, [100, 100, 100, 100, 40]);
    }

    #[test]
    fn a_long_drain_merges_buckets_and_loses_nothing() {
        let mut series = Series::new(at(5000));
        for ns in 0..100_000 {
            series.on_applied(at(ns), SimDuration::from_ns(ns % 10));
        }
        series.on_rpo(at(0), Some(at(0)));
        series.on_end(at(100_000));
        let rows: Vec<_> = series.buckets().collect();
        assert!(rows.len() <= MOST_BUCKETS);
        assert_eq!(rows.iter().map(|row| row.3.applied).sum::<u64>(), 100_000);
        let area: f64 = rows.iter().map(|row| row.2 * row.1.since(row.0).as_secs_f64() * 1e18).sum();
        assert!((area - 100_000.0 * 100_000.0 / 2.0).abs() < 1.0, "{area}");
        assert!((rows[0].3.applied_lag_mean_s() - 4.5e-9).abs() < 1e-15);
    }

    #[test]
    fn a_run_without_duration_has_a_series_too() {
        let mut series = Series::new(SimTime::ZERO);
        series.on_end(SimTime::from_ns(10_000_000_000));
        assert!(series.buckets().count() <= MOST_BUCKETS);
    }

    #[test]
    fn faults_are_marked_where_they_began_and_ended() {
        let mut series = Series::new(at(100));
        series.on_fault_began(at(1), Some(0));
        series.on_fault_ended(at(4), 0);
        series.on_fault_began(at(6), None);
        assert_eq!(
            series.faults,
            [
                FaultMark { fault: Some(0), began: at(1), ended: Some(at(4)) },
                FaultMark { fault: None, began: at(6), ended: None }
            ]
        );
    }
}
