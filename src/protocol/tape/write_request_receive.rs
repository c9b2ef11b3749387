//! Write request receive process 1618 (Fig. 20): gives each block its place in the MT queue, and completes.

use std::collections::BTreeSet;

use super::Context;
use super::message::TapePacket;
use super::mt_control_unit::{MtControlUnit, MtOutput};
use super::numbering::Numbering;
use crate::protocol::rules::{Duplicate, Insert, TapeWindow};
use crate::units::{JobId, TapeBlock};

/// The numbers that came: all below the first missing, and some above.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Received {
    first_missing: u64,
    above: BTreeSet<u64>,
    /// How many came, each counted once.
    count: u64,
}

impl Received {
    pub(super) fn new(first_number: u64) -> Self {
        Self { first_missing: first_number, ..Self::default() }
    }

    fn has(&self, number: u64) -> bool {
        number < self.first_missing || self.above.contains(&number)
    }

    fn insert(&mut self, number: u64) {
        if self.has(number) {
            return;
        }
        self.count += 1;
        self.above.insert(number);
        while self.above.remove(&self.first_missing) {
            self.first_missing += 1;
        }
    }
}

impl MtControlUnit {
    /// Steps 2000 to 2009.
    pub(super) fn handle_write(
        &mut self,
        context: &Context,
        job: JobId,
        epoch: u64,
        number: u64,
        data: TapeBlock,
        out: &mut Vec<MtOutput>,
    ) {
        let numbered = context.numbering != Numbering::None;
        // Rule `duplicate`: in the queue or on the medium. Without numbers, by the identity of the request.
        let drops = context.rules.duplicate == Duplicate::Drop || !numbered;
        if drops && self.received.has(number) {
            let is_withheld = self.withheld.values().any(|&(_, withheld)| withheld == number);
            if !is_withheld {
                out.push(MtOutput::Send(job, TapePacket::Written { epoch, number }));
            }
            return;
        }
        // The block id of a number from before the session can only be that of its first block.
        let arrival = self.mapping.first_block + self.received.count;
        let block_id = if numbered {
            self.mapping.block_of(number).unwrap_or(self.mapping.first_block)
        } else {
            arrival
        };
        // Step 2000: into the cache, if it has room.
        if self.queue.len() as u64 >= self.settings.capacity {
            out.push(MtOutput::Refused(data));
            return;
        }
        self.received.insert(number);
        if !numbered {
            self.queue.push_tail(block_id, data);
        } else if number >= self.next {
            // Steps 2001 to 2004: at the tail; the counter goes on by D2 + 1.
            self.queue.push_tail(block_id, data);
            self.next = number + 1;
        } else {
            self.insert(context, self.next - number, block_id, data); // Step 2005.
        }
        out.push(MtOutput::Cached(data));
        self.complete(context, (job, epoch, number), block_id, out); // Step 2009.
    }

    /// Steps 2007 and 2008. The tail holds the number below the counter by one, so one whose difference is D stands
    /// D - 1 entries before it, if no number between is missing; it is put after the one that stands there.
    fn insert(&mut self, context: &Context, difference: u64, block_id: u64, data: TapeBlock) {
        match context.rules.insert {
            Insert::Traverse => {
                let target = self.queue.back_from_tail(difference - 1);
                self.queue.insert_after(target, block_id, data);
            }
            Insert::BlockId => {
                self.queue.insert_by_block_id(block_id, data);
            }
        }
    }

    /// Step 2009. Rule `window`, repaired: not before the queue has room for all that the initiator may then send,
    /// so that no request of the window ever finds it full.
    fn complete(
        &mut self,
        context: &Context,
        (job, epoch, number): (JobId, u64, u64),
        block_id: u64,
        out: &mut Vec<MtOutput>,
    ) {
        if context.rules.window == TapeWindow::Outstanding || self.has_room_after(block_id) {
            out.push(MtOutput::Send(job, TapePacket::Written { epoch, number }));
        } else {
            self.withheld.insert(block_id, (job, number));
        }
    }

    fn has_room_after(&self, block_id: u64) -> bool {
        block_id + 1 + self.m <= self.on_medium + self.settings.capacity
    }

    /// The medium has taken a block: completions that waited for room.
    pub(super) fn complete_withheld(&mut self, out: &mut Vec<MtOutput>) {
        while let Some((&block_id, &(job, number))) = self.withheld.first_key_value()
            && self.has_room_after(block_id)
        {
            self.withheld.pop_first();
            out.push(MtOutput::Send(job, TapePacket::Written { epoch: self.epoch, number }));
        }
    }
}
