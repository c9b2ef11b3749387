//! The writes in flight, as the hardware knows them: a row from issue until nobody can name the write any more, and beside it
//! what the host asks for, as long as it waits.

use crate::collections::{Riders, Slab};
use crate::hardware::host::Issue;
use crate::hardware::workload::LocalUnit;
use crate::protocol::disk::WriteRequest;
use crate::units::{HostId, LocalId, WriteRef};

/// A write in flight.
#[derive(Clone, Copy, Debug)]
struct Write {
    serial: u64,
    /// While its host waits: a place in the table of what hosts ask for. Then: the host.
    asked: u32,
    /// Events of the agenda that name its slot.
    agenda_events: u8,
    host_waits: HostWaits,
    held: Held,
    /// Bits: [`ACCEPTED`], [`COPIED`], [`SETTLED`].
    is: u8,
}

/// It stands in the cache of its local system, or did.
const ACCEPTED: u8 = 1;
/// It stands at the remote site, or has no pair.
const COPIED: u8 = 2;
/// It is no longer among the unfinished.
const SETTLED: u8 = 4;

/// What a host asks for.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// The host.
    pub host: HostId,
    /// The local system.
    pub local: LocalId,
    /// What it asks of it.
    pub request: WriteRequest,
    tag: u32,
}

impl Asked {
    /// What the host wanted.
    #[inline]
    pub const fn issue(&self) -> Issue {
        let WriteRequest { unit, position, size, .. } = self.request;
        Issue { unit: LocalUnit { system: self.local, unit }, position, size, tag: self.tag }
    }
}

/// Does the host of a write wait for its completion?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostWaits {
    /// It waits.
    Yes,
    /// It has the completion.
    Completed,
    /// It issues the data again, as another write.
    Abandoned,
}

/// What the local system holds of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// It stands, or will stand, in the cache.
    InCache,
    /// It is on the local unit.
    Destaged,
    /// A crash wiped it from the cache.
    Lost,
}

impl Write {
    /// Its host waits no longer, and no event names its slot.
    fn is_over(&self) -> bool {
        self.agenda_events == 0 && self.host_waits != HostWaits::Yes
    }

    /// Nothing will be heard of it any more: its row may go.
    fn is_gone(&self) -> bool {
        let accepted = self.is & ACCEPTED != 0;
        let has_left = self.held != Held::InCache && self.is & COPIED != 0;
        // A request that was never accepted leaves nothing behind.
        let left_nothing = !accepted && self.host_waits == HostWaits::Abandoned;
        self.is_over() && (accepted && has_left || left_nothing)
    }

    /// Nobody waits for it, and nothing but a packet under way can bring it to the remote site.
    fn is_forgotten(&self) -> bool {
        self.is_over() && self.host_waits == HostWaits::Abandoned && self.held == Held::Lost
    }
}

/// All of them, by slot.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    rows: Slab<Write>,
    asked: Slab<Asked>,
    issued: u64,
    unfinished: u64,
    /// Writes that were folded into others.
    folded: Riders<WriteRef>,
}

impl Writes {
    /// A host issues a write: its row, where an event of the agenda names it from the beginning.
    #[inline]
    pub fn issue(
        &mut self,
        host: HostId,
        issue: Issue,
        request: impl FnOnce(WriteRef) -> WriteRequest,
    ) -> WriteRequest {
        let slot = self.rows.insert(Write {
            serial: self.issued,
            asked: 0,
            agenda_events: 1,
            host_waits: HostWaits::Yes,
            held: Held::InCache,
            is: 0,
        });
        let request = request(WriteRef { serial: self.issued, slot });
        let asked = Asked { host, local: issue.unit.system, request, tag: issue.tag };
        let asked = self.asked.insert(asked);
        if let Some(row) = self.rows.get_mut(slot) {
            row.asked = asked;
            row.is = if request.pair.is_none() { COPIED } else { 0 };
        }
        self.issued += 1;
        self.unfinished += 1;
        request
    }

    /// That write, if its slot is not another's by now.
    fn get(&mut self, write: WriteRef) -> Option<&mut Write> {
        self.rows.get_mut(write.slot).filter(|row| row.serial == write.serial)
    }

    /// The row of a slot will be asked for soon ([`crate::collections`]).
    #[inline]
    pub fn fetch(&self, slot: u32) {
        self.rows.fetch(slot);
    }

    /// What the host of that write asks for, if it waits.
    pub fn asked(&self, write: WriteRef) -> Option<&Asked> {
        let row = self.rows.get(write.slot).filter(|row| row.serial == write.serial)?;
        self.asked.get(row.asked).filter(|_| row.host_waits == HostWaits::Yes)
    }

    /// The host of that write, waiting or not.
    pub fn host(&self, write: WriteRef) -> Option<HostId> {
        let row = self.rows.get(write.slot).filter(|row| row.serial == write.serial)?;
        Some(self.asked(write).map_or(HostId(row.asked), |asked| asked.host))
    }

    /// An event that names the slot of this write is scheduled.
    pub fn event_scheduled(&mut self, write: WriteRef) {
        if let Some(row) = self.get(write) {
            row.agenda_events += 1;
        }
    }

    /// The event that named the slot has come: its write.
    pub fn event_came(&mut self, slot: u32) -> Option<WriteRef> {
        let row = self.rows.get_mut(slot)?;
        row.agenda_events -= 1;
        Some(WriteRef { serial: row.serial, slot })
    }

    /// Step 501: the write stands in the cache.
    pub fn accepted(&mut self, write: WriteRef) {
        if let Some(row) = self.get(write) {
            row.is |= ACCEPTED;
        }
    }

    /// The host of the write waits no longer, `because`: what it had asked for.
    pub fn answered(&mut self, write: WriteRef, because: HostWaits) -> Option<Asked> {
        let host = self.host(write)?;
        let row = self.get(write).filter(|row| row.host_waits == HostWaits::Yes)?;
        row.host_waits = because;
        let asked = std::mem::replace(&mut row.asked, host.0);
        self.asked.remove(asked)
    }

    /// The local system holds the write no longer as it did, and the row is freed if nobody can name it any more.
    pub fn held_no_more(&mut self, write: WriteRef, held: Held) {
        if let Some(row) = self.get(write) {
            row.held = held;
            self.finish_if_done(write.slot);
        }
    }

    /// `write` will not be sent: `into`, a later one, is in its place.
    pub fn fold(&mut self, write: WriteRef, into: WriteRef) {
        self.folded.ride(write, into);
    }

    /// The write stands at the remote site, the first time or again, and stands there for what was folded into it.
    #[inline]
    pub fn copied(&mut self, write: WriteRef) {
        if !self.folded.is_empty() {
            self.folded.alight(write).into_iter().for_each(|folded| self.copied_itself(folded));
        }
        self.copied_itself(write);
    }

    #[inline]
    fn copied_itself(&mut self, write: WriteRef) {
        if let Some(row) = self.get(write) {
            row.is |= COPIED;
            self.finish_if_done(write.slot);
        }
    }

    /// Settles the write in this slot if it is done, and frees the slot if nobody can name it any more.
    #[inline]
    pub fn finish_if_done(&mut self, slot: u32) {
        let Some(write) = self.rows.get_mut(slot) else { return };
        let gone = write.is_gone();
        if (gone || write.is_forgotten()) && write.is & SETTLED == 0 {
            write.is |= SETTLED;
            self.unfinished -= 1;
        }
        if gone {
            self.rows.remove(slot);
        }
    }

    /// Writes that hosts have the completion of, and that do not stand at the remote site.
    pub fn completed_elsewhere_only(&self) -> u64 {
        let is_one = |write: &Write| write.host_waits == HostWaits::Completed && write.is & COPIED == 0;
        self.rows.iter().filter(|(_, write)| is_one(write)).count() as u64
    }

    /// Are all writes that were issued done?
    pub fn all_done(&self) -> bool {
        self.unfinished == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::PairId;

    /// What a row takes, for as long as a write is in flight: see `results/performance/`.
    #[test]
    fn a_row_is_as_small_as_it_was() {
        assert_eq!(Slab::<Write>::PLACE_BYTES, 16);
    }

    /// A row stays as long as its write can be named: by an event, by its host, by the local cache, or because it is not at
    /// the remote site. A write that nobody waits for and that a crash wiped is done, although a packet of it may come yet.
    #[test]
    fn a_row_stays_until_nobody_can_name_its_write() {
        let host = HostId(3);
        let unit = LocalUnit { system: LocalId(1), unit: 2 };
        let issue = Issue { unit, position: 8, size: 512, tag: 5 };
        let lives = [false, true].into_iter().flat_map(|accepted| {
            let held = [Held::InCache, Held::Destaged, Held::Lost].into_iter();
            held.flat_map(move |held| [false, true].map(|copied| (accepted, held, copied)))
        });
        for ((accepted, held, copied), because) in
            lives.flat_map(|life| [HostWaits::Completed, HostWaits::Abandoned].map(|because| (life, because)))
        {
            let mut writes = Writes::default();
            let request = writes.issue(host, issue, |write| WriteRequest {
                write,
                unit: 2,
                pair: Some(PairId(0)),
                position: 8,
                size: 512,
                host_stamp: 0,
            });
            let write = request.write;
            assert_eq!(writes.asked(write).map(|asked| (asked.host, asked.issue())), Some((host, issue)));
            assert_eq!((writes.host(write), writes.completed_elsewhere_only()), (Some(host), 0));
            if accepted {
                writes.accepted(write);
            }
            assert_eq!(writes.answered(write, because).map(|asked| asked.issue()), Some(issue));
            assert!(writes.asked(write).is_none() && writes.answered(write, because).is_none());
            if held != Held::InCache {
                writes.held_no_more(write, held);
            }
            if copied {
                writes.copied(write);
            }
            assert_eq!((writes.host(write), writes.all_done()), (Some(host), false), "an event names it");
            let completed_elsewhere_only = because == HostWaits::Completed && !copied;
            assert_eq!(writes.completed_elsewhere_only(), u64::from(completed_elsewhere_only));
            assert_eq!(writes.event_came(write.slot), Some(write));
            writes.finish_if_done(write.slot);
            writes.finish_if_done(write.slot);
            let is_abandoned = because == HostWaits::Abandoned;
            let gone = accepted && copied && held != Held::InCache || !accepted && is_abandoned;
            assert_eq!(writes.host(write), Some(host).filter(|_| !gone));
            assert_eq!(writes.all_done(), gone || is_abandoned && held == Held::Lost);
        }
    }
}
