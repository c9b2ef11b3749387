//! Time and what is to come: what every part of the world schedules on, and tells its facts through.
//!
//! Nothing here knows what an event means.

use std::collections::VecDeque;

use super::event::Event;
use crate::engine::{Agenda, Ties};
use crate::trace::{Observer, Record};
use crate::units::SimTime;

/// What is mostly scheduled in order of time, each kind in a queue of its own in the agenda. (It is never seen from
/// outside whether something was.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InOrder {
    /// Completions after a constant time.
    Completions = 0,
    /// Packets, where the delay is constant.
    Network = 1,
    /// The control network and the master: mostly at once.
    Control = 2,
    /// Local units, where the service time is constant.
    LocalUnits = 3,
    /// Remote units, the same.
    RemoteUnits = 4,
}

/// The instant, and what comes after it.
#[derive(Clone, Debug)]
pub struct Schedule {
    now: SimTime,
    agenda: Agenda<Event>,
    /// Events of this instant that need no place in the agenda.
    at_once: VecDeque<Event>,
}

/// Where everything happens, watched by whom the run was asked for: a judge, an observer, several, nobody.
#[derive(Debug)]
pub struct Stage<O> {
    schedule: Schedule,
    /// Who watches.
    pub watchers: O,
}

impl<O: Observer> Stage<O> {
    /// Time zero, with nothing to come.
    pub fn new(ties: Ties, watchers: O) -> Self {
        let schedule = Schedule { now: SimTime::ZERO, agenda: Agenda::new(ties), at_once: VecDeque::new() };
        Self { schedule, watchers }
    }

    /// A copy at `at`, which is not later than what comes next, watched by others.
    pub fn copy<P>(&self, at: SimTime, watchers: P) -> Stage<P> {
        Stage { schedule: Schedule { now: at, ..self.schedule.clone() }, watchers }
    }

    /// The instant.
    pub fn now(&self) -> SimTime {
        self.schedule.now
    }

    /// Something happened.
    #[inline]
    pub fn record(&mut self, record: &Record) {
        self.watchers.observe(self.schedule.now, record);
    }

    /// `event` is to happen at `at`.
    #[inline]
    pub fn schedule(&mut self, at: SimTime, event: Event) {
        self.schedule.agenda.schedule(at, event);
    }

    /// `event` is to happen at `at`, mostly not before what was scheduled last with the same `order`.
    pub fn schedule_in_order(&mut self, order: InOrder, at: SimTime, event: Event) {
        self.schedule.agenda.schedule_in_lane(order as usize, at, event);
    }

    /// `event` is to happen in this instant, before anything of the agenda.
    pub fn at_once(&mut self, event: Event) {
        self.schedule.at_once.push_back(event);
    }

    /// What still happens in this instant, before anything of the agenda.
    pub fn next_at_once(&mut self) -> Option<Event> {
        self.schedule.at_once.pop_front()
    }

    /// Now and then, some of the events that are next.
    #[inline]
    pub fn come_near(&mut self) -> Option<impl Iterator<Item = &Event>> {
        self.schedule.agenda.come_near()
    }

    /// The order within an instant is drawn anew, where it is drawn.
    pub fn redraw(&mut self, salt: u64) {
        self.schedule.agenda.redraw(salt);
    }

    /// The next event of the agenda before `until`; its time becomes the instant. (Times saturate at their end: what
    /// is due then never happens, and waiting for it would not end.)
    #[inline]
    pub fn next_before(&mut self, until: SimTime) -> Option<Event> {
        let (at, event) = self.schedule.agenda.pop_before(until)?;
        self.schedule.now = at;
        Some(event)
    }
}
