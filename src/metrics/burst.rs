//! How unevenly a direction is used: bytes offered to its paths in windows of 100 ms.
//!
//! Two figures: the most bytes of a window over their mean (peak to mean), and the standard deviation over the mean
//! (coefficient of variation). A constant stream has 1 and 0; one that sends all it has in one window of n has n and
//! sqrt(n - 1). What a line makes of it, its queue does; that is not seen here.

use crate::units::{SimDuration, SimTime};

/// A window, in nanoseconds.
const WINDOW_NS: u64 = SimDuration::from_ms(100).as_ns();

/// The figures; both are 0 if nothing was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Burst {
    /// The most bytes of a window over the mean.
    pub peak_to_mean: f64,
    /// Standard deviation of the bytes of a window over their mean.
    pub variation: f64,
}

/// Counts bytes window by window; only whole windows count.
#[derive(Clone, Debug)]
pub struct BurstMeter {
    from: SimTime,
    /// The present window, from 0, and its bytes.
    window: u64,
    bytes: u64,
    /// Over all earlier windows.
    peak: u64,
    sum: u64,
    squares: u128,
}

impl BurstMeter {
    /// The first window begins at `from`.
    pub const fn new(from: SimTime) -> Self {
        Self { from, window: 0, bytes: 0, peak: 0, sum: 0, squares: 0 }
    }

    /// Bytes were offered, at `from` or later.
    #[inline]
    pub fn on_sent(&mut self, now: SimTime, bytes: u32) {
        let window = now.since(self.from).as_ns() / WINDOW_NS;
        if window != self.window {
            self.close();
            self.window = window;
        }
        self.bytes += u64::from(bytes);
    }

    fn close(&mut self) {
        self.peak = self.peak.max(self.bytes);
        self.sum += self.bytes;
        self.squares += u128::from(self.bytes) * u128::from(self.bytes);
        self.bytes = 0;
    }

    /// The figures of the whole windows up to `until`; nothing was sent later.
    pub fn finish(mut self, until: SimTime) -> Burst {
        let windows = until.since(self.from).as_ns() / WINDOW_NS;
        if self.window < windows {
            self.close();
        }
        if self.sum == 0 || windows == 0 {
            return Burst::default();
        }
        let mean = self.sum as f64 / windows as f64;
        let square = u128::from(self.sum) * u128::from(self.sum);
        let deviation = libm::sqrt((self.squares * u128::from(windows)).saturating_sub(square) as f64);
        Burst { peak_to_mean: self.peak as f64 / mean, variation: deviation / self.sum as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sent: impl IntoIterator<Item = (u64, u32)>, until_ms: u64) -> Burst {
        let at = |ms: u64| SimTime::from_ns(ms * 1_000_000);
        let mut meter = BurstMeter::new(at(1_000));
        sent.into_iter().for_each(|(ms, bytes)| meter.on_sent(at(ms), bytes));
        meter.finish(at(until_ms))
    }

    #[test]
    fn a_constant_stream_has_no_bursts() {
        let constant = of((0..100).map(|packet| (1_000 + 10 * packet, 1_500)), 2_000);
        assert_eq!(constant, Burst { peak_to_mean: 1.0, variation: 0.0 });
    }

    #[test]
    fn all_in_one_window_of_ten() {
        let one = of([(1_250, 4_096), (1_260, 4_096)], 2_000);
        assert_eq!(one, Burst { peak_to_mean: 10.0, variation: 3.0 });
        assert_eq!(of([], 2_000), Burst::default());
    }

    #[test]
    fn a_window_that_is_not_whole_does_not_count() {
        let whole = of([(1_000, 1), (1_100, 3)], 1_200);
        assert_eq!(whole, Burst { peak_to_mean: 1.5, variation: 0.5 });
        assert_eq!(of([(1_000, 1), (1_100, 3), (1_210, 1_000)], 1_230), whole);
    }
}
