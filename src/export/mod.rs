//! The facts of a run for other programs: each format is an observer that writes as the run goes on.
//!
//! | room | writes |
//! |---|---|
//! | `events` | every fact as JSON Lines (docs/events.md): enough to judge the order without this program |
//! | `perfetto` | tracks per system, unit and group, for ui.perfetto.dev |
//! | `pcap` | the packets as pcapng, for Wireshark and tshark |
//! | `target` | the file: whole or not at all, packed if it is called so |
//!
//! Memory is O(writes and packets in flight). Nothing here judges, and nothing is written that is no fact.

mod events;
mod packets;
mod pcap;
mod perfetto;
mod target;

#[cfg(test)]
mod tests;

pub use events::Events;
pub use pcap::Pcap;
pub use perfetto::Perfetto;
pub use target::Target;

use std::io::{self, Write};

/// A format: what it writes, and what went wrong while it did.
pub trait Export: crate::trace::Observer {
    /// Ends the file; where it was written is given back.
    ///
    /// # Errors
    /// When anything could not be written, now or earlier.
    fn finish(self) -> io::Result<Target>;
}

/// Writes until the first failure, which is kept: an observer has nobody to tell while the run goes on.
#[derive(Debug)]
struct Out {
    target: Target,
    failed: Option<io::Error>,
}

impl Out {
    fn new(target: Target) -> Self {
        Self { target, failed: None }
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.target.write_all(bytes).err();
        }
    }

    fn finish(self) -> io::Result<Target> {
        self.failed.map_or(Ok(self.target), Err)
    }
}

/// `text` as a string of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
