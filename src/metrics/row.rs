//! One row for each write in flight: what all meters of writes remember of it beside what the observers' own table says.
//!
//! Indexed by slot. Of a write whose slot is another's by now nothing is remembered.

use super::missing::Stay;
use crate::trace::PacketClass;
use crate::units::{LocalId, RemoteId, SimTime, WriteRef};

/// What is remembered of the write in a slot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    serial: u64,
    /// When data of it was last sent: see `spurious`.
    sent: SimTime,
    /// Length in bytes.
    pub(super) size: u32,
    /// Its place in the local order of its group, the lower half of it: see `write_order`.
    pub(super) order: u32,
    /// Its group, where it counts in `write_order`.
    pub(super) group: u32,
    /// Its latest stay among the completed writes that are not in R(t), or the latest of the slot.
    pub(super) stay: Stay,
    /// Its local system.
    pub(super) local: LocalId,
    /// The remote system of its pair, once it has come there.
    pub(super) remote: RemoteId,
    /// Copies in that system's cache; more than one only where a rule lets duplicates in.
    pub(super) remote_copies: u16,
    /// As what data of it was last sent.
    sent_as: Option<PacketClass>,
    flags: u8,
}

/// What is true of a write or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flag {
    /// It stands in the cache of its local system.
    InLocalCache = 1,
    /// It has stood in R(t).
    WasReceived = 2,
    /// The write that it was folded into stands in R(t).
    Covered = 4,
    /// It is completed and not in R(t).
    IsMissing = 8,
    /// It was accepted, counts in `write_order`, and has not arrived.
    IsExpected = 16,
    /// A packet of its latest sending was lost.
    IsLost = 32,
    /// An earlier sending was not lost.
    HadCome = 64,
}

impl Default for Row {
    fn default() -> Self {
        Self {
            serial: u64::MAX,
            sent: SimTime::ZERO,
            size: 0,
            order: 0,
            group: 0,
            stay: Stay::default(),
            local: LocalId(0),
            remote: RemoteId(0),
            remote_copies: 0,
            sent_as: None,
            flags: 0,
        }
    }
}

/// The sendings of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sendings {
    /// The latest one: its packets are sent at one instant, as one class.
    pub(super) latest: (SimTime, PacketClass),
    /// Has a packet of it been lost?
    pub(super) is_lost: bool,
    /// Was an earlier one not lost?
    pub(super) had_come: bool,
}

impl Row {
    pub(super) const fn is(&self, flag: Flag) -> bool {
        self.flags & flag as u8 != 0
    }

    /// Sets a flag; what it was.
    pub(super) const fn set(&mut self, flag: Flag, is: bool) -> bool {
        let was = self.is(flag);
        if is {
            self.flags |= flag as u8;
        } else {
            self.flags &= !(flag as u8);
        }
        was
    }

    /// Is this the row of `write`, or is its slot another's by now?
    pub(super) const fn is_of(&self, write: WriteRef) -> bool {
        self.serial == write.serial
    }

    /// What is known of the sendings of the write; nothing before the first.
    pub(super) fn sendings(&self) -> Option<Sendings> {
        let (is_lost, had_come) = (self.is(Flag::IsLost), self.is(Flag::HadCome));
        Some(Sendings { latest: (self.sent, self.sent_as?), is_lost, had_come })
    }

    /// Remembers them.
    pub(super) const fn set_sendings(&mut self, sendings: Sendings) {
        (self.sent, self.sent_as) = (sendings.latest.0, Some(sendings.latest.1));
        self.set(Flag::IsLost, sendings.is_lost);
        self.set(Flag::HadCome, sendings.had_come);
    }
}

/// All rows.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Row>,
}

impl Rows {
    /// A write is issued, and has the row of its slot.
    #[inline]
    pub(super) fn issue(&mut self, write: WriteRef, local: LocalId, size: u32) {
        let index = write.slot as usize;
        if index >= self.rows.len() {
            self.rows.resize(index + 1, Row::default());
        }
        // Of another it is remembered which stay was its last.
        let stay = self.rows[index].stay;
        self.rows[index] = Row { serial: write.serial, local, size, stay, ..Row::default() };
    }

    /// The row of a slot will be asked for soon ([`crate::collections`]).
    #[inline]
    pub(super) fn fetch(&self, slot: u32) {
        if let Some(row) = self.rows.get(slot as usize) {
            std::hint::black_box(row.serial);
        }
    }

    /// The row of a slot.
    pub(super) fn at(&self, slot: u32) -> Option<&Row> {
        self.rows.get(slot as usize)
    }

    /// The row of a slot, whoever has it.
    pub(super) fn at_mut(&mut self, slot: u32) -> Option<&mut Row> {
        self.rows.get_mut(slot as usize)
    }

    /// The row of `write`, unless its slot is another's by now.
    pub(super) fn of(&mut self, write: WriteRef) -> Option<&mut Row> {
        self.at_mut(write.slot).filter(|row| row.is_of(write))
    }

    /// Is the write in that slot among the missing, for the stay of this name?
    pub(super) fn is_missing(&self, slot: u32, stay: Stay) -> bool {
        self.at(slot).is_some_and(|row| row.is(Flag::IsMissing) && row.stay == stay)
    }

    /// Every row.
    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        self.rows.iter_mut()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a row takes, for as long as a write is in flight: see `results/performance/`.
    #[test]
    fn a_row_is_as_small_as_it_was() {
        assert_eq!(size_of::<Row>(), 48);
    }

    /// When its slot is another's, nothing is remembered of a write.
    #[test]
    fn a_row_is_of_one_write() {
        let of = |serial| WriteRef { serial, slot: 2 };
        let latest = (SimTime::from_ns(7), PacketClass::Resend);
        for (is_lost, had_come) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut rows = Rows::default();
            rows.issue(of(4), LocalId(0), 512);
            let row = rows.of(of(4)).unwrap();
            assert_eq!(row.sendings(), None);
            let sendings = Sendings { latest, is_lost, had_come };
            row.set_sendings(sendings);
            assert_eq!(row.sendings(), Some(sendings));
            assert!(!row.set(Flag::IsMissing, true) && !row.set(Flag::InLocalCache, true));
            rows.issue(of(9), LocalId(1), 512);
            assert!(rows.of(of(4)).is_none());
            let row = rows.of(of(9)).unwrap();
            assert_eq!(row.sendings(), None);
            assert!(!row.is(Flag::IsMissing) && !row.is(Flag::InLocalCache));
            assert_eq!(rows.iter_mut().count(), 3, "slots 0 to 2");
        }
    }
}
