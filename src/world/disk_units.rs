//! Disk units of one system: how long a destage takes, what is being written, and when each unit is free again.
//!
//! Which write a unit is given, and when, the protocol says.

use rand_chacha::ChaCha8Rng;

use crate::collections::Window;
use crate::engine::random::redraw;
use crate::hardware::distribution::{Distribution, Sampler};
use crate::units::{SimDuration, SimTime};

/// The units of one system, which write what `W` describes.
#[derive(Clone, Debug)]
pub struct DiskUnits<W> {
    destage_time: Sampler,
    takes_no_time: bool,
    random: ChaCha8Rng,
    free_at: Vec<SimTime>,
    /// What the units are writing or about to write, by ticket.
    writing: Window<W>,
    next_ticket: u64,
}

impl<W> DiskUnits<W> {
    /// This many units at rest.
    pub fn new(destage_time: &Distribution, units: u32, random: ChaCha8Rng) -> Self {
        Self {
            destage_time: Sampler::new(destage_time),
            takes_no_time: destage_time.is_zero(),
            random,
            free_at: vec![SimTime::ZERO; units as usize],
            writing: Window::default(),
            next_ticket: 0,
        }
    }

    /// Destages to come take as long as is drawn anew.
    pub fn redraw(&mut self, salt: u64) {
        redraw(&mut self.random, salt);
    }

    /// A unit is given something to write; the ticket by which it will be done.
    pub fn begin(&mut self, what: W) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.writing.put(ticket, what);
        ticket
    }

    /// When a unit that is free writes what it has just been given; `None` is at once.
    #[inline]
    pub fn serve_free(&mut self, now: SimTime) -> Option<SimTime> {
        (!self.takes_no_time).then(|| now + self.service())
    }

    /// When a unit that does one destage after the other is done with the next; `None` is at once.
    #[inline]
    pub fn serve_in_turn(&mut self, now: SimTime, unit: u32) -> Option<SimTime> {
        if self.takes_no_time {
            return None;
        }
        let done = self.free_at[unit as usize].max(now) + self.service();
        self.free_at[unit as usize] = done;
        Some(done)
    }

    /// What a unit is writing or about to write.
    pub fn writing(&self, ticket: u64) -> Option<&W> {
        self.writing.get(ticket)
    }

    /// It is written: what it was; nothing if that was cut short.
    pub fn done(&mut self, ticket: u64) -> Option<W> {
        self.writing.remove(ticket)
    }

    /// What is like this is not written.
    pub fn forget(&mut self, is_it: impl Fn(&W) -> bool) {
        let tickets: Vec<u64> =
            self.writing.iter().filter(|(_, what)| is_it(what)).map(|(ticket, _)| ticket).collect();
        for ticket in tickets {
            self.writing.remove(ticket);
        }
    }

    /// Whatever the units were doing is cut short, and nothing of it is written.
    pub fn cut_short(&mut self, now: SimTime) {
        self.writing = Window::default();
        self.free_at.fill(now);
    }

    /// The service time of one destage.
    fn service(&mut self) -> SimDuration {
        self.destage_time.sample(&mut self.random)
    }
}
