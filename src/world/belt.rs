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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::WriteRef;

    /// Keeps what it is handed, batch by batch.
    struct Keeper(Vec<Batch>);

    impl Taker for Keeper {
        fn take(&mut self, batch: &mut Batch) {
            self.0.push(std::mem::take(batch));
        }
    }

    /// Every record goes over once, in order, with its instant: in whole batches, and what is left when it is asked for.
    #[test]
    fn records_go_over_in_order_by_the_batch() {
        let record = |at: usize| {
            let write = WriteRef { serial: at as u64, slot: 0 };
            (SimTime::from_ns(at as u64), Record::Accepted { write })
        };
        let mut belt = Belt::to(Keeper(vec![]));
        let observe = |belt: &mut Belt<Keeper>, range: std::ops::Range<usize>| {
            range.map(record).for_each(|(now, record)| belt.observe(now, &record));
        };
        let sizes = |keeper: &Keeper| keeper.0.iter().map(Vec::len).collect::<Vec<_>>();
        observe(&mut belt, 0..2 * BATCH + 3);
        assert_eq!(sizes(&belt.taker), [BATCH, BATCH]);
        assert_eq!(sizes(belt.taker()), [BATCH, BATCH, 3]);
        observe(&mut belt, 2 * BATCH + 3..2 * BATCH + 5);
        let keeper = belt.into_taker();
        assert_eq!(sizes(&keeper), [BATCH, BATCH, 3, 2]);
        assert!(keeper.0.into_iter().flatten().eq((0..2 * BATCH + 5).map(record)));
    }

    /// A run that only a judge watches further is over when the other who watches has seen enough.
    #[test]
    fn a_judge_keeps_no_run_going() {
        struct Observed(bool);
        impl Observer for Observed {
            fn observe(&mut self, _: SimTime, _: &Record) {}
            fn is_done(&self) -> bool {
                self.0
            }
        }
        for is_done in [true, false] {
            assert_eq!((Belt::to(Keeper(vec![])), Observed(is_done)).is_done(), is_done);
        }
    }
}
