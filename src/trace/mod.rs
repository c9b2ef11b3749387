//! The facts that the hardware saw, in the order in which they happened.
//!
//! A [`Record`] says what happened (a write entered a cache, a block was destaged, a limit stood in
//! non-volatile memory), never what the protocol concluded from it. Observers see records and nothing else.

pub mod digest;
pub mod fingerprint;
pub mod record;
pub mod recorder;
pub mod tape;

pub use fingerprint::{Fingerprint, Fingerprinter, Window};
pub use recorder::Recorder;
pub use tape::TapeRecord;

pub use record::{DeclaredRecovery, End, Fate, Key, LimitRule, PacketClass, Preamble, PreamblePair, Record};

use crate::units::SimTime;

/// Something that watches a run.
pub trait Observer {
    /// The run begins; said once, before the first record.
    fn begin(&mut self, _preamble: &Preamble) {}
    /// `record` happened at `now`; `now` never decreases.
    fn observe(&mut self, now: SimTime, record: &Record);
    /// The run ended; said once, after the last record.
    fn end(&mut self, _end: &End) {}
    /// Has it seen enough? When all that watch a run have, the run is cut short.
    fn is_done(&self) -> bool {
        false
    }
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn begin(&mut self, preamble: &Preamble) {
        self.0.begin(preamble);
        self.1.begin(preamble);
    }
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.0.observe(now, record);
        self.1.observe(now, record);
    }
    fn end(&mut self, end: &End) {
        self.0.end(end);
        self.1.end(end);
    }
    fn is_done(&self) -> bool {
        self.0.is_done() && self.1.is_done()
    }
}

impl<O: Observer> Observer for Option<O> {
    fn begin(&mut self, preamble: &Preamble) {
        if let Some(observer) = self {
            observer.begin(preamble);
        }
    }
    fn observe(&mut self, now: SimTime, record: &Record) {
        if let Some(observer) = self {
            observer.observe(now, record);
        }
    }
    fn end(&mut self, end: &End) {
        if let Some(observer) = self {
            observer.end(end);
        }
    }
    fn is_done(&self) -> bool {
        self.as_ref().is_some_and(Observer::is_done)
    }
}

impl<O: Observer> Observer for &mut O {
    fn begin(&mut self, preamble: &Preamble) {
        (**self).begin(preamble);
    }
    fn observe(&mut self, now: SimTime, record: &Record) {
        (**self).observe(now, record);
    }
    fn end(&mut self, end: &End) {
        (**self).end(end);
    }
    fn is_done(&self) -> bool {
        (**self).is_done()
    }
}

/// Watches nothing.
impl Observer for () {
    fn observe(&mut self, _now: SimTime, _record: &Record) {}
}
