//! How many bytes may be in flight on a path: all, a constant, or RFC 5681's slow start and halving.
//!
//! Bytes are counted, not completions (RFC 3465), since one completion may stand for a write of many segments.

use super::WindowRule;

/// The window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct SendWindow {
    rule: WindowRule,
    /// SMSS.
    segment: u64,
    /// cwnd.
    bytes: u64,
    /// ssthresh.
    threshold: u64,
}

impl SendWindow {
    pub(super) fn new(rule: WindowRule, segment: u64) -> Self {
        let bytes = match rule {
            WindowRule::Unlimited => u64::MAX,
            WindowRule::Bytes(bytes) => bytes,
            // RFC 6928: ten segments, not more than 14,600 bytes where they are larger than two.
            WindowRule::Aimd => (10 * segment).min((2 * segment).max(14_600)),
        };
        Self { rule, segment, bytes, threshold: u64::MAX }
    }

    /// May so many bytes more be sent? What is larger than the whole window goes alone.
    pub(super) const fn allows(&self, in_flight: u64, bytes: u64) -> bool {
        in_flight == 0 || in_flight.saturating_add(bytes) <= self.bytes
    }

    /// Bytes that may be in flight.
    #[cfg(test)]
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// So many bytes were completed, of those that were in flight. A window that was not half used says nothing
    /// about the path and does not grow (RFC 7661).
    pub(super) fn on_completed(&mut self, bytes: u64, in_flight: u64) {
        if self.rule != WindowRule::Aimd || in_flight.saturating_mul(2) < self.bytes {
            return;
        }
        self.bytes = if self.bytes < self.threshold {
            // Section 3.1, slow start.
            self.bytes.saturating_add(bytes)
        } else {
            // Congestion avoidance: a segment for each window.
            self.bytes.saturating_add((self.segment * bytes / self.bytes).max(1))
        };
    }

    /// A loss was found while later sendings were completed (section 3.2): halved.
    pub(super) fn on_early_loss(&mut self, in_flight: u64) {
        if self.rule == WindowRule::Aimd {
            self.threshold = (in_flight / 2).max(2 * self.segment);
            self.bytes = self.threshold;
        }
    }

    /// The time-out ran out (section 3.1): halved, and back to one segment. Of what the timer had resent before, the
    /// threshold stays: of what was in flight then, little is now.
    pub(super) fn on_timeout(&mut self, in_flight: u64, was_resent_by_timer: bool) {
        if self.rule == WindowRule::Aimd {
            if !was_resent_by_timer {
                self.threshold = (in_flight / 2).max(2 * self.segment);
            }
            self.bytes = self.segment;
        }
    }

    /// Does a time-out mean that all of what is in flight is lost?
    pub(super) const fn is_adaptive(&self) -> bool {
        matches!(self.rule, WindowRule::Aimd)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEGMENT: u64 = 1_000;

    #[test]
    fn slow_start_doubles_and_avoidance_adds_a_segment_per_window() {
        let mut window = SendWindow::new(WindowRule::Aimd, SEGMENT);
        assert_eq!(window.bytes(), 10_000);
        for _ in 0..10 {
            window.on_completed(SEGMENT, 10_000);
        }
        assert_eq!(window.bytes(), 20_000);
        // A loss with 20,000 bytes in flight: ssthresh and cwnd 10,000.
        window.on_early_loss(20_000);
        assert_eq!(window.bytes(), 10_000);
        for _ in 0..10 {
            window.on_completed(SEGMENT, 10_000);
        }
        let grown = window.bytes();
        assert!((10_900..=11_000).contains(&grown), "one segment in a window, found {grown}");
    }

    #[test]
    fn a_timeout_goes_back_to_one_segment_and_slow_start_ends_at_half() {
        let mut window = SendWindow::new(WindowRule::Aimd, SEGMENT);
        window.on_timeout(8_000, false);
        assert_eq!(window.bytes(), 1_000);
        for _ in 0..3 {
            window.on_completed(SEGMENT, 1_000_000);
        }
        assert_eq!(window.bytes(), 4_000);
        window.on_completed(SEGMENT, 1_000_000);
        assert_eq!(window.bytes(), 4_250, "from ssthresh on, a segment per window");
        // (4) of section 3.1: at least two segments.
        window.on_timeout(1_000, false);
        window.on_completed(SEGMENT, 1_000_000);
        assert_eq!(window.bytes(), 2_000);
        window.on_completed(SEGMENT, 1_000_000);
        assert_eq!(window.bytes(), 2_500);
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut window = SendWindow::new(WindowRule::Aimd, SEGMENT);
        window.on_completed(SEGMENT, 4_999);
        assert_eq!(window.bytes(), 10_000);
        window.on_completed(SEGMENT, 5_000);
        assert_eq!(window.bytes(), 11_000, "half of it was used");
    }

    /// (4) of section 3.1: a loss leaves at least two segments, however little was in flight.
    #[test]
    fn a_loss_leaves_two_segments_at_least() {
        let mut window = SendWindow::new(WindowRule::Aimd, SEGMENT);
        window.on_early_loss(SEGMENT);
        assert_eq!(window.bytes(), 2_000);
        let mut window = SendWindow::new(WindowRule::Aimd, SEGMENT);
        window.on_timeout(SEGMENT, false);
        for slow_start in [1_500, 2_000] {
            window.on_completed(SEGMENT / 2, SEGMENT);
            assert_eq!(window.bytes(), slow_start, "below two segments a completion adds all its bytes");
        }
        window.on_completed(SEGMENT / 2, SEGMENT);
        assert_eq!(window.bytes(), 2_250);
    }

    #[test]
    fn what_is_larger_than_the_window_goes_alone() {
        let window = SendWindow::new(WindowRule::Bytes(1_000), SEGMENT);
        assert!(window.allows(0, 64_000));
        assert!(window.allows(400, 600));
        assert!(!window.allows(401, 600));
        assert!(SendWindow::new(WindowRule::Unlimited, SEGMENT).allows(u64::MAX, 1));
    }
}
