//! The observers' own table of writes in flight, filled from records alone.

use crate::trace::Key;
use crate::units::{GroupId, LocalId, PairId, RemoteId, SimTime, WriteRef};

/// What the records have said of one write to a pair. Aligned to cache lines, since many are in flight and each is
/// met seldom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(align(64))]
pub struct WriteState {
    /// The write.
    pub write: WriteRef,
    /// Its pair.
    pub pair: PairId,
    /// Its group.
    pub group: GroupId,
    /// Its local system.
    pub local: LocalId,
    /// First block (512 bytes each).
    pub position: u64,
    /// Length in bytes.
    pub size: u32,
    /// i(w): when it was issued.
    pub issued: SimTime,
    /// When it was accepted: its place in local order, with `local`.
    pub fixed: Option<SimTime>,
    /// c(w): when the host had the completion.
    pub completed: Option<SimTime>,
    /// Its host gave up waiting for the completion.
    pub abandoned: bool,
    /// The remote cache it stands in and the key it stands there under.
    pub cached: Option<(RemoteId, Key)>,
    /// It has been destaged to a remote unit, or the write has that it was folded into.
    pub destaged: bool,
    /// It has been destaged to the local unit, or a crash wiped it from the local cache.
    pub left_local_cache: bool,
    /// It was destaged to the local unit after it had left the local cache.
    pub left_again: bool,
    /// A crash wiped it from the local cache before it was destaged to the local unit.
    pub wiped: bool,
    /// It is in R(t).
    pub present: bool,
}

/// Writes in flight by slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteTable {
    slots: Vec<Option<WriteState>>,
}

impl WriteState {
    /// Its place in the local order of its group: (time of acceptance, local system); `None` before it is
    /// accepted.
    pub fn order(&self) -> Option<(SimTime, LocalId)> {
        self.fixed.map(|fixed| (fixed, self.local))
    }

    /// May it still be destaged to the local unit, or turn out to be lost? A write that was wiped is lost if
    /// its host gets, or has got, the completion.
    pub const fn is_pending_locally(&self) -> bool {
        !self.left_local_cache || self.wiped && self.completed.is_none() && !self.abandoned
    }

    /// Is nothing more to be said of it?
    fn is_finished(&self) -> bool {
        (self.completed.is_some() || self.abandoned) && self.destaged && self.left_local_cache
    }

    /// First block after it (512 bytes each).
    pub fn end(&self) -> u64 {
        self.position + u64::from(self.size).div_ceil(512)
    }
}

impl WriteTable {
    /// The write in `slot`, if it is in flight.
    pub fn at(&self, slot: u32) -> Option<&WriteState> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The state of `write`, unless it is gone.
    pub fn get(&self, write: WriteRef) -> Option<&WriteState> {
        self.at(write.slot).filter(|state| state.write.serial == write.serial)
    }

    /// Every write in flight, by slot.
    pub fn iter(&self) -> impl Iterator<Item = &WriteState> {
        self.slots.iter().flatten()
    }

    pub(super) fn get_mut(&mut self, write: WriteRef) -> Option<&mut WriteState> {
        let state = self.slots.get_mut(write.slot as usize)?.as_mut()?;
        (state.write.serial == write.serial).then_some(state)
    }

    pub(super) fn insert(&mut self, state: WriteState) {
        let slot = state.write.slot as usize;
        if slot >= self.slots.len() {
            self.slots.resize(slot + 1, None);
        }
        self.slots[slot] = Some(state);
    }

    /// Forgets the write in `slot` if nothing more is to be said of it.
    pub(super) fn free_if_finished(&mut self, write: WriteRef) {
        if let Some(entry) = self.slots.get_mut(write.slot as usize)
            && entry.as_ref().is_some_and(WriteState::is_finished)
        {
            *entry = None;
        }
    }
}
