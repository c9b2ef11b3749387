//! What the protocol runs on: hosts and their workloads, clocks, disk units, the WAN, faults.

pub mod addresses;
pub mod distribution;
pub mod link;
#[cfg(test)]
mod statistics;
pub mod wan;
pub mod workload;
