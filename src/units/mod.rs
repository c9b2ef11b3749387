//! Units of the simulation: integer time, sizes, rates and the names of things.
//!
//! Every quantity carries its unit in its type; nothing here knows what is simulated.

pub mod ids;
pub mod quantity;
pub mod time;

pub use ids::{
    Direction, GroupId, HostId, JobId, LocalId, PairId, PathId, RemoteId, TapeBlock, TapeUnitId, WriteRef,
};
pub use time::{SimDuration, SimTime};
