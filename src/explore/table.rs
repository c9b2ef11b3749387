//! The visited states: packed, in one flat table whose order of insertion is the queue.

use super::machines::State;
use super::pool::hash_of;

/// No state.
const EMPTY: u32 = u32::MAX;

/// Packed states, with the step that first led to each.
#[derive(Debug)]
pub struct Table {
    states: Vec<State>,
    /// By state: the state it was first reached from, and by which action.
    parents: Vec<(u32, u32)>,
    /// Open addressing: slots hold numbers of states, and a power of two of slots is at most three quarters full.
    slots: Vec<u32>,
    /// By slot: bits of the hash of its state, so that few states are looked at in vain.
    tags: Vec<u8>,
}

impl Default for Table {
    fn default() -> Self {
        Self::new()
    }
}

impl Table {
    /// Nothing visited yet.
    pub fn new() -> Self {
        Self { states: Vec::new(), parents: Vec::new(), slots: vec![EMPTY; 1 << 10], tags: vec![0; 1 << 10] }
    }

    /// States held.
    pub fn count(&self) -> usize {
        self.parents.len()
    }

    /// A state.
    pub fn state(&self, number: u32) -> &State {
        &self.states[number as usize]
    }

    /// Where it was first reached from, and how; a start is its own parent.
    pub fn parent(&self, number: u32) -> (u32, u32) {
        self.parents[number as usize]
    }

    /// The number of a state, if it was visited.
    pub fn find(&self, state: &State) -> Option<u32> {
        let number = self.slots[self.slot_of(state, hash_of(state))];
        (number != EMPTY).then_some(number)
    }

    /// The number of a state, and whether it is new; a new one was reached by `action` from `parent`.
    pub fn insert(&mut self, state: &State, parent: u32, action: u32) -> (u32, bool) {
        let hash = hash_of(state);
        let slot = self.slot_of(state, hash);
        if self.slots[slot] != EMPTY {
            return (self.slots[slot], false);
        }
        let number = self.parents.len() as u32;
        self.states.push(*state);
        self.parents.push((parent, action));
        (self.slots[slot], self.tags[slot]) = (number, tag(hash));
        if self.parents.len() * 4 > self.slots.len() * 3 {
            self.grow();
        }
        (number, true)
    }

    /// Bytes taken.
    pub fn bytes(&self) -> u64 {
        (self.states.capacity() * size_of::<State>()
            + self.parents.capacity() * 8
            + self.slots.capacity() * 5) as u64
    }

    /// The slot that holds `state`, or would.
    fn slot_of(&self, state: &State, hash: u64) -> usize {
        let (mask, tag) = (self.slots.len() - 1, tag(hash));
        let mut slot = hash as usize & mask;
        while self.slots[slot] != EMPTY && !(self.tags[slot] == tag && self.state(self.slots[slot]) == state)
        {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let mask = self.slots.len() * 2 - 1;
        (self.slots, self.tags) = (vec![EMPTY; mask + 1], vec![0; mask + 1]);
        for (number, state) in self.states.iter().enumerate() {
            let hash = hash_of(state);
            let mut slot = hash as usize & mask;
            while self.slots[slot] != EMPTY {
                slot = (slot + 1) & mask;
            }
            (self.slots[slot], self.tags[slot]) = (number as u32, tag(hash));
        }
    }
}

/// Bits of a hash that do not choose the slot.
const fn tag(hash: u64) -> u8 {
    (hash >> 56) as u8
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Behaves as a map from states to the order of their first insertion.
        #[test]
        fn is_a_set_in_the_order_of_insertion(states in prop::collection::vec((0..9_u32, 0..500_u32), 1..2500)) {
            let (mut table, mut map) = (Table::new(), BTreeMap::new());
            for (step, (high, low)) in states.into_iter().enumerate() {
                let state = [high, 7, 7, 7, low];
                let next = map.len() as u32;
                prop_assert_eq!(table.find(&state), map.get(&state).copied());
                let expected = *map.entry(state).or_insert(next);
                prop_assert_eq!(table.insert(&state, 3, step as u32), (expected, expected == next));
                if expected == next {
                    prop_assert_eq!(table.parent(next), (3, step as u32));
                }
                prop_assert_eq!(table.state(expected), &state);
            }
            prop_assert_eq!(table.count(), map.len());
        }
    }
}
