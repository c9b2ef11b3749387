//! MT queue 1626: entries of data and block id information 1627 in a doubly-linked list (Fig. 16).
//!
//! Entries stand in a slab, as in cache memory 1611, linked by forward pointers 1630 and backward pointers 1631
//! between head pointer 1628 and tail pointer 1629. The queue keeps entries where they are put: that it is ordered
//! by block id is up to who inserts (rule `insert`).

use crate::collections::Slab;
use crate::units::TapeBlock;

/// One entry of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueEntry {
    /// Block id information 1627.
    pub block_id: u64,
    /// Read data 1624 or write data 1625.
    pub data: TapeBlock,
    /// Forward pointer 1630: the entry with the next block id.
    forward: Option<u32>,
    /// Backward pointer 1631: the entry with the previous block id.
    backward: Option<u32>,
}

/// The queue. Places of entries stay the same until they are removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct MtQueue {
    entries: Slab<QueueEntry>,
    /// Head pointer 1628.
    head: Option<u32>,
    /// Tail pointer 1629.
    tail: Option<u32>,
}

impl MtQueue {
    /// Entries held.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Is nothing held?
    pub fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    /// Where the head pointer points.
    pub fn head(&self) -> Option<u32> {
        self.head
    }

    /// Where the tail pointer points.
    pub fn tail(&self) -> Option<u32> {
        self.tail
    }

    /// The entry at `place`.
    pub fn get(&self, place: u32) -> Option<&QueueEntry> {
        self.entries.get(place)
    }

    /// The entry after the one at `place`.
    pub fn next(&self, place: u32) -> Option<u32> {
        self.entries.get(place)?.forward
    }

    /// An empty one in whose slab entries stand at the places that their data name: its state does not remember what stood
    /// where before.
    pub fn named() -> Self {
        Self { entries: Slab::new(true), ..Self::default() }
    }

    /// Puts an entry after the one at `place`, or at the head for `None`.
    pub fn insert_after(&mut self, place: Option<u32>, block_id: u64, data: TapeBlock) -> u32 {
        let forward = match place {
            None => self.head,
            Some(place) => self.next(place),
        };
        let new = self.entries.insert_as(data.index, QueueEntry { block_id, data, forward, backward: place });
        match place.and_then(|place| self.entries.get_mut(place)) {
            None => self.head = Some(new),
            Some(before) => before.forward = Some(new),
        }
        match forward.and_then(|place| self.entries.get_mut(place)) {
            None => self.tail = Some(new),
            Some(after) => after.backward = Some(new),
        }
        new
    }

    /// Puts an entry at the tail.
    pub fn push_tail(&mut self, block_id: u64, data: TapeBlock) -> u32 {
        self.insert_after(self.tail, block_id, data)
    }

    /// Puts an entry where its block id belongs, seen from the tail.
    pub fn insert_by_block_id(&mut self, block_id: u64, data: TapeBlock) -> u32 {
        let mut place = self.tail;
        while let Some(entry) = place.and_then(|place| self.entries.get(place))
            && entry.block_id > block_id
        {
            place = entry.backward;
        }
        self.insert_after(place, block_id, data)
    }

    /// The place `steps` entries before the tail; `None` if there are not that many.
    pub fn back_from_tail(&self, steps: u64) -> Option<u32> {
        let mut place = self.tail;
        for _ in 0..steps {
            place = self.entries.get(place?)?.backward;
        }
        place
    }

    /// The place `steps` entries after the head; `None` if there are not that many.
    pub fn forward_from_head(&self, steps: u64) -> Option<u32> {
        let mut place = self.head;
        for _ in 0..steps {
            place = self.next(place?);
        }
        place
    }

    /// The first entry, from the head, with this block id.
    pub fn find(&self, block_id: u64) -> Option<u32> {
        let mut place = self.head;
        while let Some(at) = place {
            if self.entries.get(at)?.block_id == block_id {
                return Some(at);
            }
            place = self.next(at);
        }
        None
    }

    /// Takes the entry at `place` out.
    pub fn remove(&mut self, place: u32) -> Option<QueueEntry> {
        let entry = self.entries.remove(place)?;
        match entry.backward.and_then(|place| self.entries.get_mut(place)) {
            None => self.head = entry.forward,
            Some(before) => before.forward = entry.forward,
        }
        match entry.forward.and_then(|place| self.entries.get_mut(place)) {
            None => self.tail = entry.backward,
            Some(after) => after.backward = entry.backward,
        }
        Some(entry)
    }

    /// Block ids from head to tail.
    pub fn block_ids(&self) -> Vec<u64> {
        let mut ids = Vec::with_capacity(self.len());
        let mut place = self.head;
        while let Some(entry) = place.and_then(|place| self.entries.get(place)) {
            ids.push(entry.block_id);
            place = entry.forward;
        }
        ids
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::JobId;

    fn block(index: u64) -> TapeBlock {
        TapeBlock { job: JobId(0), index }
    }

    /// Block ids from tail to head, by the backward pointers.
    fn backwards(queue: &MtQueue) -> Vec<u64> {
        let back = |steps| queue.back_from_tail(steps).and_then(|place| queue.get(place));
        (0..queue.len() as u64).map_while(|steps| back(steps).map(|entry| entry.block_id)).collect()
    }

    #[test]
    fn blocks_in_any_order_stand_in_the_order_of_their_ids_both_ways() {
        let mut queue = MtQueue::default();
        for id in [5, 1, 4, 2, 9, 3] {
            queue.insert_by_block_id(id, block(id));
        }
        assert_eq!(queue.block_ids(), [1, 2, 3, 4, 5, 9]);
        assert_eq!(backwards(&queue), [9, 5, 4, 3, 2, 1]);
        assert_eq!(queue.forward_from_head(3), queue.find(4));
        assert_eq!(queue.forward_from_head(6), None);
        assert_eq!((queue.head(), queue.tail()), (queue.find(1), queue.find(9)));
        assert!(queue.head() != queue.tail() && !queue.is_empty());
        assert_eq!(queue.back_from_tail(6), None);
    }

    /// Two copies of one block stand in the order in which they came (rule `duplicate = "accept"`).
    #[test]
    fn a_second_copy_stands_after_the_first() {
        let mut queue = MtQueue::default();
        let places = [block(0), block(1)].map(|data| queue.insert_by_block_id(7, data));
        assert_eq!((queue.head(), queue.tail()), (Some(places[0]), Some(places[1])));
    }

    #[test]
    fn entries_leave_head_tail_and_middle_without_breaking_the_links() {
        let mut queue = MtQueue::default();
        let places: Vec<_> = (1..=5).map(|id| queue.push_tail(id, block(id))).collect();
        for (place, left) in [(2, vec![1, 2, 4, 5]), (0, vec![2, 4, 5]), (4, vec![2, 4])] {
            queue.remove(places[place]);
            let mut reversed = backwards(&queue);
            reversed.reverse();
            assert_eq!((queue.block_ids(), reversed), (left.clone(), left));
        }
        queue.remove(places[1]);
        queue.remove(places[3]);
        assert!(queue.is_empty() && queue.head().is_none() && queue.tail().is_none());
        queue.push_tail(7, block(7));
        assert_eq!(queue.block_ids(), [7]);
    }
}
