//! How long a run takes to forget that it began empty: MSER-5 on the lags of writes in the order of their issue.
//!
//! MSER (White 1997, "An effective truncation heuristic for bias reduction in simulation output", Simulation 69, 323-334)
//! cuts off as many observations at the front as make the standard error of the mean of the rest least; MSER-5 (White,
//! Cobb, Spratt 2000, Winter Simulation Conference) does so on means of five. Here an observation is the mean over the
//! writes issued in one of [`BUCKETS`] equal parts of the run, so that memory is constant and several runs can be averaged
//! (Welch 1983). The heuristic always finds some least error, on data without any transient too. So its cut counts only
//! if what it cuts off differs from the rest by more than parts of the rest of the same length differ from one another
//! (Student, 99.9 %), and by enough to move the mean by one part in a hundred.

use super::interval::t_quantile;
use crate::units::{SimDuration, SimTime};

/// The run is divided into this many parts.
pub const BUCKETS: usize = 1000;
/// Means of this many are taken.
const BATCH: usize = 5;
/// Of fewer batches nothing can be said.
const LEAST_BATCHES: usize = 20;
/// The rest is divided into this many parts at least, to be compared with.
const LEAST_PARTS: usize = 5;
/// Parts that rise, or fall, one after the other: by chance in 2 of 8! cases.
const TREND_PARTS: usize = 8;
/// A cut must move the mean by this share.
const MATERIAL: f64 = 0.01;

/// Writes issued in one part of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Bucket {
    sum_ns: u128,
    count: u64,
}

/// Times of writes by the instant of their issue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByIssue {
    width_ns: u64,
    buckets: Vec<Bucket>,
}

/// When a series has forgotten its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// From this instant on; from the first looked at, if there is nothing to be cut off.
    At(SimTime),
    /// Not within the run: it rises or falls all the way.
    Never,
}

/// What can begin with a transient: the lag, where queues fill, and the response time, where hosts wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transients {
    /// Applied lag.
    pub applied_lag: ByIssue,
    /// Response time.
    pub response_time: ByIssue,
}

impl Transients {
    /// Of a run whose hosts write until `duration`.
    pub fn new(duration: SimTime) -> Self {
        Self { applied_lag: ByIssue::new(duration), response_time: ByIssue::new(duration) }
    }

    /// Adds what another run of the same length has shown.
    pub fn add(&mut self, other: &Self) {
        self.applied_lag.add(&other.applied_lag);
        self.response_time.add(&other.response_time);
    }

    /// When both, looked at from `from` on, have forgotten their beginning.
    pub fn settled(&self, from: SimTime) -> Settled {
        match (self.applied_lag.settled(from), self.response_time.settled(from)) {
            (Settled::At(lag), Settled::At(response)) => Settled::At(lag.max(response)),
            _ => Settled::Never,
        }
    }
}

impl Default for ByIssue {
    fn default() -> Self {
        Self::new(SimTime::ZERO)
    }
}

impl ByIssue {
    /// Of a run whose hosts write until `duration`.
    pub fn new(duration: SimTime) -> Self {
        let width_ns = duration.as_ns().div_ceil(BUCKETS as u64).max(1);
        Self { width_ns, buckets: Vec::new() }
    }

    /// A write that was issued at this instant took so long.
    #[inline]
    pub fn record(&mut self, issued: SimTime, time: SimDuration) {
        // What is issued at the very end of the run belongs to its last part.
        let index = ((issued.as_ns() / self.width_ns) as usize).min(BUCKETS - 1);
        if index >= self.buckets.len() {
            self.buckets.resize(index + 1, Bucket::default());
        }
        let bucket = &mut self.buckets[index];
        bucket.sum_ns += u128::from(time.as_ns());
        bucket.count += 1;
    }

    /// Adds what another run of the same length has shown.
    pub fn add(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), Bucket::default());
        }
        for (bucket, more) in self.buckets.iter_mut().zip(&other.buckets) {
            bucket.sum_ns += more.sum_ns;
            bucket.count += more.count;
        }
    }

    /// When the series, looked at from `from` on, has forgotten its beginning.
    pub fn settled(&self, from: SimTime) -> Settled {
        let first = from.as_ns().div_ceil(self.width_ns) as usize;
        let seen: Vec<(usize, f64)> = self
            .buckets
            .iter()
            .enumerate()
            .skip(first)
            .filter(|(_, bucket)| bucket.count > 0)
            .map(|(index, bucket)| (index, bucket.sum_ns as f64 / bucket.count as f64))
            .collect();
        let batches: Vec<f64> = seen
            .chunks_exact(BATCH)
            .map(|five| five.iter().map(|(_, mean)| mean).sum::<f64>() / BATCH as f64)
            .collect();
        if batches.len() < LEAST_BATCHES {
            return Settled::At(from);
        }
        if has_trend(&batches) {
            return Settled::Never;
        }
        match cut(&batches) {
            cut if cut > 0 && differs(&batches[..cut], &batches[cut..]) => {
                Settled::At(SimTime::from_ns(seen[cut * BATCH].0 as u64 * self.width_ns))
            }
            _ => Settled::At(from),
        }
    }
}

/// MSER: how many batches to cut off, at most half of them.
fn cut(batches: &[f64]) -> usize {
    let (mut best, mut least) = (0, f64::INFINITY);
    let (mut sum, mut squares) = (0.0, 0.0);
    // Around the mean of all, so that sums of squares lose no digits.
    let about = mean(batches);
    for (kept, batch) in (1..).zip(batches.iter().rev()) {
        sum += batch - about;
        squares += (batch - about) * (batch - about);
        let (n, cut) = (f64::from(kept), batches.len() - kept as usize);
        let error = (squares - sum * sum / n).max(0.0) / (n * n);
        if 2 * cut <= batches.len() && error <= least {
            (best, least) = (cut, error);
        }
    }
    best
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// Is the mean of `head` beyond what parts of `rest` of the same length show by chance, and would it move the mean?
fn differs(head: &[f64], rest: &[f64]) -> bool {
    let length = head.len().min(rest.len() / LEAST_PARTS).max(1);
    let parts: Vec<f64> = rest.chunks_exact(length).map(mean).collect();
    let (head_mean, rest_mean, n) = (mean(head), mean(&parts), parts.len() as f64);
    let variance = parts.iter().map(|part| (part - rest_mean) * (part - rest_mean)).sum::<f64>() / (n - 1.0);
    let bound = t_quantile(0.9995, n - 1.0) * (variance * (1.0 + 1.0 / n)).sqrt();
    let all = head.len() + rest.len();
    let moves = (head_mean - rest_mean).abs() * head.len() as f64 / all as f64;
    (head_mean - rest_mean).abs() > bound && moves >= MATERIAL * rest_mean.abs()
}

/// Does the series rise, or fall, from part to part all the way, and by enough to matter?
fn has_trend(batches: &[f64]) -> bool {
    let parts: Vec<f64> =
        batches.chunks_exact(batches.len() / TREND_PARTS).take(TREND_PARTS).map(mean).collect();
    let all = |rises: fn(&[f64]) -> bool| parts.windows(2).all(rises);
    let (first, last) = (parts[0], parts[TREND_PARTS - 1]);
    (all(|two| two[1] > two[0]) || all(|two| two[1] < two[0]))
        && (last - first).abs() > 10.0 * MATERIAL * mean(&parts).abs()
        // A transient dies away: its second half is flat beside its first.
        && (parts[TREND_PARTS / 2] - last).abs() > 0.25 * (first - parts[TREND_PARTS / 2]).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    /// Ten writes in each part of a run of 10 s, whose times in ms are as `shape` says of the second, with noise.
    fn series(seed: u64, shape: impl Fn(f64) -> f64) -> ByIssue {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut series = ByIssue::new(SimTime::from_ns(10 * SECOND));
        for write in 0..10_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let uniform = ((state >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
            let at_s = write as f64 / 1000.0;
            let ms = shape(at_s) * (0.5 - libm::log(uniform) * 0.5);
            series.record(SimTime::from_ns(write * SECOND / 1000), SimDuration::from_ns((ms * 1e6) as u64));
        }
        series
    }

    fn settled_s(series: &ByIssue, from_s: f64) -> f64 {
        match series.settled(SimTime::from_ns((from_s * 1e9) as u64)) {
            Settled::At(at) => at.as_secs_f64(),
            Settled::Never => f64::INFINITY,
        }
    }

    #[test]
    fn a_transient_is_cut_off_where_it_has_died_away() {
        // 20 ms, and at first 60 ms more, which halves every 0.35 s.
        let series = series(1, |at| 20.0 + 60.0 * libm::exp(-2.0 * at));
        let settled = settled_s(&series, 0.0);
        assert!((0.8..3.0).contains(&settled), "{settled}");
        assert!(settled_s(&series, 0.2) > 0.2, "a warm-up of 0.2 s is too short");
        assert!((settled_s(&series, 3.0) - 3.0).abs() < 1e-9, "one of 3 s is not");
    }

    #[test]
    fn a_queue_that_fills_slowly_at_first_is_cut_off_too() {
        let series = series(2, |at| if at < 1.5 { 20.0 * at / 1.5 } else { 20.0 });
        let settled = settled_s(&series, 0.0);
        assert!((0.9..1.8).contains(&settled), "{settled}");
    }

    /// Of a thousand runs without a transient at most a few are said to have one.
    #[test]
    fn without_a_transient_nothing_is_cut_off() {
        let wrong = (0..1000).filter(|&seed| settled_s(&series(seed, |_| 20.0), 0.0) > 0.0).count();
        assert!(wrong <= 5, "{wrong} of 1000");
    }

    /// Nor of runs in which bursts of losses come now and then, wherever the first one stands.
    #[test]
    fn a_burst_now_and_then_is_no_transient() {
        let wrong = (0..200)
            .filter(|&seed| {
                let phase = seed as f64 / 200.0;
                let series = series(seed, |at| if (at + phase) % 1.0 < 0.1 { 120.0 } else { 20.0 });
                settled_s(&series, 0.0) > 0.0
            })
            .count();
        assert!(wrong <= 4, "{wrong} of 200");
    }

    #[test]
    fn what_grows_all_the_way_never_settles() {
        assert!(settled_s(&series(3, |at| 5.0 + 10.0 * at), 0.0).is_infinite());
        assert!(settled_s(&series(4, |at| 200.0 - 10.0 * at), 0.0).is_infinite());
    }

    #[test]
    fn a_few_writes_say_nothing() {
        let mut series = ByIssue::new(SimTime::from_ns(10 * SECOND));
        for write in 0..50 {
            series.record(SimTime::from_ns(write * SECOND / 5), SimDuration::from_ms(write));
        }
        assert!(settled_s(&series, 0.0).abs() < 1e-12);
    }

    #[test]
    fn several_runs_add_up() {
        let of = |seed| series(seed, |at| 20.0 + 60.0 * libm::exp(-2.0 * at));
        let mut pooled = of(1);
        pooled.add(&of(2));
        let single = settled_s(&of(1), 0.0);
        assert!((settled_s(&pooled, 0.0) - single).abs() < 1.5);
    }
}
