//! What the protocol runs on: hosts and their workloads, clocks, disk units, the WAN, faults.

pub mod addresses;
pub mod clock;
pub mod distribution;
pub mod host;
pub mod link;
pub mod netem;
pub mod regions;
#[cfg(test)]
mod statistics;
pub mod tape_unit;
pub mod timeline;
pub mod trace_file;
pub mod wan;
pub mod workload;
