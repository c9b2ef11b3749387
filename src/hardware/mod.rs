//! What the protocol runs on: hosts and their workloads, clocks, disk units, the WAN, faults.

pub mod distribution;
pub mod link;
#[cfg(test)]
mod statistics;
pub mod workload;
