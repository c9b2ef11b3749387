//! The coordinator of cuts (scheme `cut`): one for each group, at the local site. It has the group's local systems switch
//! their sets at one point of the local order, and says which set is sent.
//!
//! It is host software (the SRDF daemon, the master of a Global Mirror session), so it does not crash with an array. An
//! array that is down hears nothing: a switch waits for it, and is given up when hosts have been held for too long.

use std::collections::VecDeque;

use super::ordering::cut::{CutCommand, CutSettings, Queue, Switch, Trigger};
use crate::protocol::rules::CutWindow;
use crate::units::{LocalId, SimDuration, SimTime};

/// What a coordinator is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// Sets are captured.
    Capturing,
    /// This many local systems have been told, since then.
    Switching(usize, SimTime),
    /// All have: their hosts go on in the next nanosecond.
    Releasing,
}

/// The coordinator of one group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Coordinator {
    /// The local systems of the group.
    locals: Vec<LocalId>,
    phase: Phase,
    /// No local system captures a later set.
    open: u32,
    /// The least time from the last switch is over.
    is_due: bool,
    /// The timer that counts.
    armed: Option<SimTime>,
    /// Sets that were switched and wait to be sent.
    queue: VecDeque<u32>,
    /// The set that is sent, and by local system whether it has been copied.
    sending: Option<(u32, Vec<bool>)>,
}

/// What a coordinator knows of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// What the scenario says.
    pub cut: &'a CutSettings,
    /// Rule `cut-window`.
    pub window: CutWindow,
    /// Now.
    pub now: SimTime,
    /// By local system: does it work?
    pub is_up: &'a [bool],
    /// Bytes captured in the set of the group, over all local systems.
    pub captured: u64,
}

/// What it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// A command for a local system.
    Tell(LocalId, CutCommand),
    /// [`Coordinator::due`] is wanted then.
    Arm(SimTime),
    /// The cut is given up.
    GiveUp,
}

impl Coordinator {
    /// Of a group with pairs of these local systems.
    pub fn new(locals: Vec<LocalId>) -> Self {
        Self {
            locals,
            phase: Phase::Capturing,
            open: 1,
            is_due: false,
            armed: None,
            queue: VecDeque::new(),
            sending: None,
        }
    }

    /// The run begins.
    pub fn start(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        if !self.locals.is_empty() {
            self.arm(around.now + around.cut.period, out);
        }
    }

    fn arm(&mut self, at: SimTime, out: &mut Vec<Order>) {
        self.armed = Some(at);
        out.push(Order::Arm(at));
    }

    /// A timer runs out; one that has been overtaken by another does not count.
    pub fn due(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        if self.armed != Some(around.now) {
            return;
        }
        self.armed = None;
        match self.phase {
            Phase::Capturing => {
                self.is_due = true;
                self.consider(around, out);
            }
            Phase::Switching(_, began) => {
                if self.holds(around) && around.now >= began + around.cut.hold_limit {
                    self.give_up(around, out);
                } else {
                    self.go_on(around, out);
                }
            }
            Phase::Releasing => self.finish(around, out),
        }
    }

    /// Are hosts held at all? With one local system there is nothing to wait for.
    fn holds(&self, around: &Surroundings) -> bool {
        self.locals.len() > 1 && around.window == CutWindow::Held
    }

    /// A set has been captured, copied, or a local system is back: is it time to switch?
    pub fn consider(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        match self.phase {
            Phase::Switching(..) => self.go_on(around, out),
            Phase::Releasing => {}
            Phase::Capturing => {
                let is_full = around.cut.trigger == Trigger::Size && around.captured >= around.cut.size;
                let is_free = self.sending.is_none() && self.queue.is_empty();
                // An empty set does not queue behind others: with a period below the round trip there would be ever more.
                let waits = around.cut.queue == Queue::Legacy
                    || around.cut.trigger == Trigger::PreviousDone
                    || around.captured == 0;
                let all_up = self.locals.iter().all(|local| around.is_up[local.index()]);
                if (self.is_due || is_full) && (is_free || !waits) && all_up && !self.locals.is_empty() {
                    self.phase = Phase::Switching(0, around.now);
                    self.is_due = false;
                    self.go_on(around, out);
                }
            }
        }
    }

    /// Tells the local systems whose turn has come.
    fn go_on(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        let Phase::Switching(mut told, began) = self.phase else { return };
        let turn = |index: usize| {
            let last = (self.locals.len() as u64 - 1).max(1);
            began + SimDuration::from_ns(around.cut.coordination.as_ns() / last * index as u64)
        };
        while let Some(&local) = self.locals.get(told)
            && turn(told) <= around.now
            && around.is_up[local.index()]
        {
            if self.holds(around) {
                out.push(Order::Tell(local, CutCommand::Hold));
            }
            if around.cut.switch == Switch::Window || !self.holds(around) {
                out.push(Order::Tell(local, CutCommand::Switch(self.open + 1)));
            }
            told += 1;
        }
        if told == self.locals.len() {
            if !self.holds(around) {
                self.finish(around, out);
                return;
            }
            // What the last one accepted in this instant comes before whatever the others accept now.
            self.phase = Phase::Releasing;
            self.arm(around.now + SimDuration::NANOSECOND, out);
            return;
        }
        self.phase = Phase::Switching(told, began);
        let next = turn(told);
        let limit = began + around.cut.hold_limit;
        if self.holds(around) {
            self.arm(if next > around.now { next.min(limit) } else { limit }, out);
        } else if next > around.now {
            self.arm(next, out);
        }
    }

    /// Every local system is at the cut: hosts go on, and the set may be sent.
    fn finish(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        if self.holds(around) {
            for &local in &self.locals {
                if around.cut.switch == Switch::Serialise {
                    out.push(Order::Tell(local, CutCommand::Switch(self.open + 1)));
                }
                out.push(Order::Tell(local, CutCommand::Release));
            }
        }
        self.queue.push_back(self.open);
        self.open += 1;
        self.capture_again(around, out);
        self.send_next(out);
    }

    /// Hosts have been held for too long: they go on, and the next cut takes in what this one was to take.
    fn give_up(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        out.push(Order::GiveUp);
        out.extend(self.locals.iter().map(|&local| Order::Tell(local, CutCommand::Release)));
        self.open += 1;
        self.capture_again(around, out);
    }

    fn capture_again(&mut self, around: &Surroundings, out: &mut Vec<Order>) {
        self.phase = Phase::Capturing;
        self.arm(around.now + around.cut.period.max(SimDuration::NANOSECOND), out);
    }

    /// One set is sent at a time.
    fn send_next(&mut self, out: &mut Vec<Order>) {
        if self.sending.is_none()
            && let Some(set) = self.queue.pop_front()
        {
            self.sending = Some((set, vec![false; self.locals.len()]));
            out.extend(self.locals.iter().map(|&local| Order::Tell(local, CutCommand::Transmit(set))));
        }
    }

    /// A local system has had everything of `set` copied.
    pub fn copied(&mut self, around: &Surroundings, local: LocalId, set: u32, out: &mut Vec<Order>) {
        let Some((sending, copied)) = &mut self.sending else { return };
        if *sending != set {
            return;
        }
        for (_, copied) in self.locals.iter().zip(copied.iter_mut()).filter(|(of, _)| **of == local) {
            *copied = true;
        }
        if copied.iter().all(|&copied| copied) {
            self.sending = None;
            self.send_next(out);
            self.consider(around, out);
        }
    }

    /// A local system is back: what it may not have heard is said again.
    pub fn restarted(&mut self, around: &Surroundings, local: LocalId, out: &mut Vec<Order>) {
        // Between two switches every one captures the open set, whatever it did not hear while it was down.
        if matches!(self.phase, Phase::Capturing) {
            out.push(Order::Tell(local, CutCommand::Switch(self.open)));
            out.push(Order::Tell(local, CutCommand::Release));
        }
        if let Some((set, copied)) = &self.sending
            && self.locals.iter().zip(copied).any(|(&of, &copied)| of == local && !copied)
        {
            out.push(Order::Tell(local, CutCommand::Transmit(*set)));
        }
        self.consider(around, out);
    }

    /// What time it is to a coordinator for whom time only orders (`explore`): that of the timer that counts, so that it may
    /// run out whenever it is told so.
    pub fn untimed(&self) -> SimTime {
        match (self.armed, self.phase) {
            (Some(armed), _) => armed,
            (None, Phase::Switching(_, began)) => began,
            (None, Phase::Capturing | Phase::Releasing) => SimTime::ZERO,
        }
    }

    /// Does a timer count, and does a cut begin when it runs out?
    pub fn awaits(&self) -> Option<bool> {
        self.armed.map(|_| self.phase == Phase::Capturing)
    }

    /// Is the local system of this group?
    pub fn concerns(&self, local: LocalId) -> bool {
        self.locals.contains(&local)
    }
}
