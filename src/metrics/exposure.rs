//! Which packets of a flow could have been overtaken, and which of these were.
//!
//! The last packets of the window of statistics cannot be overtaken any more: what is sent after them is not counted,
//! or nothing is. A ratio over all packets is then too small, the more so the fewer there are. A packet could have been
//! overtaken for as long as it was in flight if sendings went on until it arrived. So the ratio is taken over
//! the packets sent before the oldest one that was still in flight at the last sending: all of these had
//! arrived by then. What reordered means, `reordering` says, and its flows find it out.

/// Packets that could have been overtaken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exposed {
    /// How many arrived.
    pub received: u64,
    /// Of these, how many arrived reordered (RFC 4737, section 3.3).
    pub reordered: u64,
    /// Of these, how many arrived 3-reordered (section 5.2).
    pub three_reordered: u64,
}

impl Exposed {
    /// Adds another flow's.
    pub const fn add(&mut self, other: &Self) {
        self.received += other.received;
        self.reordered += other.reordered;
        self.three_reordered += other.three_reordered;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::reordering::{Flow, Tally};
    use crate::units::SimTime;

    /// A flow of packets of one size.
    #[derive(Default)]
    struct Watched {
        flow: Flow,
        tally: Tally,
    }

    impl Watched {
        fn on_sent(&mut self, number: u64, lost: bool) {
            self.flow.on_sent(number, 512, lost, &mut self.tally);
        }

        fn on_arrived(&mut self, number: u64) {
            assert!(self.flow.on_arrived(number, SimTime::ZERO, &mut self.tally));
        }

        fn exposed(&self) -> Exposed {
            *self.flow.exposed()
        }
    }

    /// Ten packets, one a tick, 3 ticks in flight, but number 4 at once, before 2 and 3, which it overtakes.
    /// When the last is sent, 6 to 9 are in flight: 0 to 5 could have been overtaken by all that could
    /// overtake them.
    #[test]
    fn the_last_packets_are_left_out() {
        let mut exposure = Watched::default();
        let mut events: Vec<(u64, u64, u64)> = (0..10).map(|number| (number, 1, number)).collect();
        events.extend((0..10).map(|number| (if number == 4 { 4 } else { number + 3 }, 2, number)));
        events.sort_unstable();
        for (_, kind, number) in events {
            match kind {
                1 => exposure.on_sent(number, false),
                _ => exposure.on_arrived(number),
            }
        }
        assert_eq!(exposure.exposed(), Exposed { received: 6, reordered: 2, three_reordered: 0 });
    }

    #[test]
    fn lost_packets_hold_nobody_up_and_are_not_counted() {
        let mut exposure = Watched::default();
        exposure.on_sent(5, false);
        exposure.on_sent(7, true);
        exposure.on_arrived(5);
        exposure.on_sent(8, false);
        exposure.on_arrived(8);
        assert_eq!(exposure.exposed(), Exposed { received: 1, ..Exposed::default() });
    }

    /// netem's reordering over constant spacing: (1 - q)(1 - (1 - q)^m) of packets that are delayed are overtaken
    /// (DESIGN, 9.3). Over all packets of short flows the share is too small; over those exposed it is right.
    #[test]
    fn the_ratio_of_short_flows_is_that_of_long_ones() {
        let (q, m, packets) = (0.25, 9_u64, 40_u64);
        let expected = 0.75 * (1.0 - libm::pow(0.75, 9.0));
        let mut state = 7_u64;
        let (mut all, mut exposed) = ((0_u64, 0_u64), Exposed::default());
        for _ in 0..4_000 {
            let mut exposure = Watched::default();
            let mut events = Vec::new();
            for number in 0..packets {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at_once = ((state >> 11) as f64) < q * (1_u64 << 53) as f64;
                // Twice the ticks, so that what is delayed arrives between two sendings.
                let arrives = if at_once { 2 * number } else { 2 * (number + m) + 1 };
                events.extend([(2 * number, 1, number), (arrives, 2, number)]);
            }
            events.sort_unstable();
            let mut next = 0;
            for (_, kind, number) in events {
                if kind == 1 {
                    exposure.on_sent(number, false);
                } else {
                    let reordered = number < next;
                    next = next.max(number + 1);
                    all.0 += 1;
                    all.1 += u64::from(reordered);
                    exposure.on_arrived(number);
                }
            }
            exposed.add(&exposure.exposed());
        }
        let over_all = all.1 as f64 / all.0 as f64;
        let over_exposed = exposed.reordered as f64 / exposed.received as f64;
        assert!((over_exposed - expected).abs() < 0.01, "{over_exposed} is not {expected}");
        assert!(over_all < expected - 0.05, "{over_all}: short flows have an edge");
    }
}
