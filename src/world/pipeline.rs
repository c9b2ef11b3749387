//! The judge on a core of its own: records flow one way, so it sees the very same as beside the world.
//!
//! They go over in batches, and batches come back empty. A judge who falls behind makes the world wait, so that memory
//! is bounded.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, channel, sync_channel};

use super::SimulateError;
use super::judge::{Judge, Meters};
use super::run::{Ran, World};
use crate::protocol::disk::Settings;
use crate::scenario::Scenario;
use crate::trace::{End, Observer, Record};
use crate::units::SimTime;

/// Records to a batch: enough that handing over costs little, few enough to stay near the core that wrote them.
const BATCH: usize = 1 << 10;
/// Batches that the world may be ahead of the judge.
const AHEAD: usize = 8;

type Batch = Vec<(SimTime, Record)>;

/// The world's end of the belt.
struct Belt {
    batch: Batch,
    full: SyncSender<Batch>,
    empty: Receiver<Batch>,
}

impl Belt {
    #[cold]
    fn hand_over(&mut self) {
        let next = self.empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(BATCH));
        // The judge takes all there is, unless it panicked: then the one who waits for it does.
        let _ = self.full.send(std::mem::replace(&mut self.batch, next));
    }
}

impl Observer for Belt {
    #[inline]
    fn observe(&mut self, now: SimTime, record: &Record) {
        self.batch.push((now, *record));
        if self.batch.len() == BATCH {
            self.hand_over();
        }
    }

    fn end(&mut self, _end: &End) {
        self.hand_over();
    }

    fn is_done(&self) -> bool {
        true // As the judge: it asks for no more than the others.
    }
}

/// Runs a scenario to its end, with `judge` on another core, and `observer` on that of the world.
///
/// # Errors
/// When a trace cannot be read.
pub fn run<M: Meters + Send>(
    scenario: &Scenario,
    settings: &Settings,
    mut judge: Judge<M>,
    observer: impl Observer,
    progress: &mut dyn FnMut(SimTime),
) -> Result<(Ran, Judge<M>), SimulateError> {
    std::thread::scope(|scope| {
        let (full, batches) = sync_channel::<Batch>(AHEAD);
        let (emptied, empty) = channel();
        let judging = scope.spawn(move || {
            for mut batch in batches {
                batch.drain(..).for_each(|(now, record)| judge.record(now, &record));
                let _ = emptied.send(batch); // The world may have ended.
            }
            judge
        });
        let belt = Belt { batch: Vec::with_capacity(BATCH), full, empty };
        let (ran, (belt, _)) =
            World::new(scenario, settings, (belt, observer))?.with_disasters().run(progress)?;
        drop(belt); // Nothing more comes.
        Ok((ran, judging.join().unwrap_or_else(|panic| resume_unwind(panic))))
    })
}
