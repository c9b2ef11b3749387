//! Read request receive process 1617 (Fig. 19): answers each read request with the block it is for.

use super::Context;
use super::message::TapePacket;
use super::mt_control_unit::{Drive, MtControlUnit, MtOutput, PendingRead};
use super::numbering::Numbering;
use crate::protocol::rules::{Duplicate, Insert, NextCounter, Retain};
use crate::units::TapeBlock;

/// What can be done about a read request now.
enum Target {
    /// The entry at this place of the queue is the one.
    Found(u32),
    /// It may still be read from the medium.
    NotYet,
    /// There is no such block: the data end before it.
    PastTheEnd,
    /// It was sent and deleted.
    Gone,
}

impl MtControlUnit {
    /// Step 1900.
    pub(super) fn handle_read(
        &mut self,
        context: &Context,
        request: PendingRead,
        lowest: u64,
        out: &mut Vec<MtOutput>,
    ) {
        if context.rules.retain == Retain::UntilAnswered {
            self.lowest = self.lowest.max(lowest);
            let lowest = self.lowest;
            while !self.retained.is_empty() && self.retained.start() < lowest {
                self.retained_count -= u64::from(self.retained.remove(self.retained.start()).is_some());
            }
        }
        if let Some(&data) = self.retained.get(request.number) {
            let PendingRead { job, epoch, number } = request;
            out.push(MtOutput::Send(job, TapePacket::Data { epoch, number, data: Some(data) }));
            return;
        }
        if context.rules.duplicate == Duplicate::Drop && self.pending.contains(&request) {
            return;
        }
        if context.rules.retain == Retain::UntilAnswered && request.number < self.lowest {
            return; // A late copy of an answered request.
        }
        self.pending.push_back(request);
        self.serve_pending(context, out);
    }

    /// Answers what can be answered, in the order of arrival.
    pub(super) fn serve_pending(&mut self, context: &Context, out: &mut Vec<MtOutput>) {
        let mut at = 0;
        while let Some(&request) = self.pending.get(at) {
            let data = match self.target(context, request.number) {
                Target::Found(place) => self.take(context, request.number, place, out),
                Target::NotYet => {
                    at += 1;
                    continue;
                }
                Target::PastTheEnd => None,
                Target::Gone => {
                    self.pending.remove(at);
                    continue;
                }
            };
            self.pending.remove(at);
            let PendingRead { job, epoch, number } = request;
            out.push(MtOutput::Send(job, TapePacket::Data { epoch, number, data })); // Steps 1902 and 1906.
            at = 0; // The counter may have moved on to one that waits.
        }
    }

    /// Steps 1901, 1904 and 1905: the entry that request `number` is for.
    fn target(&self, context: &Context, number: u64) -> Target {
        if context.numbering == Numbering::None {
            return self.queue.head().map_or_else(|| self.unread(self.read_up_to), Target::Found);
        }
        let Some(head) = self.queue.head() else {
            let block_id = self.mapping.block_of(number).unwrap_or(0);
            return self.unread(block_id);
        };
        let head_block = self.queue.get(head).map_or(0, |entry| entry.block_id);
        // Fig. 21 compares block ids; for Fig. 16 the counter stands for the head (paragraph on counter 1632),
        // as it was advanced, or (rule `next-counter`, repaired) by the fixed mapping.
        let literal_counter = context.rules.next_counter == NextCounter::NextEntry
            && context.numbering == Numbering::SequenceNumber;
        let counter = if literal_counter { self.next } else { self.mapping.number_of(head_block) };
        if number == counter {
            return Target::Found(head); // Step 1902.
        }
        // Step 1904: D, and the block id B + D.
        let block_id = (head_block + number).checked_sub(counter);
        match context.rules.insert {
            Insert::Traverse => match number.checked_sub(counter) {
                None => Target::Gone, // Before the head there is nothing.
                Some(difference) => match self.queue.forward_from_head(difference) {
                    Some(place) => Target::Found(place),
                    None => self.unread(block_id.unwrap_or(0).max(self.read_up_to)),
                },
            },
            Insert::BlockId => match block_id {
                Some(block_id) => {
                    self.queue.find(block_id).map_or_else(|| self.unread(block_id), Target::Found)
                }
                None => Target::Gone,
            },
        }
    }

    /// What becomes of a request for a block that is not in the queue.
    fn unread(&self, block_id: u64) -> Target {
        if block_id >= self.on_medium {
            Target::PastTheEnd
        } else if block_id < self.read_up_to {
            Target::Gone
        } else {
            Target::NotYet
        }
    }

    /// Steps 1903 and 1907: the entry leaves the queue.
    fn take(
        &mut self,
        context: &Context,
        number: u64,
        place: u32,
        out: &mut Vec<MtOutput>,
    ) -> Option<TapeBlock> {
        let following =
            self.queue.next(place).and_then(|next| self.queue.get(next)).map(|next| next.block_id);
        let was_head = self.queue.head() == Some(place);
        let entry = self.queue.remove(place)?;
        // Step 1903, after 1902 only: by the block id of the next read data. Without one, there is nothing to
        // refer to.
        if was_head
            && number == self.next
            && let Some(following) = following
        {
            self.next += following - entry.block_id;
        }
        match context.rules.retain {
            Retain::Delete => {} // Step 1907.
            Retain::UntilAnswered => {
                self.retained_count += u64::from(self.retained.get(number).is_none());
                self.retained.put(number, entry.data);
            }
        }
        out.push(MtOutput::Left(entry.block_id));
        Some(entry.data)
    }

    /// Fig. 19: a group of read data is read into the queue, as far as there is room.
    pub(super) fn read_ahead(&mut self, out: &mut Vec<MtOutput>) {
        let held = self.queue.len() as u64 + self.retained_count;
        let room = self.settings.capacity.saturating_sub(held);
        let left = self.on_medium.saturating_sub(self.read_up_to);
        let count = self.settings.group.min(room).min(left);
        if count > 0 {
            self.drive = Drive::Reading;
            out.push(MtOutput::ReadGroup { first: self.read_up_to, count });
        }
    }
}
