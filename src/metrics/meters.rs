//! What is counted of the writes of one group, or of one pair: how many, and how long they took.

use super::histogram::{Histogram, Spans};
use crate::units::SimDuration;

/// Counters of the writes that count for statistics.
#[derive(Clone, Debug, Default)]
pub struct Meters {
    /// Issued, without those that their host gave up.
    pub issued: u64,
    /// Their bytes.
    pub issued_bytes: u64,
    /// From issue to completion.
    pub response_time: Histogram,
    /// From completion until recoverable.
    pub received_lag: Histogram,
    /// From completion until destaged.
    pub applied_lag: Histogram,
}

impl Meters {
    /// A write was issued.
    pub fn on_issued(&mut self, bytes: u64) {
        self.issued += 1;
        self.issued_bytes += bytes;
    }

    /// Its host gave a write up.
    pub fn on_abandoned(&mut self, bytes: u64) {
        self.issued -= 1;
        self.issued_bytes -= bytes;
    }

    /// A write was completed so long after its issue; what had come to the remote site before has no lag.
    pub fn on_completed(&mut self, response: SimDuration, was_received: bool, is_destaged: bool) {
        self.response_time.record(response);
        if was_received {
            self.received_lag.record(SimDuration::ZERO);
        }
        if is_destaged {
            self.applied_lag.record(SimDuration::ZERO);
        }
    }

    /// Counts all that `other` has counted.
    pub fn merge(&mut self, other: &Self) {
        self.issued += other.issued;
        self.issued_bytes += other.issued_bytes;
        self.response_time.merge(&other.response_time);
        self.received_lag.merge(&other.received_lag);
        self.applied_lag.merge(&other.applied_lag);
    }

    /// Response time, received lag and applied lag.
    pub fn spans(&self) -> [Spans; 3] {
        let completed = self.response_time.count();
        [
            self.response_time.spans_of(self.issued),
            self.received_lag.spans_of(completed),
            self.applied_lag.spans_of(completed),
        ]
    }
}
