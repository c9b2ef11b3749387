//! Write request issue process 1616 (Fig. 18): numbers and sends up to m write requests without waiting.

use super::Context;
use super::initiator::{Initiator, InitiatorOutput};
use super::message::TapePacket;
use crate::units::TapeBlock;

impl Initiator {
    /// Steps 1800 to 1803, for as long as there is something to write.
    pub(super) fn issue_writes(&mut self, context: &Context, out: &mut Vec<InitiatorOutput>) {
        while self.issued < self.available.min(self.blocks)
            && self.outstanding.may_issue(context.rules.window, self.counter, self.m)
            && self.outstanding.may_send(self.block)
        {
            let block = self.issued;
            self.issued += 1;
            let number = self.take_number(context); // Steps 1800 and 1802.
            self.outstanding.put(number, block);
            out.push(InitiatorOutput::Issued(TapeBlock { job: self.job, index: block }));
            let packet = self.write_request(number, block);
            self.send_request(context, number, packet, false, out); // Step 1801.
        }
    }

    pub(super) fn write_request(&self, number: u64, block: u64) -> TapePacket {
        TapePacket::Write { epoch: self.epoch, number, data: TapeBlock { job: self.job, index: block } }
    }

    /// Step 1805: the notification of a data transfer; then steps 1806 and 1803.
    pub(super) fn handle_written(&mut self, context: &Context, number: u64, out: &mut Vec<InitiatorOutput>) {
        if let Some(block) = self.outstanding.answer(context.now, number) {
            out.push(InitiatorOutput::Completed(TapeBlock { job: self.job, index: block }));
            self.issue(context, out);
        }
    }
}
