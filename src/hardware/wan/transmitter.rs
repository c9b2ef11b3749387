//! The transmitter: puts packets on the line one after the other, at the rate of the moment.
//!
//! The rate is a function of time that is known before the run (the link's own bandwidth, and what brown-outs leave
//! of it), so that the instant at which a packet has left is known when it is queued: the rate is integrated over what
//! waits before it. A rate that comes back serves what already waits. No packet is lost here but for want of room.

use std::collections::VecDeque;

use crate::units::SimTime;
use crate::units::time::NANOS_PER_SEC;

/// A rate at which sending takes no time.
pub(super) const UNLIMITED: u64 = u64::MAX;

/// Bits per second as a function of time.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    /// From when on, and how many; sorted, the first at zero.
    steps: Vec<(SimTime, u64)>,
    /// The step of the last packet: packets start in the order of time.
    current: usize,
}

impl Rate {
    /// The least of `own` and of those `limits` that are in force: from, to (not included), bits per second.
    pub(super) fn new(own: Option<u64>, limits: &[(SimTime, SimTime, u64)]) -> Self {
        // Ends come before beginnings of the same instant; at no time is a limit below zero counted.
        let mut edges: Vec<(SimTime, bool, u64)> = Vec::new();
        for &(from, to, bits) in limits.iter().filter(|(from, to, _)| from < to) {
            edges.extend([(from, true, bits), (to, false, bits)]);
        }
        edges.sort_unstable();
        let own = own.unwrap_or(UNLIMITED);
        let mut active = std::collections::BTreeMap::<u64, u32>::new();
        let mut steps = vec![(SimTime::ZERO, own)];
        for (at, begins, bits) in edges {
            if begins {
                *active.entry(bits).or_default() += 1;
            } else if let Some(count) = active.get_mut(&bits) {
                *count -= 1;
                if *count == 0 {
                    active.remove(&bits);
                }
            }
            let rate = active.first_key_value().map_or(own, |(&least, _)| least.min(own));
            match steps.last_mut() {
                Some((last_at, last)) if *last_at == at => *last = rate,
                _ => steps.push((at, rate)),
            }
        }
        Self { steps, current: 0 }
    }

    /// Is it unlimited at all times?
    pub(super) fn is_unlimited(&self) -> bool {
        self.steps.iter().all(|&(_, rate)| rate == UNLIMITED)
    }

    /// When a packet of `bytes` that starts at `start` has left, rounded up to whole nanoseconds: no packet is faster
    /// than the line. `start` never decreases from one call to the next.
    fn finish(&mut self, start: SimTime, bytes: u32) -> SimTime {
        while self.steps.get(self.current + 1).is_some_and(|&(next, _)| next <= start) {
            self.current += 1;
        }
        // Work is counted in bits times nanoseconds per second: a rate does `rate` of it in a nanosecond.
        let mut work = u128::from(bytes) * 8 * u128::from(NANOS_PER_SEC);
        let mut at = start;
        for (index, &(_, rate)) in self.steps.iter().enumerate().skip(self.current) {
            if rate == UNLIMITED {
                return at;
            }
            let ns = match u64::try_from(work) {
                Ok(work) => work.div_ceil(rate),
                // From 2.3 GB up, which no user waits for: the slow division.
                Err(_) => u64::try_from(work.div_ceil(u128::from(rate))).unwrap_or(u64::MAX),
            };
            let finish = SimTime::from_ns(at.as_ns().saturating_add(ns));
            match self.steps.get(index + 1) {
                Some(&(next, _)) if next < finish => {
                    work -= u128::from(next.since(at).as_ns()) * u128::from(rate);
                    at = next;
                }
                _ => return finish,
            }
        }
        at
    }
}

/// One packet after the other, in the order of sending.
#[derive(Clone, Debug)]
pub(super) struct Transmitter {
    rate: Rate,
    next_free: SimTime,
    queue: Option<Queue>,
}

/// The packets that wait for a transmitter whose queue is finite. The one being transmitted does not wait.
#[derive(Clone, Debug)]
struct Queue {
    capacity_bytes: u64,
    waiting_bytes: u64,
    /// When each stops waiting, and its bytes, in that order.
    waiting: VecDeque<(SimTime, u32)>,
}

impl Transmitter {
    /// A transmitter of this rate; `queue` is the bytes that may wait, `None` is unlimited.
    pub(super) fn new(rate: Rate, queue: Option<u64>) -> Self {
        let queue =
            queue.map(|capacity_bytes| Queue { capacity_bytes, waiting_bytes: 0, waiting: VecDeque::new() });
        Self { rate, next_free: SimTime::ZERO, queue }
    }

    /// The instant at which the last bit has left, or `None` if there is no room to wait (tail drop).
    pub(super) fn send(&mut self, now: SimTime, bytes: u32) -> Option<SimTime> {
        let start = self.next_free.max(now);
        if let Some(queue) = &mut self.queue {
            queue.forget_started(now);
            if start > now && !queue.admit(start, bytes) {
                return None;
            }
        }
        self.next_free = self.rate.finish(start, bytes);
        Some(self.next_free)
    }
}

impl Queue {
    fn forget_started(&mut self, now: SimTime) {
        while let Some(&(start, bytes)) = self.waiting.front()
            && start <= now
        {
            self.waiting_bytes -= u64::from(bytes);
            self.waiting.pop_front();
        }
    }

    fn admit(&mut self, start: SimTime, bytes: u32) -> bool {
        let waiting_bytes = self.waiting_bytes + u64::from(bytes);
        if waiting_bytes > self.capacity_bytes {
            return false;
        }
        self.waiting_bytes = waiting_bytes;
        self.waiting.push_back((start, bytes));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ns: u64) -> SimTime {
        SimTime::from_ns(ns)
    }

    /// 8 bits per nanosecond are a byte per nanosecond.
    const BYTE_A_NS: u64 = 8 * NANOS_PER_SEC;

    #[test]
    fn what_waits_is_served_at_the_rate_of_the_moment() {
        // A byte a nanosecond; half of that from 10 to 20; then the whole again.
        let rate = Rate::new(Some(BYTE_A_NS), &[(at(10), at(20), BYTE_A_NS / 2)]);
        let mut line = Transmitter::new(rate, None);
        // 8 ns, then 2 ns whole and 6 bytes at half the rate (12 ns, of which 10 are left, 5 bytes), 1 byte whole.
        assert_eq!(line.send(at(0), 8), Some(at(8)));
        assert_eq!(line.send(at(0), 8), Some(at(21)));
        assert_eq!(line.send(at(0), 4), Some(at(25)));
    }

    #[test]
    fn an_unlimited_line_lets_go_at_once_what_a_brown_out_held() {
        let rate = Rate::new(None, &[(at(10), at(20), BYTE_A_NS)]);
        let mut line = Transmitter::new(rate, Some(12));
        assert_eq!(line.send(at(5), 1_000), Some(at(5)));
        assert_eq!(line.send(at(12), 6), Some(at(18)));
        assert_eq!(line.send(at(12), 6), Some(at(20)), "2 bytes at the limit, the rest at once");
        assert_eq!(line.send(at(13), 6), Some(at(20)));
        assert_eq!(line.send(at(13), 1), None, "12 bytes wait");
        assert_eq!(line.send(at(20), 1_000), Some(at(20)));
    }

    /// Against the definition: bytes are served one by one, each at the rate of the nanosecond in which it is.
    #[test]
    fn limits_that_overlap_leave_the_least() {
        let limits =
            [(at(4), at(30), BYTE_A_NS / 2), (at(8), at(12), BYTE_A_NS / 4), (at(10), at(20), BYTE_A_NS / 8)];
        let mut rate = Rate::new(Some(BYTE_A_NS), &limits);
        for bytes in 1..40 {
            // In bits.
            let mut left = 8 * bytes;
            let mut now = 0;
            while left > 0 {
                let share = match now {
                    8..10 => 2,
                    10..20 => 1,
                    4..30 => 4,
                    _ => 8,
                };
                left -= share.min(left);
                now += 1;
            }
            rate.current = 0;
            assert_eq!(rate.finish(at(0), bytes), at(now), "{bytes} bytes");
        }
        assert!(!rate.is_unlimited());
        assert!(Rate::new(None, &[]).is_unlimited());
    }
}
