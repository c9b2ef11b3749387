//! The initiator: a host, local disk system or switch that backs a volume up to one MT unit, or reads it back.
//!
//! It composes processes 1615 and 1616 with what they share: sequence counter 1623 and the memory (1611 or 1612) in
//! which blocks wait until they are answered. It takes the MT unit, uses it and gives it back (`Open`, `Close`).

use super::Context;
use super::message::{Mode, TapePacket};
use super::numbering::Mapping;
use super::outstanding::{Outstanding, Sent};
use super::read_request_issue::ReadAssembly;
use crate::protocol::rules::{Initiators, Resend};
use crate::protocol::transport::{Occasion, Transport};
use crate::units::{JobId, SimTime, TapeBlock};

/// Where the session of an initiator stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Phase {
    /// It has no session.
    #[default]
    Idle,
    /// It has asked for the unit.
    Opening(Mode),
    /// It issues requests.
    Open(Mode),
    /// It has asked to give the unit back.
    Closing(Mode),
}

/// An initiator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Initiator {
    pub(super) job: JobId,
    /// m of Fig. 17 and 18.
    pub(super) m: u64,
    /// Bytes of a block.
    pub(super) block: u32,
    /// It crashes once, between steps 1801 and 1802, having sent this many requests.
    pub(super) crash_after: Option<u64>,
    /// Sequence counter 1623: the next number.
    pub(super) counter: u64,
    /// Requests issued in all.
    pub(super) requests: u64,
    pub(super) phase: Phase,
    session: u64,
    pub(super) epoch: u64,
    pub(super) mapping: Mapping,
    /// Where to read from: what `Open` says.
    first_block: u64,
    /// Blocks of the volume.
    pub(super) blocks: u64,
    /// Blocks that stand in memory or may be asked for.
    pub(super) available: u64,
    /// Blocks requested in this session.
    pub(super) issued: u64,
    pub(super) outstanding: Outstanding,
    pub(super) assembly: ReadAssembly,
}

/// What an initiator is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiatorInput {
    /// Write a volume of this many blocks.
    Write {
        /// Blocks of the volume.
        blocks: u64,
    },
    /// Read this many blocks.
    Read {
        /// The block id of the first.
        first_block: u64,
        /// How many.
        blocks: u64,
    },
    /// The first blocks of the volume stand in memory: this many.
    Available(u64),
    /// A packet arrived.
    Packet(TapePacket),
    /// The resend timer ran out.
    ResendDue,
}

/// What an initiator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InitiatorOutput {
    /// It sends a packet.
    Send {
        /// The packet.
        packet: TapePacket,
        /// Was it sent before?
        again: bool,
    },
    /// It has issued the write of a block for the first time (step 1801).
    Issued(TapeBlock),
    /// It has the completion of a write (step 1805).
    Completed(TapeBlock),
    /// It has asked for a block for the first time (step 1701).
    Asked {
        /// The block id.
        block_id: u64,
    },
    /// Read data stand in memory (step 1705); `None` past the end of the data.
    Stored(Option<TapeBlock>),
    /// The next block of what was asked for goes to the reader; `None` past the end of the data.
    Deliver(Option<TapeBlock>),
    /// The session is over; what it began with.
    Done {
        /// What the session was for.
        mode: Mode,
        /// The block id of its first block.
        first_block: u64,
    },
    /// The resend timer runs out at this time.
    ArmResend(SimTime),
}

impl Initiator {
    /// An initiator without a session, of blocks of `block` bytes. `m` is at least 1.
    pub fn new(job: JobId, m: u64, block: u32, transport: &Transport, crash_after: Option<u64>) -> Self {
        Self {
            job,
            m,
            block,
            crash_after,
            counter: 0,
            requests: 0,
            phase: Phase::Idle,
            session: 0,
            epoch: 0,
            mapping: Mapping::default(),
            first_block: 0,
            blocks: 0,
            available: 0,
            issued: 0,
            outstanding: Outstanding::new(transport),
            assembly: ReadAssembly::default(),
        }
    }

    /// Answers one input.
    pub fn handle(&mut self, context: &Context, input: InitiatorInput, out: &mut Vec<InitiatorOutput>) {
        match input {
            InitiatorInput::Write { blocks } => self.open(context, Mode::Write, 0, blocks, out),
            InitiatorInput::Read { first_block, blocks } => {
                self.available = blocks;
                self.open(context, Mode::Read, first_block, blocks, out);
            }
            InitiatorInput::Available(blocks) => {
                self.available = self.available.max(blocks);
                self.issue(context, out);
            }
            InitiatorInput::Packet(packet) => self.handle_packet(context, packet, out),
            InitiatorInput::ResendDue => self.handle_resend_due(context, out),
        }
    }

    /// Blocks in memory that wait for an answer, or for one before them.
    pub fn blocks_held(&self) -> u64 {
        match self.phase {
            Phase::Open(Mode::Write) => self.available - self.issued + self.outstanding.count(),
            Phase::Open(Mode::Read) => self.assembly.held(),
            _ => 0,
        }
    }

    fn open(
        &mut self,
        context: &Context,
        mode: Mode,
        first_block: u64,
        blocks: u64,
        out: &mut Vec<InitiatorOutput>,
    ) {
        self.session += 1;
        self.phase = Phase::Opening(mode);
        self.first_block = first_block;
        self.blocks = blocks;
        self.issued = 0;
        self.send_control(context, false, out);
    }

    fn handle_packet(&mut self, context: &Context, packet: TapePacket, out: &mut Vec<InitiatorOutput>) {
        match (packet, self.phase) {
            (TapePacket::Opened { session, epoch, first_block }, Phase::Opening(mode))
                if session == self.session =>
            {
                self.epoch = epoch;
                let first_number = Mapping::first_number(context.numbering, self.counter, first_block);
                self.counter = first_number;
                self.mapping = Mapping { first_number, first_block };
                self.assembly = ReadAssembly::new(first_number);
                self.phase = Phase::Open(mode);
                self.outstanding.answer_control(context.now);
                self.issue(context, out);
            }
            (TapePacket::Closed { session }, Phase::Closing(mode)) if session == self.session => {
                self.phase = Phase::Idle;
                self.outstanding.answer_control(context.now);
                out.push(InitiatorOutput::Done { mode, first_block: self.mapping.first_block });
            }
            (TapePacket::Written { epoch, number }, Phase::Open(Mode::Write)) if epoch == self.epoch => {
                self.handle_written(context, number, out);
                self.send_lost(context, Occasion::Completion, out);
            }
            (TapePacket::Data { epoch, number, data }, Phase::Open(Mode::Read)) if epoch == self.epoch => {
                self.handle_data(context, number, data, out);
                self.send_lost(context, Occasion::Completion, out);
            }
            _ => {} // A late copy.
        }
    }

    /// Issues what may be issued; with all answered (steps 1706, 1806), gives the unit back.
    pub(super) fn issue(&mut self, context: &Context, out: &mut Vec<InitiatorOutput>) {
        let Phase::Open(mode) = self.phase else { return };
        match mode {
            Mode::Write => self.issue_writes(context, out),
            Mode::Read => self.issue_reads(context, out),
        }
        if self.issued == self.blocks && self.outstanding.is_empty() {
            self.phase = Phase::Closing(mode);
            self.send_control(context, false, out);
        }
    }

    /// Steps 1700 and 1702, 1800 and 1802, around the sending of a request: its number.
    ///
    /// Literally the counter is advanced after the request was sent, so that a crash in between uses the number
    /// twice. Rule `initiators`, repaired: the number is in non-volatile memory before it is sent.
    pub(super) fn take_number(&mut self, context: &Context) -> u64 {
        let number = self.counter;
        self.requests += 1;
        let crashes = self.crash_after == Some(self.requests);
        if !(crashes && context.rules.initiators == Initiators::Independent) {
            self.counter += 1;
        }
        number
    }

    /// Sends a request, and will send it again (rule `resend`).
    pub(super) fn send_request(
        &mut self,
        context: &Context,
        number: u64,
        packet: TapePacket,
        again: bool,
        out: &mut Vec<InitiatorOutput>,
    ) {
        out.push(InitiatorOutput::Send { packet, again });
        self.on_sent(context, Sent::Request(number), self.block, out);
    }

    /// It waits for an answer (rule `resend`).
    fn on_sent(&mut self, context: &Context, what: Sent, bytes: u32, out: &mut Vec<InitiatorOutput>) {
        if context.rules.resend == Resend::UntilCompleted
            && let Some(at) = self.outstanding.on_sent(context.now, what, bytes)
        {
            out.push(InitiatorOutput::ArmResend(at));
        }
    }

    fn send_control(&mut self, context: &Context, again: bool, out: &mut Vec<InitiatorOutput>) {
        let packet = match self.phase {
            Phase::Opening(mode) => TapePacket::Open {
                session: self.session,
                mode,
                counter: self.counter,
                first_block: self.first_block,
                window: self.m,
            },
            Phase::Closing(_) => TapePacket::Close { session: self.session },
            Phase::Idle | Phase::Open(_) => return,
        };
        out.push(InitiatorOutput::Send { packet, again });
        self.on_sent(context, Sent::Control, 0, out);
    }

    fn handle_resend_due(&mut self, context: &Context, out: &mut Vec<InitiatorOutput>) {
        self.outstanding.on_timer(context.now);
        if context.rules.resend == Resend::UntilCompleted {
            self.outstanding.lose_untimed();
        }
        self.send_lost(context, Occasion::Timer, out);
        self.issue(context, out);
    }

    /// Sends again what counts as lost, as far as the window of the path goes.
    fn send_lost(&mut self, context: &Context, occasion: Occasion, out: &mut Vec<InitiatorOutput>) {
        while let Some(lost) = self.outstanding.next_lost(context.now, occasion, self.block) {
            let Sent::Request(number) = lost else {
                self.send_control(context, true, out);
                continue;
            };
            let Some(block) = self.outstanding.get(number) else { continue };
            let packet = match self.phase {
                Phase::Open(Mode::Write) => self.write_request(number, block),
                Phase::Open(Mode::Read) => self.read_request(number),
                _ => continue,
            };
            self.send_request(context, number, packet, true, out);
        }
        if let Some(at) = self.outstanding.arm(context.now) {
            out.push(InitiatorOutput::ArmResend(at));
        }
    }
}
