//! Records on their way to the judge: handed over by the batch.
//!
//! The code of a whole run is three times as long as the instruction cache of a processor core. The world and the judge in
//! turn, a batch each, find more of theirs there than both with every record (`results/performance/`).

use crate::trace::{Observer, Record};
use crate::units::SimTime;

/// Records to a batch: enough that what follows pays, few enough to stay in the data cache.
pub const BATCH: usize = 1 << 8;

/// Records and their instants, in the order in which they happened.
pub type Batch = Vec<(SimTime, Record)>;

/// One to whom records are handed over.
pub trait Taker {
    /// Takes all records of a batch, and leaves an empty one.
    fn take(&mut self, batch: &mut Batch);
}

/// Keeps records until there is a batch of them.
#[derive(Clone, Debug)]
pub struct Belt<T> {
    batch: Batch,
    taker: T,
}

impl<T: Taker> Belt<T> {
    /// Nothing yet for this one.
    pub fn to(taker: T) -> Self {
        Self { batch: Vec::with_capacity(BATCH), taker }
    }

    /// The taker, who has been handed all that has happened.
    pub fn taker(&mut self) -> &mut T {
        self.hand_over();
        &mut self.taker
    }

    /// The same, when the run is over: what is still here goes over only now.
    pub fn into_taker(mut self) -> T {
        self.hand_over();
        self.taker
    }

    #[cold]
    #[inline(never)]
    fn hand_over(&mut self) {
        self.taker.take(&mut self.batch);
    }
}

impl<T: Taker> Observer for Belt<T> {
    #[inline]
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.batch.push((now, *record));
        if self.batch.len() >= BATCH {
            self.hand_over();
        }
    }

    fn is_done(&self) -> bool {
        true // A judge asks for no more than the others.
    }
}
