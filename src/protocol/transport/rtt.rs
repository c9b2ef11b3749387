//! The retransmission time-out of a path: constant, or RFC 6298.
//!
//! It sees samples and time-outs; which of them are valid (Karn) and what is sent again is decided by `path`.

use super::Retransmit;
use crate::units::SimDuration;

/// The time-out.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct RoundTrip {
    rule: Retransmit,
    /// SRTT and RTTVAR, in nanoseconds; none before the first sample.
    smoothed: Option<(u64, u64)>,
    /// The shortest sample.
    least: Option<u64>,
    timeout: SimDuration,
}

impl RoundTrip {
    pub(super) fn new(rule: Retransmit) -> Self {
        let timeout = match rule {
            Retransmit::Untimed => SimDuration::MAX,
            Retransmit::Fixed(timeout) => timeout,
            // RFC 6298, (2.1).
            Retransmit::Adaptive { initial, .. } => initial,
        };
        Self { rule, smoothed: None, least: None, timeout }
    }

    /// From a sending until it counts as lost.
    pub(super) const fn timeout(&self) -> SimDuration {
        self.timeout
    }

    /// SRTT; none before the first sample.
    pub(super) fn smoothed(&self) -> Option<SimDuration> {
        self.smoothed.map(|(smoothed, _)| SimDuration::from_ns(smoothed))
    }

    /// The shortest round trip seen.
    pub(super) fn least(&self) -> Option<SimDuration> {
        self.least.map(SimDuration::from_ns)
    }

    /// A round trip was measured on something that was sent once.
    #[inline]
    pub(super) fn on_sample(&mut self, sample: SimDuration) {
        let sample = sample.as_ns();
        self.least = Some(self.least.map_or(sample, |least| least.min(sample)));
        let (smoothed, variation) = match self.smoothed {
            // RFC 6298, (2.2).
            None => (sample, sample / 2),
            // (2.3): alpha = 1/8, beta = 1/4; RTTVAR goes by the SRTT before.
            Some((smoothed, variation)) => (
                smoothed - smoothed / 8 + sample / 8,
                variation - variation / 4 + smoothed.abs_diff(sample) / 4,
            ),
        };
        self.smoothed = Some((smoothed, variation));
        if let Retransmit::Adaptive { minimum, maximum, .. } = self.rule {
            // RTO = SRTT + max(G, K * RTTVAR) with K = 4 and a clock of 1 ns; (2.4) and (2.5) bound it. A sample
            // ends the back-off.
            let wanted = smoothed.saturating_add(variation.saturating_mul(4).max(1));
            let bounded = wanted.max(minimum.as_ns()).min(maximum.as_ns());
            self.timeout = SimDuration::from_ns(bounded);
        }
    }

    /// The time-out ran out: (5.5), back off.
    pub(super) fn on_timeout(&mut self) {
        if let Retransmit::Adaptive { maximum, .. } = self.rule {
            let doubled = self.timeout.as_ns().saturating_mul(2).min(maximum.as_ns());
            self.timeout = SimDuration::from_ns(doubled);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adaptive(minimum_ms: u64) -> RoundTrip {
        RoundTrip::new(Retransmit::Adaptive {
            initial: SimDuration::from_ms(1_000),
            minimum: SimDuration::from_ms(minimum_ms),
            maximum: SimDuration::from_ms(60_000),
        })
    }

    #[test]
    fn rfc_6298_first_and_second_sample() {
        let mut rtt = adaptive(0);
        assert_eq!(rtt.timeout(), SimDuration::from_ms(1_000));
        // (2.2): SRTT 100, RTTVAR 50, RTO 100 + 4 * 50.
        rtt.on_sample(SimDuration::from_ms(100));
        assert_eq!(rtt.timeout(), SimDuration::from_ms(300));
        // (2.3): RTTVAR 3/4 * 50 + 1/4 * |100 - 180| = 57.5, SRTT 7/8 * 100 + 1/8 * 180 = 110, RTO 340.
        rtt.on_sample(SimDuration::from_ms(180));
        assert_eq!(rtt.smoothed(), Some(SimDuration::from_ms(110)));
        assert_eq!(rtt.timeout(), SimDuration::from_ms(340));
        assert_eq!(rtt.least(), Some(SimDuration::from_ms(100)));
    }

    #[test]
    fn rfc_6298_bounds_and_back_off() {
        let mut rtt = adaptive(200);
        for _ in 0..100 {
            rtt.on_sample(SimDuration::from_ms(10));
        }
        assert_eq!(rtt.timeout(), SimDuration::from_ms(200), "(2.4): not below the minimum");
        for expected in [400, 800, 1_600] {
            rtt.on_timeout();
            assert_eq!(rtt.timeout(), SimDuration::from_ms(expected), "(5.5): doubled");
        }
        for _ in 0..10 {
            rtt.on_timeout();
        }
        assert_eq!(rtt.timeout(), SimDuration::from_ms(60_000), "(2.5): not above the maximum");
        rtt.on_sample(SimDuration::from_ms(10));
        assert_eq!(rtt.timeout(), SimDuration::from_ms(200), "a sample ends the back-off");
    }

    #[test]
    fn a_constant_timer_learns_nothing() {
        let mut rtt = RoundTrip::new(Retransmit::Fixed(SimDuration::from_ms(200)));
        rtt.on_sample(SimDuration::from_ms(900));
        rtt.on_timeout();
        assert_eq!(rtt.timeout(), SimDuration::from_ms(200));
    }
}
