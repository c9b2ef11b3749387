//! The agenda alone, in the hold model: one event is taken and one put back, for a constant number pending.
//!
//! ```text
//! cargo bench --bench agenda
//! ```
//!
//! Hold model: Jones, "An empirical comparison of priority-queue and event-set implementations", CACM 29(4), 1986.
//! Gaps are exponential with a mean of one millisecond for each event pending, so that a gap is about as long as
//! the queue is deep, as in a simulation of many hosts. Beside the agenda stands `std::collections::BinaryHeap`
//! with the same keys. Rounds of both alternate; each is judged by its fastest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use rcsim::engine::random::{Streams, unit_open};
use rcsim::engine::{Agenda, Ties};
use rcsim::units::SimTime;

/// An event as large as the world's.
type Event = [u32; 3];

const ROUNDS: u32 = 5;

fn main() {
    // Cargo adds `--bench`; without it (`cargo test --benches`) a short run shows that everything still runs.
    let short = !std::env::args().any(|argument| argument == "--bench");
    let (holds, sizes) =
        if short { (1_000, vec![100]) } else { (2_000_000, vec![100, 1_000, 10_000, 100_000, 1_000_000]) };
    println!("{:>9}  {:>14}  {:>14}  {:>6}", "pending", "agenda, ns", "BinaryHeap, ns", "ratio");
    for pending in sizes {
        let gaps = gaps(pending);
        let (mut ours, mut theirs) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            ours = ours.min(hold_agenda(&gaps, pending, holds));
            theirs = theirs.min(hold_binary_heap(&gaps, pending, holds));
        }
        let ns = |time: Duration| time.as_nanos() as f64 / f64::from(holds);
        let (ours, theirs) = (ns(ours), ns(theirs));
        println!("{pending:>9}  {ours:>14.1}  {theirs:>14.1}  {:>6.2}", theirs / ours);
    }
}

/// Gaps in nanoseconds, drawn before the clock runs.
fn gaps(pending: u32) -> Vec<u64> {
    let mut random = Streams::new(1).stream("hold/gaps");
    let mean = 1e6 * f64::from(pending);
    (0..1 << 16).map(|_| (-libm::log(unit_open(&mut random)) * mean) as u64).collect()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is what a wall clock is for")]
fn hold_agenda(gaps: &[u64], pending: u32, holds: u32) -> Duration {
    let mut agenda: Agenda<Event> = Agenda::new(Ties::Insertion);
    let mut gap = gaps.iter().cycle();
    let mut next = || *gap.next().unwrap_or(&1);
    (0..pending).for_each(|event| agenda.schedule(SimTime::from_ns(next()), [event, 0, 0]));
    let mut turn = || {
        if let Some((now, event)) = agenda.pop() {
            agenda.schedule(SimTime::from_ns(now.as_ns() + next()), black_box(event));
        }
    };
    (0..pending).for_each(|_| turn()); // From the transient to the steady state.
    let start = Instant::now();
    (0..holds).for_each(|_| turn());
    start.elapsed()
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is what a wall clock is for")]
fn hold_binary_heap(gaps: &[u64], pending: u32, holds: u32) -> Duration {
    let mut heap: BinaryHeap<Reverse<(u64, u64, Event)>> = BinaryHeap::new();
    let mut gap = gaps.iter().cycle();
    let mut next = || *gap.next().unwrap_or(&1);
    let mut scheduled = 0;
    let mut schedule = |heap: &mut BinaryHeap<_>, time, event| {
        heap.push(Reverse((time, scheduled, event)));
        scheduled += 1;
    };
    (0..pending).for_each(|event| schedule(&mut heap, next(), [event, 0, 0]));
    let mut turn = || {
        if let Some(Reverse((now, _, event))) = heap.pop() {
            schedule(&mut heap, now + next(), black_box(event));
        }
    };
    (0..pending).for_each(|_| turn());
    let start = Instant::now();
    (0..holds).for_each(|_| turn());
    start.elapsed()
}
