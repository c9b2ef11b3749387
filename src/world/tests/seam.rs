//! The seam between protocol and hardware, as tests have it: one or more tampers stand in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::protocol::disk::{
    LocalOutput, LocalSiteOutput, Packet, RemoteSiteInput, RemoteSiteOutput, Report, Settings, StreamId,
    WriteData,
};
use crate::trace::Key;
use crate::units::{RemoteId, WriteRef};
use crate::world::control::ControlKind;
use crate::world::seam::{RemoteLanding, Seam};

/// What is said and heard in a run that is broken on purpose, by the place where it is broken.
#[derive(Clone, Copy, Debug)]
pub enum Tamper {
    /// A table that the protocol works by.
    Settings(fn(&mut Settings)),
    /// What the local site answers to an input.
    LocalSays(fn(&mut Memory, &mut Vec<LocalSiteOutput>)),
    /// Write data that a local system sends, for the first time or again.
    LocalSends(fn(&mut Memory, &mut WriteData)),
    /// The number of every packet that a local system sends.
    LocalNumbers(fn(u64) -> u64),
    /// A marker's stamp.
    MarkerSays(fn(&mut u64)),
    /// The number of a completion.
    LocalHears(fn(&mut Memory, StreamId, u64) -> u64),
    /// A write lands on its local unit.
    LocalLands(fn(&mut Memory, WriteRef) -> Vec<WriteRef>),
    /// Write data reaches a remote system.
    RemoteHears(fn(&mut Memory, WriteData) -> Vec<Packet>),
    /// What the remote site answers to an input; the packet, if that was one.
    RemoteSays(fn(&mut Memory, Option<&Packet>, &mut Vec<RemoteSiteOutput>)),
    /// Content lands on a remote unit.
    RemoteLands(fn(&mut Memory, RemoteLanding) -> Vec<RemoteLanding>),
    /// A slave's report on its way to the master.
    Reports(fn(&mut Memory, RemoteId, &mut [Report])),
    /// The master's limits on their way to a slave.
    Limits(fn(&mut Memory, &mut [Report])),
}

/// What tampers remember.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// How often something came by.
    pub count: u64,
    /// A write kept back.
    pub write: Option<WriteRef>,
    /// A destage kept back.
    pub landing: Option<RemoteLanding>,
    /// It was, and landed after its follower.
    pub swapped: bool,
    /// Writes dealt with.
    pub writes: Vec<WriteRef>,
    /// Numbers, by stream.
    pub numbers: BTreeMap<StreamId, u64>,
    /// Stamps, by stream.
    pub stamps: BTreeMap<StreamId, u64>,
    /// Stamps given, by write.
    pub given: BTreeMap<WriteRef, u64>,
    /// (group, stamp) of every write sent.
    pub sent: BTreeSet<(u32, u64)>,
    /// Reports, by system and domain.
    pub reports: BTreeMap<(RemoteId, u32), Option<Key>>,
    /// Limits stored, by system and domain.
    pub limits: BTreeMap<(RemoteId, u32), Option<Key>>,
}

/// Lets everything pass that no tamper touches.
#[derive(Clone, Debug, Default)]
pub struct Tampered {
    /// What is tampered with.
    pub tampers: Vec<Tamper>,
    memory: Memory,
}

impl Seam for Tampered {
    fn local_says(&mut self, out: &mut Vec<LocalSiteOutput>) {
        for tamper in &self.tampers {
            match tamper {
                Tamper::LocalSays(tamper) => tamper(&mut self.memory, out),
                Tamper::LocalSends(tamper) => {
                    for output in out.iter_mut() {
                        if let LocalSiteOutput::Of(
                            _,
                            LocalOutput::Send { packet: Packet::WriteData(data), .. },
                        ) = output
                        {
                            tamper(&mut self.memory, data);
                        }
                    }
                }
                Tamper::LocalNumbers(tamper) => {
                    for output in out.iter_mut() {
                        if let LocalSiteOutput::Of(_, LocalOutput::Send { packet, .. }) = output
                            && let Packet::WriteData(WriteData { number, .. }) | Packet::Marker { number, .. } =
                                packet
                        {
                            *number = tamper(*number);
                        }
                    }
                }
                Tamper::MarkerSays(tamper) => {
                    for output in out.iter_mut() {
                        if let LocalSiteOutput::Of(
                            _,
                            LocalOutput::Send { packet: Packet::Marker { stamp, .. }, .. },
                        ) = output
                        {
                            tamper(stamp);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn local_hears(&mut self, stream: StreamId, mut number: u64) -> u64 {
        for tamper in &self.tampers {
            if let Tamper::LocalHears(tamper) = tamper {
                number = tamper(&mut self.memory, stream, number);
            }
        }
        number
    }

    fn local_lands(&mut self, write: WriteRef) -> impl IntoIterator<Item = WriteRef> + use<> {
        for tamper in &self.tampers {
            if let Tamper::LocalLands(tamper) = tamper {
                return tamper(&mut self.memory, write);
            }
        }
        vec![write]
    }

    fn remote_hears(&mut self, packet: Packet) -> impl IntoIterator<Item = Packet> + use<> {
        for tamper in &self.tampers {
            if let (Tamper::RemoteHears(tamper), Packet::WriteData(data)) = (tamper, packet) {
                return tamper(&mut self.memory, data);
            }
        }
        vec![packet]
    }

    fn heard(&mut self, input: &RemoteSiteInput) -> Option<Packet> {
        match input {
            RemoteSiteInput::Packet(_, packet) => Some(*packet),
            _ => None,
        }
    }

    fn remote_says(&mut self, heard: Option<&Packet>, out: &mut Vec<RemoteSiteOutput>) {
        for tamper in &self.tampers {
            if let Tamper::RemoteSays(tamper) = tamper {
                tamper(&mut self.memory, heard, out);
            }
        }
    }

    fn remote_lands(&mut self, landing: RemoteLanding) -> impl IntoIterator<Item = RemoteLanding> + use<> {
        for tamper in &self.tampers {
            if let Tamper::RemoteLands(tamper) = tamper {
                return tamper(&mut self.memory, landing);
            }
        }
        vec![landing]
    }

    fn control_says(&mut self, remote: RemoteId, kind: ControlKind, lines: &mut [Report]) {
        for tamper in &self.tampers {
            match (tamper, kind) {
                (Tamper::Reports(tamper), ControlKind::Report) => tamper(&mut self.memory, remote, lines),
                (Tamper::Limits(tamper), ControlKind::Limits) => tamper(&mut self.memory, lines),
                _ => {}
            }
        }
    }
}
