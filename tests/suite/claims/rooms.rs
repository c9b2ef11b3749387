//! The rooms of the protocol by themselves: what a claim says of one process, shown on that process.

use rcsim::protocol::disk::{
    Context, DomainId, LocalDiskSystem, LocalInput, LocalOutput, Packet, PairAddress, RemoteDiskSystem,
    RemoteInput, RemoteOutput, Report, Settings, WriteData, WriteRequest,
};
use rcsim::trace::Key;
use rcsim::units::{LocalId, PairId, RemoteId, SimTime, WriteRef};

/// What a room is told happens at this nanosecond.
pub fn at(settings: &Settings, ns: u64) -> Context<'_> {
    Context { settings, now: SimTime::from_ns(ns), reading: ns }
}

/// A remote system by itself.
pub struct Remote<'a> {
    settings: &'a Settings,
    pub system: RemoteDiskSystem,
}

impl<'a> Remote<'a> {
    pub fn new(settings: &'a Settings, id: u32) -> Self {
        Self { settings, system: RemoteDiskSystem::new(settings, RemoteId(id), 8, None) }
    }

    pub fn hears(&mut self, input: RemoteInput) -> Vec<RemoteOutput> {
        let mut out = Vec::new();
        self.system.handle(&at(self.settings, 0), input, &mut out);
        out
    }

    /// A packet of a pair with this sequence number and time stamp arrives.
    pub fn receives(&mut self, pair: u32, number: u64, stamp: u64) -> Vec<RemoteOutput> {
        let stream = self.settings.layout.stream_of_pair[pair as usize];
        let write = WriteRef { serial: stamp, slot: stamp as u32 };
        let pair = PairId(pair);
        let data = WriteData { stream, number, stamp, write, pair, position: 0, size: 512, set: 0 };
        self.hears(RemoteInput::Packet(Packet::WriteData(data)))
    }

    /// The slave process is activated: its report.
    pub fn reports(&mut self) -> Vec<Report> {
        let report = |output| match output {
            RemoteOutput::Report(domain, end) => Some((domain, end)),
            _ => None,
        };
        self.hears(RemoteInput::Activate).into_iter().filter_map(report).collect()
    }

    /// A limit arrives, and everything that may be destaged is: the time stamps of what lands, in order.
    pub fn destages_up_to(&mut self, limit: Key) -> Vec<u64> {
        let mut stamps = Vec::new();
        let mut out = self.hears(RemoteInput::Limits(&[(DomainId(0), Some(limit))]));
        while let Some(output) = out.pop() {
            if let RemoteOutput::Destage { entry, write, .. } = output {
                stamps.push(write.serial);
                out.extend(self.hears(RemoteInput::Landed(entry)));
            }
        }
        stamps
    }
}

/// The packets that local system 0 sends for writes to these pairs, one a nanosecond.
pub fn packets_of(settings: &Settings, pairs: &[u32]) -> Vec<WriteData> {
    let mut system = LocalDiskSystem::new(settings, LocalId(0), None);
    let mut out = Vec::new();
    for (serial, &pair) in pairs.iter().enumerate() {
        let write = WriteRef { serial: serial as u64, slot: serial as u32 };
        let (unit, pair, host_stamp) = (pair, Some(PairId(pair)), 0);
        let request = WriteRequest { write, unit, pair, position: 0, size: 512, host_stamp };
        let now = serial as u64 + 1;
        system.handle(&at(settings, now), LocalInput::WriteRequest(request), &mut out);
    }
    let sent = |output: LocalOutput| match output {
        LocalOutput::Send { packet: Packet::WriteData(data), .. } => Some(data),
        _ => None,
    };
    out.into_iter().filter_map(sent).collect()
}

/// The time stamp alone.
pub fn stamp(stamp: u64) -> Key {
    Key { stamp, ..Key::default() }
}

/// The pairs between these systems.
pub fn pairs_between(settings: &Settings, local: u32, remote: u32) -> Vec<PairId> {
    let between =
        |pair: &&PairAddress| (pair.place.local, pair.place.remote) == (LocalId(local), RemoteId(remote));
    settings.pairs.iter().filter(between).map(|pair| pair.place.pair).collect()
}
