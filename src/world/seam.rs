//! The seam between protocol and hardware: what one says, the other hears.
//!
//! Tests put something else in its place (`tests/seam.rs`), to break the protocol there and see the checker catch
//! it. In a build for use there is nothing here: everything passes as it is.

use crate::units::{RemoteId, WriteRef};

/// Content that lands on a remote unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteLanding {
    /// The write whose content it is.
    pub write: WriteRef,
    /// The remote system.
    pub remote: RemoteId,
    /// The unit, from 0.
    pub unit: u32,
    /// First block (512 bytes each).
    pub position: u64,
}

#[cfg(test)]
pub use super::tests::seam::Seam;
#[cfg(not(test))]
pub use nothing::Seam;

#[cfg(not(test))]
mod nothing {
    use super::RemoteLanding;
    use crate::protocol::disk::{
        LocalOutput, Packet, RemoteDiskSystem, RemoteInput, RemoteOutput, Report, StreamId,
    };
    use crate::trace::Key;
    use crate::units::{RemoteId, WriteRef};
    use crate::world::remote_site::ControlKind;

    /// Lets everything pass.
    #[derive(Debug, Default)]
    pub struct Seam;

    impl Seam {
        /// What a local system answers to an input.
        pub fn local_says(&mut self, _out: &mut Vec<LocalOutput>) {}

        /// A completion on its way into a local system: the number that it hears.
        pub fn local_hears(&mut self, _stream: StreamId, number: u64) -> u64 {
            number
        }

        /// What lands on local units.
        pub fn local_lands(&mut self, write: WriteRef) -> [WriteRef; 1] {
            [write]
        }

        /// A packet on its way into a remote system.
        pub fn remote_hears(&mut self, packet: Packet) -> [Packet; 1] {
            [packet]
        }

        /// What a remote system answers to an input.
        pub fn remote_says(&mut self, _remote: RemoteId, _input: &RemoteInput, _out: &mut Vec<RemoteOutput>) {
        }

        /// What lands on remote units.
        pub fn remote_lands(&mut self, landing: RemoteLanding) -> [RemoteLanding; 1] {
            [landing]
        }

        /// Lines of a report of, or of limits for, a remote system.
        pub fn control_says(&mut self, _remote: RemoteId, _kind: ControlKind, _lines: &mut Vec<Report>) {}

        /// The limits that recovery goes by, by remote system and domain.
        pub fn recovers_by(
            &mut self,
            limits: Vec<Vec<Option<Key>>>,
            _remotes: &[RemoteDiskSystem],
        ) -> Vec<Vec<Option<Key>>> {
            limits
        }
    }
}
