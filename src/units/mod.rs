//! Units of the simulation: integer time, sizes, rates and the names of things.
//!
//! Every quantity carries its unit in its type; nothing here knows what is simulated.

pub mod ids;
pub mod quantity;
pub mod time;

pub use ids::{Direction, GroupId, HostId, LocalId, PairId, PathId, RemoteId, WriteRef};
pub use time::{SimDuration, SimTime};
