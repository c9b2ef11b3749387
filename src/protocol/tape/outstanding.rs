//! Requests issued and not yet answered, and when to send them again: common to processes 1615 and 1616.

use std::collections::VecDeque;

use crate::collections::Window;
use crate::protocol::rules::TapeWindow;
use crate::units::SimTime;

/// Outstanding requests, by number; each is for one block of the volume.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Outstanding {
    requests: Window<u64>,
    count: u64,
    /// When each is to be resent: the time-out is constant, so in the order of sending.
    due: VecDeque<(SimTime, u64)>,
    /// When the timer runs out that is armed.
    armed: Option<SimTime>,
}

impl Outstanding {
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

    /// Request `number` is answered: the block that it was for.
    pub fn answer(&mut self, number: u64) -> Option<u64> {
        let block = self.requests.remove(number)?;
        self.count -= 1;
        Some(block)
    }

    /// Request `number` is to be resent at `due`; the timer to arm, if it is not.
    pub fn remind(&mut self, due: SimTime, number: u64) -> Option<SimTime> {
        self.due.push_back((due, number));
        self.arm()
    }

    /// The next request that is due at `now`.
    pub fn next_due(&mut self, now: SimTime) -> Option<(u64, u64)> {
        if self.armed.is_some_and(|at| at <= now) {
            self.armed = None;
        }
        while let Some(&(due, number)) = self.due.front() {
            let block = self.get(number);
            if block.is_some() && due > now {
                return None;
            }
            self.due.pop_front();
            if let Some(block) = block {
                return Some((number, block));
            }
        }
        None
    }

    /// The timer to arm, if it is not.
    pub fn arm(&mut self) -> Option<SimTime> {
        if self.armed.is_some() {
            return None;
        }
        self.armed = Some(self.due.front()?.0);
        self.armed
    }
}
