//! Variants of the streams that products of the field have: who starts a transfer, and when the local site releases what it
//! keeps of a write.
//!
//! Neither changes what is ordered by what: numbers, limits and recovery are those of the scheme.

use crate::units::SimDuration;

/// When the remote site completes a write (step 801), so that the local one releases it (step 700).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Release {
    /// When it stands in the remote cache.
    #[default]
    Received,
    /// When it stands on the remote unit: the data acknowledgement of VVR, the restored journal of Universal Replicator.
    Destaged,
}

/// Pulled streams: the remote site asks, and nothing is sent for the first time without being asked for (Universal
/// Replicator's read journal, the reader of XRC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pull {
    /// Requests that are open at a time, by stream.
    pub requests: u32,
    /// Bytes of write data that answer one; one write is sent in any case.
    pub bytes: u64,
    /// A request that is not answered for so long is given up, and another one is made.
    pub timeout: SimDuration,
}

impl Default for Pull {
    fn default() -> Self {
        Self { requests: 4, bytes: 1 << 20, timeout: SimDuration::from_ms(1_000) }
    }
}
