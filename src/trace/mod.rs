//! The facts that the hardware saw, in the order in which they happened.
//!
//! A [`Record`] says what happened (a write entered a cache, a block landed, a limit stood in non-volatile
//! memory), never what the protocol concluded from it. Observers see records and nothing else.

pub mod digest;
pub mod record;

pub use record::{DeclaredRecovery, End, Fate, Key, LimitRule, PacketClass, Preamble, PreamblePair, Record};

use crate::units::SimTime;

/// Something that watches a run.
pub trait Observer {
    /// `record` happened at `now`; `now` never decreases.
    fn observe(&mut self, now: SimTime, record: &Record);
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.0.observe(now, record);
        self.1.observe(now, record);
    }
}

impl<O: Observer> Observer for Option<O> {
    fn observe(&mut self, now: SimTime, record: &Record) {
        if let Some(observer) = self {
            observer.observe(now, record);
        }
    }
}

/// Watches nothing.
impl Observer for () {
    fn observe(&mut self, _now: SimTime, _record: &Record) {}
}
