//! The observers' own table of writes in flight, filled from records alone.

use crate::trace::{Key, PreamblePair};
use crate::units::{GroupId, LocalId, PairId, RemoteId, SimTime, WriteRef};

/// What the records have said of one write to a pair. As short as it can be: it is kept from issue until the write has left
/// every cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    /// [`Self::fixed`], or [`NOT_YET`].
    fixed: SimTime,
    /// [`Self::completed`], or [`NOT_YET`].
    completed: SimTime,
    /// [`Self::cached`]: the remote system, or [`NOWHERE`], and the key in parts, which take less room.
    remote: RemoteId,
    key_stamp: u64,
    key_local: LocalId,
    key_number: u64,
    /// Its host gave up waiting for the completion.
    pub abandoned: bool,
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

/// The end of time, when nothing happens any more.
const NOT_YET: SimTime = SimTime::MAX;
/// No remote system.
const NOWHERE: RemoteId = RemoteId(u32::MAX);

/// An instant that is over.
fn over(at: SimTime) -> Option<SimTime> {
    (at != NOT_YET).then_some(at)
}

/// Writes in flight by slot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct WriteTable {
    slots: Vec<Option<WriteState>>,
}

impl WriteState {
    /// A write of `size` bytes from block `position` on that is issued at `issued`, and no more.
    pub(super) const fn new(
        write: WriteRef,
        (pair, of): (PairId, &PreamblePair),
        (position, size): (u64, u32),
        issued: SimTime,
    ) -> Self {
        Self {
            write,
            pair,
            group: of.group,
            local: of.local,
            position,
            size,
            issued,
            fixed: NOT_YET,
            completed: NOT_YET,
            remote: NOWHERE,
            key_stamp: Key::LAST.stamp,
            key_local: Key::LAST.local,
            key_number: Key::LAST.number,
            abandoned: false,
            destaged: false,
            left_local_cache: false,
            left_again: false,
            wiped: false,
            present: false,
        }
    }

    /// When it was accepted: its place in local order, with `local`.
    #[inline]
    pub fn fixed(&self) -> Option<SimTime> {
        over(self.fixed)
    }

    /// c(w): when the host had the completion.
    #[inline]
    pub fn completed(&self) -> Option<SimTime> {
        over(self.completed)
    }

    /// The remote cache it stands in and the key it stands there under.
    #[inline]
    pub fn cached(&self) -> Option<(RemoteId, Key)> {
        let key = Key { stamp: self.key_stamp, local: self.key_local, number: self.key_number };
        (self.remote != NOWHERE).then_some((self.remote, key))
    }

    /// It is accepted now.
    pub(super) const fn fix(&mut self, now: SimTime) {
        self.fixed = now;
    }

    /// The host has the completion now.
    pub(super) const fn complete(&mut self, now: SimTime) {
        self.completed = now;
    }

    /// It stands in this remote cache under this key, or in none.
    pub(super) fn cache(&mut self, cached: Option<(RemoteId, Key)>) {
        let (remote, key) = cached.unwrap_or((NOWHERE, Key::LAST));
        self.remote = remote;
        (self.key_stamp, self.key_local, self.key_number) = (key.stamp, key.local, key.number);
    }

    /// Its place in the local order of its group: (time of acceptance, local system); `None` before it is
    /// accepted.
    pub fn order(&self) -> Option<(SimTime, LocalId)> {
        self.fixed().map(|fixed| (fixed, self.local))
    }

    /// May it still be destaged to the local unit, or turn out to be lost? A write that was wiped is lost if
    /// its host gets, or has got, the completion.
    pub fn is_pending_locally(&self) -> bool {
        !self.left_local_cache || self.wiped && self.completed().is_none() && !self.abandoned
    }

    /// Is nothing more to be said of it?
    fn is_finished(&self) -> bool {
        (self.completed().is_some() || self.abandoned) && self.destaged && self.left_local_cache
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

    /// The row of a slot will be asked for soon ([`crate::collections`]).
    #[inline]
    pub fn fetch(&self, slot: u32) {
        if let Some(Some(row)) = self.slots.get(slot as usize) {
            // Near its two ends, as the compiler lays it out.
            std::hint::black_box((row.write.serial, row.present));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// It is kept while a write is in flight (`results/performance`).
    #[test]
    fn the_row_of_a_write_is_short() {
        assert_eq!(size_of::<Option<WriteState>>(), 96);
    }
}
