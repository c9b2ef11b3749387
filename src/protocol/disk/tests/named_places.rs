//! Named places: a system that has been told the same in another order, and holds the same, is in the same state. That is
//! what `explore` compares. Where places are used again it is not, which a run does not mind.

use super::*;
use crate::protocol::disk::local::{LocalDiskSystem, LocalInput, LocalOutput, WriteRequest};
use crate::protocol::disk::message::Packet;
use crate::protocol::disk::remote::{RemoteDiskSystem, RemoteInput, RemoteOutput};
use crate::protocol::disk::settings::{Context, DomainId};
use crate::protocol::transport::SendingId;
use crate::trace::Key;
use crate::units::SimTime;

/// Every order of so many things.
fn orders(count: u64) -> Vec<Vec<u64>> {
    let Some(last) = count.checked_sub(1) else { return vec![vec![]] };
    let longer = |order: Vec<u64>| {
        (0..count as usize).map(move |place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    };
    orders(last).into_iter().flat_map(longer).collect()
}

/// How many of them differ.
fn distinct<T: PartialEq>(all: Vec<T>) -> usize {
    let different = |mut known: Vec<T>, one: T| {
        if !known.contains(&one) {
            known.push(one);
        }
        known
    };
    all.into_iter().fold(Vec::new(), different).len()
}

fn named(is_named: bool) -> Settings {
    Settings { named_places: is_named, ..settings(Scheme::Pair, 1, &[]) }
}

/// A remote system that four writes reached in this order, two of each stream. A limit then lets the first two go, in the
/// order of their stamps; a fifth comes when they stand on their units.
fn received(settings: &Settings, order: &[u64]) -> RemoteDiskSystem {
    let context = Context { settings, now: SimTime::ZERO, reading: 0 };
    let mut system = RemoteDiskSystem::new(settings, RemoteId(0), 2, None);
    let mut out = vec![];
    let data = |serial: u64| {
        let pair = (serial % 2) as usize;
        let stream = settings.layout.stream_of_pair[pair];
        let (number, stamp, write, pair) = (serial / 2, 10 * serial, write(serial), PairId::from(pair));
        WriteData { stream, number, stamp, write, pair, position: 8 * serial, size: 512, set: 0 }
    };
    for &serial in order {
        system.handle(&context, RemoteInput::Packet(Packet::WriteData(data(serial))), &mut out);
    }
    let limit = Key { stamp: 10, local: LocalId(0), number: 0 };
    system.handle(&context, RemoteInput::Limits(&[(DomainId(0), Some(limit))]), &mut out);
    while let Some(output) = out.pop() {
        if let RemoteOutput::Destage { entry, .. } = output {
            system.handle(&context, RemoteInput::Landed(entry), &mut out);
        }
    }
    system.handle(&context, RemoteInput::Packet(Packet::WriteData(data(4))), &mut out);
    system
}

/// A local system whose four writes were completed by the remote site in this order, each destaged then; a fifth comes.
fn completed(settings: &Settings, order: &[u64]) -> LocalDiskSystem {
    let at = |now: u64| Context { settings, now: SimTime::from_ns(now), reading: now };
    let mut system = LocalDiskSystem::new(settings, LocalId(0), None);
    let mut out = vec![];
    let request = |serial: u64| {
        let pair = (serial % 2) as u32;
        let (write, position) = (write(serial), 8 * serial);
        WriteRequest { write, unit: pair, pair: Some(PairId(pair)), position, size: 512, host_stamp: 0 }
    };
    for serial in 0..4 {
        system.handle(&at(100 + serial), LocalInput::WriteRequest(request(serial)), &mut out);
    }
    for &serial in order {
        out.clear();
        let stream = settings.layout.stream_of_pair[(serial % 2) as usize];
        let answers = SendingId::default();
        let completion = LocalInput::Completion { stream, number: serial / 2, answers };
        system.handle(&at(200), completion, &mut out);
        while let Some(output) = out.pop() {
            if let LocalOutput::Destage { entry, .. } = output {
                system.handle(&at(200), LocalInput::Landed(entry), &mut out);
            }
        }
    }
    system.handle(&at(300), LocalInput::WriteRequest(request(4)), &mut out);
    system
}

#[test]
fn whatever_came_first_the_state_is_that_of_what_is_held() {
    let states = |is_named: bool| {
        let settings = named(is_named);
        let remotes = orders(4).iter().map(|order| received(&settings, order)).collect();
        let locals = orders(4).iter().map(|order| completed(&settings, order)).collect();
        (distinct(remotes), distinct(locals))
    };
    assert_eq!(distinct(orders(4)), 24);
    assert_eq!(states(true), (1, 1));
    // The places tell in which order writes came and went.
    let (remotes, locals) = states(false);
    assert!(remotes > 1 && locals > 1, "{remotes}, {locals}: orders do not differ enough to prove anything");
}
