//! The seam between protocol and hardware: what one says, the other hears.
//!
//! In a build for use everything passes as it is, and nothing of this is left. Tests put something else in its place
//! (`tests/seam.rs`), to break the protocol there and see the checker catch it.

use super::control::ControlKind;
use crate::protocol::disk::{LocalSiteOutput, Packet, RemoteSiteInput, RemoteSiteOutput, Report, StreamId};
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

/// What passes between protocol and hardware. Whatever an implementation leaves out passes as it is.
pub trait Seam {
    /// What the local site answers to an input.
    fn local_says(&mut self, _out: &mut Vec<LocalSiteOutput>) {}

    /// A completion on its way into a local system: the number that it hears.
    fn local_hears(&mut self, _stream: StreamId, number: u64) -> u64 {
        number
    }

    /// A write is on a local unit: the writes that land there now.
    fn local_lands(&mut self, write: WriteRef) -> impl IntoIterator<Item = WriteRef> + use<Self> {
        [write]
    }

    /// A packet on its way into a remote system: the packets that it hears.
    fn remote_hears(&mut self, packet: Packet) -> impl IntoIterator<Item = Packet> + use<Self> {
        [packet]
    }

    /// What the remote site is told, as far as [`Self::remote_says`] has to know it.
    fn heard(&mut self, _input: &RemoteSiteInput) -> Option<Packet> {
        None
    }

    /// What the remote site answers to an input.
    fn remote_says(&mut self, _heard: Option<&Packet>, _out: &mut Vec<RemoteSiteOutput>) {}

    /// Content is on a remote unit: the contents that land now.
    fn remote_lands(
        &mut self,
        landing: RemoteLanding,
    ) -> impl IntoIterator<Item = RemoteLanding> + use<Self> {
        [landing]
    }

    /// The lines of a report of, or of limits for, a remote system.
    fn control_says(&mut self, _remote: RemoteId, _kind: ControlKind, _lines: &mut [Report]) {}
}

/// Everything passes.
#[cfg(not(test))]
#[derive(Clone, Debug, Default)]
pub struct Open {}

#[cfg(not(test))]
impl Seam for Open {}

/// The seam of this build.
#[cfg(not(test))]
pub type Current = Open;
/// The seam of this build.
#[cfg(test)]
pub type Current = super::tests::seam::Tampered;
