//! Read request issue process 1615 (Fig. 17): asks for up to m blocks without waiting, and puts together what comes.

use super::Context;
use super::initiator::{Initiator, InitiatorOutput};
use super::message::TapePacket;
use super::numbering::Numbering;
use crate::collections::Window;
use crate::protocol::rules::{Assembly, Duplicate};
use crate::units::TapeBlock;

/// Read data in memory, until all before them have come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ReadAssembly {
    /// By sequence number; `None` past the end of the data.
    blocks: Window<Option<TapeBlock>>,
    held: u64,
    /// The number that the reader waits for.
    next: u64,
}

impl ReadAssembly {
    pub(super) fn new(first_number: u64) -> Self {
        Self { next: first_number, ..Self::default() }
    }

    pub(super) fn held(&self) -> u64 {
        self.held
    }
}

impl Initiator {
    /// Steps 1700 to 1703, for as long as there is something to ask for.
    pub(super) fn issue_reads(&mut self, context: &Context, out: &mut Vec<InitiatorOutput>) {
        while self.issued < self.blocks
            && self.outstanding.may_issue(context.rules.window, self.counter, self.m)
            && self.outstanding.may_send(self.block)
        {
            let block = self.issued;
            self.issued += 1;
            let number = self.take_number(context); // Steps 1700 and 1702.
            self.outstanding.put(number, block);
            out.push(InitiatorOutput::Asked { block_id: self.mapping.first_block + block });
            let packet = self.read_request(number);
            self.send_request(context, number, packet, false, out); // Step 1701.
        }
    }

    pub(super) fn read_request(&self, number: u64) -> TapePacket {
        TapePacket::Read { epoch: self.epoch, number, lowest: self.outstanding.lowest(self.counter) }
    }

    /// Step 1704: a data transfer notification; then steps 1706 and 1703.
    pub(super) fn handle_data(
        &mut self,
        context: &Context,
        number: u64,
        data: Option<TapeBlock>,
        out: &mut Vec<InitiatorOutput>,
    ) {
        let by_arrival = context.rules.assembly == Assembly::Arrival || context.numbering == Numbering::None;
        let first_copy = self.outstanding.answer(context.now, number).is_some();
        let wanted = first_copy || (by_arrival && context.rules.duplicate == Duplicate::Accept);
        if !wanted {
            return;
        }
        out.push(InitiatorOutput::Stored(data));
        if by_arrival {
            // Step 1705, "according to the sequence counter 1623": the next place, whatever came.
            out.push(InitiatorOutput::Deliver(data));
        } else {
            // Step 1705 by the received number (rule `assembly`).
            let assembly = &mut self.assembly;
            assembly.blocks.put(number, data);
            assembly.held += 1;
            while let Some(data) = assembly.blocks.get(assembly.next).copied() {
                assembly.blocks.remove(assembly.next);
                assembly.held -= 1;
                assembly.next += 1;
                out.push(InitiatorOutput::Deliver(data));
            }
        }
        self.issue(context, out);
    }
}
