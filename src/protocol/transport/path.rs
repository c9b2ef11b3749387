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
    /// How many times it had been sent before, 255 for more.
    times_resent: u8,
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
    #[inline]
    pub fn on_sent(&mut self, now: SimTime, tag: T, bytes: u32, before: Option<SendingId>) -> SendingId {
        if let Some(forgotten) = before.and_then(|before| self.get(before)?.before) {
            self.take(forgotten);
        }
        let times_resent = before.map_or(0, |before| self.times_resent(before).saturating_add(1));
        let index = self.next_index();
        self.sendings.push_back(Some(Sending {
            tag,
            at: now,
            bytes,
            before,
            times_resent,
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
        let probe = Sending {
            tag,
            at: now,
            bytes: 0,
            before: None,
            times_resent: 0,
            in_flight: true,
            is_probe: true,
        };
        self.sendings.push_back(Some(probe));
        SendingId::new(index)
    }

    /// Is it by [`PathSender::on_waited_for`] that this is known?
    pub fn is_waited_for(&self, sending: SendingId) -> bool {
        self.get(sending).is_some_and(|sending| sending.is_probe)
    }

    /// Something that was sent last as `latest` is completed, in answer to the sending `answers`; where that is not
    /// known, nothing is learnt from what was sent twice. Ask [`PathSender::take_lost`] what it shows to be lost.
    #[inline]
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

    /// How many times this sending, while it is known, had been sent before; 255 for more.
    pub fn times_resent(&self, sending: SendingId) -> u8 {
        self.get(sending).map_or(0, |sending| sending.times_resent)
    }

    /// When [`PathSender::take_lost`] is wanted, as things stand; never before.
    #[inline]
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
    #[inline]
    pub fn lost(&self, now: SimTime, occasion: Occasion) -> Option<T> {
        let oldest = self.get(SendingId::new(self.oldest))?;
        let is_lost = self.oldest < self.lost_before
            || (occasion == Occasion::Timer && self.has_timed_out(oldest, now))
            || self.judge(oldest, now) == Judgement::Lost;
        is_lost.then_some(oldest.tag)
    }

    /// Takes what counts as lost next out of flight, if anything does now. What is sent again is told by
    /// [`PathSender::on_sent`].
    #[inline]
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

    #[inline]
    fn has_timed_out(&self, sending: &Sending<T>, now: SimTime) -> bool {
        sending.at + self.round_trip.timeout() <= now
    }

    /// What is thought of the oldest in flight.
    #[inline]
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
    #[inline]
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
mod tests;
