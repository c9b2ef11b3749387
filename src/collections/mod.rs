//! Collections that several floors use: ordered, deterministic, and as large as what they hold.
//!
//! What is called `fetch`, here and elsewhere, reads a little of a row that will be asked for soon, and changes nothing. The rows
//! of writes in flight are mostly too many for the caches of the processor. Where several are asked for one after the other, each
//! is waited for; where all are read first, they come together (measured: `results/performance/`).

pub mod almost_sorted;
pub mod block_map;
pub mod interval_map;
pub mod lazy_queue;
pub mod paged_queue;
pub mod riders;
pub mod slab;
pub mod sorted_map;
pub mod tournament;
pub mod window;

pub use almost_sorted::AlmostSorted;
pub use block_map::BlockMap;
pub use interval_map::IntervalMap;
pub use lazy_queue::LazyQueue;
pub use paged_queue::PagedQueue;
pub use riders::Riders;
pub use slab::Slab;
pub use sorted_map::SortedMap;
pub use tournament::Tournament;
pub use window::Window;
