//! Requests issued and not yet answered, and when they count as lost: common to processes 1615 and 1616.

use std::collections::VecDeque;

use crate::collections::Window;
use crate::protocol::rules::TapeWindow;
use crate::protocol::transport::{Occasion, PathSender, Retransmit, SendingId, Transport};
use crate::units::SimTime;

/// What an initiator sends and waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sent {
    /// It takes the unit or gives it back.
    Control,
    /// The request of this number.
    Request(u64),
}

/// Outstanding requests, by number; each is for one block of the volume.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outstanding {
    requests: Window<u64>,
    count: u64,
    sender: PathSender<Sent>,
    /// What each request was sent as, last.
    sent_as: Window<SendingId>,
    control_sent_as: Option<SendingId>,
    /// What counts as lost and waits for the window.
    lost: VecDeque<Sent>,
    /// When the timer runs out that is armed.
    armed: Option<SimTime>,
    /// The transport has no time: nothing is kept of sendings.
    is_untimed: bool,
    /// Then: does the initiator wait until the unit is taken or given back?
    control_waits: bool,
}

impl Outstanding {
    /// None, over this transport.
    pub fn new(transport: &Transport) -> Self {
        Self {
            requests: Window::default(),
            count: 0,
            sender: PathSender::new(transport),
            sent_as: Window::default(),
            control_sent_as: None,
            lost: VecDeque::new(),
            armed: None,
            is_untimed: transport.retransmit == Retransmit::Untimed,
            control_waits: false,
        }
    }

    /// The lowest unanswered number; `counter` if all are answered.
    pub fn lowest(&self, counter: u64) -> u64 {
        if self.requests.is_empty() { counter } else { self.requests.start() }
    }

    /// Steps 1703 and 1803: may request `counter` be issued?
    pub fn may_issue(&self, rule: TapeWindow, counter: u64, m: u64) -> bool {
        match rule {
            TapeWindow::Outstanding => self.count < m,
            TapeWindow::Span => counter - self.lowest(counter) < m,
        }
    }

    /// Outstanding requests.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Are all requests answered?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The block that request `number` is for.
    pub fn get(&self, number: u64) -> Option<u64> {
        self.requests.get(number).copied()
    }

    /// Request `number`, for `block`, is outstanding.
    pub fn put(&mut self, number: u64, block: u64) {
        // Rule `initiators = "independent"`: after a crash one number may stand for two blocks; the later stays.
        self.count += u64::from(self.requests.get(number).is_none());
        self.requests.put(number, block);
    }

    /// Request `number` is answered: the block that it was for. [`Outstanding::next_lost`] says what that shows to be
    /// lost.
    pub fn answer(&mut self, now: SimTime, number: u64) -> Option<u64> {
        let latest = self.sent_as.remove(number);
        let block = self.requests.remove(number);
        self.count -= u64::from(block.is_some());
        if self.is_untimed {
            return block;
        }
        match (latest, block) {
            // An answer does not say to which sending it is one.
            (Some(latest), _) => self.sender.on_completion(now, None, latest),
            (None, None) => self.sender.on_needless(),
            (None, Some(_)) => {}
        }
        block
    }

    /// The unit was taken or given back.
    pub fn answer_control(&mut self, now: SimTime) {
        self.control_waits = false;
        if let Some(latest) = self.control_sent_as.take() {
            self.sender.on_completion(now, None, latest);
        }
    }

    /// May a request that brings so many bytes into flight be sent?
    pub fn may_send(&self, bytes: u32) -> bool {
        self.lost.is_empty() && self.sender.may_send(bytes)
    }

    /// This was sent, and brings so many bytes into flight; the timer to arm, if it is not.
    pub fn on_sent(&mut self, now: SimTime, what: Sent, bytes: u32) -> Option<SimTime> {
        if self.is_untimed {
            self.control_waits |= what == Sent::Control;
            return None;
        }
        let before = match what {
            Sent::Control => self.control_sent_as,
            Sent::Request(number) => self.sent_as.get(number).copied(),
        };
        let sending = self.sender.on_sent(now, what, bytes, before);
        match what {
            Sent::Control => self.control_sent_as = Some(sending),
            Sent::Request(number) => self.sent_as.put(number, sending),
        }
        self.arm(now)
    }

    /// The timer ran out.
    pub fn on_timer(&mut self, now: SimTime) {
        if self.armed.is_some_and(|at| at <= now) {
            self.armed = None;
        }
    }

    /// Without time, all that has no answer counts as lost whenever the timer runs out.
    pub fn lose_untimed(&mut self) {
        if self.is_untimed {
            let requests: Vec<Sent> = self.requests.iter().map(|(number, _)| Sent::Request(number)).collect();
            self.lost.extend(self.control_waits.then_some(Sent::Control));
            self.lost.extend(requests);
        }
    }

    /// What is to be sent again next, if the window lets it.
    pub fn next_lost(&mut self, now: SimTime, occasion: Occasion, bytes: u32) -> Option<Sent> {
        while let Some(lost) = self.sender.take_lost(now, occasion) {
            self.lost.push_back(lost);
        }
        if self.sender.may_send(bytes) { self.lost.pop_front() } else { None }
    }

    /// The timer to arm, if it is not armed for a time that is as early.
    pub fn arm(&mut self, now: SimTime) -> Option<SimTime> {
        let due = self.sender.timer(now)?.max(now);
        if self.armed.is_some_and(|armed| armed <= due) {
            return None;
        }
        self.armed = Some(due);
        self.armed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::transport::WindowRule;
    use crate::units::SimDuration;

    fn at(ms: u64) -> SimTime {
        SimTime::ZERO + SimDuration::from_ms(ms)
    }

    /// None, over a path with a time-out of 200 ms and this window.
    fn outstanding(window: WindowRule) -> Outstanding {
        Outstanding::new(&Transport { window, ..Transport::fixed(SimDuration::from_ms(200)) })
    }

    /// Steps 1703 and 1803: m counts what is not answered or (rule `window`) the numbers from the lowest unanswered one on.
    #[test]
    fn m_counts_requests_or_numbers() {
        let mut of = outstanding(WindowRule::Unlimited);
        assert_eq!((of.lowest(5), of.count(), of.is_empty()), (5, 0, true));
        (5..8).for_each(|number| of.put(number, 10 + number));
        for (answered, lowest, count, by_requests, by_numbers) in
            [(4, 5, 3, false, false), (6, 5, 2, true, false), (5, 7, 1, true, true), (7, 8, 0, true, true)]
        {
            assert_eq!(of.get(answered), (answered != 4).then_some(10 + answered));
            assert_eq!(of.answer(at(0), answered), (answered != 4).then_some(10 + answered));
            assert_eq!((of.get(answered), of.answer(at(0), answered)), (None, None), "it is answered");
            assert_eq!((of.lowest(8), of.count(), of.is_empty()), (lowest, count, count == 0));
            assert_eq!(of.may_issue(TapeWindow::Outstanding, 8, 3), by_requests, "{count} requests");
            assert_eq!(of.may_issue(TapeWindow::Span, 8, 3), by_numbers, "from {lowest} to 8");
        }
    }

    /// Two blocks of one number (rule `initiators`, literally) are one request, of the later block.
    #[test]
    fn a_number_that_is_used_twice_is_outstanding_once() {
        let mut of = outstanding(WindowRule::Unlimited);
        of.put(1, 1);
        of.put(1, 2);
        assert_eq!((of.count(), of.answer(at(0), 1), of.count()), (1, Some(2), 0));
    }

    /// One timer, for the oldest that waits: it is armed again when it has run out, and for nothing that is later.
    #[test]
    fn the_timer_is_armed_once_for_an_instant() {
        let mut of = outstanding(WindowRule::Unlimited);
        for number in 0..2 {
            of.put(number, number);
        }
        assert_eq!(of.on_sent(at(0), Sent::Request(0), 10), Some(at(200)));
        assert_eq!(of.on_sent(at(50), Sent::Request(1), 10), None);
        of.on_timer(at(199)); // An earlier one.
        assert_eq!(of.arm(at(199)), None);
        of.on_timer(at(200));
        assert_eq!(of.next_lost(at(200), Occasion::Timer, 10), Some(Sent::Request(0)));
        assert_eq!(of.next_lost(at(200), Occasion::Timer, 10), None);
        assert_eq!((of.arm(at(200)), of.arm(at(200))), (Some(at(250)), None));
    }

    /// What is lost goes before what was never sent, as far as the window of the path lets it.
    #[test]
    fn nothing_passes_what_is_to_be_sent_again() {
        let mut of = outstanding(WindowRule::Bytes(20));
        for number in 0..2 {
            of.put(number, number);
            assert!(of.may_send(10));
            of.on_sent(at(0), Sent::Request(number), 10);
        }
        assert!(!of.may_send(10), "the window is full");
        let next_lost = |of: &mut Outstanding| of.next_lost(at(200), Occasion::Timer, 10);
        assert_eq!(next_lost(&mut of), Some(Sent::Request(0)));
        assert!(!of.may_send(10), "request 1 is lost");
        of.on_sent(at(200), Sent::Request(0), 20);
        assert_eq!(next_lost(&mut of), None, "the window is full");
        of.answer(at(210), 0);
        assert_eq!(next_lost(&mut of), Some(Sent::Request(1)));
        assert!(of.may_send(10));
    }

    /// Nothing more is waited for when the unit is taken or given back.
    #[test]
    fn an_answer_to_a_control_packet_ends_the_wait() {
        let mut of = outstanding(WindowRule::Unlimited);
        assert_eq!(of.on_sent(at(0), Sent::Control, 0), Some(at(200)));
        of.answer_control(at(10));
        of.on_timer(at(200));
        assert_eq!((of.next_lost(at(200), Occasion::Timer, 10), of.arm(at(200))), (None, None));
    }
}
