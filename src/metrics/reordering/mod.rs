//! How far packets, or writes, arrive out of order: all of RFC 4737, and RFC 5236's densities.
//!
//! | room | does |
//! |---|---|
//! | `flow` | a flow of which sendings and losses are known: exact, memory O(in flight) |
//! | `log` | a flow of which only arrivals are known: a threshold says what is lost, memory O(threshold) |
//! | `singleton` | RFC 4737 arrival by arrival, for both |
//! | `density` | RFC 5236 where losses are not known |
//! | `tally` | the sums over flows |
//! | `in_flight`, `arrived`, `counts` | what they keep |
//!
//! A flow is one direction of one path in the order of sending, or a group's writes in local order. Only the first
//! copy counts (RFC 4737, section 3.3). Nothing here knows what packets carry.

mod arrived;
pub mod counts;
mod density;
pub mod flow;
mod in_flight;
pub mod log;
mod singleton;
pub mod tally;

pub use counts::Counts;
pub use flow::Flow;
pub use log::{ArrivalLog, Copy};
pub use tally::{FreeRuns, Order, Reordering, Spread, Tally};

#[cfg(test)]
mod tests;
