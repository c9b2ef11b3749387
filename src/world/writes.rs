//! The writes in flight, as the hardware knows them: a row from issue until nobody can name the write any more.

use crate::collections::Riders;
use crate::hardware::host::Issue;
use crate::hardware::workload::LocalUnit;
use crate::protocol::disk::WriteRequest;
use crate::units::{HostId, LocalId, WriteRef};

/// A write in flight: one cache line, since many are in flight and each is met seldom.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct Write {
    /// What its host asks of its local system.
    pub request: WriteRequest,
    /// Its local system.
    pub local: LocalId,
    tag: u32,
    host: u16,
    /// It stands in the cache of its local system, or did.
    pub accepted: bool,
    /// What its host waits for.
    pub host_waits: HostWaits,
    /// What its local system holds of it.
    pub held: Held,
    /// It stands at the remote site, or has no pair.
    copied: bool,
    /// No longer among the unfinished.
    settled: bool,
    /// Events of the agenda that name its slot.
    agenda_events: u8,
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
    /// The host.
    pub fn host(&self) -> HostId {
        HostId(u32::from(self.host))
    }

    /// What its host wanted.
    pub const fn issue(&self) -> Issue {
        let WriteRequest { unit, position, size, .. } = self.request;
        Issue { unit: LocalUnit { system: self.local, unit }, position, size, tag: self.tag }
    }

    /// An event that names its slot is scheduled.
    pub fn event_scheduled(&mut self) {
        self.agenda_events += 1;
    }

    /// Its host waits no longer, and no event names its slot.
    fn is_over(&self) -> bool {
        self.agenda_events == 0 && self.host_waits != HostWaits::Yes
    }

    /// Nothing will be heard of it any more: its row may go.
    fn is_gone(&self) -> bool {
        let has_left = self.held != Held::InCache && self.copied;
        // A request that was never accepted leaves nothing behind.
        let left_nothing = !self.accepted && self.host_waits == HostWaits::Abandoned;
        self.is_over() && (self.accepted && has_left || left_nothing)
    }

    /// Nobody waits for it, and nothing but a packet under way can bring it to the remote site.
    fn is_forgotten(&self) -> bool {
        self.is_over() && self.host_waits == HostWaits::Abandoned && self.held == Held::Lost
    }
}

/// All of them, by slot.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    rows: Vec<Option<Write>>,
    free_slots: Vec<u32>,
    issued: u64,
    unfinished: u64,
    /// Writes that were folded into others.
    folded: Riders<WriteRef>,
}

impl Writes {
    /// A host issues a write: its row, where an event of the agenda names it from the beginning.
    pub fn issue(
        &mut self,
        host: HostId,
        issue: Issue,
        request: impl FnOnce(WriteRef) -> WriteRequest,
    ) -> WriteRequest {
        let slot = self.free_slots.pop().unwrap_or_else(|| {
            self.rows.push(None);
            (self.rows.len() - 1) as u32
        });
        let write = WriteRef { serial: self.issued, slot };
        self.issued += 1;
        self.unfinished += 1;
        let request = request(write);
        self.rows[slot as usize] = Some(Write {
            request,
            local: issue.unit.system,
            tag: issue.tag,
            host: host.0 as u16,
            accepted: false,
            host_waits: HostWaits::Yes,
            held: Held::InCache,
            copied: request.pair.is_none(),
            settled: false,
            agenda_events: 1,
        });
        request
    }

    /// The write in this slot.
    pub fn in_slot(&mut self, slot: u32) -> Option<&mut Write> {
        self.rows[slot as usize].as_mut()
    }

    /// That write, if its slot is not another's by now.
    pub fn get(&mut self, write: WriteRef) -> Option<&mut Write> {
        self.in_slot(write.slot).filter(|row| row.request.write == write)
    }

    /// The event that named the slot has come: its write.
    pub fn event_came(&mut self, slot: u32) -> Option<&mut Write> {
        let write = self.in_slot(slot)?;
        write.agenda_events -= 1;
        Some(write)
    }

    /// `write` will not be sent: `into`, a later one, is in its place.
    pub fn fold(&mut self, write: WriteRef, into: WriteRef) {
        self.folded.ride(write, into);
    }

    /// The write stands at the remote site, the first time or again, and stands there for what was folded into it.
    pub fn copied(&mut self, write: WriteRef) {
        if !self.folded.is_empty() {
            self.folded.alight(write).into_iter().for_each(|folded| self.copied_itself(folded));
        }
        self.copied_itself(write);
    }

    fn copied_itself(&mut self, write: WriteRef) {
        if let Some(row) = self.get(write) {
            row.copied = true;
            self.finish_if_done(write.slot);
        }
    }

    /// Settles the write in this slot if it is done, and frees the slot if nobody can name it any more.
    pub fn finish_if_done(&mut self, slot: u32) {
        let Some(write) = &mut self.rows[slot as usize] else { return };
        let gone = write.is_gone();
        if (gone || write.is_forgotten()) && !std::mem::replace(&mut write.settled, true) {
            self.unfinished -= 1;
        }
        if gone {
            self.rows[slot as usize] = None;
            self.free_slots.push(slot);
        }
    }

    /// Writes that hosts have the completion of, and that do not stand at the remote site.
    pub fn completed_elsewhere_only(&self) -> u64 {
        let is_one = |write: &&Write| write.host_waits == HostWaits::Completed && !write.copied;
        self.rows.iter().flatten().filter(is_one).count() as u64
    }

    /// Are all writes that were issued done?
    pub fn all_done(&self) -> bool {
        self.unfinished == 0
    }
}
