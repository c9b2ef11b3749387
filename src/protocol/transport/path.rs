//! The sender of one direction of one path.
//!
//! What is sent gets an index in the order of sending; a resend is a new sending. A completion says which sending it
//! answers, as the time stamps of TCP and the packet numbers of QUIC do. Something is *in flight* from its sending
//! until it is completed or counts as lost. The time-out is the same for all at one instant, so the oldest in flight is
//! always the next to count as lost, and one timer for the path is enough (RFC 6298, section 5).

use std::num::NonZeroU64;

use super::Transport;
use super::early::{Judgement, LossDetector};
use super::rtt::RoundTrip;
use super::window::SendWindow;
use crate::collections::PagedQueue;
use crate::units::SimTime;

/// Names a sending of a path: its index in the order of sending, and one more, so that none takes no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendingId(NonZeroU64);

impl SendingId {
    /// Of a completion that does not say which sending it answers.
    pub const UNKNOWN: Self = Self(NonZeroU64::MAX);

    /// The sending with this index.
    pub const fn new(index: u64) -> Self {
        Self(NonZeroU64::MIN.saturating_add(index))
    }

    /// Its index in the order of sending.
    pub const fn index(self) -> u64 {
        self.0.get() - 1
    }
}

/// The first sending.
impl Default for SendingId {
    fn default() -> Self {
        Self::new(0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Sending<T> {
    tag: T,
    at: SimTime,
    bytes: u32,
    /// What the same was sent as before.
    before: Option<SendingId>,
    in_flight: bool,
    /// It is there already, and something else is waited for: nothing is learnt from when that comes.
    is_probe: bool,
}

/// Why something is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// The timer ran out.
    Timer,
    /// A completion came.
    Completion,
}

/// The sender of a path; `T` is what its user knows a sending by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathSender<T> {
    round_trip: RoundTrip,
    early: LossDetector,
    window: SendWindow,
    /// In the order of sending; none where nobody asks any more. Of one thing that is sent again and again, the last
    /// two sendings are kept: the earlier one may still be answered.
    sendings: PagedQueue<Option<Sending<T>>>,
    /// Index of the front of `sendings`.
    first: u64,
    /// Nothing before this index is in flight.
    oldest: u64,
    /// All before this index counts as lost.
    lost_before: u64,
    /// Bytes in flight.
    in_flight: u64,
    /// Only a loss of something sent from here on narrows the window or backs the timer off again: what was in
    /// flight at the last such loss belongs to it (RFC 5681, section 4.3; RFC 6582).
    recovered: u64,
}

impl<T: Copy> PathSender<T> {
    /// With nothing sent.
    pub fn new(transport: &Transport) -> Self {
        Self {
            round_trip: RoundTrip::new(transport.retransmit),
            early: LossDetector::new(transport.early),
            window: SendWindow::new(transport.window, u64::from(transport.segment)),
            sendings: PagedQueue::default(),
            first: 0,
            oldest: 0,
            lost_before: 0,
            in_flight: 0,
            recovered: 0,
        }
    }

    /// Forgets all that was sent and learnt. Names of sendings are not given twice.
    pub fn restart(&mut self, transport: &Transport) {
        let next = self.next_index();
        *self = Self { first: next, oldest: next, ..Self::new(transport) };
    }

    /// May so many bytes be sent now?
    pub const fn may_send(&self, bytes: u32) -> bool {
        self.window.allows(self.in_flight, bytes as u64)
    }

    /// Something was sent; `before` is what it was sent as before, if it was.
    pub fn on_sent(&mut self, now: SimTime, tag: T, bytes: u32, before: Option<SendingId>) -> SendingId {
        if let Some(forgotten) = before.and_then(|before| self.get(before)?.before) {
            self.take(forgotten);
        }
        let index = self.next_index();
        self.sendings.push_back(Some(Sending {
            tag,
            at: now,
            bytes,
            before,
            in_flight: true,
            is_probe: false,
        }));
        self.in_flight += u64::from(bytes);
        SendingId::new(index)
    }

    /// Something has arrived, which is known by what [`PathSender::on_completion`] was told, and its user waits for more: it
    /// counts as lost, so that it is sent again, when a time-out from now is over, and not before.
    pub fn on_waited_for(&mut self, now: SimTime, tag: T) -> SendingId {
        let index = self.next_index();
        let probe = Sending { tag, at: now, bytes: 0, before: None, in_flight: true, is_probe: true };
        self.sendings.push_back(Some(probe));
        SendingId::new(index)
    }

    /// Is it by [`PathSender::on_waited_for`] that this is known?
    pub fn is_waited_for(&self, sending: SendingId) -> bool {
        self.get(sending).is_some_and(|sending| sending.is_probe)
    }

    /// Something that was sent last as `latest` is completed, in answer to the sending `answers`; where that is not
    /// known, nothing is learnt from what was sent twice. Ask [`PathSender::take_lost`] what it shows to be lost.
    pub fn on_completion(&mut self, now: SimTime, answers: Option<SendingId>, latest: SendingId) {
        let in_flight = self.in_flight;
        let Some(last) = self.take(latest) else { return };
        if last.is_probe {
            return;
        }
        let before = last.before.and_then(|before| self.take(before).map(|sending| (before, sending)));
        let answers = answers.or_else(|| last.before.is_none().then_some(latest));
        let answered = match (answers, before) {
            (Some(answers), Some((before, sending))) if before == answers => Some((answers, sending)),
            (Some(answers), _) if latest == answers => Some((answers, last)),
            _ => None,
        };
        self.window.on_completed(u64::from(last.bytes), in_flight);
        let Some((answers, answered)) = answered else { return };
        let round_trip = now.since(answered.at);
        let was_resent = last.before.is_some();
        // RFC 6298, section 3 (Karn): nothing is learnt from what was sent twice.
        if !was_resent {
            self.round_trip.on_sample(round_trip);
        }
        self.early.on_completed(answers.index(), round_trip);
    }

    /// The receiver answered something that was completed before.
    pub fn on_needless(&mut self) {
        self.early.on_needless(self.next_index());
    }

    /// Is this sending, while it is known, of something that had been sent before?
    pub fn was_resent(&self, sending: SendingId) -> bool {
        self.get(sending).is_some_and(|sending| sending.before.is_some())
    }

    /// When [`PathSender::take_lost`] is wanted, as things stand; never before.
    pub fn timer(&self, now: SimTime) -> Option<SimTime> {
        let oldest = self.get(SendingId::new(self.oldest))?;
        if self.oldest < self.lost_before {
            return Some(now);
        }
        let timeout = oldest.at + self.round_trip.timeout();
        match self.judge(oldest, now) {
            Judgement::LostAt(at) => Some(timeout.min(at)),
            Judgement::Lost => Some(now),
            Judgement::Unknown => Some(timeout),
        }
    }

    /// What counts as lost next, if anything does now.
    pub fn lost(&self, now: SimTime, occasion: Occasion) -> Option<T> {
        let oldest = self.get(SendingId::new(self.oldest))?;
        let is_lost = self.oldest < self.lost_before
            || (occasion == Occasion::Timer && self.has_timed_out(oldest, now))
            || self.judge(oldest, now) == Judgement::Lost;
        is_lost.then_some(oldest.tag)
    }

    /// Takes what counts as lost next out of flight, if anything does now. What is sent again is told by
    /// [`PathSender::on_sent`].
    pub fn take_lost(&mut self, now: SimTime, occasion: Occasion) -> Option<T> {
        self.lost(now, occasion)?;
        let index = self.oldest;
        let oldest = *self.get(SendingId::new(index))?;
        let in_flight = self.in_flight;
        if self.judge(&oldest, now) == Judgement::Lost {
            self.early.on_losses(self.next_index());
            if index >= self.recovered.max(self.lost_before) {
                self.recovered = self.next_index();
                self.window.on_early_loss(in_flight);
            }
        } else if index >= self.recovered.max(self.lost_before) && !oldest.is_probe {
            let was_resent_by_timer = oldest.before.is_some_and(|before| before.index() < self.lost_before);
            self.recovered = self.next_index();
            self.lost_before = if self.window.is_adaptive() {
                // RFC 5681, section 3.1: all that is in flight will be sent again, as the window lets it.
                self.next_index()
            } else {
                // What was sent in the same instant, before the timer is backed off.
                let later = |sending: &Option<Sending<T>>| {
                    sending.as_ref().is_none_or(|sending| self.has_timed_out(sending, now))
                };
                index + self.sendings.iter().skip(self.place(index)).take_while(|at| later(at)).count() as u64
            };
            self.round_trip.on_timeout();
            self.window.on_timeout(in_flight, was_resent_by_timer);
        }
        if let Some(Some(sending)) = self.sendings.get_mut((index - self.first) as usize) {
            sending.in_flight = false;
            self.in_flight -= u64::from(sending.bytes);
        }
        self.tidy();
        Some(oldest.tag)
    }

    fn has_timed_out(&self, sending: &Sending<T>, now: SimTime) -> bool {
        sending.at + self.round_trip.timeout() <= now
    }

    /// What is thought of the oldest in flight.
    fn judge(&self, oldest: &Sending<T>, now: SimTime) -> Judgement {
        if oldest.is_probe {
            return Judgement::Unknown;
        }
        let (least, smoothed) = (self.round_trip.least(), self.round_trip.smoothed());
        self.early.judge(self.oldest, oldest.at, now, least, smoothed)
    }

    /// Index of the next sending.
    fn next_index(&self) -> u64 {
        self.first + self.sendings.len() as u64
    }

    /// Where a sending that is not before the front stands in `sendings`.
    fn place(&self, index: u64) -> usize {
        (index - self.first) as usize
    }

    fn get(&self, sending: SendingId) -> Option<&Sending<T>> {
        let place = sending.index().checked_sub(self.first)?;
        self.sendings.get(place as usize)?.as_ref()
    }

    /// What is known of a sending will be asked for soon ([`crate::collections`]).
    #[inline]
    pub fn fetch(&self, sending: SendingId) {
        std::hint::black_box(self.get(sending).is_some());
    }

    /// Forgets a sending, if it is known.
    fn take(&mut self, sending: SendingId) -> Option<Sending<T>> {
        let place = sending.index().checked_sub(self.first)?;
        let taken = self.sendings.get_mut(place as usize)?.take()?;
        if taken.in_flight {
            self.in_flight -= u64::from(taken.bytes);
        }
        self.tidy();
        Some(taken)
    }

    /// The front is known, and the oldest in flight is in flight, if anything is.
    fn tidy(&mut self) {
        while let Some(None) = self.sendings.front() {
            self.sendings.pop_front();
            self.first += 1;
        }
        self.oldest = self.oldest.max(self.first);
        while self.oldest < self.next_index()
            && !self.get(SendingId::new(self.oldest)).is_some_and(|sending| sending.in_flight)
        {
            self.oldest += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Early, ResendUnit, Retransmit, WindowRule};
    use super::*;
    use crate::units::SimDuration;

    fn ms(ms: u64) -> SimDuration {
        SimDuration::from_ms(ms)
    }

    fn at(milliseconds: u64) -> SimTime {
        SimTime::ZERO + ms(milliseconds)
    }

    fn transport(early: Early, window: WindowRule) -> Transport {
        let retransmit = Retransmit::Adaptive { initial: ms(1_000), minimum: ms(200), maximum: ms(60_000) };
        Transport { retransmit, early, window, segment: 1_000, unit: ResendUnit::Write }
    }

    /// It is kept until the completion has come back (`results/performance`).
    #[test]
    fn a_sending_is_short() {
        assert_eq!(size_of::<Option<Sending<(u64, u32, u64)>>>(), 48);
    }

    /// All that is lost now.
    fn lost<T: Copy>(sender: &mut PathSender<T>, now: SimTime, occasion: Occasion) -> Vec<T> {
        std::iter::from_fn(|| sender.take_lost(now, occasion)).collect()
    }

    /// What is lost when the timer that is asked for runs out.
    fn expire<T: Copy>(sender: &mut PathSender<T>, now: SimTime) -> (SimTime, Vec<T>) {
        let due = sender.timer(now).unwrap();
        (due, lost(sender, due, Occasion::Timer))
    }

    /// What the completion of something that was sent once shows to be lost.
    fn complete<T: Copy>(sender: &mut PathSender<T>, now: SimTime, id: SendingId) -> Vec<T> {
        sender.on_completion(now, Some(id), id);
        lost(sender, now, Occasion::Completion)
    }

    #[test]
    fn a_constant_timer_runs_from_each_sending() {
        let mut sender = PathSender::new(&Transport::fixed(ms(200)));
        let first = sender.on_sent(at(0), 'a', 10, None);
        let second = sender.on_sent(at(50), 'b', 10, None);
        assert!(complete(&mut sender, at(60), first).is_empty());
        assert_eq!(expire(&mut sender, at(60)), (at(250), vec!['b']));
        assert_eq!(sender.timer(at(250)), None);
        sender.on_sent(at(250), 'b', 10, Some(second));
        assert_eq!(expire(&mut sender, at(250)), (at(450), vec!['b']));
    }

    /// What has arrived and is waited for takes no window, is no early loss, teaches nothing, and counts as lost after a
    /// time-out, which it does not back off.
    #[test]
    fn what_is_waited_for_is_asked_for_again_after_a_time_out() {
        let mut sender = PathSender::new(&transport(Early::Completions(3), WindowRule::Bytes(1_000)));
        let first = sender.on_sent(at(0), 'a', 1_000, None);
        assert!(!sender.may_send(1_000) && complete(&mut sender, at(100), first).is_empty());
        let waited_for = sender.on_waited_for(at(100), 'a');
        assert!(sender.may_send(1_000) && sender.is_waited_for(waited_for));
        for tag in ['b', 'c', 'd', 'e'] {
            let id = sender.on_sent(at(110), tag, 1, None);
            assert!(complete(&mut sender, at(210), id).is_empty());
        }
        let timeout = sender.round_trip.timeout();
        assert_eq!(expire(&mut sender, at(210)), (at(100) + timeout, vec!['a']));
        assert_eq!(sender.round_trip.timeout(), timeout);
        let last = sender.on_waited_for(at(900), 'a');
        sender.on_completion(at(2_000), None, last);
        assert_eq!((sender.round_trip.timeout(), sender.timer(at(2_000))), (timeout, None));
    }

    #[test]
    fn karn_what_was_sent_twice_is_no_sample_and_the_back_off_stays() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
        let first = sender.on_sent(at(0), 'a', 10, None);
        assert_eq!(expire(&mut sender, at(0)), (at(1_000), vec!['a']));
        let again = sender.on_sent(at(1_000), 'a', 10, Some(first));
        assert!(complete(&mut sender, at(1_010), again).is_empty());
        // The time-out stays doubled, and 10 ms was not taken for a round trip.
        let fresh = sender.on_sent(at(1_010), 'b', 10, None);
        assert_eq!(sender.timer(at(1_010)), Some(at(3_010)));
        assert!(complete(&mut sender, at(1_110), fresh).is_empty());
        sender.on_sent(at(1_110), 'c', 10, None);
        assert_eq!(sender.timer(at(1_110)), Some(at(1_410))); // 100 + 4 * 50.
    }

    #[test]
    fn one_outage_backs_off_once_a_round_and_not_once_for_each_sending() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
        let ids: Vec<_> = (0..100).map(|tag| sender.on_sent(at(tag), tag, 10, None)).collect();
        assert_eq!(expire(&mut sender, at(99)), (at(1_000), vec![0]));
        for now in 1_001..1_100 {
            // Doubled at the first, so that the others are looked at again a second later.
            assert!(lost(&mut sender, at(now), Occasion::Timer).is_empty(), "at {now} ms");
        }
        assert_eq!(lost(&mut sender, at(2_099), Occasion::Timer).len(), 99);
        sender.on_sent(at(2_099), 0, 10, Some(ids[0]));
        assert_eq!(sender.timer(at(2_099)), Some(at(4_099)));
    }

    #[test]
    fn a_round_trip_ends_the_back_off_for_what_is_in_flight_too() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Unlimited));
        let first = sender.on_sent(at(0), 'a', 10, None);
        expire(&mut sender, at(0));
        sender.on_sent(at(1_000), 'a', 10, Some(first));
        let fresh = sender.on_sent(at(1_100), 'b', 10, None);
        assert_eq!(sender.timer(at(1_100)), Some(at(3_000)));
        assert!(complete(&mut sender, at(1_150), fresh).is_empty());
        // 50 + 4 * 25 is below the minimum of 200 ms.
        assert_eq!(sender.timer(at(1_150)), Some(at(1_200)));
    }

    #[test]
    fn three_later_completions_are_a_loss_and_halve_the_window_once() {
        let mut sender = PathSender::new(&transport(Early::Completions(3), WindowRule::Aimd));
        let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(tag), tag, 1_000, None)).collect();
        assert!(!sender.may_send(1_000));
        for &id in &ids[2..4] {
            assert!(complete(&mut sender, at(100), id).is_empty());
        }
        assert_eq!(complete(&mut sender, at(100), ids[4]), [0, 1]);
        // Seven in flight when it was found out: cwnd 3.5 segments, and
        // the five that are left fill it.
        assert!(!sender.may_send(1_000));
        for &id in &ids[5..8] {
            assert!(complete(&mut sender, at(110), id).is_empty());
        }
        assert!(sender.may_send(1_000));
    }

    #[test]
    fn a_timeout_of_an_adaptive_window_takes_all_for_lost() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Aimd));
        let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(tag), tag, 1_000, None)).collect();
        let (due, lost) = expire(&mut sender, at(10));
        assert_eq!((due, lost), (at(1_000), (0..10).collect()));
        // One segment: the first goes, the second waits for its completion.
        assert!(sender.may_send(1_000));
        let first = sender.on_sent(at(1_000), 0, 1_000, Some(ids[0]));
        assert!(!sender.may_send(1_000));
        assert!(complete(&mut sender, at(1_100), first).is_empty());
        assert!(sender.may_send(2_000));
    }

    /// An outage of several time-outs: what was in flight when it began says where slow start ends, not the one segment
    /// that was resent meanwhile.
    #[test]
    fn after_several_timeouts_slow_start_ends_at_half_of_what_was_in_flight_at_the_first() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Aimd));
        let ids: Vec<_> = (0..10).map(|tag| sender.on_sent(at(0), tag, 1_000, None)).collect();
        let (mut now, mut last) = (at(0), ids[0]);
        for _ in 0..3 {
            let (due, lost) = expire(&mut sender, now);
            assert_eq!(lost[0], 0);
            (now, last) = (due, sender.on_sent(due, 0, 1_000, Some(last)));
        }
        assert!(complete(&mut sender, now + ms(100), last).is_empty());
        // Ten were in flight: up to five each completion adds one, and then one is added for each window.
        let mut in_flight = std::collections::VecDeque::new();
        for expected in [2_000, 3_000, 4_000, 5_000, 5_200] {
            assert_eq!(sender.window.bytes(), expected);
            while sender.may_send(1_000) {
                in_flight.push_back(sender.on_sent(now, 0, 1_000, None));
            }
            let id = in_flight.pop_front().unwrap();
            sender.on_completion(now, Some(id), id);
        }
    }

    #[test]
    fn rack_has_a_timer_of_its_own() {
        let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
        let ids: Vec<_> = (0..3).map(|tag| sender.on_sent(at(tag), tag, 10, None)).collect();
        assert!(complete(&mut sender, at(102), ids[2]).is_empty());
        // The round trip was 100 ms, and a quarter of it is waited for.
        assert_eq!(sender.timer(at(102)), Some(at(125)));
        assert!(complete(&mut sender, at(110), ids[1]).is_empty());
        assert_eq!(expire(&mut sender, at(110)), (at(125), vec![0]));
    }

    /// The window of what is in flight counts what was sent again once.
    #[test]
    fn what_was_sent_again_is_in_flight_once() {
        let mut sender = PathSender::new(&transport(Early::Off, WindowRule::Bytes(30)));
        let first = sender.on_sent(at(0), 'a', 20, None);
        assert!(!sender.may_send(20));
        expire(&mut sender, at(0));
        assert!(sender.may_send(20));
        let again = sender.on_sent(at(1_000), 'a', 20, Some(first));
        assert!(!sender.may_send(20));
        sender.on_completion(at(1_010), Some(first), again);
        assert!(sender.may_send(20));
        assert_eq!(sender.timer(at(1_010)), None);
    }

    /// The completion of the first sending comes after the second: RACK must not take it for an answer to the second, and
    /// so for a line that is faster than what is in flight. Without the name of the sending, b, sent 1 ms before, would be lost.
    #[test]
    fn a_late_completion_is_an_answer_to_what_it_answers() {
        let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
        let warm = sender.on_sent(at(0), 'w', 10, None);
        assert!(complete(&mut sender, at(100), warm).is_empty()); // The least round trip: 100 ms.
        let first = sender.on_sent(at(100), 'a', 10, None);
        assert_eq!(expire(&mut sender, at(100)), (at(400), vec!['a'])); // 100 + 4 * 50.
        sender.on_sent(at(499), 'b', 10, None);
        let again = sender.on_sent(at(500), 'a', 10, Some(first));
        sender.on_completion(at(650), Some(first), again);
        assert!(lost(&mut sender, at(650), Occasion::Completion).is_empty());
        // b has the time-out, backed off once. Had the second sending arrived, b would count as lost at 499 + 150 + 25.
        assert_eq!(sender.timer(at(650)), Some(at(1_099)));
    }

    /// On a line that reorders much from the beginning, RACK sends the first again for nothing, sees that, and waits longer:
    /// it must not stay without a window because all that it hears of was sent twice.
    #[test]
    fn rack_sees_reordering_of_what_it_sent_again() {
        let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
        let warm = sender.on_sent(at(0), 'w', 10, None);
        assert!(complete(&mut sender, at(100), warm).is_empty());
        let late = sender.on_sent(at(100), 'a', 10, None);
        let others: Vec<_> = (101..104).map(|now| sender.on_sent(at(now), 'b', 10, None)).collect();
        let mut found = Vec::new();
        for other in others {
            found.extend(complete(&mut sender, at(201), other));
        }
        assert_eq!(found, ['a'], "three later ones came: no window without reordering");
        let again = sender.on_sent(at(201), 'a', 10, Some(late));
        sender.on_completion(at(202), Some(late), again);
        // From now on it waits a quarter of the least round trip.
        sender.on_sent(at(300), 'c', 10, None);
        let others: Vec<_> = (301..304).map(|now| sender.on_sent(at(now), 'd', 10, None)).collect();
        for other in others {
            assert!(complete(&mut sender, at(401), other).is_empty());
        }
        assert!(sender.timer(at(401)).is_some_and(|due| due >= at(420)));
    }

    /// Of what is sent again and again two sendings are kept; the memory does not grow.
    #[test]
    fn the_two_last_sendings_are_kept() {
        let mut sender = PathSender::new(&Transport::fixed(ms(10)));
        let mut last = sender.on_sent(at(0), 'a', 10, None);
        let first = last;
        for round in 1..100 {
            assert_eq!(lost(&mut sender, at(10 * round), Occasion::Timer), ['a']);
            last = sender.on_sent(at(10 * round), 'a', 10, Some(last));
            assert!(sender.sendings.len() <= 2);
        }
        sender.on_completion(at(995), Some(first), last);
        assert_eq!((sender.timer(at(995)), sender.sendings.len()), (None, 0));
    }

    /// A control unit that crashed knows nothing of what it sent, and an answer to it names nothing new.
    #[test]
    fn a_restart_gives_no_name_twice() {
        let settings = transport(Early::Off, WindowRule::Bytes(20));
        let mut sender = PathSender::new(&settings);
        let id = sender.on_sent(at(0), 'a', 20, None);
        sender.restart(&settings);
        assert!(sender.may_send(20));
        assert!(sender.on_sent(at(1), 'b', 20, None) > id);
        assert_eq!(
            expire(&mut sender, at(1)),
            (at(1_001), vec!['b']),
            "the first time-out, as at the beginning"
        );
    }

    /// What answers something that had been completed shows that the window of RACK is too narrow.
    #[test]
    fn a_needless_resend_widens_the_window_of_rack() {
        let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
        let first = sender.on_sent(at(0), 'x', 10, None);
        assert!(complete(&mut sender, at(100), first).is_empty());
        sender.on_sent(at(200), 'a', 10, None);
        let later = sender.on_sent(at(200), 'b', 10, None);
        assert!(complete(&mut sender, at(300), later).is_empty());
        assert_eq!(sender.timer(at(300)), Some(at(325)), "a quarter of the least round trip");
        sender.on_needless();
        assert_eq!(sender.timer(at(300)), Some(at(350)));
    }

    /// The round trip of an answer is that of the sending that it answers, though the same was sent before.
    #[test]
    fn the_round_trip_is_that_of_the_sending_that_is_answered() {
        let mut sender = PathSender::new(&transport(Early::Rack, WindowRule::Unlimited));
        let first = sender.on_sent(at(0), 'a', 10, None);
        assert_eq!(expire(&mut sender, at(0)), (at(1_000), vec!['a']));
        sender.on_sent(at(1_000), 'c', 10, None);
        let again = sender.on_sent(at(1_010), 'a', 10, Some(first));
        sender.on_completion(at(1_110), Some(again), again);
        assert_eq!(lost(&mut sender, at(1_110), Occasion::Completion), ['c'], "sent 110 ms ago: a took 100");
    }
}
