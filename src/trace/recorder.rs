//! Keeps the whole trace of a run in memory: for tests, counterexamples and trace files, not for long runs.

use super::{End, Observer, Preamble, Record};
use crate::units::SimTime;

/// What was said of a run, from first to last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorder {
    /// Said before the first record; `None` if the run has not begun.
    pub preamble: Option<Preamble>,
    /// Every record and its instant, in the order in which they happened.
    pub records: Vec<(SimTime, Record)>,
    /// Said after the last record; `None` if the run has not ended.
    pub end: Option<End>,
}

impl Observer for Recorder {
    fn begin(&mut self, preamble: &Preamble) {
        self.preamble = Some(preamble.clone());
    }

    fn observe(&mut self, now: SimTime, record: &Record) {
        self.records.push((now, *record));
    }

    fn end(&mut self, end: &End) {
        self.end = Some(*end);
    }
}
