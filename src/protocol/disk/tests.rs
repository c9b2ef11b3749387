//! The disk part of the patent, process by process: what each room answers to each input, numbers counted from 0.
//!
//! Two pairs join local system 0 to remote system 0: pair 0 of group 0 and pair 1 of group 1, or both of one group.

mod breadth_first;
mod captures;
mod cut_sites;
mod cuts;
mod epochs;
mod local;
mod local_site;
mod named_places;
mod pulls;
mod remote;
mod remote_site;
mod windows;

use super::message::WriteData;
use super::numbering::{PairPlace, StreamId};
use super::settings::{PairAddress, Settings};
use crate::protocol::rules::Form;
use crate::protocol::transport::Transport;
use crate::protocol::{Rules, Scheme};
use crate::units::{GroupId, LocalId, PairId, RemoteId, SimDuration, WriteRef};

const MARKER_INTERVAL: SimDuration = SimDuration::from_ns(1000);
const TIMEOUT: SimDuration = SimDuration::from_ns(500);

/// Settings with the repaired rules, but for these.
pub(super) fn settings(scheme: Scheme, groups: usize, rules: &[(&str, &str)]) -> Settings {
    let mut changed = Rules::REPAIRED;
    for (rule, form) in rules {
        changed.set(rule, form).unwrap();
    }
    let place = |pair: usize| PairPlace {
        pair: PairId::from(pair),
        local: LocalId(0),
        remote: RemoteId(0),
        group: GroupId::from(pair % groups),
    };
    let pairs = (0..2).map(|pair| PairAddress { place: place(pair), remote_unit: pair as u32 }).collect();
    Settings::new(
        scheme,
        changed,
        MARKER_INTERVAL,
        vec![vec![Transport::fixed(TIMEOUT)]],
        SimDuration::ZERO,
        0,
        1024,
        pairs,
        (1, 1, groups),
    )
}

const fn write(serial: u64) -> WriteRef {
    WriteRef { serial, slot: serial as u32 }
}
