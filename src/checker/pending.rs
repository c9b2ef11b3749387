//! Which writes may still be destaged to their local units, or turn out to be lost.
//!
//! The table of writes in flight says so of each ([`WriteState::is_pending_locally`]), in a row of two lines of the processor's
//! cache. It is asked of many at once; here are sixteen to a line.

use crate::recovery::{WriteState, WriteTable};
use crate::units::WriteRef;

/// By slot, the write that is pending.
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// [`PendingWrite::mark`], or [`NONE`].
    marks: Vec<u32>,
}

/// Names a write that is pending, or was, in half the room of a [`WriteRef`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingWrite {
    slot: u32,
    /// The lower half of twice its serial number, and 1. Once another write has its slot it may be taken for that one, and so
    /// for pending, if 2^31 writes or a multiple lie between them; one that is pending is never taken for another.
    mark: u32,
}

/// No write.
const NONE: u32 = 0;

impl From<WriteRef> for PendingWrite {
    fn from(WriteRef { serial, slot }: WriteRef) -> Self {
        Self { slot, mark: (serial as u32) << 1 | 1 }
    }
}

impl Pending {
    /// The table has taken in a record of this write, which has been accepted.
    #[inline]
    pub fn update(&mut self, state: &WriteState) {
        let PendingWrite { slot, mark } = state.write.into();
        let index = slot as usize;
        if index >= self.marks.len() {
            self.marks.resize(index + 1, NONE);
        }
        self.marks[index] = if state.is_pending_locally() { mark } else { NONE };
    }

    /// Is the write pending?
    #[inline]
    pub fn has(&self, write: PendingWrite) -> bool {
        self.marks.get(write.slot as usize) == Some(&write.mark)
    }
}

/// The writes in flight, and which of them are pending.
#[derive(Clone, Copy, Debug)]
pub struct Writes<'a> {
    /// The writes in flight.
    pub table: &'a WriteTable,
    /// Those that are pending.
    pub pending: &'a Pending,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No mark is that of no write, and the names of two writes of one slot differ unless 2^31 lie between them.
    #[test]
    fn a_write_has_a_name_of_its_own() {
        let of = |serial| PendingWrite::from(WriteRef { serial, slot: 3 });
        for serial in [0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, u64::MAX] {
            assert_ne!(of(serial).mark, NONE);
            assert_ne!(of(serial), of(serial.wrapping_add(1)));
            assert_eq!(of(serial), of(serial.wrapping_add(1 << 31)));
        }
        assert_eq!(size_of::<(crate::units::SimTime, PendingWrite)>(), 16, "kept while a write is pending");
    }
}
