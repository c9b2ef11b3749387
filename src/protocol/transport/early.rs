//! Losses found before the time-out: after so many later completions, or by RACK's time window (RFC 8985).
//!
//! It says which sendings count as lost; `path` keeps them. Sendings go by their index in the order of sending.

use super::Early;
use crate::units::{SimDuration, SimTime};

/// `DupThresh`, and the number of recoveries for which a wider window is kept.
const DUPLICATES: u64 = 3;
const PERSIST: u32 = 16;

/// The latest sending that is known to have arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Latest {
    index: u64,
    rtt: SimDuration,
}

/// What has been seen of completions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct LossDetector {
    rule: Early,
    /// The greatest completed indices, ascending: as many as the rule waits for (RACK: [`DUPLICATES`]).
    greatest: Vec<u64>,
    /// RACK.segment, RACK.rtt.
    latest: Option<Latest>,
    /// `RACK.reordering_seen`.
    reordering_seen: bool,
    /// `RACK.reo_wnd_mult`.
    multiple: u64,
    /// `RACK.reo_wnd_persist`.
    persist: u32,
    /// `RACK.dsack_round`: a wider window lasts at least until this index is completed.
    round: Option<u64>,
    /// Losses were found among sendings below this index: a recovery lasts until then.
    recovery: Option<u64>,
}

impl LossDetector {
    pub(super) fn new(rule: Early) -> Self {
        Self {
            rule,
            greatest: Vec::new(),
            latest: None,
            reordering_seen: false,
            multiple: 1,
            persist: 0,
            round: None,
            recovery: None,
        }
    }

    /// A completion answered the sending with this index, `rtt` after it was sent. (Section 6.2, step 2, has to guess
    /// whether a completion answers a resend; here it says so.)
    #[inline]
    pub(super) fn on_completed(&mut self, index: u64, rtt: SimDuration) {
        let waits_for = match self.rule {
            Early::Off => return,
            Early::Completions(completions) => completions,
            Early::Rack => DUPLICATES,
        };
        // Step 3 asks for what was sent once, since else it cannot be said which sending arrived late. Here it can.
        if self.greatest.last().is_some_and(|&greatest| index < greatest) {
            self.reordering_seen = true;
        }
        let place = self.greatest.partition_point(|&other| other < index);
        self.greatest.insert(place, index);
        if self.greatest.len() as u64 > waits_for {
            self.greatest.remove(0);
        }
        if self.latest.is_none_or(|latest| latest.index < index) {
            self.latest = Some(Latest { index, rtt });
        }
        if self.recovery.is_some_and(|end| index >= end) {
            // Step 4: a recovery ends.
            self.recovery = None;
            if self.round.is_none() {
                self.persist = self.persist.saturating_sub(1);
                if self.persist == 0 {
                    self.multiple = 1;
                }
            }
        }
        self.round = self.round.filter(|&round| index < round);
    }

    /// The receiver answered something that was completed before: what was sent again had arrived. `next` is the
    /// index of the next sending.
    pub(super) fn on_needless(&mut self, next: u64) {
        if self.rule == Early::Rack && self.round.is_none() {
            self.round = Some(next);
            self.multiple += 1;
            self.persist = PERSIST;
        }
    }

    /// Losses were found; what was sent until `next` belongs to the same recovery.
    pub(super) fn on_losses(&mut self, next: u64) {
        self.recovery.get_or_insert(next);
    }

    /// RFC 8985, section 6.2, step 4: `RACK.reo_wnd`, for the oldest sending in flight. `RACK.segs_sacked` counts
    /// what is completed above it.
    fn reordering_window(
        &self,
        oldest: u64,
        least: Option<SimDuration>,
        smoothed: Option<SimDuration>,
    ) -> SimDuration {
        let is_passed = self.is_passed(oldest, DUPLICATES);
        if !self.reordering_seen && (self.recovery.is_some() || is_passed) {
            return SimDuration::ZERO;
        }
        let (Some(least), Some(smoothed)) = (least, smoothed) else { return SimDuration::ZERO };
        SimDuration::from_ns((least.as_ns() / 4).saturating_mul(self.multiple)).min(smoothed)
    }

    /// Were so many later sendings completed, as many as `greatest` holds?
    fn is_passed(&self, index: u64, completions: u64) -> bool {
        self.greatest.len() as u64 >= completions && self.greatest.first().is_some_and(|&first| index < first)
    }

    /// Is the sending with this index lost at `now`? If not, when will it be, unless it is completed before?
    #[inline]
    pub(super) fn judge(
        &self,
        index: u64,
        sent: SimTime,
        now: SimTime,
        least: Option<SimDuration>,
        smoothed: Option<SimDuration>,
    ) -> Judgement {
        match self.rule {
            Early::Off => Judgement::Unknown,
            Early::Completions(completions) => {
                if self.is_passed(index, completions) {
                    Judgement::Lost
                } else {
                    Judgement::Unknown
                }
            }
            Early::Rack => {
                let Some(latest) = self.latest.filter(|latest| index < latest.index) else {
                    return Judgement::Unknown;
                };
                // Step 5: sent before the latest that has arrived, and its own round trip and more have passed.
                let due = sent + latest.rtt.saturating_add(self.reordering_window(index, least, smoothed));
                if due <= now { Judgement::Lost } else { Judgement::LostAt(due) }
            }
        }
    }
}

/// What is thought of a sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is lost.
    Lost,
    /// It is lost then, if nothing is heard of it before.
    LostAt(SimTime),
    /// Nothing can be said.
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_ms(ms)
    }

    fn at(milliseconds: u64) -> SimTime {
        SimTime::ZERO + ms(milliseconds)
    }

    #[test]
    fn fast_retransmit_waits_for_three_later_completions() {
        let mut detector = LossDetector::new(Early::Completions(3));
        for index in [1, 0, 5] {
            detector.on_completed(index, ms(100));
        }
        // Sending 2 has one later completion; sending 0 and 1 are done.
        assert_eq!(detector.judge(2, at(0), at(100), None, None), Judgement::Unknown);
        detector.on_completed(3, ms(100));
        assert_eq!(detector.judge(2, at(0), at(100), None, None), Judgement::Unknown);
        detector.on_completed(4, ms(100));
        assert_eq!(detector.judge(2, at(0), at(100), None, None), Judgement::Lost);
        assert_eq!(detector.judge(6, at(0), at(100), None, None), Judgement::Unknown);
    }

    #[test]
    fn rack_waits_a_quarter_of_the_least_round_trip_where_reordering_was_seen() {
        let mut detector = LossDetector::new(Early::Rack);
        let (least, smoothed) = (Some(ms(100)), Some(ms(120)));
        detector.on_completed(2, ms(100));
        detector.on_completed(1, ms(110)); // Reordering.
        // Sending 0 was sent at 0: 0 + 100 + 100 / 4.
        assert_eq!(detector.judge(0, at(0), at(124), least, smoothed), Judgement::LostAt(at(125)));
        assert_eq!(detector.judge(0, at(0), at(125), least, smoothed), Judgement::Lost);
        assert_eq!(detector.judge(3, at(0), at(999), least, smoothed), Judgement::Unknown);
        // What was sent again for nothing widens the window, once a round, and never beyond the smoothed round trip.
        detector.on_needless(10);
        detector.on_needless(10);
        assert_eq!(detector.judge(0, at(0), at(100), least, smoothed), Judgement::LostAt(at(150)));
        detector.on_completed(9, ms(100)); // Of the same round.
        detector.on_needless(11);
        assert_eq!(detector.judge(0, at(0), at(100), least, smoothed), Judgement::LostAt(at(150)));
        for next in [11, 12, 13, 14, 15, 16] {
            detector.on_completed(next - 1, ms(100));
            detector.on_needless(next);
        }
        assert_eq!(detector.judge(0, at(0), at(100), least, smoothed), Judgement::LostAt(at(220)));
    }

    #[test]
    fn rack_without_reordering_does_not_wait_once_three_later_ones_have_arrived() {
        let mut detector = LossDetector::new(Early::Rack);
        let (least, smoothed) = (Some(ms(100)), Some(ms(100)));
        detector.on_completed(1, ms(100));
        assert_eq!(detector.judge(0, at(0), at(101), least, smoothed), Judgement::LostAt(at(125)));
        detector.on_completed(2, ms(100));
        detector.on_completed(3, ms(100));
        assert_eq!(detector.judge(0, at(0), at(101), least, smoothed), Judgement::Lost);
    }

    #[test]
    fn sixteen_recoveries_without_needless_resends_narrow_the_window_again() {
        let mut detector = LossDetector::new(Early::Rack);
        let (least, smoothed) = (Some(ms(100)), Some(ms(400)));
        detector.on_completed(1, ms(100));
        detector.on_completed(0, ms(100));
        detector.on_needless(2);
        let width = |detector: &LossDetector| match detector.judge(0, at(0), at(0), least, smoothed) {
            Judgement::LostAt(due) => due.since(at(100)),
            other => unreachable!("{other:?}"),
        };
        assert_eq!(width(&detector), ms(50));
        detector.on_completed(2, ms(100)); // The round is over.
        for recovery in 0..16 {
            assert_eq!(width(&detector), ms(50), "after {recovery} recoveries");
            let index = 10 + recovery;
            detector.on_losses(index);
            detector.on_completed(index, ms(100));
        }
        assert_eq!(width(&detector), ms(25));
    }
}
