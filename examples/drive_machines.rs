//! Drives the machines of the protocol by hand, without world, clock or network: what is told to them, and what they
//! say. So an explorer drives them, too.
//!
//! `cargo run --example drive_machines`

use rcsim::protocol::disk::{
    Context, LocalDiskSystem, LocalInput, LocalOutput, PairAddress, PairPlace, RemoteOutput, RemoteSite,
    RemoteSiteInput, RemoteSiteOutput, Settings, WriteRequest,
};
use rcsim::protocol::transport::Transport;
use rcsim::protocol::{Rules, Scheme};
use rcsim::units::{GroupId, LocalId, PairId, RemoteId, SimDuration, SimTime, WriteRef};

/// Two writes to one pair; the second packet overtakes the first.
pub fn main() {
    let place = PairPlace { pair: PairId(0), local: LocalId(0), remote: RemoteId(0), group: GroupId(0) };
    let pairs = vec![PairAddress { place, remote_unit: 0 }];
    let (ms, at_once) = (SimDuration::from_ms(1), SimDuration::ZERO);
    let transports = vec![vec![Transport::fixed(ms)]];
    let settings =
        Settings::new(Scheme::Pair, Rules::REPAIRED, ms, transports, at_once, 0, 4096, pairs, (1, 1, 1));
    let context = |ns: u64| Context { settings: &settings, now: SimTime::from_ns(ns), reading: ns };

    let mut local = LocalDiskSystem::new(&settings, LocalId(0), None);
    let mut packets = Vec::new();
    for serial in 0..2 {
        let write = WriteRef { serial, slot: serial as u32 };
        let request =
            WriteRequest { write, unit: 0, pair: Some(PairId(0)), position: 0, size: 4096, host_stamp: 0 };
        let mut out = Vec::new();
        local.handle(&context(serial + 1), LocalInput::WriteRequest(request), &mut out);
        packets.extend(out.into_iter().filter_map(|said| match said {
            LocalOutput::Send { packet, .. } => Some(packet),
            _ => None,
        }));
    }

    let mut site = RemoteSite::new(&settings, [(1, None)].into_iter());
    let mut reports = Vec::new();
    for packet in packets.into_iter().rev() {
        let mut out = Vec::new();
        site.handle(&context(10), RemoteSiteInput::Packet(RemoteId(0), packet), &mut out);
        for said in out {
            println!("{said:?}");
            match said {
                // With w1 alone there is a gap before it: nothing is reported, and nothing may be destaged.
                RemoteSiteOutput::SendReport(_, lines) => reports.push(lines),
                other => {
                    let destaged = matches!(other, RemoteSiteOutput::Of(_, RemoteOutput::Destage { .. }));
                    assert!(!destaged, "no limit permits it yet");
                }
            }
        }
    }
    assert_eq!(reports.len(), 1, "one report, when w0 has closed the gap: {reports:?}");
}
