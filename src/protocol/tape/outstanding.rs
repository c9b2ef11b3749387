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
